"""The sensor: waits for a job that something else has created."""

from __future__ import annotations

import time
from typing import Any, NoReturn, Sequence, Union

from airflow.sdk import BaseSensorOperator, Context
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowException, AirflowSensorTimeout

from .. import JobStatus
from .hook import NebulaExplorerHook
from .outcome import Outcome
from .trigger import NebulaExplorerJobTrigger


class NebulaExplorerJobSensor(BaseSensorOperator):
    """Waits for a job to succeed. A job that ends otherwise fails the task.

    job_id: the job; `{{ ti.xcom_pull(task_ids="pagerank", key="job_id") }}` is that of an operator.
    deferrable: waits in the triggerer instead of in a worker.
    """

    template_fields: Sequence[str] = ("job_id", "nebula_explorer_conn_id")
    ui_color = "#d7e8f7"

    def __init__(
        self,
        *,
        job_id: Union[int, str],
        nebula_explorer_conn_id: str = NebulaExplorerHook.default_conn_name,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.nebula_explorer_conn_id = nebula_explorer_conn_id
        self.deferrable = deferrable

    def poke(self, context: Context) -> bool:
        """Whether the job has succeeded."""
        with self._hook.get_conn() as explorer:
            job = explorer.job(int(self.job_id)).get()
        if job.status.is_terminal and job.status != JobStatus.SUCCESS:
            raise AirflowException(f"job {job.id} ({job.name}) has ended: {job.status}")
        return job.status == JobStatus.SUCCESS

    def execute(self, context: Context) -> Any:
        """Waits, here or in the triggerer."""
        if not self.deferrable:
            return super().execute(context)
        if not self.poke(context):
            self._defer()
        return None

    def execute_complete(self, context: Context, event: Outcome) -> None:
        """Continues after the trigger has fired."""
        if event["outcome"] == "timed_out":
            raise AirflowSensorTimeout(event["problem"])
        if event["outcome"] != "success":
            raise AirflowException(event["problem"])

    def _defer(self) -> NoReturn:
        trigger = NebulaExplorerJobTrigger(
            job_id=int(self.job_id),
            nebula_explorer_conn_id=self.nebula_explorer_conn_id,
            poll_interval=self.poke_interval,
            deadline=time.time() + self.timeout,
        )
        self.defer(trigger=trigger, method_name="execute_complete")

    @property
    def _hook(self) -> NebulaExplorerHook:
        return NebulaExplorerHook(self.nebula_explorer_conn_id)
