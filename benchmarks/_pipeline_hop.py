"""A hop between two stages: a stage of the product's worker that passes on what was worked out already.

In: a broker. Out: events per CPU second. Run by `-m` (BROKER PREFIX FOLDER PORT) this module is that worker. Events
are fingerprinted crashes, packed and routed as `fingerprint` packs and routes its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from benchmarks._kafka_load import create_topics
from benchmarks._pipeline_backlog import Stopwatch, paused
from benchmarks._pipeline_place import PARTITIONS, Bench, Place, place, started
from benchmarks._pipeline_prefill import fingerprints
from benchmarks._pipeline_table import Figure
from benchmarks._pipeline_traffic import feed, read, until_caught_up
from streams.config import Settings
from streams.drivers.kafka.group import MAX_RECORDS
from streams.drivers.kafka.outgoing import Router
from streams.drivers.kafka.prepare import ALL, names_of, prepare
from streams.drivers.kafka.records import Outgoing
from streams.drivers.kafka.worker import run
from streams.model.events import Fingerprinted
from streams.model.message import Message, encode, rows
from streams.model.step import Done, Emit, Facts, State
from streams.model.topics import BY_NAME, Topic
from streams.topology import Stage
from tests.ports import free_port

FED: Final = "hop.fed"
PASSED: Final = "hop.passed"
_BAR: Final = 20_000
_WARM_SHARE: Final = 0.1


FULL: Final = 200_000
QUICK: Final = 5_000


def pass_on(_state: State, event: Message, _facts: Facts) -> Done:
    """The event as it came, to the partition of its crash."""
    if not isinstance(event, Fingerprinted):
        return Done()
    return Done(outputs=(Emit(PASSED, event.crash, event),))


HOP: Final = Stage(
    name="hop", reads=(FED,), writes=(PASSED,), key="crash id", tables=(), step=pass_on
)


def _topic(name: str) -> Topic:
    return Topic(
        name=name,
        message=Fingerprinted,
        schema="none",
        key="crash id",
        made_by="benchmarks",
        retention="short",
        public=False,
    )


TOPICS: Final = (_topic(FED), _topic(PASSED))
BY_NAME.update({topic.name: topic for topic in TOPICS})


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """One worker with the one stage, under a backlog."""
    count = QUICK if quick else FULL
    async with place(bench, (HOP,)) as at:
        await create_topics(bench.bootstrap, {at.topic(t.name): {} for t in TOPICS}, PARTITIONS)
        bytes_each, sent = _packed(at, count)
        cut = int(len(sent) * _WARM_SHARE)
        warm, rest = sent[:cut], sent[cut:]
        port = free_port()
        script = [sys.executable, "-m", "benchmarks._pipeline_hop"]
        given = [bench.bootstrap, at.names.prefix, str(at.folder / "hop"), str(port)]
        async with started(at, "hop", [*script, *given], port=port, settings={}) as worker:
            await worker.until_ready()
            await feed(at, warm)
            await until_caught_up(at, [worker], [HOP])
            with paused([worker]):
                await feed(at, rest)
                watch = Stopwatch([worker])
            await until_caught_up(at, [worker], [HOP])
            spent = watch.spent()
        events = sum(len(rows(record.value or b"")) for record in rest)
        passed = await _passed(at)
    name = f"an internal hop ({events} events of {bytes_each:.0f} bytes in {len(rest)} records)"
    return [
        Figure(name, events / spent.total, "events/s", "at least", _BAR),
        Figure("passed on, each once", passed, "events", "exactly", count),
    ]


def _packed(at: Place, events: int) -> tuple[float, list[Outgoing]]:
    """Records of the input, and how large an event is: batches of a stage, routed and packed by the product."""
    router = Router(at.names, {at.topic(FED): PARTITIONS})
    made: Iterator[Fingerprinted] = fingerprints(events)
    size, sent = 0, list[Outgoing]()
    while batch := list(islice(made, MAX_RECORDS)):
        size += sum(len(encode(event)) for event in batch)
        sent += router.route([Emit(FED, event.block, event) for event in batch], "fingerprint")
    return size / events, sent


async def _passed(at: Place) -> int:
    """How many different crashes came out; more than once is an error."""
    keys = [
        key async for record in read(at, at.topic(PASSED)) for key, _ in rows(record.value or b"")
    ]
    if len(keys) != len(set(keys)):
        raise RuntimeError(f"not exact: {len(keys) - len(set(keys))} events were passed on twice")
    return len(keys)


def main(arguments: Sequence[str]) -> int:
    """The worker: the product's own, with the product's defaults, but for its one stage."""
    broker, prefix, folder, port = arguments
    settings = Settings(
        broker=broker,
        app_id="bench",
        topic_prefix=prefix,
        data=folder,
        listen=f"127.0.0.1:{port}",
        session_timeout_seconds=120,
    )
    plan = prepare(settings, (HOP,), (ALL,)).plan
    names = names_of(settings)
    known = {names.topic(topic.name): PARTITIONS for topic in TOPICS}
    return run(msgspec.structs.replace(plan, partitions={**plan.partitions, **known}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
