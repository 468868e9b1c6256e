"""Conditions to wait for. Every function that gets a job and returns whether it meets the condition is one."""

from __future__ import annotations

from typing import Callable

from ._codes import JobStatus
from ._models import Job

Condition = Callable[[Job], bool]

__all__ = ["Condition", "ended", "status", "task_ended"]


def ended() -> Condition:
    """The job has ended, successfully or not."""
    return lambda job: job.status.is_terminal


def status(status: JobStatus) -> Condition:
    """The job is in this status."""
    return lambda job: job.status == status


def task_ended(name_or_id: str) -> Condition:
    """The task with this name or id has ended, successfully or not."""
    return lambda job: any(
        task.status.is_terminal for task in job.tasks if name_or_id in (task.name, task.id)
    )
