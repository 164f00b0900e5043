"""Claim: `collect lines` takes at most twice the CPU of a bare consumer that decodes each line and does no more.

In: nothing but Java and Maven (`--quick`: fewer lines and rounds). Out: medians of alternated runs over one backlog of
Vector records with crashes in it; exit 1 when the bar is missed or a crash is not found exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import orjson
from aiokafka import TopicPartition

from benchmarks._kafka_broker import broker
from benchmarks._kafka_programs import MissingError
from streams.adapters.memory_meter import MemoryMeter
from streams.config import Settings
from streams.drivers.kafka import client, topics
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.collect import Plan, groups, prepare
from streams.drivers.kafka.names import Names
from streams.topology import STAGES
from tests.shipping import Container, vector

PARTITIONS: Final = 4
BAR: Final = 0.5
_CONTAINERS: Final = 40
# A crash of these lines in so many lines of a partition: far more than a healthy cluster writes.
_CRASH_EVERY: Final = 5000
_LIMIT_SECONDS: Final = 300
_LOOK_SECONDS: Final = 0.01
_WORDS: Final = (
    *("GET", "POST", "/cart", "/checkout", "status=200", "duration", "order", "total", "handled"),
    *("request", "worker", "pool", "level=info", "connection", "closed", "query", "rows", "user"),
    *("session", "cache", "hit", "miss", "retry", "after", "shard", "replica", "took", "12ms"),
)


class Size(msgspec.Struct, frozen=True):
    """How much is run."""

    lines: int
    rounds: int


FULL: Final = Size(200_000, 5)
QUICK: Final = Size(40_000, 1)


class Run(msgspec.Struct, frozen=True):
    """One run of one reader: CPU for each line after the first batch, and how long all of them took."""

    cpu_us: float
    seconds: float
    lines: int


def crash_text(number: int) -> str:
    """A panic of a service with a stack of usual depth."""
    frames = "".join(
        f"example.com/acme/shop/handler{depth}.(*Server).Serve(0xc000{number:06x}, 0x{depth:x})\n"
        f"\t/src/shop/handler{depth}/serve.go:{10 + depth} +0x1d\n"
        for depth in range(12)
    )
    return f"panic: assignment to entry in nil map\n\ngoroutine {number + 1} [running]:\n{frames}exit status 2\n"


def partition_lines(count: int, seed: int) -> Iterator[bytes]:
    """The lines of one partition: containers in turn, a crash of one of them now and then."""
    rng = random.Random(seed)  # noqa: S311 - the same lines in every run, not a secret
    names = [
        Container(f"{seed:08x}{n:056x}", pod=f"checkout-{seed}-{n}") for n in range(_CONTAINERS)
    ]
    waiting: list[tuple[Container, str]] = []
    for number in range(count):
        if number % _CRASH_EVERY == _CRASH_EVERY // 2:
            who = rng.choice(names)
            waiting += [(who, line) for line in crash_text(number).splitlines()]
        if waiting and rng.random() < 0.5:  # noqa: PLR2004 - others write in between
            who, text = waiting.pop(0)
        else:
            who, text = rng.choice(names), " ".join(rng.choices(_WORDS, k=12))
        yield vector(who, text, number).encode()


def crashes(lines: int) -> int:
    """How many crashes there are in a backlog of so many lines."""
    each = lines // PARTITIONS
    return PARTITIONS * ((each + _CRASH_EVERY // 2 - 1) // _CRASH_EVERY)


async def fill(cluster: Cluster, topic: str, size: Size) -> float:
    """Write the backlog; the mean size of a line."""
    total = 0
    async with cluster.running(cluster.producer(linger_ms=20)) as producer:
        for partition in range(PARTITIONS):
            sent = []
            for value in partition_lines(size.lines // PARTITIONS, partition):
                total += len(value)
                sent.append(await producer.send(topic, value, partition=partition))
            await asyncio.gather(*sent)
    return total / size.lines


# ---- the readers, each in a process of its own


async def bare(settings: Settings, lines: int) -> Run:
    """What any consumer pays: fetch, decode, forget."""
    consumer = client.cluster(settings).consumer(
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    topic = Names(prefix=settings.topic_prefix).topic("logs.lines")
    consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
    seen, first, began, start = 0, 0, 0.0, 0.0
    while seen < lines:
        got = await consumer.getmany(timeout_ms=1000, max_records=5000)
        for records in got.values():
            for record in records:
                orjson.loads(record.value)
            seen += len(records)
        if seen and not first:
            first, began, start = seen, time.process_time(), time.monotonic()
    cpu, wall = time.process_time() - began, time.monotonic() - start
    await consumer.stop()
    return Run(cpu / (lines - first) * 1e6, wall, lines)


async def collecting(plan: Plan, lines: int) -> Run:
    """`collect lines` as it runs, without the web pages."""
    meter = MemoryMeter()
    (member,) = groups(plan, meter)
    await member.start()
    first, began, start = 0, 0.0, 0.0
    while (seen := meter.total("panictrail_lines_read_total")) < lines:
        if seen and not first:
            first, began, start = seen, time.process_time(), time.monotonic()
        await asyncio.sleep(_LOOK_SECONDS)
    cpu, wall = time.process_time() - began, time.monotonic() - start
    await member.stop(20)
    return Run(cpu / (lines - first) * 1e6, wall, lines)


async def found(cluster: Cluster, topic: str) -> list[str]:
    """The ids of all raw panics that were published."""
    async with cluster.running(
        cluster.consumer(isolation_level="read_committed", auto_offset_reset="earliest")
    ) as consumer:
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        ids: list[str] = []
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                ids += [orjson.loads(record.value)["event_id"] for record in records]
        return ids


def child(mode: str, settings: Settings, lines: int) -> int:
    """Run one reader and print its figures."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # As the command line has it.
    gc.set_threshold(50_000, 20, 20)
    if mode == "bare":
        done = asyncio.run(bare(settings, lines))
    else:
        plan = prepare(settings, STAGES, ("logs.lines",)).plan
        done = asyncio.run(collecting(plan, lines))
    print(json.dumps(msgspec.structs.asdict(done)))
    return 0


