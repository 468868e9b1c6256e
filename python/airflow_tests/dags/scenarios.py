"""The DAGs of the tests, one for each scenario."""

from datetime import timedelta

from airflow.sdk import DAG

from nebula_explorer.airflow import NebulaExplorerJobSensor, NebulaExplorerRunOperator

PAGERANK, SHORTEST_PATHS, SLOW = 4216617528, 4216617530, 4216617531

RETRY = {"retries": 1, "retry_delay": timedelta(seconds=1)}


def scenario(name: str, **options: object) -> None:
    with DAG(name, schedule=None):
        NebulaExplorerRunOperator(task_id="run", poll_interval=0.2, **options)


for deferrable in (False, True):
    where = "triggerer" if deferrable else "worker"
    scenario(f"succeeds_in_{where}", workflow_id=PAGERANK, deferrable=deferrable, result_task="PageRank", result_limit=2)
    scenario(f"fails_in_{where}", workflow_id=SHORTEST_PATHS, deferrable=deferrable, **RETRY)
    scenario(f"slow_in_{where}", workflow_id=SLOW, deferrable=deferrable, **RETRY)
    scenario(
        f"too_slow_in_{where}", workflow_id=SLOW, deferrable=deferrable, execution_timeout=timedelta(seconds=3)
    )

scenario("kept_in_worker", workflow_id=SLOW, cancel_on_kill=False)
scenario("gives_up_waiting", workflow_id=SLOW, deferrable=True, timeout=1)

with DAG("mapped", schedule=None):
    NebulaExplorerRunOperator.partial(task_id="run", workflow_id=PAGERANK, poll_interval=0.2).expand(
        input=[{}, {}, {"query_1": {"name": "Tony Parker"}}]
    )

with DAG("watches", schedule=None, params={"job_id": 0}):
    NebulaExplorerJobSensor(task_id="worker", job_id="{{ params.job_id }}", poke_interval=0.2)
    NebulaExplorerJobSensor(task_id="triggerer", job_id="{{ params.job_id }}", poke_interval=0.2, deferrable=True)
