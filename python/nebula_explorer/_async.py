"""The client for asyncio. Cancelling a call ends the waiting; it has no effect on a job."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import AsyncIterator, Generic, Iterable, List, Mapping, Optional, Tuple, Type, TypeVar, Union

from . import _native
from ._base import Connection, job_list, to_json
from ._codes import JobStatus
from ._models import BatchedRun, Cancellation, Job, Page, Submission, SubmissionState, Task, Token, Watched
from ._options import Columns, Input, OnUnknownOutcome, PollIntervals, PollTolerance, Run, columns as _columns
from ._progress import Display, Progress
from ._rows import Rows
from ._times import Seconds, to_microseconds, to_seconds
from .conditions import Condition

_Item = TypeVar("_Item")
_Self = TypeVar("_Self", bound="AsyncExplorer")


class AsyncExplorer(Connection):
    """A client of one Explorer server, which signs in on the first call and again when the session ends.

    A process that is forked from one that has used it must not use it: start processes with the method `spawn` or `forkserver`.
    """

    def workflow(self, id: int) -> AsyncWorkflowHandle:
        """A workflow, by the id that the web page shows. Sends nothing."""
        return AsyncWorkflowHandle(self._client, id)

    def job(self, id: int) -> AsyncJobHandle:
        """A job, by its id. Sends nothing."""
        return AsyncJobHandle(self._client, id)

    def jobs(
        self,
        *,
        name: Optional[str] = None,
        status: Optional[JobStatus] = None,
        workflow: Optional[int] = None,
        created_from: Optional[datetime] = None,
        created_to: Optional[datetime] = None,
        oldest_first: bool = False,
        page_size: Optional[int] = None,
    ) -> AsyncJobs:
        """The jobs of all workflows, or of one: the newest first by default. Sends nothing until it is iterated."""
        return AsyncJobs(
            job_list(self._client, workflow, name, status, created_from, created_to, oldest_first, page_size)
        )

    def watch(
        self,
        job_ids: Iterable[int],
        *,
        intervals: Optional[PollIntervals] = None,
        tolerance: Optional[PollTolerance] = None,
    ) -> AsyncWatcher:
        """Follows many jobs at once, until each has ended."""
        return AsyncWatcher(self._client.watch(list(job_ids), intervals, tolerance))

    def batch(
        self,
        runs: Iterable[Run],
        *,
        parallel: Optional[int] = None,
        intervals: Optional[PollIntervals] = None,
        tolerance: Optional[PollTolerance] = None,
    ) -> AsyncItems[BatchedRun]:
        """Runs many workflows, a limited number at a time, and yields each once it has ended.

        The runs are taken from the iterable as there is room for them. With idempotency keys, a batch that was interrupted is
        continued by running it again.
        """
        return AsyncItems(self._client.batch(runs, parallel, intervals, tolerance))

    async def submissions(
        self,
        *,
        key: Optional[str] = None,
        state: Optional[SubmissionState] = None,
        workflow: Optional[int] = None,
        updated_before: Optional[datetime] = None,
        limit: Optional[int] = None,
    ) -> Tuple[Submission, ...]:
        """The submissions that the store has recorded, the latest first: of all servers that use it.

        Without a `store` these are the submissions of this client. The command `nebula-explorer submissions` repairs and deletes
        them.
        """
        return await self._client.submissions(key, state, workflow, to_microseconds(updated_before), limit)

    async def sign_in(self) -> Token:
        """Signs in now instead of on the first call. Signs in only if there is no valid token."""
        return await self._client.sign_in()

    async def request(
        self, method: str, path: str, *, query: Optional[Mapping[str, str]] = None, json: Optional[object] = None
    ) -> bytes:
        """An authenticated request for any path below the server's address. Returns the complete envelope."""
        body = None if json is None else to_json(json)
        return await self._client.request(method, path, list((query or {}).items()), body)

    async def close(self) -> None:
        """Closes the client. What it returned can still be used."""
        self._native = None

    async def __aenter__(self: _Self) -> _Self:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.close()


class AsyncWorkflowHandle:
    """A workflow, by its id."""

    def __init__(self, client: _native.Client, id: int) -> None:
        self._client = client
        self._id = id

    @property
    def id(self) -> int:
        """The workflow's id."""
        return self._id

    async def run(
        self,
        input: Optional[Input] = None,
        *,
        idempotency_key: Optional[str] = None,
        rerun: Iterable[JobStatus] = (),
        on_unknown_outcome: Optional[OnUnknownOutcome] = None,
        grace_period: Optional[Seconds] = None,
    ) -> AsyncJobHandle:
        """Runs the workflow: creates a job and starts it. The options are those of `Run`.

        The request is never sent again once any byte of it may have reached the server, unless `on_unknown_outcome` says so.
        """
        run = Run(self._id, input, idempotency_key, rerun, on_unknown_outcome, grace_period)
        return AsyncJobHandle(self._client, await self._client.run(run))

    def jobs(
        self,
        *,
        name: Optional[str] = None,
        status: Optional[JobStatus] = None,
        created_from: Optional[datetime] = None,
        created_to: Optional[datetime] = None,
        oldest_first: bool = False,
        page_size: Optional[int] = None,
    ) -> AsyncJobs:
        """The jobs of this workflow, the newest first by default. Sends nothing until it is iterated."""
        return AsyncJobs(
            job_list(self._client, self._id, name, status, created_from, created_to, oldest_first, page_size)
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id}>"


