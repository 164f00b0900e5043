"""Claim: 1 GB of ordinary log lines without a crash is read in under 200 MB of memory.

In: a log that this script writes to a temporary folder (SIZE_MB as first argument, default 1000).
Out: seconds and peak resident memory; exit 1 when the claim does not hold.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

BAR_MB = 200
COMMAND = str(Path(sys.executable).with_name("panictrail"))


def write_log(path: Path, size_mb: int) -> int:
    """Ordinary lines of several services; some speak of panics and goroutines without being one."""
    lines = [
        f"2026/11/23 08:{i // 60 % 60:02d}:{i % 60:02d} GET /cart/{i} 200 {i % 90} ms goroutines={i % 50}"
        if i % 3
        else f'{{"time":"2026-11-23T08:00:00Z","level":"INFO","msg":"order stored","order":{i}}}'
        for i in range(20_000)
    ]
    block = ("\n".join(lines) + "\n").encode()
    with path.open("wb") as out:
        for _ in range(size_mb * 1024 * 1024 // len(block) + 1):
            out.write(block)
    return path.stat().st_size


def peak_mb(arguments: list[str]) -> tuple[float, float, int]:
    """Seconds, peak resident memory in MB and exit code of one run."""
    start = time.perf_counter()
    child = os.posix_spawn(COMMAND, [COMMAND, *arguments], os.environ)
    _, status, usage = os.wait4(child, 0)
    return time.perf_counter() - start, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def main() -> int:
    """Measure, print, judge."""
    size_mb = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "ordinary.log"
        size = write_log(log, size_mb)
        seconds, memory, code = peak_mb(["analyze", "--json", str(log)])
    good = code == 0 and memory < BAR_MB
    print(
        f"{size / 1e6:.0f} MB in {seconds:.1f} s ({size / 1e6 / seconds:.0f} MB/s), "
        f"peak {memory:.0f} MB   bar {BAR_MB} MB   {'ok' if good else 'MISSED'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
