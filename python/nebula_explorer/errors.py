"""The exceptions: one class for each kind of failure, by what the caller can do about it.

All derive from `Error`. A class that Python has a word for derives from that, too: `ConnectionError`, `TimeoutError`, `ValueError`.
No exception contains a password or a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Tuple

if TYPE_CHECKING:
    from datetime import datetime

    from ._codes import ErrorCode
    from ._models import Job

__all__ = [
    "ApiError",
    "ClientSetupError",
    "ConditionNotMet",
    "ConnectionLost",
    "EmulatorError",
    "Error",
    "InvalidInput",
    "InvalidResponse",
    "JobFailed",
    "JobInterrupted",
    "OutcomeUnknown",
    "Redirected",
    "ResponseTooLarge",
    "RowError",
    "SettingsError",
    "SignInFailed",
    "SubmissionStoreError",
    "TimedOut",
    "UnexpectedResponse",
    "Unreachable",
    "WaitTimedOut",
]


class Error(Exception):
    """The base of every exception of this package. `str` of it says what happened, where, and what to do."""

    #: The kind as one word, for logs and metrics.
    kind: str = "other"
    #: Whether the same call may succeed if it is repeated. Whether that is safe is another question.
    is_retryable: bool = False
    #: The call that failed, by its `operationId`; `None` for what is not an error of a single call.
    operation: Optional[str] = None
    #: The address of the server.
    url: Optional[str] = None
    #: How many times the request was sent.
    attempts: Optional[int] = None
    #: The id under which the server traces the call, for a question to its administrator.
    trace_id: Optional[str] = None
    #: The root cause, such as the operating system's own error.
    cause: Optional[str] = None

    @property
    def message(self) -> str:
        """The text."""
        return str(self)


class ApiError(Error):
    """The server responded with an error code."""

    code: ErrorCode
    #: The name, as the server gave it.
    name: str
    #: What the server says beyond the name.
    detail: Optional[str] = None
    http_status: int


class SignInFailed(ApiError):
    """The server rejected the sign-in. Check the account and the graph service."""


class Unreachable(Error, ConnectionError):
    """Could not connect; the request was not sent."""

    #: `network`, `proxy`, `certificate` or `not_tls`.
    reason: str = "network"
    #: What is wrong with the server's certificate.
    problem: Optional[str] = None
    #: The address of the proxy that requests go through.
    proxy: Optional[str] = None
    #: The variable that names it.
    proxy_variable: Optional[str] = None
    #: The HTTP status with which it refuses.
    proxy_status: Optional[int] = None


class ConnectionLost(Error, ConnectionError):
    """The connection broke before the complete response had arrived. The server may have acted on the request."""


class TimedOut(Error, TimeoutError):
    """The server was silent for the time limit. Unless `connecting`, it may have acted on the request."""

    #: In seconds.
    limit: float
    connecting: bool


class Redirected(Error):
    """The server redirects. Redirects are not followed."""

    http_status: int
    location: Optional[str] = None


class UnexpectedResponse(Error):
    """A response that is not of Explorer's API, such as a proxy's error page."""

    http_status: int
    content_type: Optional[str] = None
    server: Optional[str] = None
    proxy_error: Optional[str] = None
    title: Optional[str] = None
    #: The first characters of the body.
    start: str
    is_page: bool
    #: How many seconds the server asks to wait.
    retry_after: Optional[float] = None


class InvalidResponse(Error):
    """A response that does not match the contract. The server may be of another version."""

    #: Such as `data.items[3].status`.
    place: str
    problem: str


class ResponseTooLarge(Error):
    """A response larger than `max_response_bytes`."""

    #: In bytes.
    limit: int


class OutcomeUnknown(Error):
    """The response to running a workflow was lost, so the job may or may not exist."""

    workflow_id: int
    #: The job, if it exists, was created at this time or later.
    sent_after: Optional[datetime] = None
    #: How the response was lost; `None` if another process sent the request.
    lost_by: Optional[Error] = None
    #: The jobs that may be the one, if they were looked for.
    candidates: Tuple[Job, ...]


class RowError(Error):
    """A row of a result does not match the requested columns."""

    #: The number of the row, from 1.
    row: int
    #: The number of the column, from 1; `None` if the row as a whole does not match.
    column: Optional[int] = None
    value: Optional[str] = None
    problem: str


class JobFailed(Error):
    """The job ended as failed."""

    job_id: int
    job: Job


class JobInterrupted(Error):
    """The job ended because it was cancelled."""

    job_id: int
    job: Job


class ConditionNotMet(Error):
    """The job succeeded, but the condition that was waited for was never met."""

    job_id: int
    job: Job


class WaitTimedOut(Error, TimeoutError):
    """The job did not end within the time to wait. It continues to run."""

    job_id: int
    #: In seconds.
    limit: float
    #: The job as it was last seen; `None` if it never was.
    job: Optional[Job] = None


class InvalidInput(Error, ValueError):
    """The caller's input is invalid."""


class SubmissionStoreError(Error):
    """The store of submissions failed: before the request was sent, or after the response, and then the job exists."""

    #: The idempotency key.
    key: Optional[str] = None
    #: The job that could not be recorded; `None` if no request was sent.
    job_id: Optional[int] = None


class ClientSetupError(Error):
    """No HTTP client can be created in this environment."""


class SettingsError(Error):
    """The command's settings, from variables or a profile, are incomplete or invalid."""


class EmulatorError(Error):
    """The emulator cannot be started, or an option of it is invalid."""
