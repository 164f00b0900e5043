"""Claim: `panictrail --help` answers within 200 ms, `analyze` of a 2 KB file within 400 ms, in all.

In: the installed command, a golden crash text. Out: a table with medians; exit 1 when a claim does not hold.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15
COMMAND = str(Path(sys.executable).with_name("panictrail"))
ROOT = Path(__file__).resolve().parent.parent


def median_ms(arguments: list[str]) -> float:
    """Median wall time of the command, after one warm-up run."""
    times = []
    for number in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run([COMMAND, *arguments], check=True, capture_output=True)
        if number:
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def crash_of_2_kb() -> Path:
    """The golden text nearest to 2 KB."""
    texts = (ROOT / "tests" / "golden").glob("*/input.*.txt")
    return min(sorted(texts), key=lambda path: abs(path.stat().st_size - 2048))


def main() -> int:
    """Measure, print, judge."""
    text = crash_of_2_kb()
    claims = (
        ("panictrail --help", ["--help"], 200),
        (f"panictrail analyze ({text.stat().st_size} bytes)", ["analyze", str(text)], 400),
    )
    missed = 0
    for name, arguments, bar in claims:
        took = median_ms(arguments)
        missed += took > bar
        print(
            f"{name:42} median {took:6.0f} ms   bar {bar} ms   {'ok' if took <= bar else 'MISSED'}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
