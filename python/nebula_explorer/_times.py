"""Times and durations, between Python and the native part."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Optional, Union

#: A number of seconds, or a `timedelta`.
Seconds = Union[float, timedelta]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST = datetime(1, 1, 1, tzinfo=timezone.utc)


def from_microseconds(microseconds: int) -> datetime:
    """The time in UTC. The SDK knows times before the first that Python can express."""
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return _FIRST


def to_microseconds(time: Optional[datetime]) -> Optional[int]:
    if time is None:
        return None
    if time.tzinfo is None:
        from .errors import InvalidInput

        raise InvalidInput(f"the time {time.isoformat()} has no time zone: give one such as tzinfo=timezone.utc")
    return (time - _EPOCH) // timedelta(microseconds=1)


def to_seconds(duration: Optional[Seconds]) -> Optional[float]:
    return duration.total_seconds() if isinstance(duration, timedelta) else duration
