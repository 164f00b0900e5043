"""CPU and memory of a process, from /proc (proc(5)).

In: a process id. Out: seconds, MiB.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat after the name in parentheses (proc(5)): utime is the 12th, stime the 13th.
_UTIME: Final = 11


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process so far, those that ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_UTIME + 1])) / _TICKS


def resident_mib(pid: int) -> float:
    """Resident memory of a process now."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if found is None:
        message = f"process {pid} has no memory any more: it ended before it was measured"
        raise RuntimeError(message)
    return int(found.group(1)) / 1024