# ---- the whole


def measured(mode: str, settings: Settings, size: Size, number: int) -> Run:
    """One run in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="kafka-collect-") as folder:
        mine = msgspec.structs.replace(settings, app_id=f"{mode}{number}", data=folder)
        text = msgspec.json.encode(mine).decode()
        command = [sys.executable, __file__, "--child", mode, text, str(size.lines)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=_LIMIT_SECONDS
        )
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Run)


def compare(settings: Settings, size: Size) -> int:
    """Alternate, print, judge."""
    cluster, names = client.cluster(settings), Names(prefix=settings.topic_prefix)
    asyncio.run(topics.create(cluster, names, PARTITIONS))
    mean = asyncio.run(fill(cluster, names.topic("logs.lines"), size))
    runs: dict[str, list[Run]] = {"bare": [], "collect": []}
    for number in range(size.rounds):
        for mode, done in runs.items():
            done.append(measured(mode, settings, size, number))
            print(
                f"round {number + 1} {mode:8} {done[-1].cpu_us:6.2f} us of CPU a line",
                file=sys.stderr,
            )
    ids = asyncio.run(found(cluster, names.topic("panics.raw")))
    wanted = crashes(size.lines)
    exact = len(set(ids)) == wanted and len(ids) == wanted * size.rounds
    bare_us, collect_us = (statistics.median(r.cpu_us for r in runs[m]) for m in runs)
    ratio = bare_us / collect_us
    good = ratio >= BAR and exact
    print(f"{size.lines} lines of {mean:.0f} bytes, {wanted} crashes, {size.rounds} rounds")
    print(f"bare consumer, getmany + orjson   {bare_us:6.2f} us of CPU a line")
    print(f"collect lines                     {collect_us:6.2f} us of CPU a line")
    print(
        f"crashes found                     {len(ids)} of {wanted * size.rounds}, {len(set(ids))} ids"
    )
    print(
        f"rate, collect / bare              {ratio:6.2f} at least {BAR} {'ok' if good else 'MISSED'}"
    )
    return 0 if good else 1


def main(arguments: Sequence[str]) -> int:
    """Measure, print, judge; or be one of the readers."""
    if arguments[:1] == ["--child"]:
        mode, text, lines = arguments[1:]
        return child(mode, msgspec.json.decode(text, type=Settings), int(lines))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small version")
    size = QUICK if parser.parse_args(arguments).quick else FULL
    client.quiet()
    try:
        with broker() as bootstrap:
            return compare(Settings(broker=bootstrap, topic_prefix="bench."), size)
    except MissingError as missing:
        print(f"kafka_collect: {missing}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