class AsyncJobHandle:
    """A job, by its id: to get it, wait for it, cancel it and read its results. Losing it has no effect on the job."""

    def __init__(self, client: _native.Client, id: int) -> None:
        self._client = client
        self._id = id

    @property
    def id(self) -> int:
        """The job's id."""
        return self._id

    async def get(self) -> Job:
        """The job as it is now, with its tasks."""
        return await self._client.get(self._id)

    async def wait(
        self,
        *,
        timeout: Optional[Seconds] = None,
        progress: Progress = False,
        intervals: Optional[PollIntervals] = None,
        tolerance: Optional[PollTolerance] = None,
    ) -> Job:
        """Waits for the job to succeed, and returns it.

        With `progress=True` standard error shows how far it is; a function is called with the job after every poll.
        Raises `JobFailed` or `JobInterrupted` if the job ended otherwise, and `WaitTimedOut` after the timeout. It continues to run
        then, and if the wait is cancelled, too.
        """
        return await self._wait(None, timeout, progress, intervals, tolerance)

    async def wait_until(
        self,
        condition: Condition,
        *,
        timeout: Optional[Seconds] = None,
        progress: Progress = False,
        intervals: Optional[PollIntervals] = None,
        tolerance: Optional[PollTolerance] = None,
    ) -> Job:
        """Waits until the job meets a condition; see `nebula_explorer.conditions`. Otherwise as `wait`."""
        return await self._wait(condition, timeout, progress, intervals, tolerance)

    async def _wait(
        self,
        condition: Optional[Condition],
        timeout: Optional[Seconds],
        progress: Progress,
        intervals: Optional[PollIntervals],
        tolerance: Optional[PollTolerance],
    ) -> Job:
        options = (self._id, condition, to_seconds(timeout), intervals, tolerance)
        if progress is False:
            return await self._client.wait(*options)
        updates = self._client.wait_with_updates(*options)
        with Display(progress) as show:
            while True:
                update = await updates.next()
                assert update is not None, "a wait ends with a job or an exception"
                job, is_last = update
                if is_last:
                    return job
                show(job)

    def progress(
        self, *, intervals: Optional[PollIntervals] = None, tolerance: Optional[PollTolerance] = None
    ) -> AsyncItems[Union[Job, Task]]:
        """The changes of the job until its end: each is the job, or a task. A job that fails is not an error here."""
        return AsyncItems(self._client.progress(self._id, intervals, tolerance))

    async def cancel(self) -> Cancellation:
        """Asks the server to stop the job. It does not end at once."""
        return await self._client.cancel(self._id)

    async def cancel_and_wait(self) -> Job:
        """Asks the server to stop the job and waits for it to end, in whatever way."""
        return await self._client.cancel_and_wait(self._id)

    def task(self, id: str) -> AsyncTaskHandle:
        """A task of the job, by its id in `Job.tasks`. Sends nothing."""
        return AsyncTaskHandle(self._client, self._id, id)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id}>"


class AsyncTaskHandle:
    """A task of a job, by its id: to read its result."""

    def __init__(self, client: _native.Client, job_id: int, id: str) -> None:
        self._client = client
        self._job_id = job_id
        self._id = id

    @property
    def id(self) -> str:
        """The task's id."""
        return self._id

    async def rows(self, *, limit: Optional[int] = None, columns: Optional[Columns] = None) -> Rows:
        """The rows of the task's result, up to a limit; by default that of the API.

        columns: names and types, `{"vid": str, "value": float}`, or only names. Types that are not given are inferred; see `Rows`.
        """
        return Rows(await self._client.rows(self._job_id, self._id, limit, _columns(columns)))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id} of job {self._job_id}>"


class AsyncItems(Generic[_Item], AsyncIterator[_Item]):
    """An iterator whose items are waited for. An `__anext__` that is cancelled is continued by the next one."""

    def __init__(self, stream: _native.Stream[_Item]) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncItems[_Item]:
        return self

    async def __anext__(self) -> _Item:
        item = await self._stream.next_kept()
        self._stream.received()
        if item is None:
            raise StopAsyncIteration
        return item


class AsyncJobs:
    """A list of jobs. It requests pages as it is iterated; jobs that are created meanwhile do not disturb it."""

    def __init__(self, jobs: _native.JobList) -> None:
        self._jobs = jobs

    def __aiter__(self) -> AsyncItems[Job]:
        return AsyncItems(self._jobs.by_item())

    def by_page(self) -> AsyncItems[Page]:
        """The same jobs, page by page."""
        return AsyncItems(self._jobs.by_page())

    async def page(self, number: Optional[int] = None) -> Page:
        """One page, by its number from 1."""
        return await self._jobs.page(number)


class AsyncWatcher(AsyncItems[Watched]):
    """Follows many jobs: yields each job when it is first seen and whenever it has another status, until every job has ended."""

    def __init__(self, watcher: _native.Watcher) -> None:
        super().__init__(watcher.stream)
        self._watcher = watcher

    def add(self, job_id: int) -> None:
        """Watches one more job. A watcher that has ended continues then."""
        self._watcher.add(job_id)

    def remove(self, job_id: int) -> bool:
        """No longer watches a job. Returns whether it was watched."""
        return self._watcher.remove(job_id)

    def job_ids(self) -> List[int]:
        """The watched jobs."""
        return self._watcher.job_ids()

    def __len__(self) -> int:
        return len(self._watcher.job_ids())
