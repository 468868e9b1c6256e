"""The operator and the sensor in a real Airflow, whose processes are killed, against the emulator."""

from __future__ import annotations

import os
import signal

import pytest

import nebula_explorer as ne
from processes import Airflow, wait_for

BOTH = pytest.mark.parametrize("where", ["worker", "triggerer"])

def statuses(emulator: ne.Emulator) -> list[str]:
    """Those of all jobs, the oldest first."""
    with emulator.explorer() as explorer:
        return [str(job.status) for job in explorer.jobs(oldest_first=True)]

def test_dag_of_the_guide_returns_the_ranks(airflow: Airflow, emulator: ne.Emulator) -> None:
    run = airflow.trigger("ranks")
    assert run.end() == "success"
    assert len(run.xcom(task="pagerank")["rows"]) == 6
    assert run.xcom(task="best") == run.xcom(task="pagerank")["rows"][0]["player"]

@BOTH
def test_success_is_returned(airflow: Airflow, emulator: ne.Emulator, where: str) -> None:
    run = airflow.trigger(f"succeeds_in_{where}")
    assert run.end() == "success"
    result = run.xcom()
    assert (result["status"], len(result["rows"]), result["job_id"]) == ("success", 2, run.xcom("job_id"))
    assert statuses(emulator) == ["success"]

@BOTH
def test_failed_job_is_replaced_by_the_retry(airflow: Airflow, emulator: ne.Emulator, where: str) -> None:
    run = airflow.trigger(f"fails_in_{where}")
    assert run.end() == "failed"
    assert run.task()["try_number"] == 2
    assert "ended: failed" in run.log(try_number=2) or "failed" in run.log(try_number=2)
    assert statuses(emulator) == ["failed", "failed"]

def test_task_that_is_killed_while_it_submits_creates_one_job(airflow: Airflow, emulator: ne.Emulator) -> None:
    emulator.set_faults(["run_workflow=delay,seconds=30,times=1"])
    run = airflow.trigger("slow_in_worker")
    wait_for("job", lambda: emulator.jobs() == 1)
    os.kill(run.task()["pid"], signal.SIGKILL)
    assert run.end() == "success"
    assert run.task()["try_number"] == 2
    assert statuses(emulator) == ["success"]

def test_worker_that_is_killed_while_it_submits_creates_one_job(airflow: Airflow, emulator: ne.Emulator) -> None:
    emulator.set_faults(["run_workflow=delay,seconds=30,times=1"])
    run = airflow.trigger("slow_in_triggerer")
    wait_for("job", lambda: emulator.jobs() == 1)
    task = run.task()["pid"]
    worker = int(open(f"/proc/{task}/stat").read().rpartition(")")[2].split()[1])
    for process in (worker, task):
        os.kill(process, signal.SIGKILL)
    assert run.end() == "success"
    assert run.task()["try_number"] == 2
    assert statuses(emulator) == ["success"]

def test_worker_that_is_killed_while_it_waits_creates_one_job(airflow: Airflow, emulator: ne.Emulator) -> None:
    run = airflow.trigger("slow_in_worker")
    wait_for("job", lambda: statuses(emulator) == ["running"])
    os.kill(run.task()["pid"], signal.SIGKILL)
    assert run.end() == "success"
    assert (run.task()["try_number"], statuses(emulator)) == (2, ["success"])

def test_deferred_task_survives_the_triggerer(airflow: Airflow, emulator: ne.Emulator) -> None:
    run = airflow.trigger("slow_in_triggerer")
    run.wait_for_state("deferred")
    airflow.kill_process("triggerer")
    airflow.start_process("triggerer")
    assert run.end() == "success"
    assert (run.task()["try_number"], statuses(emulator)) == (1, ["success"])

@BOTH
def test_task_that_is_marked_as_failed_cancels_its_job(airflow: Airflow, emulator: ne.Emulator, where: str) -> None:
    run = airflow.trigger(f"slow_in_{where}")
    run.wait_for_state("running" if where == "worker" else "deferred")
    wait_for("job", lambda: statuses(emulator) == ["running"])
    run.set_state("failed")
    wait_for("cancelled job", lambda: statuses(emulator) == ["interrupted"], limit=14)

