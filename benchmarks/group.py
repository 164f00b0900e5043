"""Claim: `goroutines --group` folds a dump of 120,000 goroutines in under 3 s and 128 MB; whole, as JSON, in 10 s.

In: the number of goroutines (120,000: 73 MB). Out: seconds of processor and peak resident memory of each way to print
it; exit 1 where the claim does not hold. The dump is that of `dump.py`: a Go program that really parks so many.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from benchmarks.dump import make_dump

_COMMAND: Final = str(Path(sys.executable).with_name("panictrail"))
_COUNT: Final = 120_000
# What is asked for, the most seconds, the most MB.
_CLAIMS: Final = (
    (("--group",), 3.0, 128),
    (("--group", "--json"), 3.0, 128),
    ((), 4.0, 256),
    (("--json",), 10.0, 256),
)


def _run(arguments: tuple[str, ...]) -> tuple[float, float, int]:
    """Seconds of processor, peak resident memory in MB and exit code of one run."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    child = os.posix_spawn(
        _COMMAND,
        [_COMMAND, "goroutines", *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 1)],
    )
    os.close(nowhere)
    _, status, usage = os.wait4(child, 0)
    seconds = usage.ru_utime + usage.ru_stime
    return seconds, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def main(arguments: list[str]) -> int:
    """Measure, print, judge."""
    dump = make_dump(int(arguments[0]) if arguments else _COUNT)
    size, missed = dump.stat().st_size / 1e6, 0
    for options, most_seconds, most_mb in _CLAIMS:
        seconds, memory, code = _run((str(dump), *options))
        good = code == 0 and seconds <= most_seconds and memory <= most_mb
        missed += not good
        name = " ".join(("goroutines", *options))
        print(
            f"{name:28} {size:4.0f} MB in {seconds:5.2f} s, peak {memory:4.0f} MB   "
            f"at most {most_seconds:g} s and {most_mb} MB   {'ok' if good else 'MISSED'}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
