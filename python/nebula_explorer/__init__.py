"""Run NebulaGraph Explorer's workflows from Python.

    import nebula_explorer as ne

    with ne.Explorer("http://localhost:7002", graph="192.168.8.111:9669", user="root", password="nebula") as explorer:
        job = explorer.workflow(4216617528).run({"query_1": {"name": "Tim Duncan"}})
        ended = job.wait(timeout=3600, progress=True)
        rows = job.task(ended.task("PageRank").id).rows(columns={"vid": str, "value": float})

Start with `Explorer`, or with `AsyncExplorer` in asyncio. They return handles, and handles have the calls. Every call fails with an
`Error`, whose subclasses say what the caller can do. `Emulator` is a server to try it with, and to test programs against.

The SDK's events go to the logger `nebula_explorer`, whose level is read when a client is created.
"""

from . import conditions
from ._async import (
    AsyncExplorer,
    AsyncItems,
    AsyncJobHandle,
    AsyncJobs,
    AsyncTaskHandle,
    AsyncWatcher,
    AsyncWorkflowHandle,
)
from ._codes import ErrorCode, JobStatus
from ._emulator import Emulator
from ._models import BatchedRun, Cancellation, Job, MalformedJob, Page, Submission, SubmissionState, Task, Token, Watched
from ._native import __version__
from ._options import PollIntervals, PollTolerance, RetryPolicy, Run
from ._rows import Rows
from ._sync import Explorer, Items, JobHandle, Jobs, TaskHandle, Watcher, WorkflowHandle
from .errors import (
    ApiError,
    ClientSetupError,
    ConditionNotMet,
    ConnectionLost,
    EmulatorError,
    Error,
    InvalidInput,
    InvalidResponse,
    JobFailed,
    JobInterrupted,
    OutcomeUnknown,
    Redirected,
    ResponseTooLarge,
    RowError,
    SettingsError,
    SignInFailed,
    SubmissionStoreError,
    TimedOut,
    UnexpectedResponse,
    Unreachable,
    WaitTimedOut,
)

__all__ = [
    "ApiError",
    "AsyncExplorer",
    "AsyncItems",
    "AsyncJobHandle",
    "AsyncJobs",
    "AsyncTaskHandle",
    "AsyncWatcher",
    "AsyncWorkflowHandle",
    "BatchedRun",
    "Cancellation",
    "ClientSetupError",
    "ConditionNotMet",
    "ConnectionLost",
    "Emulator",
    "EmulatorError",
    "Error",
    "ErrorCode",
    "Explorer",
    "InvalidInput",
    "InvalidResponse",
    "Items",
    "Job",
    "JobFailed",
    "JobHandle",
    "JobInterrupted",
    "JobStatus",
    "Jobs",
    "MalformedJob",
    "OutcomeUnknown",
    "Page",
    "PollIntervals",
    "PollTolerance",
    "Redirected",
    "ResponseTooLarge",
    "RetryPolicy",
    "RowError",
    "Rows",
    "Run",
    "SettingsError",
    "SignInFailed",
    "Submission",
    "SubmissionState",
    "SubmissionStoreError",
    "Task",
    "TaskHandle",
    "TimedOut",
    "Token",
    "UnexpectedResponse",
    "Unreachable",
    "WaitTimedOut",
    "Watched",
    "Watcher",
    "WorkflowHandle",
    "__version__",
    "conditions",
]
