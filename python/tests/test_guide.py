"""The guide: its examples run as they are printed, and it has every exception."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

import nebula_explorer as ne
from nebula_explorer import errors

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH = (DOCS / "python.md").read_text("utf-8")
CHINESE = (DOCS / "zh-CN" / "python.md").read_text("utf-8")
README = (DOCS.parent / "README.md").read_text("utf-8")


def examples(guide: str) -> List[str]:
    return re.findall(r"```python\n(.*?)```", guide, re.DOTALL)


def runnable(example: str, replaced: Dict[str, str]) -> str:
    for printed, real in replaced.items():
        example = example.replace(printed, real)
    return example


@pytest.fixture
def replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dict[str, str]]:
    """Starts the server of the examples. Returns what in them has to be replaced by what is here."""
    graph = "192.168.8.111:9669"
    with ne.Emulator(speed=100, graph_services=[graph]) as emulator:
        variables = {"URL": emulator.url, "GRAPH": graph, "USER": "root", "PASSWORD": "nebula"}
        for name, value in variables.items():
            monkeypatch.setenv(f"NEBULA_EXPLORER_{name}", value)
        for name in ("CONFIG_DIR", "STATE_DIR"):
            monkeypatch.setenv(f"NEBULA_EXPLORER_{name}", str(tmp_path / name))
        yield {"http://localhost:7002": emulator.url, "sqlite:///var/lib/pipeline": f"sqlite://{tmp_path}"}


def test_examples_run(replaced: Dict[str, str], tmp_path: Path) -> None:
    namespace: Dict[str, object] = {"__name__": "guide"}
    for example in examples(ENGLISH):
        code = runnable(example, replaced)
        if "def test_" in code:
            file = tmp_path / "test_example.py"
            file.write_text(f"import nebula_explorer as ne\n{code}", "utf-8")
            subprocess.run([sys.executable, "-m", "pytest", "-q", str(file)], check=True, cwd=tmp_path)
        else:
            exec(compile(code, "docs/python.md", "exec"), namespace)


def test_example_of_the_readme_runs(replaced: Dict[str, str]) -> None:
    found = examples(README)
    assert found
    for example in found:
        exec(compile(runnable(example, replaced), "README.md", "exec"), {})


@pytest.mark.parametrize("guide", ["python.md", "airflow.md"])
def test_languages_have_the_same_examples(guide: str) -> None:
    english, chinese = (examples((folder / guide).read_text("utf-8")) for folder in (DOCS, DOCS / "zh-CN"))
    assert english and english == chinese


@pytest.mark.parametrize("guide", [ENGLISH, CHINESE], ids=["English", "Chinese"])
def test_every_exception_is_listed(guide: str) -> None:
    rows = re.findall(r"^\| (`[A-Z].*?) \|", guide, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert listed == set(errors.__all__) - {"Error"}
