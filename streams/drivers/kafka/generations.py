"""Which pipelines there are and which one readers follow: the topic pipeline.generations.

In: a Cluster, names. Out: its rows by name. Written by `replay`, for its own name, and by `replay adopt`, one at a
time: a Register fences the one before it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from itertools import chain
from types import TracebackType
from typing import Final, Self

import msgspec
from aiokafka import AIOKafkaProducer

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.exact import MAX_RECORD_BYTES
from streams.drivers.kafka.names import DEFAULT, Names
from streams.drivers.kafka.records import Outgoing
from streams.drivers.kafka.snapshot import parts_of, records
from streams.drivers.kafka.stopping import stop
from streams.drivers.kafka.transacting import TakenOverError, transact
from streams.model.errors import BadInput
from streams.model.events import Generation
from streams.model.message import DecodeError, decode, encode

log = logging.getLogger(__name__)

TOPIC: Final = "pipeline.generations"
# That of the default pipeline before anything was adopted; it needs no row.
_FIRST: Final = 1
# All reports of a partition are one transaction.
_TRANSACTION_MS: Final = 300_000
_BATCH_BYTES: Final = 1024 * 1024
_LINGER_MS: Final = 5
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 2

Rows = Mapping[str, Generation]


def base(names: Names) -> Names:
    """The names of the pipeline that is no replay."""
    return msgspec.structs.replace(names, name=DEFAULT)


async def read(cluster: Cluster, names: Names) -> dict[str, Generation]:
    """The row of every pipeline that has one."""
    found: dict[str, Generation] = {}
    parts = await parts_of(cluster, names.topic(TOPIC))
    async with aclosing(records(cluster, parts)) as batches:
        async for batch in batches:
            for record in batch:
                name = (record.key or b"").decode("utf-8", "replace")
                try:
                    row = None if record.value is None else decode(record.value, Generation)
                except DecodeError as error:
                    log.warning("%s@%d is not ours, left out: %s", TOPIC, record.offset, error)
                    continue
                found.pop(name, None)
                if row is not None:
                    found[name] = row
    return found


def row_of(rows: Rows, name: str) -> Generation | None:
    """The row of a pipeline; the default one has one from the start."""
    if name == DEFAULT:
        return rows.get(name, Generation(name=DEFAULT, generation=_FIRST, state="adopted"))
    return rows.get(name)


def adopted(rows: Rows) -> Generation:
    """The pipeline that readers follow."""
    known = (row for row in rows.values() if row.adopted_at is not None)
    first = Generation(name=DEFAULT, generation=_FIRST, state="adopted")
    return max(known, key=lambda row: row.generation, default=first)


def unfinished(rows: Rows) -> Generation | None:
    """An adoption that began and is not over, or was cut short."""
    newest = max(rows.values(), key=lambda row: row.generation, default=None)
    return newest if newest and newest.state == "adopting" else None


def next_generation(rows: Rows) -> int:
    """A number that no report has."""
    return 1 + max((_FIRST, *(row.generation for row in rows.values())))


async def selection(cluster: Cluster, names: Names) -> Generation:
    """What a replay works on. Raises BadInput where there is no such replay."""
    rows = await read(cluster, names)
    found = rows.get(names.name)
    if found is None:
        known = ", ".join(sorted(set(rows) - {DEFAULT})) or "none"
        message = (
            f"there is no replay {names.name!r}: panictrail replay --as {names.name} begins it "
            f"(known: {known})"
        )
        raise BadInput(message)
    return found


async def begin(cluster: Cluster, names: Names, row: Generation) -> None:
    """Write the first row of a replay."""
    producer = cluster.producer(acks="all", enable_idempotence=True)
    async with cluster.running(producer):
        await producer.send_and_wait(
            names.topic(TOPIC), encode(row), row.name.encode(), partition=0
        )


class Register:
    """The one writer of adoptions; whoever opens it later takes it away."""

    def __init__(self, cluster: Cluster, names: Names) -> None:
        """Nothing is opened yet."""
        self._topic = names.topic(TOPIC)
        self._producer: AIOKafkaProducer = cluster.producer(
            transactional_id=base(names).group("generations"),
            transaction_timeout_ms=_TRANSACTION_MS,
            max_request_size=MAX_RECORD_BYTES,
            max_batch_size=_BATCH_BYTES,
            linger_ms=_LINGER_MS,
        )

    async def __aenter__(self) -> Self:
        """Fence whoever had it."""
        try:
            await asyncio.wait_for(self._producer.start(), _START_SECONDS)
        except BaseException:
            await stop(self._producer, _STOP_SECONDS)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        await stop(self._producer, _STOP_SECONDS)

    async def write(self, rows: Iterable[Generation], outputs: Iterable[Outgoing] = ()) -> None:
        """Rows and records, all or none. Raises BadInput where another adoption took over; then nothing is written."""
        written = (Outgoing(self._topic, 0, row.name.encode(), encode(row)) for row in rows)
        try:
            await transact(self._producer, chain(written, outputs))
        except TakenOverError:
            message = (
                "another panictrail replay adopt has taken over: let that one end; panictrail replay diff NAME shows "
                "how things are"
            )
            raise BadInput(message) from None
