"""Readers that are made before there are threads: what msgspec does otherwise ends the process."""

from __future__ import annotations

import subprocess
import sys

from streams.model.message import encode
from tests.unit.core.report import samples

# Four threads read the first crash that their process reads, and change places as often as they can.
_RACE = """
import sys, threading
from streams.model.crash import Crash
from streams.model.message import decode, prepare
data = sys.stdin.buffer.read()
prepare()
sys.setswitchinterval(1e-6)
together = threading.Barrier(4)
found = []
def read():
    together.wait()
    found.append(decode(data, Crash).id)
threads = [threading.Thread(target=read) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert found == ["crash-1"] * 4, found
"""


def test_threads_that_read_at_once_after_that_do_not_end_the_process() -> None:
    """Without `prepare` three of four such processes die (SIGSEGV, msgspec 0.22.0)."""
    data = encode(samples.CRASH)
    for _ in range(6):
        done = subprocess.run(
            [sys.executable, "-c", _RACE], input=data, check=False, capture_output=True
        )
        assert done.returncode == 0, done.stderr
