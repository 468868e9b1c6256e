"""Job statuses and error codes."""

from __future__ import annotations

from enum import IntEnum
from typing import Optional, Type, TypeVar

from . import _native

_Code = TypeVar("_Code", bound=IntEnum)


def _unlisted(cls: Type[_Code], value: object) -> Optional[_Code]:
    """A member for a number that the contract does not list. Its name is the number."""
    if not isinstance(value, int):
        return None
    member = int.__new__(cls, value)
    member._name_ = str(value)
    member._value_ = value
    return member


class JobStatus(IntEnum):
    """The status of a job or of a task. A number that the contract does not list is kept as it is."""

    PREPARING = 0
    RUNNING = 1
    SUCCESS = 2
    FAILED = 3
    INTERRUPTED = 4
    STOPPING = 5

    @classmethod
    def _missing_(cls, value: object) -> Optional[JobStatus]:
        return _unlisted(cls, value)

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return _native.job_status(int(self))[2]

    @property
    def description(self) -> Optional[str]:
        """What it means; `None` for a number that the contract does not list."""
        return _native.job_status(int(self))[1]

    def __str__(self) -> str:
        return _native.job_status(int(self))[0] or str(int(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class ErrorCode(IntEnum):
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

    @classmethod
    def _missing_(cls, value: object) -> Optional[ErrorCode]:
        return _unlisted(cls, value)

    @property
    def description(self) -> Optional[str]:
        """What it means; `None` for a number that the contract does not list."""
        return _native.error_code(int(self))[1]

    def __str__(self) -> str:
        return _native.error_code(int(self))[0] or str(int(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)
