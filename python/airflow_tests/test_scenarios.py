"""The operator and the sensor in a real Airflow, whose processes are killed, against the emulator."""

from __future__ import annotations

import os
import signal

import pytest

from conftest import PASSWORD, USER, Jobs
from processes import Airflow, Run, wait_for

BOTH = pytest.mark.parametrize("where", ["worker", "triggerer"])

def wait_for_job(run: Run, jobs: Jobs, where: str) -> None:
    """Until it runs, and the worker or the triggerer waits for it."""
    run.wait_for_state("running" if where == "worker" else "deferred")
    wait_for("job", lambda: jobs.statuses() == ["running"])
    if where == "triggerer":
        # Airflow does not tell a trigger that it is not to be started any more.
        wait_for("trigger", lambda: " starting" in run.log(), limit=10)


def test_dag_of_the_guide_returns_the_ranks(airflow: Airflow, jobs: Jobs) -> None:
    run = airflow.trigger("ranks")
    assert run.end() == "success"
    assert len(run.xcom(task="pagerank")["rows"]) == 6
    assert run.xcom(task="best") == "team204"

@BOTH
def test_success_is_returned(airflow: Airflow, jobs: Jobs, where: str) -> None:
    run = airflow.trigger(f"succeeds_in_{where}")
    assert run.end() == "success"
    result = run.xcom()
    assert (result["status"], len(result["rows"]), result["job_id"]) == ("success", 2, run.xcom("job_id"))
    assert jobs.statuses() == ["success"]

@BOTH
def test_failed_job_is_replaced_by_the_retry(airflow: Airflow, jobs: Jobs, where: str) -> None:
    run = airflow.trigger(f"fails_in_{where}")
    assert run.end() == "failed"
    assert run.task()["try_number"] == 2
    assert "failed at SSSP" in run.log(try_number=2)
    assert jobs.statuses() == ["failed", "failed"]

def test_task_that_is_killed_while_it_submits_creates_one_job(airflow: Airflow, jobs: Jobs) -> None:
    jobs.emulator.set_faults(["run_workflow=delay,seconds=30,times=1"])
    run = airflow.trigger("slow_in_worker")
    wait_for("job", lambda: len(jobs.statuses()) == 1)
    os.kill(run.task()["pid"], signal.SIGKILL)
    assert run.end() == "success"
    assert run.task()["try_number"] == 2
    assert jobs.statuses() == ["success"]

def test_worker_that_is_killed_while_it_submits_creates_one_job(airflow: Airflow, jobs: Jobs) -> None:
    jobs.emulator.set_faults(["run_workflow=delay,seconds=30,times=1"])
    run = airflow.trigger("slow_in_triggerer")
    wait_for("job", lambda: len(jobs.statuses()) == 1)
    task = run.task()["pid"]
    worker = int(open(f"/proc/{task}/stat").read().rpartition(")")[2].split()[1])
    for process in (worker, task):
        os.kill(process, signal.SIGKILL)
    assert run.end() == "success"
    assert run.task()["try_number"] == 2
    assert jobs.statuses() == ["success"]

def test_worker_that_is_killed_while_it_waits_creates_one_job(airflow: Airflow, jobs: Jobs) -> None:
    run = airflow.trigger("slow_in_worker")
    wait_for("job", lambda: jobs.statuses() == ["running"])
    os.kill(run.task()["pid"], signal.SIGKILL)
    assert run.end() == "success"
    assert (run.task()["try_number"], jobs.statuses()) == (2, ["success"])

def test_deferred_task_survives_the_triggerer(airflow: Airflow, jobs: Jobs) -> None:
    run = airflow.trigger("slow_in_triggerer")
    run.wait_for_state("deferred")
    airflow.kill_process("triggerer")
    airflow.start_process("triggerer")
    assert run.end() == "success"
    assert (run.task()["try_number"], jobs.statuses()) == (1, ["success"])

@BOTH
def test_task_that_is_marked_as_failed_cancels_its_job(airflow: Airflow, jobs: Jobs, where: str) -> None:
    run = airflow.trigger(f"slow_in_{where}")
    wait_for_job(run, jobs, where)
    run.set_state("failed")
    wait_for("cancelled job", lambda: jobs.statuses() == ["interrupted"], limit=14)

