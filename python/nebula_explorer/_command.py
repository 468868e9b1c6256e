"""The command `nebula-explorer`."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

from ._native import run_command


def main() -> NoReturn:
    """Runs the command with the arguments of this process, and ends the process."""
    # The command reacts to signals itself. One that is ignored stays ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run_command(["nebula-explorer", *sys.argv[1:]]))
