"""The idempotency key of a task."""

from __future__ import annotations

from airflow.sdk import Context


def derived_key(context: Context) -> str:
    """The same for all tries of a task of a DAG's run, and another one after the task was cleared.

    Clearing raises `max_tries` to the number of tries so far plus the retries of the task.
    """
    ti = context["ti"]
    parts = ["airflow", ti.dag_id, ti.run_id, ti.task_id]
    if ti.map_index is not None and ti.map_index >= 0:
        parts.append(str(ti.map_index))
    cleared_after = ti.max_tries - (context["task"].retries or 0)
    if cleared_after > 0:
        parts.append(f"cleared-after-{cleared_after}")
    return "/".join(parts)
