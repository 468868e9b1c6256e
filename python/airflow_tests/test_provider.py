"""The provider without Airflow's processes: connections, keys, the operator's calls."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, Iterator, Optional

import airflow
import jsonschema
import pytest
from airflow.providers_manager import ProvidersManager
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

import nebula_explorer as ne
from nebula_explorer.airflow import (
    NebulaExplorerHook,
    NebulaExplorerJobSensor,
    NebulaExplorerJobTrigger,
    NebulaExplorerRunOperator,
    get_provider_info,
)
from nebula_explorer.airflow.key import derived_key

PAGERANK, SHORTEST_PATHS, SLOW = 4216617528, 4216617530, 4216617531
VARIABLE = "AIRFLOW_CONN_NEBULA_EXPLORER_DEFAULT"


@pytest.fixture(scope="module")
def emulator() -> Iterator[ne.Emulator]:
    with ne.Emulator(speed=1000) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def connection(emulator: ne.Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Dict[str, Any]:
    connection = {
        "conn_type": "nebula_explorer",
        "host": emulator.url,
        "login": "root",
        "password": "nebula",
        "extra": {"graph": "127.0.0.1:9669", "store_dsn": f"sqlite://{tmp_path}/submissions.db"},
    }
    monkeypatch.setenv(VARIABLE, json.dumps(connection))
    return connection


def context(
    retries: int = 0, try_number: int = 1, max_tries: Optional[int] = None, map_index: int = -1
) -> Any:
    """What an operator reads of the context of a task."""
    pushed: Dict[str, Any] = {}
    ti = SimpleNamespace(
        dag_id="ranks",
        run_id="scheduled__2026-11-25",
        task_id="pagerank",
        map_index=map_index,
        try_number=try_number,
        max_tries=retries if max_tries is None else max_tries,
        xcom_push=lambda key, value: pushed.update({key: value}),
        pushed=pushed,
    )
    return {"ti": ti, "task": SimpleNamespace(retries=retries)}


def operator(**options: Any) -> NebulaExplorerRunOperator:
    return NebulaExplorerRunOperator(**{"task_id": "pagerank", "workflow_id": PAGERANK, "poll_interval": 0.05, **options})


def test_information_of_the_provider_is_valid() -> None:
    schema = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)
    manager = ProvidersManager()
    assert "nebula-explorer" in manager.providers
    hook = manager.hooks["nebula_explorer"]
    assert hook is not None and hook.hook_class_name.endswith(".NebulaExplorerHook")


@pytest.mark.parametrize(
    "change, url",
    [
        ({}, None),
        ({"host": "http://explorer.example.com"}, "http://explorer.example.com"),
        ({"host": "explorer.example.com", "port": 7002}, "http://explorer.example.com:7002"),
        ({"host": "explorer.example.com", "schema": "https"}, "https://explorer.example.com"),
    ],
)
def test_address_of_a_connection(
    change: Dict[str, Any], url: Optional[str], connection: Dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps({**connection, **change}))
    assert NebulaExplorerHook().get_conn().url.rstrip("/") == (url or connection["host"])


def test_connection_as_a_uri(emulator: ne.Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    address = emulator.url.partition("://")[2]
    monkeypatch.setenv(VARIABLE, f"nebula-explorer://root:nebula@{address}/?graph=127.0.0.1%3A9669")
    assert NebulaExplorerHook().test_connection() == (True, f"Signed in at {emulator.url}")


def test_connection_that_does_not_work(connection: Dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: Dict[str, Dict[str, Any]] = {
        "has no URL": {"host": ""},
        "sign-in failed": {"password": "a-wrong-password"},
        "No such file": {"extra": {"graph": "127.0.0.1:9669", "ca_cert": "/nowhere.pem"}},
    }
    for problem, change in wrong.items():
        monkeypatch.setenv(VARIABLE, json.dumps({**connection, **change}))
        works, message = NebulaExplorerHook().test_connection()
        assert not works and problem in message and "a-wrong-password" not in message


def test_several_machines_need_a_store(connection: Dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    connection["extra"].pop("store_dsn")
    monkeypatch.setenv(VARIABLE, json.dumps(connection))
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor,airflow.executors.local_executor.LocalExecutor")
    NebulaExplorerHook().get_submitting_conn()
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor,CeleryExecutor")
    with pytest.raises(AirflowFailException, match="store_dsn.*NEBULA_EXPLORER_STORE"):
        operator().execute(context())
    monkeypatch.setenv("NEBULA_EXPLORER_STORE", "postgres://scheduler@db.example.com/scheduler")
    NebulaExplorerHook().get_submitting_conn()


def test_key_is_the_same_for_retries_only() -> None:
    first = derived_key(context(retries=2))
    assert first == "airflow/ranks/scheduled__2026-11-25/pagerank"
    assert derived_key(context(retries=2, try_number=3)) == first
    cleared = derived_key(context(retries=2, try_number=4, max_tries=5))
    assert cleared == f"{first}/cleared-after-3"
    assert derived_key(context(retries=2, try_number=5, max_tries=5)) == cleared
    assert derived_key(context(map_index=0)) == f"{first}/0"


def test_retry_follows_the_job_of_the_first_try(emulator: ne.Emulator) -> None:
    before = emulator.jobs()
    first, retry = context(retries=1), context(retries=1, try_number=2)
    result = operator(result_task="PageRank", result_limit=3).execute(first)
    assert (result["status"], len(result["rows"]), first["ti"].pushed) == ("success", 3, {"job_id": result["job_id"]})
    assert operator().execute(retry)["job_id"] == result["job_id"]
    assert emulator.jobs() == before + 1


def test_retry_replaces_a_failed_job(emulator: ne.Emulator) -> None:
    before = emulator.jobs()
    for number in (1, 2):
        with pytest.raises(ne.JobFailed):
            operator(workflow_id=SHORTEST_PATHS).execute(context(retries=1, try_number=number))
    assert emulator.jobs() == before + 2


def test_rows_with_columns_are_dictionaries() -> None:
    columns = {"player": str, "rank": float}
    result = operator(result_task="PageRank", result_limit=1, result_columns=columns).execute(context())
    assert set(result["rows"][0]) == {"player", "rank"}


def test_input_that_is_wrong_is_not_retried() -> None:
    with pytest.raises(AirflowFailException, match="neither a string nor a number"):
        operator(input={"query_1": {"name": [1]}}).execute(context())
    with pytest.raises(AirflowFailException, match="ranks"):
        operator(workflow_id="ranks").execute(context())


def test_kill_during_the_submission_cancels_the_job() -> None:
    task = operator(workflow_id=SLOW)
    task.on_kill()
    with pytest.raises(ne.JobInterrupted):
        task.execute(context())


@pytest.mark.parametrize(
    "timeout, execution_timeout, cancels",
    [(None, None, False), (60, None, False), (60, 5, True), (5, 60, False)],
)
def test_time_limits_of_a_deferred_task(
    timeout: Optional[int], execution_timeout: Optional[int], cancels: bool
) -> None:
    limit = None if execution_timeout is None else timedelta(seconds=execution_timeout)
    with pytest.raises(TaskDeferred) as deferred:
        operator(deferrable=True, timeout=timeout, execution_timeout=limit).execute(context())
    assert deferred.value.kwargs == {"cancel_on_timeout": cancels}
    _, options = deferred.value.trigger.serialize()
    assert (options["deadline"] is None) == (timeout is None and limit is None)


def fire(trigger: NebulaExplorerJobTrigger) -> Any:
    """The event of a trigger, after it was stored and loaded again."""
    path, options = trigger.serialize()
    assert path == "nebula_explorer.airflow.trigger.NebulaExplorerJobTrigger"
    loaded = NebulaExplorerJobTrigger(**json.loads(json.dumps(options)))

    async def first() -> Any:
        return [event.payload async for event in loaded.run()]

    (payload,) = asyncio.run(first())
    return json.loads(json.dumps(payload))


def test_trigger_fires_when_the_job_has_ended(emulator: ne.Emulator) -> None:
    with emulator.explorer() as explorer:
        ids = {name: explorer.workflow(id).run().id for name, id in {"success": PAGERANK, "failed": SHORTEST_PATHS}.items()}
    for name, id in ids.items():
        event = fire(NebulaExplorerJobTrigger(id, poll_interval=0.05))
        assert (event["job_id"], event["outcome"]) == (id, name)
    assert fire(NebulaExplorerJobTrigger(id, deadline=0.0))["outcome"] in ("failed", "timed_out")
    assert fire(NebulaExplorerJobTrigger(999))["outcome"] == "error"


def test_triggers_share_a_session(emulator: ne.Emulator) -> None:
    with emulator.explorer() as explorer:
        id = explorer.workflow(PAGERANK).run().id
    fire(NebulaExplorerJobTrigger(id))
    before = emulator.sign_ins()
    fire(NebulaExplorerJobTrigger(id))
    assert emulator.sign_ins() == before


def test_event_of_a_job_that_failed_fails_the_task() -> None:
    with pytest.raises(AirflowException, match="it failed"):
        operator().execute_complete(context(), {"job_id": 1, "outcome": "failed", "problem": "it failed"}, False)
    sensor = NebulaExplorerJobSensor(task_id="sensor", job_id=1)
    with pytest.raises(AirflowException, match="it failed"):
        sensor.execute_complete(context(), {"job_id": 1, "outcome": "failed", "problem": "it failed"})