@BOTH
def test_task_that_is_cleared_cancels_its_job_and_runs_again(
    airflow: Airflow, jobs: Jobs, where: str
) -> None:
    run = airflow.trigger(f"slow_in_{where}")
    wait_for_job(run, jobs, where)
    run.clear()
    assert run.end() == "success"
    assert jobs.statuses() == ["interrupted", "success"]

def test_job_is_kept_on_request(airflow: Airflow, jobs: Jobs) -> None:
    run = airflow.trigger("kept_in_worker")
    wait_for("job", lambda: jobs.statuses() == ["running"])
    run.set_state("failed")
    wait_for("end of the job", lambda: jobs.statuses() == ["success"])

@BOTH
def test_execution_timeout_cancels_the_job(airflow: Airflow, jobs: Jobs, where: str) -> None:
    run = airflow.trigger(f"too_slow_in_{where}")
    assert run.end() == "failed"
    wait_for("cancelled job", lambda: jobs.statuses() == ["interrupted"], limit=10)

def test_job_continues_after_the_timeout_of_the_wait(airflow: Airflow, jobs: Jobs) -> None:
    run = airflow.trigger("gives_up_waiting")
    assert run.end() == "failed"
    assert "it continues to run" in run.log()
    wait_for("end of the job", lambda: jobs.statuses() == ["success"])

def test_task_that_is_cleared_after_its_success_runs_again(airflow: Airflow, jobs: Jobs) -> None:
    run = airflow.trigger("succeeds_in_worker")
    assert run.end() == "success"
    first = run.xcom("job_id")
    run.clear()
    wait_for("second job", lambda: len(jobs.statuses()) == 2)
    assert (run.end(), run.xcom("job_id") != first) == ("success", True)

def test_mapped_tasks_have_a_job_each(airflow: Airflow, jobs: Jobs) -> None:
    run = airflow.trigger("mapped")
    assert run.end() == "success"
    assert len({run.xcom("job_id", map_index=index) for index in range(3)}) == len(jobs.statuses()) == 3

@pytest.mark.parametrize("workflow, state", [(4216617528, "success"), (4216617530, "failed")])
def test_sensor_waits_for_a_job(airflow: Airflow, jobs: Jobs, workflow: int, state: str) -> None:
    with jobs.emulator.explorer() as explorer:
        job = explorer.workflow(workflow).run()
    run = airflow.trigger("watches", {"job_id": job.id})
    assert run.end() == state
    assert {task["state"] for task in run.tasks()} == {state}

def test_connection_form_and_button(airflow: Airflow, jobs: Jobs) -> None:
    types = airflow.request("GET", "/ui/connections/hook_meta")
    form = next(found for found in types if found["connection_type"] == "nebula_explorer")
    assert form["standard_fields"]["host"]["title"] == "URL"
    assert form["extra_fields"]["store_dsn"]["schema"]["format"] == "password"
    connection = {
        "connection_id": "tested",
        "conn_type": "nebula_explorer",
        "host": jobs.emulator.url,
        "login": USER,
        "password": PASSWORD,
        "extra": '{"graph": "127.0.0.1:9669", "store_dsn": "postgres://scheduler:hidden@db.example.com/scheduler"}',
    }
    assert airflow.request("POST", "/api/v2/connections/test", connection)["status"]
    wrong = airflow.request("POST", "/api/v2/connections/test", {**connection, "password": "wrong-password"})
    assert not wrong["status"] and "wrong-password" not in wrong["message"]
    airflow.request("POST", "/api/v2/connections", connection)
    assert "hidden" not in str(airflow.request("GET", "/api/v2/connections/tested"))

def test_logs_contain_no_secrets(airflow: Airflow, jobs: Jobs) -> None:
    run = airflow.trigger("succeeds_in_worker")
    assert run.end() == "success"
    assert os.environ["NEBULA_EXPLORER_TEST_POSTGRES"] not in run.log()
