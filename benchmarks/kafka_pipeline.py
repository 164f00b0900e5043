"""Claims: what the pipeline on Kafka does in a second of CPU, how soon a report is there, what scaling costs.

In: names of parts (`throughput`, `storm`, `hop`, `latency`, `scaling`, or one of a group), or none for all; `--quick`:
tiny sizes that only show that it runs. Out: a table per part; exit 1 when a bar is missed or a part fails, 2 when
something is missing here. All of it takes about an hour on two cores that do nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Final, NoReturn, Protocol

import msgspec

from benchmarks import (
    _pipeline_hop,
    _pipeline_latency,
    _pipeline_memory,
    _pipeline_recovery,
    _pipeline_stored,
    _pipeline_storm,
    _pipeline_throughput,
    _pipeline_workers,
)
from benchmarks._kafka_broker import broker
from benchmarks._kafka_programs import MissingError
from benchmarks._pipeline_place import Bench
from benchmarks._pipeline_table import Figure, show

_CORES: Final = 2


class Measure(Protocol):
    """Measures one part on a broker of its own. Raises RuntimeError where a worker dies or is not exact."""

    def __call__(self, bench: Bench, *, quick: bool) -> Awaitable[list[Figure]]:
        """The figures."""
        ...


class Part(msgspec.Struct, frozen=True):
    """A part. `pinned`: workers have one core, broker and feeder the other."""

    measure: Measure
    pinned: bool = True


PARTS: Final[Mapping[str, Part]] = {
    "backlog": Part(_pipeline_throughput.measure),
    "stages": Part(_pipeline_throughput.measure_stages),
    "storm": Part(_pipeline_storm.measure),
    "hop": Part(_pipeline_hop.measure),
    "events": Part(_pipeline_latency.measure, pinned=False),
    "lines": Part(_pipeline_latency.measure_lines, pinned=False),
    "kill": Part(_pipeline_latency.measure_kill, pinned=False),
    "workers": Part(_pipeline_workers.measure),
    "stored": Part(_pipeline_stored.measure),
    "recovery": Part(_pipeline_recovery.measure),
    "memory": Part(_pipeline_memory.measure),
}
GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "throughput": ("backlog", "stages"),
    "latency": ("events", "lines", "kill"),
    "scaling": ("workers", "stored", "recovery", "memory"),
}


def chosen(names: Sequence[str]) -> list[str]:
    """Parts by name or group, in their order; all without a name."""
    wanted = {part for name in names for part in GROUPS.get(name, (name,))}
    return [name for name in PARTS if name in wanted or not names]


@contextlib.contextmanager
def _on(cores: set[int]) -> Iterator[None]:
    """Inside the block this process, and what it starts, has these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def run(name: str, part: Part, cores: Sequence[int], *, quick: bool) -> int:
    """One part on a broker of its own; how many bars it misses. Raises MissingError, RuntimeError."""
    ours = set(cores[:1]) if part.pinned else set(cores)
    theirs = str(cores[1]) if part.pinned else ",".join(map(str, cores))
    with _on(ours), broker() as bootstrap:
        figures = asyncio.run(_measured(part, Bench(bootstrap, theirs), quick=quick))
    return show(name, figures)


async def _measured(part: Part, bench: Bench, *, quick: bool) -> list[Figure]:
    return await part.measure(bench, quick=quick)


def _end(_number: int, _frame: object) -> NoReturn:
    """SIGTERM ends every block in order, so that no worker outlives this process; a second one changes nothing."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(143)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = [*GROUPS, *PARTS]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: figures mean nothing")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(known):
        parser.error(f"no part {min(unknown)!r}: known are {', '.join(known)}")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < _CORES:
        print("kafka_pipeline: two cores are needed: one for the workers, one for the broker")
        return 2
    signal.signal(signal.SIGTERM, _end)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    for name in [name for name in os.environ if name.startswith("PANICTRAIL_")]:
        del os.environ[name]
    missed = 0
    for name in chosen(options.parts):
        try:
            missed += run(name, PARTS[name], cores, quick=options.quick)
        except MissingError as missing:
            print(f"kafka_pipeline: {missing}", file=sys.stderr)
            return 2
        except RuntimeError as error:
            print(f"kafka_pipeline {name} failed: {error}", file=sys.stderr, flush=True)
            missed += 1
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
