"""Exactly once for one stage and partition: outputs, changelog rows and input position in one Kafka transaction.

In: what a task computed (rows pending in its store, records to send). Out: all of it committed, or none.
The changelog is the truth; the store is a cache of it, written after the commit. Whatever goes wrong, the
owner throws this away and opens a new one: fence, recover, then read on. Never used again after an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from streams.adapters.partition_store import PartitionStore
from streams.adapters.sqlite_store import FILE_NAME
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.hanging import UNDONE, Markers, Undone, written
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.records import LostInputError, Outgoing, RetryLaterError
from streams.drivers.kafka.stopping import stop
from streams.drivers.kafka.transacting import retrieve
from streams.model.message import Value, decode
from streams.model.step import Table, put

log = logging.getLogger(__name__)

SEPARATOR: Final = b"\x1f"
_LOCAL: Final = "local.changelog"
MAX_RECORD_BYTES: Final = 64 * 1024 * 1024
_BATCH_BYTES: Final = 1024 * 1024
# A worker has dozens of partitions, and a row may have 64 KiB. With 2,000 rows the memory of a worker swung by 10 MiB.
_CACHE_ROWS: Final = 500
_RECOVERY_RECORDS: Final = 5000
_RESTORE_ROWS: Final = 2000
_STOP_SECONDS: Final = 2.0

Rows = Mapping[tuple[str, str], bytes | None]


class Position(Value, frozen=True, kw_only=True):
    """The next offset to read of an input topic."""

    offset: int


class Copied(Value, frozen=True, kw_only=True):
    """How far the local store has copied its changelog; never in the changelog itself."""

    offset: int


# Keys: the input topic as the topics table names it.
POSITIONS: Final = Table("driver.position", Position)
COPIED: Final = Table(_LOCAL, Copied)


def _undone(rows: Rows) -> Iterator[int]:
    """Where what was undone began, of each time that is among these rows."""
    for (table, _), value in rows.items():
        if table == UNDONE.name and value is not None:
            yield decode(value, Undone).start


def _no_probe(_point: str) -> None:
    """Tests put something here that ends or stops the process at a named point."""


probe: Callable[[str], None] = _no_probe


def encode_key(place: tuple[str, str]) -> bytes:
    """Table and key as the key of a changelog record."""
    return SEPARATOR.join(part.encode("utf-8", "surrogatepass") for part in place)


def decode_key(key: bytes) -> tuple[str, str]:
    """Back again."""
    table, _, rest = key.partition(SEPARATOR)
    return table.decode("utf-8", "surrogatepass"), rest.decode("utf-8", "surrogatepass")


class Recovered(msgspec.Struct, frozen=True):
    """What a recovery read."""

    records: int
    seconds: float
    end: int


class _Sent(msgspec.Struct, frozen=True):
    """A batch of records on its way; `answer` has the offset of its first one."""

    place: TopicPartition
    records: int
    answer: asyncio.Future[RecordMetadata]


async def _send(producer: AIOKafkaProducer, records: Sequence[Outgoing], sent: list[_Sent]) -> None:
    """Send the records of one partition, in order, in as few batches as their size allows.

    Batches and not single sends: a send costs 30 us of Python, a record of a batch 2.
    """
    if not records:
        return
    place = TopicPartition(records[0].topic, records[0].partition)
    builder: BatchBuilder = producer.create_batch()
    for record in records:
        if _put(builder, record):
            continue
        await _submit(producer, builder, place, sent)
        builder = producer.create_batch()
        if not _put(builder, record):
            message = f"{record.topic}: a record of {len(record.value or b'')} bytes fits no batch"
            raise AssertionError(message)
    await _submit(producer, builder, place, sent)


def _put(builder: BatchBuilder, record: Outgoing) -> bool:
    """Whether the record had room; the first one always has."""
    found = builder.append(
        timestamp=None, key=record.key, value=record.value, headers=list(record.headers)
    )
    return found is not None


async def _submit(
    producer: AIOKafkaProducer, builder: BatchBuilder, place: TopicPartition, sent: list[_Sent]
) -> None:
    count = builder.record_count()
    answer = await producer.send_batch(builder, place.topic, partition=place.partition)
    sent.append(_Sent(place, count, answer))


class Ledger:
    """Owns one partition of one stage from `open` to `close`; used by one task at a time."""

    def __init__(  # noqa: PLR0913 - what a partition is and has, each named
        self,
        cluster: Cluster,
        names: Names,
        stage: str,
        partition: int,
        folder: Path,
        *,
        reach: Sequence[str],
        transaction_seconds: float = 10.0,
        on_progress: Callable[[int, int], None] = lambda _done, _end: None,
    ) -> None:
        """Nothing is opened yet. `folder` is the local store of this stage and partition.

        `reach`: the topics on the broker that outputs of this stage may go to.
        """
        self._cluster = cluster
        self._changelog = TopicPartition(names.changelog(stage), partition)
        self._id = names.transactional_id(stage, partition)
        self._folder = folder
        self._reach = reach
        self._seconds = transaction_seconds
        self._on_progress = on_progress
        self._producer: AIOKafkaProducer | None = None
        self._markers: Markers | None = None
        self._store: PartitionStore | None = None
        self.transaction_seconds = 0.0

    @property
    def store(self) -> PartitionStore:
        """The table of this partition as of the last commit."""
        if self._store is None:
            message = "the ledger is not open"
            raise AssertionError(message)
        return self._store

    async def look(self) -> Recovered:
        """Read the changelog to its end without owning the partition: `open` then has little left to read."""
        self._store = PartitionStore(self._folder, _CACHE_ROWS)
        return await self._recover()

    async def open(self) -> Recovered:
        """Fence every older owner, then read the changelog to its end: in this order (rule 1)."""
        producer = self._cluster.producer(
            transactional_id=self._id,
            transaction_timeout_ms=int(self._seconds * 1000),
            request_timeout_ms=int(self._seconds * 1000),
            max_request_size=MAX_RECORD_BYTES,
            max_batch_size=_BATCH_BYTES,
        )
        self._producer = producer
        await asyncio.wait_for(producer.start(), 60)
        self._markers = Markers(producer, self._changelog, self._reach)
        probe("fenced")
        self._store = self._store or PartitionStore(self._folder, _CACHE_ROWS)
        probe("recovering")
        found = await self._recover()
        probe("recovered")
        return found

    async def _recover(self) -> Recovered:
        began = time.monotonic()
        tp = self._changelog
        reader = self._cluster.consumer(
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=8 * _BATCH_BYTES,
        )
        try:
            await reader.start()
            if tp.topic not in await reader.topics():
                message = (
                    f"{tp.topic}: no such changelog: panictrail topics create, then it goes on"
                )
                raise LostInputError(message)
            reader.assign([tp])
            end = (await reader.end_offsets([tp]))[tp]
            # Without a producer we are not the owner, and the owner's transaction may be open.
            if self._markers is not None and await written(self._cluster, tp) > end:
                await self._undo(self._markers, end)
                end = (await reader.end_offsets([tp]))[tp]
            at = self._copied(end)
            if at > 0 and end == 0:
                await self._restore()
                return await self._after_restore(reader, began)
            reader.seek(tp, at)
            count = await self._copy(reader, at, end)
        finally:
            await stop(reader, _STOP_SECONDS)
        return Recovered(count, time.monotonic() - began, end)

    async def _undo(self, markers: Markers, start: int) -> None:
        """End the transaction that nobody has open any more, and tell other stores that may have copied it."""
        log.warning(
            "%s: a transaction is still open at %d of %s although it has ended: the broker lost its markers. It is "
            "undone, and worked out again",
            self._id,
            start,
            self._changelog.topic,
        )
        await markers.undo()
        self.store.apply((put(UNDONE, str(start), Undone(start=start)),))
        rows = self.store.pending()
        self.store.rollback()
        await self._transact((), rows)

    def _copied(self, end: int) -> int:
        """From where to read: what the store has, or 0 for a store that is no copy of this changelog."""
        row = self.store.get(COPIED, "")
        at = row.offset if row else 0
        if at > end > 0:
            log.warning(
                "%s: the local store is at %d, past the end %d (an election lost records, or the topic was "
                "made anew): the store is dropped and read again",
                self._id,
                at,
                end,
            )
            self.store.clear()
            self.store.write()
            return 0
        return at

    async def _copy(self, reader: AIOKafkaConsumer, at: int, end: int) -> int:
        tp, count = self._changelog, 0
        while (now := await reader.position(tp)) < end:
            self._on_progress(now, end)
            got = await reader.getmany(tp, timeout_ms=200, max_records=_RECOVERY_RECORDS)
            for records in got.values():
                rows = {decode_key(r.key): r.value for r in records if r.key is not None}
                if any(start < at for start in _undone(rows)):
                    log.warning(
                        "%s: the local store has what was undone: it is read again", self._id
                    )
                    self.store.clear()
                    self.store.write()
                    at = 0
                    reader.seek(tp, at)
                    break
                self.store.load(rows)
                self._keep_copied(records[-1].offset + 1)
                count += len(records)
        if now > at:
            self._keep_copied(now)  # markers after the last record
        self._on_progress(end, end)
        return count

    def _keep_copied(self, offset: int) -> None:
        self.store.apply((put(COPIED, "", Copied(offset=offset)),))
        self.store.write()

    async def _restore(self) -> None:
        """Write the table back to a changelog that was deleted and made anew: the store is a whole commit."""
        rows = [(place, value) for place, value in self.store.dump() if place[0] != _LOCAL]
        log.warning(
            "%s: %s is empty, it was deleted: %d rows are written back from the local store",
            self._id,
            self._changelog.topic,
            len(rows),
        )
        for start in range(0, len(rows), _RESTORE_ROWS):
            await self._transact((), dict(rows[start : start + _RESTORE_ROWS]))

    async def _after_restore(self, reader: AIOKafkaConsumer, began: float) -> Recovered:
        end = (await reader.end_offsets([self._changelog]))[self._changelog]
        self._keep_copied(end)
        return Recovered(0, time.monotonic() - began, end)

    async def commit(self, outputs: Iterable[Outgoing]) -> None:
        """Send outputs and the store's pending rows in one transaction, then write the store.

        Raises whatever the broker says; nothing may be done with this ledger then but `close`.
        """
        rows = {k: v for k, v in self.store.pending().items() if k[0] != _LOCAL}
        probe("computed")
        # The broker ends the transaction after so long; a topic that is gone would be waited for without end.
        async with asyncio.timeout(1.5 * self._seconds):
            end = await self._transact(tuple(outputs), rows)
        probe("committed")
        if end is not None:
            self.store.apply((put(COPIED, "", Copied(offset=end)),))
        self.store.commit()
        probe("applied")

    async def settle(self) -> None:
        """Time passes: end the last transaction where its end is uncertain, so that no reader waits for the next one.

        Raises as `commit` does.
        """
        if self._markers is None:
            return
        self._markers.settle()
        if self._markers.are_uncertain():
            async with asyncio.timeout(1.5 * self._seconds):
                await self._transact((), {})

    async def _transact(self, outputs: Iterable[Outgoing], rows: Rows) -> int | None:
        """One transaction; the changelog offset after its rows, None where it has none."""
        producer, markers, tp = self._producer, self._markers, self._changelog
        if producer is None or markers is None:
            message = "the ledger is not open"
            raise AssertionError(message)
        began = time.monotonic()
        await producer.begin_transaction()
        await markers.ensure()
        places: dict[tuple[str, int], list[Outgoing]] = {(tp.topic, tp.partition): []}
        for place, value in rows.items():
            row = Outgoing(tp.topic, tp.partition, encode_key(place), value)
            places[tp.topic, tp.partition].append(row)
        for output in outputs:
            places.setdefault((output.topic, output.partition), []).append(output)
        sent: list[_Sent] = []
        for records in places.values():
            await _send(producer, records, sent)
        probe("sending")
        # aiokafka 0.14 commits although a send of the transaction failed: so look at all of them first.
        try:
            await asyncio.gather(*(batch.answer for batch in sent))
        except BaseException:
            for batch in sent:
                batch.answer.add_done_callback(retrieve)
            raise
        probe("sent")
        await markers.ensure()
        markers.deciding()
        await producer.commit_transaction()
        self.transaction_seconds = time.monotonic() - began
        return self._end(sent)

    def _end(self, sent: Iterable[_Sent]) -> int | None:
        """The changelog offset after the last of these batches that is of the changelog; None without one."""
        kept = [batch for batch in sent if batch.place == self._changelog]
        if any(batch.answer.result().offset < 0 for batch in kept):
            message = f"{self._id}: a repeated send was accepted without its offset"
            raise RetryLaterError(message)
        return max((b.answer.result().offset + b.records for b in kept), default=None)

    def forget(self) -> None:
        """Remove the local store; closed before. The next owner reads the whole changelog."""
        for end in ("", "-wal", "-shm"):
            (self._folder / f"{FILE_NAME}{end}").unlink(missing_ok=True)

    async def close(self) -> None:
        """Give everything back; an open transaction is left for the next owner to end."""
        if self._store is not None:
            # What was told to be committed may be undone together with what came after it: the changelog will say.
            if self._markers is not None and self._markers.are_uncertain():
                self._store.clear()
            self._store.close()
            self._store = None
        if self._producer is not None:
            # Hangs while the broker is away: bounded.
            with contextlib.suppress(asyncio.CancelledError):
                await stop(self._producer, _STOP_SECONDS)
            self._producer = self._markers = None
