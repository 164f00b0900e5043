"""A process stopped for a moment, by SIGSTOP and SIGCONT, with the promise that it goes on.

In: a PID and a time limit. Out: how long it stood still. A child of ours holds the promise: it sends SIGCONT when the
limit is over, or when we are gone in whatever way.
"""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress
from typing import Final, NoReturn, Self

from streams.adapters.proc import Proc

_PAUSE_SECONDS: Final = 0.0005
_IN_TIME: Final = 0
_TOO_LATE: Final = 1


class Freeze:
    """Stands still within the `with` block. One that was stopped before stays so: `seconds` is None then."""

    def __init__(self, pid: int, limit_seconds: float) -> None:
        """Nothing happens yet."""
        self._pid = pid
        self._limit = limit_seconds
        self._proc = Proc()
        self._target = self._held = self._guard = -1
        self._began = 0
        self.seconds: float | None = None
        self.too_late = False

    def __enter__(self) -> Self:
        """Stop it, and wait until all of its threads stand. Raises OSError where that is not allowed."""
        self._target = os.pidfd_open(self._pid)
        if self._proc.status(self._pid).state in "Tt":
            return self
        self._guard, self._held = _guard(self._target, self._limit)
        try:
            self._began = time.monotonic_ns()
            signal.pidfd_send_signal(self._target, signal.SIGSTOP)
            self._await()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _await(self) -> None:
        end = self._began + int(self._limit * 1e9)
        with suppress(FileNotFoundError, ProcessLookupError):
            while not self._proc.stopped(self._pid) and time.monotonic_ns() < end:
                time.sleep(_PAUSE_SECONDS)

    def __exit__(self, *_: object) -> None:
        """Let it go on."""
        if self._guard >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._target, signal.SIGCONT)
            self.seconds = (time.monotonic_ns() - self._began) / 1e9
            with suppress(BrokenPipeError):
                os.write(self._held, b".")
            os.close(self._held)
            status = os.waitpid(self._guard, 0)[1]
            self._guard = -1
            self.too_late = os.waitstatus_to_exitcode(status) == _TOO_LATE
            if self.too_late:
                self.seconds = min(self.seconds, self._limit)
        if self._target >= 0:
            os.close(self._target)
            self._target = -1


def _guard(target: int, limit_seconds: float) -> tuple[int, int]:
    """A child that lets the target go on when the pipe returned with its PID closes unwritten, or the time is over."""
    watched, held = os.pipe()
    # No signal may end the child before it has done its work; it keeps them blocked.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        child = os.fork()
        if child == 0:
            os.close(held)
            _keep(target, watched, limit_seconds)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(watched)
    return child, held


def _keep(target: int, watched: int, limit_seconds: float) -> NoReturn:
    code, done = _TOO_LATE, b""
    try:
        os.setsid()
        if select.select([watched], [], [], limit_seconds)[0]:
            code, done = _IN_TIME, os.read(watched, 1)
    finally:
        with suppress(OSError):
            if not done:
                signal.pidfd_send_signal(target, signal.SIGCONT)
        os._exit(code)
