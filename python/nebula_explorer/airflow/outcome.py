"""How a job that was waited for ended: the event of the trigger, and what a task makes of it."""

from __future__ import annotations

from typing import Any, Dict, Literal, Optional, TypedDict

from .. import Error, JobFailed, JobInterrupted, PollIntervals, WaitTimedOut


class Outcome(TypedDict):
    """The end of a wait, as data that Airflow can store."""

    job_id: int
    outcome: Literal["success", "failed", "interrupted", "timed_out", "error"]
    #: What happened, unless it is a success.
    problem: Optional[str]


def outcome(job_id: int, error: Optional[Error] = None) -> Outcome:
    """What the wait for a job ended with."""
    if error is None:
        return {"job_id": job_id, "outcome": "success", "problem": None}
    kinds: Dict[type, Any] = {JobFailed: "failed", JobInterrupted: "interrupted", WaitTimedOut: "timed_out"}
    return {"job_id": job_id, "outcome": kinds.get(type(error), "error"), "problem": str(error)}


def intervals(poll_interval: Optional[float]) -> Optional[PollIntervals]:
    """The same interval between all polls; the SDK's default if there is none."""
    if poll_interval is None:
        return None
    return PollIntervals(initial_delay=poll_interval, max_delay=poll_interval)