@BOTH
def test_task_that_is_cleared_cancels_its_job_and_runs_again(
    airflow: Airflow, emulator: ne.Emulator, where: str
) -> None:
    run = airflow.trigger(f"slow_in_{where}")
    run.wait_for_state("running" if where == "worker" else "deferred")
    wait_for("job", lambda: statuses(emulator) == ["running"])
    run.clear()
    assert run.end() == "success"
    assert statuses(emulator) == ["interrupted", "success"]

def test_job_is_kept_on_request(airflow: Airflow, emulator: ne.Emulator) -> None:
    run = airflow.trigger("kept_in_worker")
    wait_for("job", lambda: statuses(emulator) == ["running"])
    run.set_state("failed")
    wait_for("end of the job", lambda: statuses(emulator) == ["success"])

@BOTH
def test_execution_timeout_cancels_the_job(airflow: Airflow, emulator: ne.Emulator, where: str) -> None:
    run = airflow.trigger(f"too_slow_in_{where}")
    assert run.end() == "failed"
    wait_for("cancelled job", lambda: statuses(emulator) == ["interrupted"], limit=10)

def test_job_continues_after_the_timeout_of_the_wait(airflow: Airflow, emulator: ne.Emulator) -> None:
    run = airflow.trigger("gives_up_waiting")
    assert run.end() == "failed"
    assert "it continues to run" in run.log()
    wait_for("end of the job", lambda: statuses(emulator) == ["success"])

def test_task_that_is_cleared_after_its_success_runs_again(airflow: Airflow, emulator: ne.Emulator) -> None:
    run = airflow.trigger("succeeds_in_worker")
    assert run.end() == "success"
    first = run.xcom("job_id")
    run.clear()
    wait_for("second job", lambda: emulator.jobs() == 2)
    assert (run.end(), run.xcom("job_id") != first) == ("success", True)

def test_mapped_tasks_have_a_job_each(airflow: Airflow, emulator: ne.Emulator) -> None:
    run = airflow.trigger("mapped")
    assert run.end() == "success"
    assert len({run.xcom("job_id", map_index=index) for index in range(3)}) == emulator.jobs() == 3

@pytest.mark.parametrize("workflow, state", [(4216617528, "success"), (4216617530, "failed")])
def test_sensor_waits_for_a_job(airflow: Airflow, emulator: ne.Emulator, workflow: int, state: str) -> None:
    with emulator.explorer() as explorer:
        job = explorer.workflow(workflow).run()
    run = airflow.trigger("watches", {"job_id": job.id})
    assert run.end() == state
    assert {task["state"] for task in run.tasks()} == {state}

def test_connection_form_and_button(airflow: Airflow, emulator: ne.Emulator) -> None:
    types = airflow.request("GET", "/ui/connections/hook_meta")
    form = next(found for found in types if found["connection_type"] == "nebula_explorer")
    assert form["standard_fields"]["host"]["title"] == "URL"
    assert form["extra_fields"]["store_dsn"]["schema"]["format"] == "password"
    connection = {
        "connection_id": "tested",
        "conn_type": "nebula_explorer",
        "host": emulator.url,
        "login": "root",
        "password": "nebula",
        "extra": '{"graph": "127.0.0.1:9669", "store_dsn": "postgres://scheduler:hidden@db.example.com/scheduler"}',
    }
    assert airflow.request("POST", "/api/v2/connections/test", connection)["status"]
    wrong = airflow.request("POST", "/api/v2/connections/test", {**connection, "password": "wrong-password"})
    assert not wrong["status"] and "wrong-password" not in wrong["message"]
    airflow.request("POST", "/api/v2/connections", connection)
    assert "hidden" not in str(airflow.request("GET", "/api/v2/connections/tested"))

def test_logs_contain_no_secrets(airflow: Airflow, emulator: ne.Emulator) -> None:
    run = airflow.trigger("succeeds_in_worker")
    assert run.end() == "success"
    assert os.environ["NEBULA_EXPLORER_TEST_POSTGRES"] not in run.log()
