"""The command, and the settings that it stores."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import sysconfig
from typing import Callable, Dict, Iterator, List

import nebula_explorer as ne
import pytest
from process import run

Workflow = Callable[[str], int]

PROGRAM = shutil.which("nebula-explorer", path=sysconfig.get_path("scripts")) or "nebula-explorer"


@pytest.fixture
def settings(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dict[str, str]]:
    """An environment without settings of the machine, for this process and for others."""
    for name in list(os.environ):
        if name.startswith("NEBULA_EXPLORER_"):
            monkeypatch.delenv(name)
    for name in ["CONFIG", "CACHE", "STATE"]:
        monkeypatch.setenv(f"NEBULA_EXPLORER_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("NEBULA_EXPLORER_SECRETS", "file")
    yield dict(os.environ)


@pytest.mark.parametrize("command", [[PROGRAM], [sys.executable, "-m", "nebula_explorer"]])
def test_the_demo(command: List[str], settings: Dict[str, str]) -> None:
    demo = run([*command, "demo"], env=settings)
    assert demo.returncode == 0, demo.stderr
    assert len(demo.stdout.splitlines()) > 2 and "\t" in demo.stdout
    assert "Signed in as root" in demo.stderr


def test_exit_codes_are_those_of_the_program(settings: Dict[str, str]) -> None:
    assert run([PROGRAM, "--version"], env=settings).stdout.strip() == f"nebula-explorer {ne.__version__}"
    assert run([PROGRAM, "nonsense"], env=settings).returncode == 2
    assert run([PROGRAM, "jobs", "list"], env=settings).returncode == 3


def login(server: ne.Emulator, settings: Dict[str, str], *more: str) -> None:
    command = [PROGRAM, "login", "--url", server.url, "--graph", "127.0.0.1:9669", "--user", "root", *more]
    signed_in = run(command, env={**settings, "NEBULA_EXPLORER_PASSWORD": "nebula"})
    assert signed_in.returncode == 0, signed_in.stderr


def test_from_profile_reads_what_login_stores(nebula_emulator: ne.Emulator, settings: Dict[str, str]) -> None:
    login(nebula_emulator, settings, "--profile", "test")
    with ne.Explorer.from_profile("test") as explorer:
        assert explorer.url == nebula_emulator.url and list(explorer.jobs()) == []
    assert nebula_emulator.sign_ins() == 1, "the stored token is used"
    with pytest.raises(ne.SettingsError, match="existing profiles: test"):
        ne.Explorer.from_profile("other")


def test_from_env_reads_the_variables(
    nebula_emulator: ne.Emulator, settings: Dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ne.SettingsError, match="NEBULA_EXPLORER_URL"):
        ne.Explorer.from_env()
    values = {"URL": nebula_emulator.url, "GRAPH": "127.0.0.1:9669", "USER": "root", "PASSWORD": "nebula"}
    for name, value in values.items():
        monkeypatch.setenv(f"NEBULA_EXPLORER_{name}", value)
    with ne.Explorer.from_env() as explorer:
        assert list(explorer.jobs()) == []


async def test_from_profile_for_asyncio(nebula_emulator: ne.Emulator, settings: Dict[str, str]) -> None:
    login(nebula_emulator, settings)
    async with ne.AsyncExplorer.from_profile() as client:
        assert [job async for job in client.jobs()] == []


def test_keys_are_shared_with_the_command(
    nebula_emulator: ne.Emulator, workflow: Workflow, settings: Dict[str, str]
) -> None:
    login(nebula_emulator, settings)
    with ne.Explorer.from_profile() as explorer:
        job = explorer.workflow(workflow("slow")).run(idempotency_key="nightly")
    command = [PROGRAM, "run", str(workflow("slow")), "--idempotency-key", "nightly", "--detach"]
    assert run(command, env=settings).stdout.strip() == str(job.id)
    assert nebula_emulator.jobs() == 1


@pytest.mark.nebula_emulator(speed=1)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_command_as_they_end_the_program(
    nebula_emulator: ne.Emulator, workflow: Workflow, settings: Dict[str, str], number: signal.Signals
) -> None:
    login(nebula_emulator, settings)
    process = subprocess.Popen(
        [PROGRAM, "run", str(workflow("slow"))], stderr=subprocess.PIPE, text=True, env=settings
    )
    assert process.stderr is not None
    seen = ""
    while "Running" not in seen and "Preparing" not in seen:
        seen += process.stderr.readline()
    process.send_signal(number)
    _, rest = process.communicate(timeout=20)
    assert process.returncode == 1 and "continues to run" in rest and "Traceback" not in rest
