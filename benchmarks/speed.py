"""Claims: a 2 KB crash parses in 150 us and is fingerprinted in 150 us; 200 MB/s and 150,000 records/s are passed over.

In: golden texts, records as Vector makes them. Out: medians; exit 1 when a claim does not hold. One process, CPU time.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from streams.core.fingerprint.explain import fingerprint
from streams.core.parse.assemble import feed
from streams.core.parse.record import AssemblerState
from streams.core.parse.traceback import parse_traceback
from streams.core.scrub.scrub import scrub
from streams.core.steps.symbolize import crash_of
from streams.model.events import LogLines, RawPanic
from streams.model.settings import PipelineSettings
from tests.shipping import Container, vector

RUNS = 21
PARSE_US = 150
FINGERPRINT_US = 150
VECTOR_LINES_S = 150_000
PASSED_MB_S = 200
SCRUBBED_MB_S = 30
GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"


def median_seconds(work: Callable[[], object]) -> float:
    """Median CPU seconds of one call, after one call that is not counted."""
    work()
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def crash_of_2_kb() -> str:
    """The golden text nearest to 2 KB."""
    texts = sorted(GOLDEN.glob("*/input.*.txt"))
    return min(texts, key=lambda path: abs(path.stat().st_size - 2048)).read_text()


def _of_vector(lines: int) -> LogLines:
    """Records of a few containers as Vector's kubernetes_logs source makes them."""
    boxes = [Container(f"c0ffee{number:02}") for number in range(8)]
    data = "".join(
        vector(boxes[n % 8], f"GET /cart/{n} 200 {n % 97} ms", n) + "\n" for n in range(lines)
    )
    return LogLines(input="log", data=data)


def main() -> int:
    """Measure, print, judge."""
    crash = crash_of_2_kb()
    ordinary = "2026/11/23 08:15:04 GET /cart/17 200 12 ms\n" * 200_000
    run = LogLines(input="log", data=ordinary)
    shipped = _of_vector(100_000)
    settings = PipelineSettings()
    read = crash_of(RawPanic(text=crash), settings)
    if read is None:
        sys.exit("the golden text is no crash")
    printed = median_seconds(lambda: [fingerprint(read) for _ in range(200)]) / 200 * 1e6
    records = shipped.data.count("\n") / median_seconds(lambda: feed(AssemblerState(), shipped))
    parse = median_seconds(lambda: [parse_traceback(crash) for _ in range(20)]) / 20 * 1e6
    passed = len(ordinary) / 1e6 / median_seconds(lambda: feed(AssemblerState(), run))
    scrubbed = len(crash) * 200 / 1e6 / median_seconds(lambda: scrub(crash * 200))
    rows = (
        (f"parse of a crash of {len(crash)} characters", parse, "us", "at most", PARSE_US),
        ("fingerprint of it, from its crash record", printed, "us", "at most", FINGERPRINT_US),
        ("records of Vector without a crash", records, "/s", "at least", VECTOR_LINES_S),
        ("ordinary lines passed over", passed, "MB/s", "at least", PASSED_MB_S),
        ("crash text scrubbed", scrubbed, "MB/s", "at least", SCRUBBED_MB_S),
    )
    missed = 0
    for name, value, unit, sense, bar in rows:
        good = value <= bar if sense == "at most" else value >= bar
        missed += not good
        print(f"{name:44} {value:8.0f} {unit:5} {sense} {bar:6} {'ok' if good else 'MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
