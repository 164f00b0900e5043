"""Claim: beside Kafka Streams (exactly_once_v2) the exact layer takes less CPU, memory and time for the same stages.

In: nothing but Java and Maven (`--quick`: fewer events and rounds, figures that only show that it runs well).
Out: medians of alternated runs and the ratios ours/theirs; exit 1 when a bar is missed, 2 when a peer is missing.
The program under test has one core, broker and feeder the other. Both are exact in every run, or it fails.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from benchmarks._kafka_broker import broker
from benchmarks._kafka_load import events
from benchmarks._kafka_programs import KafkaStreams, MissingError, Ours, Program
from benchmarks._kafka_runs import Backlog, Bench, Quiet, backlog, quiet

_CORES: Final = 2


class Size(msgspec.Struct, frozen=True):
    """How much is run. `warm_from`: the output from which CPU counts as warm; `skipped`: as warm-up of quiet runs."""

    backlog: int
    warm_from: int
    backlog_rounds: int
    quiet: int
    skipped: int
    quiet_rounds: int


FULL: Final = Size(200_000, 20_000, 5, 10_000, 2_000, 3)
QUICK: Final = Size(40_000, 20_000, 1, 3_000, 1_000, 1)


class Results(msgspec.Struct):
    """Every run of one program."""

    backlogs: list[Backlog] = []
    quiets: list[Quiet] = []


class Row(msgspec.Struct, frozen=True):
    """One line of the table. `bar`: the ratio ours/theirs that must not be exceeded."""

    name: str
    unit: str
    value: Callable[[Results], float]
    bar: float | None = None


def _median(chosen: Callable[[Backlog], float]) -> Callable[[Results], float]:
    return lambda results: statistics.median(map(chosen, results.backlogs))


def _quiet_median(chosen: Callable[[Quiet], float]) -> Callable[[Results], float]:
    return lambda results: statistics.median(map(chosen, results.quiets))


ROWS: Final = (
    Row("CPU per event, warm", "us", _median(lambda run: run.warm_us), 0.7),
    Row("CPU per event, whole", "us", _median(lambda run: run.whole_us)),
    Row("resident memory", "MiB", _median(lambda run: run.resident_mib), 0.3),
    Row("first output after", "s", _median(lambda run: run.first_seconds), 0.3),
    Row("whole backlog after", "s", _median(lambda run: run.seconds)),
    Row("quiet latency p50", "s", _quiet_median(lambda run: run.p50_seconds)),
    Row("quiet latency p99", "s", _quiet_median(lambda run: run.p99_seconds), 1.0),
)


async def measure(bench: Bench, programs: Sequence[Program], size: Size) -> dict[str, Results]:
    """All runs, one program after the other in every round."""
    found = {program.name: Results() for program in programs}
    fed = events(size.backlog)
    for number in range(size.backlog_rounds):
        for program in programs:
            done = await backlog(bench, program, fed, size.warm_from)
            found[program.name].backlogs.append(done)
            _say(f"backlog {number + 1}", program, done)
    fed = events(size.quiet)
    for number in range(size.quiet_rounds):
        for program in programs:
            quietly = await quiet(bench, program, fed, size.skipped)
            found[program.name].quiets.append(quietly)
            _say(f"quiet {number + 1}", program, quietly)
    return found


def _say(label: str, program: Program, done: msgspec.Struct) -> None:
    figures = ", ".join(
        f"{name} {value:.3g}" for name, value in msgspec.structs.asdict(done).items()
    )
    print(f"{label:10} {program.name:14} {figures}", file=sys.stderr, flush=True)


def judge(ours: Results, theirs: Results) -> int:
    """Print the table; how many bars are missed."""
    missed = 0
    print(f"{'':24}{'ours':>10}{'theirs':>10}{'ratio':>8}   bar")
    for row in ROWS:
        mine, other = row.value(ours), row.value(theirs)
        ratio = mine / other
        verdict = ""
        if row.bar is not None:
            missed += ratio > row.bar
            verdict = f"{row.bar:5} {'ok' if ratio <= row.bar else 'MISSED'}"
        print(f"{row.name + ', ' + row.unit:24}{mine:10.3g}{other:10.3g}{ratio:8.2f} {verdict}")
    return missed


def main(arguments: Sequence[str]) -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small version")
    size = QUICK if parser.parse_args(arguments).quick else FULL
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < _CORES:
        print("kafka_peers: two cores are needed: one for the program, one for the broker")
        return 2
    try:
        theirs = KafkaStreams()
        # Whatever is started from here on stays off the program's core.
        os.sched_setaffinity(0, {cores[0]})
        with broker() as bootstrap:
            found = asyncio.run(measure(Bench(bootstrap, cores[1]), (Ours(), theirs), size))
    except MissingError as missing:
        print(f"kafka_peers: {missing}", file=sys.stderr)
        return 2
    return 1 if judge(found[Ours.name], found[theirs.name]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
