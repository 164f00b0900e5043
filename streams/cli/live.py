"""`--pid`, `--freeze`: a process that lives, for the commands that look at one.

In: an argument parser, parsed options. Out: what was read. How long the process stood still is said on stderr.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.options import configuration

if TYPE_CHECKING:
    from streams.drivers.live import Snapshot

_LONGEST_FREEZE = 60.0
_MOST_PID = 1 << 22  # include/linux/threads.h, PID_MAX_LIMIT


def pid(text: str) -> int:
    """The number of a process."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _MOST_PID:
        message = f"{text[:40]!r} is no PID: want a number, such as pgrep prints"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= _LONGEST_FREEZE:
        message = f"{text[:40]!r}: want seconds, more than 0 and at most {_LONGEST_FREEZE:g}"
        raise argparse.ArgumentTypeError(message)
    return value


def add_freeze(parser: argparse.ArgumentParser) -> None:
    """Declare `--freeze`."""
    parser.add_argument(
        "--freeze",
        metavar="SECONDS",
        type=_seconds,
        help="stop the process (SIGSTOP) while it is read, for so long at most; without it, it is never stopped",
    )


def read_pid(options: argparse.Namespace, command: str) -> Snapshot:
    """The goroutines of the process. Raises BadInput where it may not be read, or is no Go program."""
    from streams.drivers.live import read_live

    settings = configuration(options).settings
    found = read_live(
        options.pid, settings.pipeline(), service=settings.service, freeze_seconds=options.freeze
    )
    if options.freeze is not None:
        sys.stderr.write(f"panictrail {command}: {_stood_still(found, options.freeze)}\n")
    return found


def _stood_still(found: Snapshot, limit: float) -> str:
    if found.frozen_seconds is None:
        return "the process was stopped already, and stays so"
    text = f"the process stood still for {found.frozen_seconds * 1000:,.0f} ms"
    if found.cut_short:
        return f"{text}: then the limit of {limit:g} s was over, and the rest was read while it ran"
    return text
