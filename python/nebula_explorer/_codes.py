"""Job statuses and error codes."""

from __future__ import annotations

from enum import IntEnum
from typing import Optional, Tuple

from . import _native


class _Code(IntEnum):
    """A number with a meaning. One that the contract does not list is kept as it is, and its name is the number."""

    @classmethod
    def _missing_(cls, value: object) -> Optional[_Code]:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = str(value)
        member._value_ = value
        return member

    def _listed(self) -> Tuple[Optional[str], Optional[str]]:
        """Its name and its description in the contract."""
        raise NotImplementedError

    @property
    def description(self) -> Optional[str]:
        """What it means; `None` for a number that the contract does not list."""
        return self._listed()[1]

    def __str__(self) -> str:
        return self._listed()[0] or str(int(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class JobStatus(_Code):
    """The status of a job or of a task. A number that the contract does not list is kept as it is."""

    PREPARING = 0
    RUNNING = 1
    SUCCESS = 2
    FAILED = 3
    INTERRUPTED = 4
    STOPPING = 5

    def _listed(self) -> Tuple[Optional[str], Optional[str]]:
        return _native.job_status(int(self))[:2]

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return _native.job_status(int(self))[2]


class ErrorCode(_Code):
    """An error code of the server. A number that the contract does not list is kept as it is."""

    ERR_BAD_REQUEST = 40004000
    ERR_PARAM = 40004001
    ERR_UNAUTHORIZED = 40104000
    ERR_SESSION = 40104001
    ERR_FORBIDDEN = 40304000
    ERR_NOT_FOUND = 40404000
    ERR_INTERNAL_SERVER = 50004000
    ERR_INTERNAL_DATABASE = 50004001
    ERR_INTERNAL_CONTROLLER = 50004002
    ERR_INTERNAL_LICENSE = 50004003
    ERR_UNKNOWN = 90004000

    def _listed(self) -> Tuple[Optional[str], Optional[str]]:
        return _native.error_code(int(self))
