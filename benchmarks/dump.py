"""Claims: 60 MB of goroutines read at .15 of the speed of gostackparse, .3 by two processes, five times panicparse's.

In: the number of goroutines (120,000: 60 MB). Out: a table of medians; exit 1 when a claim does not hold, or when one
does not find every goroutine. The dump comes from a Go program that really parks so many; the peers are pinned in
goroutines/peers/go.mod and built through the module proxy, each parser runs in a process of its own, in turn.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
_CACHE: Final = _HERE.parent / ".cache" / "benchmarks" / "goroutines"
_ROUNDS: Final = 5
_COUNT: Final = 120_000
_OURS: Final = ("one", "two", "all")
_PEERS: Final = ("gostackparse", "panicparse")
# Ours, the peer, the least ratio of speeds.
_CLAIMS: Final = (
    ("one", "gostackparse", 0.15),
    ("two", "gostackparse", 0.3),
    ("one", "panicparse", 5.0),
)


def _built(name: str) -> Path:
    """A Go program of this folder."""
    program = _CACHE / name
    subprocess.run(["go", "build", "-o", program, "."], cwd=_HERE / "goroutines" / name, check=True)
    return program


def make_dump(count: int) -> Path:
    """The stacks of so many goroutines, printed by a program that has them."""
    path = _CACHE / f"{count}.txt"
    with path.open("wb") as out:
        subprocess.run([_built("program"), str(count)], stdout=out, check=True)
    return path


def _seconds(command: list[str | Path], wanted: int) -> float:
    """What one reader says that it took. Raises SystemExit where it did not find all goroutines."""
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found, seconds = answer.stdout.split()
    if int(found) != wanted:
        message = f"{command[-2]} found {found} of {wanted} goroutines"
        raise SystemExit(message)
    return float(seconds)


def main(arguments: list[str]) -> int:
    """Measure, print, judge."""
    count = int(arguments[0]) if arguments else _COUNT
    _CACHE.mkdir(parents=True, exist_ok=True)
    dump, peers = make_dump(count), _built("peers")
    commands: dict[str, list[str | Path]] = {
        **{how: [sys.executable, _HERE / "_dump_reader.py", how, dump] for how in _OURS},
        **{name: [peers, name, dump] for name in _PEERS},
    }
    rounds = [
        {name: _seconds(command, count + 1) for name, command in commands.items()}
        for _ in range(_ROUNDS)
    ]
    size = dump.stat().st_size / 1e6
    for name in commands:
        took = statistics.median(row[name] for row in rounds)
        print(f"{name:28} {took:8.2f} s {size / took:8.0f} MB/s")
    missed = 0
    for ours, peer, least in _CLAIMS:
        ratio = statistics.median(row[peer] / row[ours] for row in rounds)
        missed += ratio < least
        print(
            f"{ours} beside {peer:14} {ratio:8.2f} x      at least {least:5} "
            f"{'ok' if ratio >= least else 'MISSED'}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
