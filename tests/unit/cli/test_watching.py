"""Progress is for people at a terminal; signals end a command in good order."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys

import pytest

from streams.cli.watching import Progress, interruptible
from streams.drivers.kafka.caught_up import Behind


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_a_stage_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = Progress()
    progress(Behind("cluster", "g-cluster", 1500, 6000, at_work=True))
    progress.end()
    assert terminal.getvalue() == "\r\x1b[Kcluster  75 %  1,500 records left\r\x1b[K"


def test_a_pipe_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    Progress().say("x")
    assert pipe.getvalue() == ""


def test_work_that_ends_gives_its_code() -> None:
    async def work() -> int:
        return 3

    assert interruptible(work()) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_the_work_tidy_up(number: int) -> None:
    tidied = []

    async def work() -> int:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            tidied.append(number)
        return 0

    assert interruptible(work()) == 128 + number
    assert tidied == [number]
