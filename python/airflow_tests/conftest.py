"""One Airflow for all scenarios, and an emulator for each. `cargo xtask airflow` sets what they need."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Iterator

import pytest

import nebula_explorer as ne

from processes import Airflow, free_port

HERE = Path(__file__).parent
GUIDE = Path(os.environ.get("NEBULA_EXPLORER_GUIDES", HERE / "../../../docs")) / "airflow.md"

#: So fast that the workflow `slow` takes 15 seconds.
SPEED = 40.0


@pytest.fixture(scope="session")
def port() -> int:
    """The port of every emulator of these tests."""
    return free_port()


@pytest.fixture(scope="session")
def airflow(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    home = tmp_path_factory.mktemp("airflow")
    shutil.copytree(HERE / "dags", home / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    for number, code in enumerate(examples()):
        (home / "dags" / f"guide_{number}.py").write_text(code)
    connection = {
        "conn_type": "nebula_explorer",
        "host": f"http://127.0.0.1:{port}",
        "login": "root",
        "password": "nebula",
        "extra": {"graph": "127.0.0.1:9669", "store_dsn": os.environ["NEBULA_EXPLORER_TEST_POSTGRES"]},
    }
    airflow = Airflow(home, {"AIRFLOW_CONN_NEBULA_EXPLORER_DEFAULT": json.dumps(connection)})
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.stop()


@pytest.fixture
def emulator(port: int) -> Iterator[ne.Emulator]:
    with ne.Emulator(speed=SPEED, listen=f"127.0.0.1:{port}") as emulator:
        yield emulator


def examples() -> list[str]:
    """The DAGs of the guide, as they are printed there."""
    return re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
