"""Options, as data. `None` stands for the SDK's default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Literal, Mapping, Optional, Sequence, Tuple, Type, Union

from ._codes import JobStatus
from ._times import Seconds, to_seconds

#: Parameters by task and name: `{"query_1": {"name": "Tim Duncan"}}`.
Input = Mapping[str, Mapping[str, Union[str, int, float]]]

OnUnknownOutcome = Literal["fail", "reconcile"]

#: The type of a column; `None` infers it.
ColumnType = Optional[Type[Union[str, int, float, bool]]]

#: Names and types, or only names.
Columns = Union[Mapping[str, ColumnType], Sequence[str]]


def _convert(options: object, *names: str) -> None:
    for name in names:
        object.__setattr__(options, name, to_seconds(getattr(options, name)))


@dataclass(frozen=True)
class PollIntervals:
    """The intervals between two polls, which grow up to a maximum."""

    initial_delay: Optional[Seconds] = None
    max_delay: Optional[Seconds] = None
    #: The ratio of each interval to the one before: at least 1.
    factor: Optional[float] = None

    def __post_init__(self) -> None:
        _convert(self, "initial_delay", "max_delay")


@dataclass(frozen=True)
class PollTolerance:
    """Which failed polls are tolerated. Permanent errors never are."""

    #: How many consecutive failures are tolerated however long they take.
    min_failures: Optional[int] = None
    #: How long polls may keep failing.
    max_elapsed: Optional[Seconds] = None

    def __post_init__(self) -> None:
        _convert(self, "max_elapsed")

    @classmethod
    def none(cls) -> PollTolerance:
        """The first failure ends the wait."""
        return cls(min_failures=0, max_elapsed=0)


@dataclass(frozen=True)
class RetryPolicy:
    """How often, and for how long, a call is retried after a transient failure."""

    #: The first time included: 1 turns retries off.
    max_attempts: Optional[int] = None
    max_elapsed: Optional[Seconds] = None
    initial_delay: Optional[Seconds] = None
    max_delay: Optional[Seconds] = None
    factor: Optional[float] = None

    def __post_init__(self) -> None:
        _convert(self, "max_elapsed", "initial_delay", "max_delay")

    @classmethod
    def none(cls) -> RetryPolicy:
        """Every call is sent once."""
        return cls(max_attempts=1)


@dataclass(frozen=True)
class Run:
    """A request to run a workflow, for `batch`. Nothing is sent until the batch comes to it."""

    workflow_id: int
    #: Parameters by task and name. The server does not check them: a wrong one makes the job fail.
    input: Optional[Input] = None
    #: The same key never creates a second job, as long as all who use it share a store.
    idempotency_key: Optional[str] = None
    #: With a job that ended in one of these statuses, the key runs the workflow again.
    rerun: Iterable[JobStatus] = ()
    #: What to do when the response is lost. By default, with a key, the job is looked for; without, that is an error.
    on_unknown_outcome: Optional[OnUnknownOutcome] = None
    #: How long to look for a job before the request is sent again.
    grace_period: Optional[Seconds] = None

    def __post_init__(self) -> None:
        _convert(self, "grace_period")
        object.__setattr__(self, "rerun", tuple(self.rerun))


def columns(given: Optional[Columns]) -> List[Tuple[str, Optional[str]]]:
    """The names of columns and of their types, for the native part."""
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [(name, None if kind is None else getattr(kind, "__name__", str(kind))) for name, kind in given.items()]
    return [(name, None) for name in given]
