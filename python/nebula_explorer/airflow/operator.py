"""The operator: runs a workflow and waits for its job."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Dict, Mapping, NoReturn, Optional, Sequence, Union

from airflow.sdk import BaseOperator, Context
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from .. import Error, Explorer, InvalidInput, Job, JobHandle, JobStatus
from .hook import NebulaExplorerHook
from .key import derived_key
from .outcome import Outcome, intervals
from .trigger import NebulaExplorerJobTrigger

#: How many rows go into an XCom by default.
RESULT_LIMIT = 1000


class NebulaExplorerRunOperator(BaseOperator):
    """Runs a workflow, waits for its job to succeed, and returns its id, its status and, if they are asked for, rows.

    workflow_id: the workflow, by the id that the web page shows.
    input: parameters by task and name: `{"query_1": {"name": "Tim Duncan"}}`.
    idempotency_key: by default it is derived from the DAG, the run, the task and the map index.
    result_task: the name of the task whose rows are returned; by default none are.
    result_limit: how many rows at most. Rows are stored in an XCom, that is, in Airflow's database.
    result_columns: names and types of the columns, `{"vid": str, "value": float}`: rows are dictionaries then, else lists.
    poll_interval: how many seconds pass between two polls.
    timeout: how many seconds to wait for the job. It continues to run then, and a retry waits for it again.
    cancel_on_kill: cancels the job when the task is cleared, set to another state or stopped by `execution_timeout`.
    deferrable: waits in the triggerer instead of in a worker.
    """

    template_fields: Sequence[str] = ("workflow_id", "input", "idempotency_key", "nebula_explorer_conn_id")
    template_fields_renderers: ClassVar[Dict[str, str]] = {"input": "json"}
    ui_color = "#d7e8f7"

    def __init__(
        self,
        *,
        workflow_id: Union[int, str],
        input: Optional[Mapping[str, Mapping[str, Any]]] = None,
        idempotency_key: Optional[str] = None,
        nebula_explorer_conn_id: str = NebulaExplorerHook.default_conn_name,
        result_task: Optional[str] = None,
        result_limit: int = RESULT_LIMIT,
        result_columns: Optional[Mapping[str, Any]] = None,
        poll_interval: Optional[float] = None,
        timeout: Optional[float] = None,
        cancel_on_kill: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.workflow_id = workflow_id
        self.input = input
        self.idempotency_key = idempotency_key
        self.nebula_explorer_conn_id = nebula_explorer_conn_id
        self.result_task = result_task
        self.result_limit = result_limit
        self.result_columns = result_columns
        self.poll_interval = poll_interval
        self.timeout = timeout
        self.cancel_on_kill = cancel_on_kill
        self.deferrable = deferrable
        self._job: Optional[JobHandle] = None
        self._is_killed = False

    def execute(self, context: Context) -> Dict[str, Any]:
        """Runs the workflow, or follows the job that an earlier try has created."""
        try:
            explorer = self._hook.get_submitting_conn()
            job = self._submit(explorer, context)
        except (InvalidInput, ValueError) as error:
            # Another try would fail in the same way.
            raise AirflowFailException(str(error)) from error
        self._follow(job, context)
        if self.deferrable:
            self._defer(job.id)
        ended = job.wait(timeout=self.timeout, intervals=intervals(self.poll_interval))
        return self._result(job, ended)

    def execute_complete(self, context: Context, event: Outcome, cancel_on_timeout: bool) -> Dict[str, Any]:
        """Continues after the trigger has fired."""
        job = self._hook.get_conn().job(event["job_id"])
        if event["outcome"] == "timed_out" and cancel_on_timeout:
            job.cancel()
        if event["outcome"] != "success":
            raise AirflowException(event["problem"])
        return self._result(job, job.get())

    def on_kill(self) -> None:
        """Cancels the job. One that is being submitted is cancelled as soon as its id is known."""
        self._is_killed = True
        if self._job is not None and self.cancel_on_kill:
            self._cancel(self._job)

    def _submit(self, explorer: Explorer, context: Context) -> JobHandle:
        """The first try runs the workflow. Another one follows its job, and replaces one that has not succeeded."""
        is_retry = context["ti"].try_number > 1
        rerun = (JobStatus.FAILED, JobStatus.INTERRUPTED) if is_retry else ()
        key = self.idempotency_key or derived_key(context)

        def run() -> JobHandle:
            return explorer.workflow(int(self.workflow_id)).run(self.input, idempotency_key=key, rerun=rerun)

        job = run()
        if is_retry and job.get().status == JobStatus.STOPPING:
            self.log.info("Job %s is being cancelled; the workflow is run again once it has ended", job.id)
            for _ in job.progress():
                pass
            job = run()
        return job

    def _follow(self, job: JobHandle, context: Context) -> None:
        self._job = job
        self.log.info("Workflow %s runs as job %s", self.workflow_id, job.id)
        if self.do_xcom_push:
            context["ti"].xcom_push(key="job_id", value=job.id)
        if self._is_killed and self.cancel_on_kill:
            self._cancel(job)

    def _defer(self, job_id: int) -> NoReturn:
        """Airflow's own time limit for deferred tasks would not cancel the job, so the trigger observes both limits."""
        limits = [self.timeout] if self.timeout is not None else []
        cancel_on_timeout = False
        if self.execution_timeout is not None:
            limits.append(self.execution_timeout.total_seconds())
            cancel_on_timeout = self.cancel_on_kill and min(limits) == limits[-1]
        trigger = NebulaExplorerJobTrigger(
            job_id=job_id,
            nebula_explorer_conn_id=self.nebula_explorer_conn_id,
            poll_interval=self.poll_interval,
            deadline=time.time() + min(limits) if limits else None,
            cancel_on_kill=self.cancel_on_kill,
        )
        self.defer(trigger=trigger, method_name="execute_complete", kwargs={"cancel_on_timeout": cancel_on_timeout})

    def _result(self, job: JobHandle, ended: Job) -> Dict[str, Any]:
        result: Dict[str, Any] = {"job_id": job.id, "status": ended.status.name.lower()}
        if self.result_task is not None:
            rows = job.task(ended.task(self.result_task).id).rows(limit=self.result_limit, columns=self.result_columns)
            result["rows"] = rows.to_dicts() if self.result_columns else rows.to_list()
            if len(rows) == self.result_limit:
                self.log.warning("There may be more rows than result_limit=%s", self.result_limit)
        return result

    def _cancel(self, job: JobHandle) -> None:
        try:
            cancellation = job.cancel()
            self.log.info("Cancelled job %s: %s", job.id, cancellation.outcome)
        except Error:
            self.log.exception("Job %s could not be cancelled", job.id)

    @property
    def _hook(self) -> NebulaExplorerHook:
        return NebulaExplorerHook(self.nebula_explorer_conn_id)
