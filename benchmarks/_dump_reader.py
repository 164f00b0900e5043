"""Reads a goroutine dump as `dump.py` asks, in a process of its own, and prints what the Go peers print.

In: `one`, `two` or `all`, and a file. Out: goroutines and seconds, from bytes in memory to the crash record. `one` and
`two`: by so many processes, arguments left for later; `all`: with every argument decoded. The seconds are the median of
three times.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from streams.core.parse.traceback import parse_traceback
from streams.drivers.embedded.dumps import read_large


def _count(how: str, data: bytes) -> int:
    text = data.decode()
    if how == "all":
        return len(parse_traceback(text).goroutines)
    found = read_large(text, {"one": 1, "two": 2}[how])
    return len(found) if found else 0


def main() -> None:
    """Read it three times."""
    data = Path(sys.argv[2]).read_bytes()
    found, took = 0, []
    for _ in range(3):
        began = time.perf_counter()
        found = _count(sys.argv[1], data)
        took.append(time.perf_counter() - began)
    print(found, statistics.median(took))


if __name__ == "__main__":
    main()
