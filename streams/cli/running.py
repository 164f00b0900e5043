"""What the commands that read logs share: signals, progress, reading all inputs, problems on stderr.

In: options, inputs. Out: a Session that has read them. Text for people goes to stderr.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from streams.core.report.run import Problem
from streams.core.report.words import visible
from streams.drivers.embedded.inputs import Input
from streams.drivers.embedded.session import Session

# Below this a run is over before a person wonders.
_PROGRESS_FROM_BYTES: Final = 32 * 1024 * 1024
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Set by SIGINT or SIGTERM; the session ends after the run of lines it is in."""

    def __init__(self) -> None:
        """Not stopping."""
        self.signal: int | None = None
        self._ends: tuple[int, ...] = ()

    @property
    def wake(self) -> int:
        """Becomes readable when it is set, so that a waiting read ends; until `watching` ends."""
        if not self._ends:
            self._ends = os.pipe()
        return self._ends[0]

    def __call__(self) -> bool:
        """Whether to stop."""
        return self.signal is not None

    def exit_code(self, code: int) -> int:
        """`code`, or the shell's convention for a process that a signal ended."""
        return code if self.signal is None else 128 + self.signal

    def _set(self, number: int, _frame: FrameType | None) -> None:
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number
        for waker in self._ends[1:]:
            os.write(waker, b".")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take the signals over while a session reads."""
        before = {number: signal.signal(number, self._set) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            ends, self._ends = self._ends, ()
            for end in ends:
                os.close(end)


class Progress:
    """Bytes read of a long input, on a terminal only."""

    def __init__(self, total_bytes: int) -> None:
        """Silent in a pipe and for short inputs."""
        self._total = total_bytes
        self._done = 0
        self._shown = sys.stderr.isatty() and total_bytes >= _PROGRESS_FROM_BYTES

    def __call__(self, count: int) -> None:
        """Take `count` bytes as read."""
        self._done += count
        if self._shown:
            share = min(100, 100 * self._done // self._total)
            done, total = self._done >> 20, self._total >> 20
            sys.stderr.write(f"\r{share:3d} %  {done:,} of {total:,} MiB read")
            sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def print_problems(problems: Iterable[Problem]) -> None:
    """Say each on stderr."""
    for problem in problems:
        line = f"{problem.thing}: {problem.what}: {problem.next_step}"
        sys.stderr.write(f"panictrail: {visible(line)}\n")


def read_all(session: Session, inputs: tuple[Input, ...], stop: Stop) -> None:
    """Read every input in order, until asked to stop; then close what is open."""
    if any(item.path is None for item in inputs) and sys.stdin.isatty():
        sys.stderr.write("panictrail: reading what you type or paste; Ctrl-D ends it\n")
    for item in inputs:
        if stop():
            break
        session.read(item)
    session.finish()
