"""One real broker for a benchmark, started by ops/kafka/kafka-local on a free port.

In: nothing. Out: its address; it is gone with its data at the end, however this process ends. Raises MissingError.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from benchmarks._kafka_programs import ROOT, MissingError

_KAFKA_LOCAL: Final = ROOT / "ops" / "kafka" / "kafka-local"
_HEAP: Final = "512m"


@contextlib.contextmanager
def broker() -> Iterator[str]:
    """Inside the block it answers. Whatever it inherits (cores to run on) is this process's at the start."""
    with tempfile.TemporaryDirectory(prefix="kafka-bench-") as folder:
        command = [
            *(str(_KAFKA_LOCAL), "--port", "0", "--dir", str(Path(folder) / "broker")),
            *("--heap", _HEAP, "--while", str(os.getpid())),
        ]
        started = subprocess.run([*command, "start"], capture_output=True, text=True, check=False)
        if started.returncode:
            raise MissingError(f"no broker: {(started.stderr or started.stdout).strip()}")
        status: Mapping[str, object] = json.loads(started.stdout)
        try:
            yield str(status["bootstrap"])
        finally:
            subprocess.run([*command, "wipe"], capture_output=True, check=False)
