"""The blocking client. Every call can be interrupted with Ctrl-C, and lets other threads run."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import Generic, Iterable, Iterator, List, Mapping, Optional, Tuple, Type, TypeVar, Union

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
_Self = TypeVar("_Self", bound="Explorer")


class Explorer(Connection):
    """A client of one Explorer server, which signs in on the first call and again when the session ends.

    All its threads may use it. A process that is forked from one that has used it must not: start processes with the method `spawn` or
    `forkserver`.
    """

    def workflow(self, id: int) -> WorkflowHandle:
        """A workflow, by the id that the web page shows. Sends nothing."""
        return WorkflowHandle(self._client, id)

    def job(self, id: int) -> JobHandle:
        """A job, by its id. Sends nothing."""
        return JobHandle(self._client, id)

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
    ) -> Jobs:
        """The jobs of all workflows, or of one: the newest first by default. Sends nothing until it is iterated."""
        return Jobs(
            job_list(self._client, workflow, name, status, created_from, created_to, oldest_first, page_size)
        )

    def watch(
        self,
        job_ids: Iterable[int],
        *,
        intervals: Optional[PollIntervals] = None,
        tolerance: Optional[PollTolerance] = None,
    ) -> Watcher:
        """Follows many jobs at once, until each has ended."""
        return Watcher(self._client.watch(list(job_ids), intervals, tolerance))

    def batch(
        self,
        runs: Iterable[Run],
        *,
        parallel: Optional[int] = None,
        intervals: Optional[PollIntervals] = None,
        tolerance: Optional[PollTolerance] = None,
    ) -> Items[BatchedRun]:
        """Runs many workflows, a limited number at a time, and yields each once it has ended.

        The runs are taken from the iterable as there is room for them. With idempotency keys, a batch that was interrupted is
        continued by running it again.
        """
        return Items(self._client.batch(runs, parallel, intervals, tolerance))

    def submissions(
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
        return self._client.submissions(key, state, workflow, to_microseconds(updated_before), limit).run()

    def sign_in(self) -> Token:
        """Signs in now instead of on the first call. Signs in only if there is no valid token."""
        return self._client.sign_in().run()

    def request(
        self, method: str, path: str, *, query: Optional[Mapping[str, str]] = None, json: Optional[object] = None
    ) -> bytes:
        """An authenticated request for any path below the server's address. Returns the complete envelope."""
        body = None if json is None else to_json(json)
        return self._client.request(method, path, list((query or {}).items()), body).run()

    def close(self) -> None:
        """Closes the client. What it returned can still be used."""
        self._native = None

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()


class WorkflowHandle:
    """A workflow, by its id."""

    def __init__(self, client: _native.Client, id: int) -> None:
        self._client = client
        self._id = id

    @property
    def id(self) -> int:
        """The workflow's id."""
        return self._id

    def run(
        self,
        input: Optional[Input] = None,
        *,
        idempotency_key: Optional[str] = None,
        rerun: Iterable[JobStatus] = (),
        on_unknown_outcome: Optional[OnUnknownOutcome] = None,
        grace_period: Optional[Seconds] = None,
    ) -> JobHandle:
        """Runs the workflow: creates a job and starts it. The options are those of `Run`.

        The request is never sent again once any byte of it may have reached the server, unless `on_unknown_outcome` says so.
        """
        run = Run(self._id, input, idempotency_key, rerun, on_unknown_outcome, grace_period)
        return JobHandle(self._client, self._client.run(run).run())

    def jobs(
        self,
        *,
        name: Optional[str] = None,
        status: Optional[JobStatus] = None,
        created_from: Optional[datetime] = None,
        created_to: Optional[datetime] = None,
        oldest_first: bool = False,
        page_size: Optional[int] = None,
    ) -> Jobs:
        """The jobs of this workflow, the newest first by default. Sends nothing until it is iterated."""
        return Jobs(
            job_list(self._client, self._id, name, status, created_from, created_to, oldest_first, page_size)
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id}>"


