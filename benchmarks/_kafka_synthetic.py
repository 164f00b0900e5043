"""The two synthetic stages as stages of ours, run by the product's own worker; benchmarks/kafka_streams has theirs.

Usage: BROKER PREFIX FOLDER PORT. Scatter gives every event to the partition of its key; count remembers ids per key
and ten seconds of event time, counts the distinct ones and sends each on once. Topics: `create` makes them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks._kafka_load import PARTITIONS, STAMPED, create_topics
from streams.config import Settings
from streams.drivers.kafka import client, topics
from streams.drivers.kafka.prepare import ALL, names_of, prepare
from streams.drivers.kafka.worker import run
from streams.model.message import Message, Value
from streams.model.step import Done, Emit, Facts, State, Table, put
from streams.model.topics import BY_NAME, Topic
from streams.topology import Stage

FED: Final = "synthetic.fed"
SCATTERED: Final = "synthetic.scattered"
FRESH: Final = "synthetic.fresh"
_BUCKET_SECONDS: Final = 10
_NOTHING: Final = Done()


class Fed(Message, frozen=True, kw_only=True):
    """An event as the feeder writes it."""

    id: str
    key: str
    t: int
    ts: float


class Fresh(Message, frozen=True, kw_only=True):
    """An event that was not seen before."""

    id: str
    key: str
    ts: float


class Seen(Value, frozen=True, kw_only=True):
    """Ids of a key and ten seconds, each between two spaces: looked up without decoding, as theirs are."""

    ids: str


class Sum(Value, frozen=True, kw_only=True):
    """How many distinct ids a key has had."""

    count: int


SEEN: Final = Table("count.seen", Seen)
SUMS: Final = Table("count.sums", Sum)


def scatter(_state: State, event: Message, _facts: Facts) -> Done:
    """To the partition of its key."""
    if not isinstance(event, Fed):
        return _NOTHING
    return Done(outputs=(Emit(SCATTERED, event.key, event),))


def count(state: State, event: Message, _facts: Facts) -> Done:
    """Count an event that is not a duplicate, and send it on."""
    if not isinstance(event, Fed):
        return _NOTHING
    bucket = f"{event.key}:{event.t // _BUCKET_SECONDS}"
    row, mark = state.get(SEEN, bucket), f" {event.id} "
    if row is not None and mark in row.ids:
        return _NOTHING
    total = state.get(SUMS, event.key)
    return Done(
        changes=(
            put(SEEN, bucket, Seen(ids=mark if row is None else f"{row.ids}{event.id} ")),
            put(SUMS, event.key, Sum(count=1 if total is None else total.count + 1)),
        ),
        outputs=(Emit(FRESH, event.key, Fresh(id=event.id, key=event.key, ts=event.ts)),),
    )


STAGES: Final = (
    Stage(name="scatter", reads=(FED,), writes=(SCATTERED,), key="any", tables=(), step=scatter),
    Stage(
        name="count",
        reads=(SCATTERED,),
        writes=(FRESH,),
        key="key",
        tables=(SEEN, SUMS),
        step=count,
    ),
)


def _topic(name: str, message: type[Message], *, public: bool) -> Topic:
    return Topic(
        name=name,
        message=message,
        schema="none",
        key="key",
        made_by="benchmarks",
        retention="short",
        public=public,
    )


# Fed by others, one event per record; the other two are internal, so they carry batches like ours of that kind.
TOPICS: Final = (
    _topic(FED, Fed, public=True),
    _topic(SCATTERED, Fed, public=False),
    _topic(FRESH, Fresh, public=False),
)
BY_NAME.update({topic.name: topic for topic in TOPICS})


def settings(broker: str, prefix: str, folder: str = "", listen: str = "") -> Settings:
    """The product's defaults but for what tells runs apart."""
    return Settings(
        broker=broker, topic_prefix=prefix, data=folder, listen=listen, partitions=PARTITIONS
    )


async def create(broker: str, prefix: str) -> None:
    """Every topic that the worker looks for at its start, and the synthetic ones."""
    chosen = settings(broker, prefix)
    names = names_of(chosen)
    made = await topics.create(client.cluster(chosen), names, PARTITIONS, stages=STAGES)
    if made.problems:
        raise RuntimeError("; ".join(made.problems))
    await create_topics(broker, {names.topic(topic.name): STAMPED for topic in TOPICS})


def main(arguments: Sequence[str]) -> int:
    """Run both stages in one worker, started as `panictrail worker` starts its own (streams/cli/main.py)."""
    gc.set_threshold(50_000, 20, 20)
    broker, prefix, folder, port = arguments
    chosen = settings(broker, prefix, str(Path(folder)), f"127.0.0.1:{port}")
    plan = prepare(chosen, STAGES, (ALL,)).plan
    names = names_of(chosen)
    known = {names.topic(topic.name): PARTITIONS for topic in TOPICS}
    return run(msgspec.structs.replace(plan, partitions={**plan.partitions, **known}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
