"""The emulator, and the fixture of the package for pytest."""

from __future__ import annotations

import logging
from typing import Any, Callable, Dict

import nebula_explorer as ne
import pytest

Workflow = Callable[[str], int]


@pytest.mark.nebula_emulator(faults=["list_jobs=unavailable,times=1"], seed=1)
def test_the_marker_sets_options(nebula_emulator: ne.Emulator, explorer: ne.Explorer) -> None:
    assert list(explorer.jobs()) == []
    assert nebula_emulator.injected("unavailable") == 1 and nebula_emulator.calls("list_jobs") == 2


def test_behaviour() -> None:
    with ne.Emulator(behaviour={"filter_bounds": "exclusive", "omit_data": True, "max_page_size": 20}) as server:
        assert server.behaviour.split(" --") == ["--filter-bounds exclusive", "max-page-size 20", "omit-data"]
    with ne.Emulator(behaviour="worst") as server:
        assert server.behaviour


def test_accounts_and_workflows() -> None:
    tasks = [{"id": "query_1", "name": "Query", "component": "query"}]
    with ne.Emulator(accounts={"alice": "wonder"}, graph_services=["10.0.0.1:9669"], token_life=60) as server:
        token = server.explorer().sign_in()
        assert token.remaining is not None and token.remaining <= 60
        with pytest.raises(ne.SignInFailed):
            server.explorer(user="root", password="nebula").sign_in()
    with pytest.raises(ne.EmulatorError, match="workflows are invalid"):
        ne.Emulator(workflows=[{"tasks": tasks}])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"speed": 0}, "speed"),
        ({"faults": ["nonsense"]}, "OPERATION=FAULT"),
        ({"behaviour": {"nonsense": 1}}, "nonsense"),
        ({"graph": "/nonsense"}, "/nonsense"),
    ],
)
def test_invalid_options(options: Dict[str, Any], problem: str) -> None:
    with pytest.raises(ne.EmulatorError, match=problem):
        ne.Emulator(**options)


def test_an_address_that_is_in_use(nebula_emulator: ne.Emulator) -> None:
    with pytest.raises(ne.EmulatorError, match="cannot listen"):
        ne.Emulator(listen=nebula_emulator.url[len("http://") :])


def test_sessions_are_forgotten(nebula_emulator: ne.Emulator, explorer: ne.Explorer) -> None:
    explorer.sign_in()
    nebula_emulator.forget_sessions()
    assert list(explorer.jobs()) == [] and nebula_emulator.sign_ins() == 2
    assert nebula_emulator.now.tzinfo is not None


def test_it_stops(nebula_emulator: ne.Emulator) -> None:
    explorer = nebula_emulator.explorer(retry=ne.RetryPolicy.none())
    nebula_emulator.stop()
    nebula_emulator.stop()
    with pytest.raises(ConnectionError):
        explorer.sign_in()
    with pytest.raises(ne.EmulatorError, match="stopped"):
        nebula_emulator.jobs()
    with ne.Emulator() as other:
        other.shutdown()


def test_events_are_logged(
    nebula_emulator: ne.Emulator, explorer: ne.Explorer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="nebula_explorer")
    nebula_emulator.set_faults(["list_jobs=unavailable,times=1"])
    token = explorer.sign_in()
    list(explorer.jobs())
    loggers = {record.name.split(".")[0] for record in caplog.records}
    assert loggers == {"nebula_explorer"} and caplog.records
    assert token.secret not in caplog.text and "nebula-secret" not in caplog.text
