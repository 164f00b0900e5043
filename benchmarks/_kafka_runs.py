"""One run of one program: a backlog worked off, or a quiet stream followed.

In: a program, a broker, events. Out: figures. Raises RuntimeError when the program fails, is too slow, or is not exact.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from benchmarks._kafka_load import (
    Event,
    delete_topics,
    distinct,
    feed_backlog,
    feed_steadily,
)
from benchmarks._kafka_meter import Meter, Reader
from benchmarks._kafka_programs import Mode, Program, Running, running
from benchmarks._process import cpu_seconds, resident_mib

_LIMIT_SECONDS: Final = 120


class Backlog(msgspec.Struct, frozen=True):
    """Figures of a backlog worked off; microseconds of CPU per event that was fed."""

    first_seconds: float
    warm_us: float
    whole_us: float
    resident_mib: float
    seconds: float


class Quiet(msgspec.Struct, frozen=True):
    """Delays from feeding an event to reading what came of it."""

    p50_seconds: float
    p99_seconds: float


class Bench(msgspec.Struct, frozen=True):
    """Where runs take place: a broker, and the core that belongs to the program under test."""

    bootstrap: str
    core: int


class _Place(msgspec.Struct, frozen=True):
    """What one run has for itself."""

    app: str
    folder: Path
    reader: Reader

    @property
    def log(self) -> Path:
        return self.folder / "output.log"


@asynccontextmanager
async def _place(bench: Bench, program: Program) -> AsyncIterator[_Place]:
    app = f"peer{uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory(prefix="kafka-peer-") as folder:
        await program.create(bench.bootstrap, app)
        reader = Reader(bench.bootstrap, program.writes(app), program.open_record)
        await reader.start()
        try:
            yield _Place(app, Path(folder), reader)
        finally:
            await reader.stop()
            await delete_topics(bench.bootstrap, app)


async def _until_out(reader: Reader, worker: Running, count: int, deadline: float) -> None:
    while len(reader.outputs) < count:
        worker.check()
        if time.monotonic() > deadline:
            message = f"only {len(reader.outputs)} of {count} events came out in time"
            raise RuntimeError(message)
        await reader.poll()


async def _end(place: _Place, worker: Running, wanted: set[str]) -> None:
    """Stop it, read what is left, refuse figures of a program that is not exact."""
    worker.stop()
    await place.reader.drain()
    if faults := place.reader.faults(wanted):
        message = f"not exact: {faults}"
        raise RuntimeError(message)


async def backlog(bench: Bench, program: Program, fed: Sequence[Event], warm_from: int) -> Backlog:
    """Start the program with everything waiting. Warm: from the output number `warm_from` on."""
    wanted = distinct(fed)
    async with _place(bench, program) as place:
        await feed_backlog(bench.bootstrap, program.reads(place.app), fed)
        command = program.command(bench.bootstrap, place.app, place.folder, "throughput")
        with running(command, bench.core, place.log) as worker:
            reader, deadline = place.reader, time.monotonic() + _LIMIT_SECONDS
            with Meter(worker.pid) as meter:
                await _until_out(reader, worker, len(wanted), deadline)
            cpu, memory = cpu_seconds(worker.pid), resident_mib(worker.pid)
            await _end(place, worker, wanted)
        appended = sorted(output.appended for output in reader.outputs)
        # Outputs stand for the events that were read for them, duplicates included.
        warm_events = (len(wanted) - warm_from) * len(fed) / len(wanted)
        return Backlog(
            first_seconds=reader.outputs[0].read - worker.started,
            warm_us=(cpu - meter.at(appended[warm_from])) / warm_events * 1e6,
            whole_us=cpu / len(fed) * 1e6,
            resident_mib=memory,
            seconds=appended[-1] - worker.started,
        )


async def quiet(bench: Bench, program: Program, fed: Sequence[Event], skipped: int) -> Quiet:
    """Feed a running program steadily; the first `skipped` outputs warm it up and are not counted."""
    wanted = distinct(fed)
    mode: Mode = "latency"
    async with _place(bench, program) as place:
        command = program.command(bench.bootstrap, place.app, place.folder, mode)
        with running(command, bench.core, place.log) as worker:
            deadline = time.monotonic() + _LIMIT_SECONDS
            while not program.is_ready(worker.said()):
                await place.reader.poll()
            feeder = asyncio.create_task(
                feed_steadily(bench.bootstrap, program.reads(place.app), fed)
            )
            await _until_out(place.reader, worker, len(wanted), deadline)
            await feeder
            await _end(place, worker, wanted)
        delays = [output.read - output.fed for output in place.reader.outputs[skipped:]]
        percents = statistics.quantiles(delays, n=100)
        return Quiet(p50_seconds=percents[49], p99_seconds=percents[98])
