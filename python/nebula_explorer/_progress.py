"""The progress of a wait, as one line on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Callable, Optional, Type, Union

from ._models import Job

#: Whether to show the progress, or a function that is called with the job after every poll.
Progress = Union[bool, Callable[[Job], object]]

_WIDTH = 20


class Display:
    """Calls the function, or shows a bar: rewritten in terminals and notebooks, one line for each change elsewhere."""

    def __init__(self, progress: Progress) -> None:
        self._show = progress if callable(progress) else self._print
        self._started = time.monotonic()
        self._is_live = sys.stderr.isatty() or "ipykernel" in sys.modules
        self._shown = ""

    def __enter__(self) -> Callable[[Job], object]:
        return self._show

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if self._is_live and self._shown:
            sys.stderr.write("\n")

    def _print(self, job: Job) -> None:
        ended = sum(task.status.is_terminal for task in job.tasks)
        filled = _WIDTH * ended // max(len(job.tasks), 1)
        bar = "#" * filled + "-" * (_WIDTH - filled)
        line = f"{_printable(job.name)} [{bar}] {ended}/{len(job.tasks)} tasks, {job.status}"
        if self._is_live:
            line += f", {time.monotonic() - self._started:.0f} s"
            sys.stderr.write("\r" + line.ljust(len(self._shown)))
        elif line != self._shown:
            sys.stderr.write(line + "\n")
        self._shown = line
        sys.stderr.flush()


def _printable(text: str) -> str:
    """Without control characters, which could change what a terminal shows."""
    return "".join(character if character.isprintable() else "?" for character in text)
