"""/metrics of a real `serve` at 10,000 clusters: how large it is, how long it takes, and whether it is in the way.

In: nothing. Out: a table. 10,000 bugs of 100 services are posted, half of them while nobody looks, half while somebody
scrapes ten times a second; then 200 scrapes of each format, one after the other. CPU is of the whole process: on a busy
machine it says more than the clock.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Final

from benchmarks._process import cpu_seconds
from tests.ops.monitoring import Server, serving
from tests.waiting import until

CLUSTERS: Final = 10_000
SERVICES: Final = 100
SCRAPES: Final = 200
_AT_ONCE: Final = 100
_CENTERS: Final = re.compile(rb"^clustering_centers_count (\S+)", re.MULTILINE)


def bodies(first: int, end: int) -> Iterator[bytes]:
    """Crashes of different functions, some in each body."""
    for start in range(first, end, _AT_ONCE):
        rows = (
            {
                "text": f"panic: out of stock\n\ngoroutine 1 [running]:\nmain.sell{number}(0x3)\n"
                f"\t/src/shop/sell{number}.go:41 +0x1d\n",
                "service": f"service-{number % SERVICES}",
                "event_id": f"crash-{number}",
                "at": "2026-11-28T01:00:00Z",
            }
            for number in range(start, start + _AT_ONCE)
        )
        yield "\n".join(map(json.dumps, rows)).encode()


def filled(serve: Server, first: int, end: int) -> float:
    """Seconds of CPU until so many clusters are there."""
    began = cpu_seconds(serve.pid)
    for body in bodies(first, end):
        serve.post("/v1/crashes", body, "application/x-ndjson")

    def there() -> bool:
        # Looking costs as much as ten crashes.
        Event().wait(1)
        found = _CENTERS.search(serve.get("/metrics"))
        return found is not None and float(found[1]) >= end

    until(there, f"{end} clusters", within=600)
    return cpu_seconds(serve.pid) - began


def scraped(serve: Server, ended: Event) -> None:
    """Scrape ten times a second."""
    while not ended.wait(0.1):
        serve.get("/metrics")


def measured(serve: Server, accept: str) -> str:
    """A row of the table."""
    took, size = [], 0
    began = cpu_seconds(serve.pid)
    for _ in range(SCRAPES):
        start = time.perf_counter()
        size = len(serve.get("/metrics", accept))
        took.append((time.perf_counter() - start) * 1000)
    spent = (cpu_seconds(serve.pid) - began) / SCRAPES * 1000
    took.sort()
    name = "OpenMetrics" if accept else "text"
    return (
        f"{name:12} {size / 1000:8.1f} kB {statistics.median(took):8.1f} ms median "
        f"{took[int(SCRAPES * 0.99)]:8.1f} ms p99 {spent:8.1f} ms of CPU"
    )


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as serve:
        half = CLUSTERS // 2
        alone = filled(serve, 0, half)
        ended = Event()
        looking = Thread(target=scraped, args=(serve, ended))
        looking.start()
        try:
            watched = filled(serve, half, CLUSTERS)
        finally:
            ended.set()
            looking.join()
        print(f"{CLUSTERS} clusters, {SERVICES} services")
        for accept in ("", "application/openmetrics-text; version=1.0.0"):
            print(measured(serve, accept))
        print(f"CPU for {half} new clusters: {alone:.1f} s, and {watched:.1f} s while scraped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
