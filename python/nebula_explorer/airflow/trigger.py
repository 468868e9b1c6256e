"""The trigger: waits for a job in the triggerer, so that the task occupies no worker."""

from __future__ import annotations

import time
from typing import Any, AsyncIterator, Dict, Optional, Tuple

from airflow.triggers.base import BaseTrigger, TriggerEvent

from .. import Error
from .hook import NebulaExplorerHook
from .outcome import intervals, outcome


class NebulaExplorerJobTrigger(BaseTrigger):
    """Fires once a job has ended.

    deadline: when to give up, in seconds since 1970: a triggerer that is restarted does not start to count again.
    cancel_on_kill: cancels the job when a user clears the task or sets its state.
    """

    def __init__(
        self,
        job_id: int,
        nebula_explorer_conn_id: str = NebulaExplorerHook.default_conn_name,
        poll_interval: Optional[float] = None,
        deadline: Optional[float] = None,
        cancel_on_kill: bool = False,
    ) -> None:
        super().__init__()
        self.job_id = job_id
        self.nebula_explorer_conn_id = nebula_explorer_conn_id
        self.poll_interval = poll_interval
        self.deadline = deadline
        self.cancel_on_kill = cancel_on_kill

    def serialize(self) -> Tuple[str, Dict[str, Any]]:
        """What another triggerer needs to continue."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "job_id": self.job_id,
            "nebula_explorer_conn_id": self.nebula_explorer_conn_id,
            "poll_interval": self.poll_interval,
            "deadline": self.deadline,
            "cancel_on_kill": self.cancel_on_kill,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Waits for the job, and yields one `Outcome`."""
        timeout = None if self.deadline is None else max(0.0, self.deadline - time.time())
        try:
            explorer = await self._hook.get_async_conn()
            await explorer.job(self.job_id).wait(timeout=timeout, intervals=intervals(self.poll_interval))
            yield TriggerEvent(outcome(self.job_id))
        except Error as error:
            yield TriggerEvent(outcome(self.job_id, error))

    async def on_kill(self) -> None:
        """Cancels the job. Airflow calls this when a user acts on the task, not when the triggerer stops."""
        if self.cancel_on_kill:
            explorer = await self._hook.get_async_conn()
            await explorer.job(self.job_id).cancel()

    @property
    def _hook(self) -> NebulaExplorerHook:
        return NebulaExplorerHook(self.nebula_explorer_conn_id)
