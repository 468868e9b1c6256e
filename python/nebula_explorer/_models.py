"""What the server says, as data that does not change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Optional, Tuple

from ._codes import JobStatus
from .errors import Error


@dataclass(frozen=True)
class Task:
    """One component of a workflow, as it runs in a job."""

    #: The task's id, which is different in every job.
    id: str
    #: The component's name.
    name: str
    status: JobStatus
    #: `None` if it has not started.
    started_at: Optional[datetime]
    #: `None` if it has not ended.
    ended_at: Optional[datetime]


@dataclass(frozen=True)
class Job:
    """One run of a workflow, as the server described it when it was asked."""

    id: int
    #: The workflow's name and the time of creation.
    name: str
    workflow_id: int
    workflow_name: str
    status: JobStatus
    created_at: Optional[datetime]
    #: `None` if it has not started.
    started_at: Optional[datetime]
    #: `None` if it has not ended.
    ended_at: Optional[datetime]
    #: Empty in lists of jobs, which leave them out.
    tasks: Tuple[Task, ...]

    def task(self, name_or_id: str) -> Task:
        """The task with this name or id; the first one if several have the name.

        Raises `KeyError` if there is none.
        """
        for task in self.tasks:
            if name_or_id in (task.name, task.id):
                return task
        names = ", ".join(task.name for task in self.tasks) or "none"
        raise KeyError(f"job {self.id} has no task `{name_or_id}`; its tasks: {names}")


@dataclass(frozen=True)
class MalformedJob:
    """A row of a list that does not match the contract. The rest of the list is not affected by it."""

    #: The job's id, if that can be read.
    id: Optional[int]
    problem: str


@dataclass(frozen=True)
class Page:
    """One page of a list of jobs."""

    #: Without their tasks.
    jobs: Tuple[Job, ...]
    malformed: Tuple[MalformedJob, ...]
    #: How many jobs match, on all pages, according to the server.
    total: Optional[int]
    #: The number of the page, from 1, according to the server.
    page: Optional[int]
    page_size: Optional[int]


@dataclass(frozen=True)
class Cancellation:
    """The server's reaction to the request to cancel a job."""

    #: `requested`: the server stops the job. `already_ended`, `declined`: it does not, and `job` shows why.
    outcome: Literal["requested", "already_ended", "declined"]
    job: Optional[Job]


@dataclass(frozen=True)
class Watched:
    """A job with a status that it did not have before, or why it is no longer watched."""

    job_id: int
    #: Without its tasks; `None` if there is an error.
    job: Optional[Job]
    error: Optional[Error]

    def result(self) -> Job:
        """The job, or the error as an exception."""
        return _result(self.job, self.error)


@dataclass(frozen=True)
class BatchedRun:
    """A run of a batch that has ended, or why it cannot be followed."""

    #: Its place in the batch, from 0.
    index: int
    #: `None` if it has no job.
    job_id: Optional[int]
    #: The job as it ended, without its tasks, whether it succeeded or not; `None` if there is an error.
    job: Optional[Job]
    error: Optional[Error]

    def result(self) -> Job:
        """The job, or the error as an exception."""
        return _result(self.job, self.error)


def _result(job: Optional[Job], error: Optional[Error]) -> Job:
    if job is None:
        raise error or Error("there is no job")
    return job


#: `preparing`: the request was not sent. `sending`, `abandoned`: it may have been sent, and its owner is alive, or has given up.
#: `recorded`: its job is known.
SubmissionState = Literal["preparing", "sending", "abandoned", "recorded"]


@dataclass(frozen=True)
class Submission:
    """A request to run a workflow, as the store has recorded it."""

    #: `None` if it was sent without an idempotency key.
    key: Optional[str]
    workflow_id: int
    state: SubmissionState
    #: `None` until it is known.
    job_id: Optional[int]
    #: Which attempt of its key it is, from 1.
    attempt: int
    #: The address of the server.
    server: str
    #: When it was recorded first, and when it changed last.
    started_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Token:
    """A session's token. It is as secret as a password, and not shown."""

    secret: str = field(repr=False)
    #: The other cookies of the session, `name=value` each.
    other_cookies: Tuple[str, ...] = field(repr=False)
    #: The remaining seconds when it was returned; `None` if the server did not state them.
    remaining: Optional[float]
