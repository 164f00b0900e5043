"""A process that stands still for a moment, and goes on whatever becomes of us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.adapters.freeze import Freeze
from tests.waiting import until

HOLDER = """
import signal, sys, time
# A shell that starts something in the background has it ignore SIGINT.
signal.signal(signal.SIGINT, signal.default_int_handler)
from streams.adapters.freeze import Freeze
with Freeze(int(sys.argv[1]), 60.0):
    print("stands", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """One that waits."""
    with subprocess.Popen(["sleep", "600"]) as started:
        yield started
        started.kill()


def state(pid: int) -> str:
    """As /proc has it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_it_stands_within_the_block_and_goes_on_behind_it(
    process: subprocess.Popen[bytes],
) -> None:
    with Freeze(process.pid, 30.0) as freeze:
        assert state(process.pid) == "T"
    assert state(process.pid) != "T"
    assert freeze.seconds is not None
    assert 0 < freeze.seconds < 30
    assert not freeze.too_late


def test_it_goes_on_when_the_block_fails(process: subprocess.Popen[bytes]) -> None:
    with pytest.raises(KeyboardInterrupt), Freeze(process.pid, 30.0):
        raise KeyboardInterrupt
    assert state(process.pid) != "T"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_goes_on_when_we_are_ended(
    process: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    command = [sys.executable, "-c", HOLDER, str(process.pid)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"stands\n"
        assert state(process.pid) == "T"
        holder.send_signal(number)
        holder.wait(60)
    until(lambda: state(process.pid) != "T", "the process goes on")


def test_it_goes_on_when_the_time_is_over(process: subprocess.Popen[bytes]) -> None:
    with Freeze(process.pid, 0.1) as freeze:
        until(lambda: state(process.pid) != "T", "the process goes on")
    assert freeze.too_late
    assert freeze.seconds == 0.1


def test_one_that_was_stopped_before_stays_so(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGSTOP)
    until(lambda: state(process.pid) == "T", "it stands")
    with Freeze(process.pid, 30.0) as freeze:
        pass
    assert freeze.seconds is None
    assert state(process.pid) == "T"


def test_one_that_ended_is_an_error_of_the_system() -> None:
    with pytest.raises(ProcessLookupError), Freeze(1 << 22, 1.0):
        pass
