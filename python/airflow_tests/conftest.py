"""One Airflow and one emulator for all scenarios. `cargo xtask airflow` sets what they need."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Iterator

import pytest

import nebula_explorer as ne

from processes import Airflow

HERE = Path(__file__).parent
GUIDE = Path(os.environ.get("NEBULA_EXPLORER_GUIDES", HERE / "../../../docs")) / "airflow.md"

#: So fast that the workflow `slow` takes 15 seconds.
SPEED = 40.0


#: Not the default account, whose password is a word that Airflow would mask everywhere.
USER, PASSWORD = "scheduler", "a-password-of-the-tests"


@pytest.fixture(scope="session")
def server() -> Iterator[ne.Emulator]:
    """One for all tests, because ids of jobs must not repeat in a store."""
    with ne.Emulator(speed=SPEED, accounts={USER: PASSWORD}) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def airflow(server: ne.Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    home = tmp_path_factory.mktemp("airflow")
    shutil.copytree(HERE / "dags", home / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    for number, code in enumerate(examples()):
        (home / "dags" / f"guide_{number}.py").write_text(code)
    connection = {
        "conn_type": "nebula_explorer",
        "host": server.url,
        "login": USER,
        "password": PASSWORD,
        "extra": {"graph": "127.0.0.1:9669", "store_dsn": os.environ["NEBULA_EXPLORER_TEST_POSTGRES"]},
    }
    airflow = Airflow(home, {"AIRFLOW_CONN_NEBULA_EXPLORER_DEFAULT": json.dumps(connection)})
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.stop()


class Jobs:
    """The emulator, and the jobs that a test has created there."""

    def __init__(self, emulator: ne.Emulator) -> None:
        self.emulator = emulator
        self._before = emulator.jobs()

    def statuses(self) -> list[str]:
        """Those of the jobs, the oldest first."""
        with self.emulator.explorer() as explorer:
            return [job.status.name.lower() for job in list(explorer.jobs(oldest_first=True))[self._before :]]


@pytest.fixture
def jobs(server: ne.Emulator) -> Jobs:
    server.set_faults([])
    return Jobs(server)


def examples() -> list[str]:
    """The DAGs of the guide, as they are printed there."""
    return re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
