"""The agent on a channel of ours, with the private names of Faust that it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.ports import free_port


def test_a_batch_that_fails_is_answered_and_the_agent_goes_on(tmp_path: Path) -> None:
    module = "tests.unit.drivers.kafka.agent_host"
    command = [sys.executable, "-m", module, str(tmp_path), str(free_port())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        *["failed: OSError"] * 3,
        "events [1, 1, 1, 1, 1, 1]",
        "monitor 9",
    ], done.stderr