class JobHandle:
    """A job, by its id: to get it, wait for it, cancel it and read its results. Losing it has no effect on the job."""

    def __init__(self, client: _native.Client, id: int) -> None:
        self._client = client
        self._id = id

    @property
    def id(self) -> int:
        """The job's id."""
        return self._id

    def get(self) -> Job:
        """The job as it is now, with its tasks."""
        return self._client.get(self._id).run()

    def wait(
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
        then, and after Ctrl-C, too.
        """
        return self._wait(None, timeout, progress, intervals, tolerance)

    def wait_until(
        self,
        condition: Condition,
        *,
        timeout: Optional[Seconds] = None,
        progress: Progress = False,
        intervals: Optional[PollIntervals] = None,
        tolerance: Optional[PollTolerance] = None,
    ) -> Job:
        """Waits until the job meets a condition; see `nebula_explorer.conditions`. Otherwise as `wait`."""
        return self._wait(condition, timeout, progress, intervals, tolerance)

    def _wait(
        self,
        condition: Optional[Condition],
        timeout: Optional[Seconds],
        progress: Progress,
        intervals: Optional[PollIntervals],
        tolerance: Optional[PollTolerance],
    ) -> Job:
        options = (self._id, condition, to_seconds(timeout), intervals, tolerance)
        if progress is False:
            return self._client.wait(*options).run()
        updates = self._client.wait_with_updates(*options)
        with Display(progress) as show:
            while True:
                update = updates.next().run()
                assert update is not None, "a wait ends with a job or an exception"
                job, is_last = update
                if is_last:
                    return job
                show(job)

    def progress(
        self, *, intervals: Optional[PollIntervals] = None, tolerance: Optional[PollTolerance] = None
    ) -> Items[Union[Job, Task]]:
        """The changes of the job until its end: each is the job, or a task. A job that fails is not an error here."""
        return Items(self._client.progress(self._id, intervals, tolerance))

    def cancel(self) -> Cancellation:
        """Asks the server to stop the job. It does not end at once."""
        return self._client.cancel(self._id).run()

    def cancel_and_wait(self) -> Job:
        """Asks the server to stop the job and waits for it to end, in whatever way."""
        return self._client.cancel_and_wait(self._id).run()

    def task(self, id: str) -> TaskHandle:
        """A task of the job, by its id in `Job.tasks`. Sends nothing."""
        return TaskHandle(self._client, self._id, id)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id}>"


class TaskHandle:
    """A task of a job, by its id: to read its result."""

    def __init__(self, client: _native.Client, job_id: int, id: str) -> None:
        self._client = client
        self._job_id = job_id
        self._id = id

    @property
    def id(self) -> str:
        """The task's id."""
        return self._id

    def rows(self, *, limit: Optional[int] = None, columns: Optional[Columns] = None) -> Rows:
        """The rows of the task's result, up to a limit; by default that of the API.

        columns: names and types, `{"vid": str, "value": float}`, or only names. Types that are not given are inferred; see `Rows`.
        """
        return Rows(self._client.rows(self._job_id, self._id, limit, _columns(columns)).run())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id} of job {self._job_id}>"


class Items(Generic[_Item], Iterator[_Item]):
    """An iterator whose items are waited for. A `next` that is interrupted is continued by the next one."""

    def __init__(self, stream: _native.Stream[_Item]) -> None:
        self._stream = stream

    def __iter__(self) -> Items[_Item]:
        return self

    def __next__(self) -> _Item:
        item = self._stream.next().run()
        if item is None:
            raise StopIteration
        return item


class Jobs:
    """A list of jobs. It requests pages as it is iterated; jobs that are created meanwhile do not disturb it."""

    def __init__(self, jobs: _native.JobList) -> None:
        self._jobs = jobs

    def __iter__(self) -> Items[Job]:
        return Items(self._jobs.by_item())

    def by_page(self) -> Items[Page]:
        """The same jobs, page by page."""
        return Items(self._jobs.by_page())

    def page(self, number: Optional[int] = None) -> Page:
        """One page, by its number from 1."""
        return self._jobs.page(number).run()


class Watcher(Items[Watched]):
    """Follows many jobs: yields each job when it is first seen and whenever it has another status, until every job has ended."""

    def __init__(self, watcher: _native.Watcher) -> None:
        super().__init__(watcher.stream)
        self._watcher = watcher

    def add(self, job_id: int) -> None:
        """Watches one more job. Another thread may do that. A watcher that has ended continues then."""
        self._watcher.add(job_id)

    def remove(self, job_id: int) -> bool:
        """No longer watches a job. Returns whether it was watched."""
        return self._watcher.remove(job_id)

    def job_ids(self) -> List[int]:
        """The watched jobs."""
        return self._watcher.job_ids()

    def __len__(self) -> int:
        return len(self._watcher.job_ids())
