"""A consumer group member: brings the records of its partitions, one task per partition number.

In: a cluster, topics, a maker of tasks. Out: calls of `take` and `idle`, in order per partition, never two at once.
Topics of one group are co-partitioned: partition N of all of them is one task. Computes nothing itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, Protocol

import msgspec
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.records import LostInputError, Record
from streams.drivers.kafka.stopping import stop
from streams.model.errors import BadInput
from streams.ports.meter import Meter

log = logging.getLogger(__name__)

# A batch is closed at so many records or bytes: public records carry one event each, internal ones many.
MAX_RECORDS: Final = 2000
MAX_BYTES: Final = 2 * 1024 * 1024
# What a partition may have waiting in memory; a longer record comes all the same, alone.
_FETCH_BYTES: Final = 512 * 1024
# So much at once says that there is more: then the next fetch is waited for, and nothing else.
_BACKLOG_BYTES: Final = 256 * 1024
_NEXT_FETCH_SECONDS: Final = 0.02
_POLL_SECONDS: Final = 0.5
_MIN_LINGER: Final = 0.01
_MAX_LINGER: Final = 0.2
# From so many records on, the wait for more is the longest.
_LINGER_RECORDS: Final = 250
_SHOW_SECONDS: Final = 1.0
# An idle partition is answered for every 0.2 s (fetch_max_wait_ms).
_FRESH_SECONDS: Final = 1.0
_METADATA_MS: Final = 15_000
_GRACE_SECONDS: Final = 3.0
_STOP_SECONDS: Final = 5.0
# Longer than whatever a task may need to end in good order: the grace, and a producer that is stopped.
_CANCEL_AGAIN_SECONDS: Final = 10.0
_BACKOFF: Final = (0.2, 5.0)


class PartitionTask(Protocol):
    """What is done with the records of one partition number."""

    async def open(self) -> None:
        """Become the owner: fence older ones, recover the state."""

    def start(self) -> Mapping[str, int]:
        """From which offset each topic goes on; one that is not named begins at its beginning."""

    async def take(self, records: Sequence[Record]) -> None:
        """Work the records out and commit them. Raises whatever has the partition start over."""

    async def idle(self, *, caught_up: bool) -> None:
        """Time passed; called between batches too. `caught_up`: nothing is left to read now."""

    async def drain(self) -> None:
        """The process leaves in good order: send what was held back."""

    async def close(self) -> None:
        """Give everything back; called after errors too."""

    def forget(self) -> None:
        """Remove the local copy, which cannot be read."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to read."""

    session_seconds: float = 10.0
    stuck_seconds: float = 120.0
    max_records: int = MAX_RECORDS
    take_seconds: float = 300.0


def record_of(found: ConsumerRecord, topic: str) -> Record:
    """The record without the client library's type."""
    return Record(
        topic,
        found.partition,
        found.offset,
        found.timestamp if found.timestamp_type is not None else -1,
        found.key,
        found.value,
        tuple(found.headers) if found.headers else (),
    )


class Group(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One member of one consumer group."""

    def __init__(  # noqa: PLR0913 - the parts of a member, each named
        self,
        cluster: Cluster,
        *,
        name: str,
        label: str,
        topics: Mapping[str, str],
        make: Callable[[int], PartitionTask],
        meter: Meter,
        options: Options | None = None,
        fatal: Callable[[str], None],
    ) -> None:
        """`topics`: broker name -> name of the topics table. `fatal` ends the process with a reason."""
        self._cluster = cluster
        self._name = name
        self.label = label
        self._topics = dict(topics)
        self._make = make
        self._meter = meter
        self._options = options or Options()
        self._fatal = fatal
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._moved: dict[int, float] = {}
        self._positions: dict[TopicPartition, int] = {}
        self._shown: dict[TopicPartition, int] = {}
        self._shower: asyncio.Task[None] | None = None
        self._stopping = False
        # Since when this member has no place in its group.
        self._outside: float | None = None
        self.ready = False

    # ---- life

    async def start(self) -> None:
        """Join the group; tasks begin when partitions are assigned. Raises KafkaError; then it may be tried again."""
        self._outside = time.monotonic()
        self._consumer = self._cluster.consumer(
            group_id=self._name,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_interval_ms=3_600_000,
            session_timeout_ms=int(self._options.session_seconds * 1000),
            heartbeat_interval_ms=int(self._options.session_seconds * 250),
            rebalance_timeout_ms=int(self._options.session_seconds * 1000),
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=200,
            # A member that joins while its broker starts may know no topic, and gets no partition until it asks again.
            metadata_max_age_ms=_METADATA_MS,
            partition_assignment_strategy=(RangePartitionAssignor,),
        )
        try:
            await self._consumer.start()
        except BaseException:
            await stop(self._consumer, _STOP_SECONDS)
            raise
        self._consumer.subscribe(list(self._topics), listener=self)
        self._shower = asyncio.create_task(self._show())

    async def stop(self, seconds: float) -> None:
        """Let what runs end, send what is held back, leave the group; bounded."""
        self._stopping = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=seconds)
            if late:
                log.warning("%s: %d partitions did not drain in time", self.label, len(late))
        owned = self.owned
        await self._end_all()
        if self._shower:
            self._shower.cancel()
        with contextlib.suppress(KafkaError, TimeoutError, AssertionError):
            await self._commit_shown(owned)
        await stop(self._consumer, _STOP_SECONDS)

    @property
    def owned(self) -> tuple[int, ...]:
        """Partition numbers that this member has."""
        return tuple(sorted(self._tasks))

    def lag(self, partition: int) -> int:
        """Records that are not committed yet, over all topics of the partition number; 0 where unknown."""
        lags = []
        for tp, at in self._positions.items():
            if tp.partition == partition:
                with contextlib.suppress(KafkaError, AssertionError):
                    lags.append(max(0, (self._consumer.highwater(tp) or 0) - at))
        return sum(lags)

    def stuck(self) -> str | None:
        """Which partition has work and does not move, or None; whether this member does not get back to its group."""
        now = time.monotonic()
        if self._outside is not None and now - self._outside > self._options.stuck_seconds:
            return f"{self.label}: not in its group for {now - self._outside:.0f} s"
        for partition, moved in self._moved.items():
            if partition in self._tasks and now - moved > self._options.stuck_seconds:
                return (
                    f"{self.label}/{partition}: nothing moved for {now - moved:.0f} s, "
                    f"{self.lag(partition)} records behind"
                )
        return None

    async def _show(self) -> None:
        """Positions for lag tools and gauges; nothing of ours reads the group's offsets."""
        while True:
            await asyncio.sleep(_SHOW_SECONDS)
            with contextlib.suppress(KafkaError, AssertionError, TimeoutError):
                await self._commit_shown(self.owned)
            for partition in self.owned:
                labels = (self.label, str(partition))
                self._meter.set("panictrail_partition_lag_records", self.lag(partition), labels)
                age = time.monotonic() - self._moved.get(partition, time.monotonic())
                self._meter.set("panictrail_position_age_seconds", age, labels)
            if reason := self.stuck():
                self._fatal(reason)

    async def _commit_shown(self, owned: Collection[int]) -> None:
        mine = {tp: at for tp, at in self._positions.items() if tp.partition in owned}
        if mine and mine != self._shown:
            await self._consumer.commit(mine)
            self._shown = mine

    # ---- rebalance: it ends every task and starts new ones (rule 6)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """End all tasks; what runs may end within a limit."""
        del revoked
        self._outside = time.monotonic()
        self.ready = False
        await self._end_all()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Start a task per partition number."""
        await self._end_all()
        tps = tuple(assigned)
        self._meter.add("panictrail_rebalances_total", 1, (self.label,))
        self._consumer.pause(*tps)
        for tp in tps:
            # A valid position that is never read: the real one comes from the task.
            self._consumer.seek(tp, 0)
        self._positions.clear()
        self._shown.clear()
        self._moved.clear()
        for number in sorted({tp.partition for tp in tps}):
            mine = tuple(tp for tp in tps if tp.partition == number)
            self._tasks[number] = asyncio.create_task(self._own(number, mine))
        self._outside = None
        self.ready = True

    async def _end_all(self) -> None:
        tasks = list(self._tasks.values())
        self._tasks.clear()
        await _end(tasks)

    # ---- one partition

    async def _own(self, number: int, tps: tuple[TopicPartition, ...]) -> None:
        delay = _BACKOFF[0]
        self._moved[number] = time.monotonic()
        while not self._stopping:
            _heed_cancellation()
            began = time.monotonic()
            task = self._make(number)
            try:
                await self._run(number, tps, task)
            except asyncio.CancelledError:
                raise
            except LostInputError as error:
                log.error("%s", error)  # noqa: TRY400 - the text says it all
            except Exception as error:  # noqa: BLE001 - crash-only: whatever it is, the partition starts over
                self._say(number, error)
                if isinstance(error.__cause__ or error, sqlite3.DatabaseError):
                    task.forget()
            finally:
                self._consumer.pause(*set(tps) & self._consumer.assignment())
                await task.close()
            if self._leaving():
                return
            self._meter.add("panictrail_partition_restarts_total", 1, (self.label,))
            delay = _BACKOFF[0] if time.monotonic() - began > 30 else min(delay * 2, _BACKOFF[1])  # noqa: PLR2004 - half a minute of work is a new beginning
            await asyncio.sleep(delay)

    def _leaving(self) -> bool:
        return self._stopping

    def _say(self, number: int, error: Exception) -> None:
        text = str(error) if isinstance(error, BadInput) else f"{type(error).__name__}: {error}"
        log.warning("%s/%d starts over: %s", self.label, number, text)
        log.debug("%s/%d starts over", self.label, number, exc_info=error)

    async def _run(self, number: int, tps: tuple[TopicPartition, ...], task: PartitionTask) -> None:
        await task.open()
        _heed_cancellation()
        await self._seek(tps, task.start())
        self._consumer.resume(*tps)
        self._moved[number] = time.monotonic()
        reader = _Reader(self, tps, self._options.max_records)
        while not self._stopping:
            records = await reader.batch()
            _heed_cancellation()
            # In order within a topic: the last one counts.
            ends = {record.topic: record.offset + 1 for record in records}
            if records:
                number_of, work = len(records), task.take(records)
                del records  # the task lets go of them before its transaction, and so does this
                await self._taken(number_of, work)
                for topic, end in ends.items():
                    tp = TopicPartition(self._full(topic), number)
                    self._positions[tp] = max(self._positions.get(tp, 0), end)
            else:
                await self._pass_markers(tps)
            await self._bounded(task.idle(caught_up=not ends and self._at_end(tps)))
            self._moved[number] = time.monotonic()
        await self._bounded(task.drain())

    async def _taken(self, records: int, work: Awaitable[None]) -> None:
        """Await what is done with so many records."""
        self._meter.add("panictrail_queue_records", records, (self.label,))
        try:
            await self._bounded(work)
        finally:
            self._meter.add("panictrail_queue_records", -records, (self.label,))

    async def _pass_markers(self, tps: tuple[TopicPartition, ...]) -> None:
        """Everything read is taken, so what lies before the consumer are markers of transactions: no lag."""
        for tp in tps:
            self._positions[tp] = await self._consumer.position(tp)

    def _at_end(self, tps: tuple[TopicPartition, ...]) -> bool:
        """Whether the broker said a moment ago that there is nothing left to read: no answer does not mean that."""
        oldest_ms = (time.time() - _FRESH_SECONDS) * 1000
        for tp in tps:
            said_ms = self._consumer.last_poll_timestamp(tp)
            end = self._consumer.last_stable_offset(tp)
            if said_ms is None or said_ms < oldest_ms or end is None or self._positions[tp] < end:
                return False
        return True

    def _full(self, plain: str) -> str:
        return next(full for full, name in self._topics.items() if name == plain)

    async def _seek(self, tps: tuple[TopicPartition, ...], start: Mapping[str, int]) -> None:
        first = await self._consumer.beginning_offsets(tps)
        for tp in tps:
            at = start.get(self._topics[tp.topic], first[tp])
            if at < first[tp]:
                message = (
                    f"{tp.topic}/{tp.partition}: retention removed records {at} to {first[tp] - 1} before they "
                    "were read: give the topic a longer retention, and work out what is left anew with "
                    "panictrail replay --as NAME"
                )
                raise LostInputError(message)
            self._consumer.seek(tp, at)
            self._positions[tp] = at

    async def _bounded(self, work: Awaitable[None]) -> None:
        """Await with a limit; a cancellation lets it end first: an orderly end leaves no open transaction."""
        task = asyncio.ensure_future(work)
        task.add_done_callback(_retrieve)
        try:
            async with asyncio.timeout(self._options.take_seconds):
                await asyncio.shield(task)
        except (asyncio.CancelledError, TimeoutError):
            await asyncio.wait([task], timeout=_GRACE_SECONDS)
            await _end([task])
            raise

    async def poll(
        self, tps: tuple[TopicPartition, ...], seconds: float, most: int
    ) -> list[Record]:
        """What has come for these partitions, at most `most` records."""
        got = await self._consumer.getmany(*tps, timeout_ms=int(seconds * 1000), max_records=most)
        return [record_of(r, self._topics[tp.topic]) for tp, rs in got.items() for r in rs]


def _heed_cancellation() -> None:
    """Raise the CancelledError that a library swallowed: aiokafka does while it closes a consumer.

    Whoever works on without it holds the rebalance up, and with it the whole group, for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _end(tasks: Collection[asyncio.Future[None]]) -> None:
    """Cancel tasks until they have ended, and look at none of their errors: they were said."""
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=_CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


def _retrieve(task: asyncio.Future[None]) -> None:
    """An error of work that nobody awaits any more was said by the partition that started over."""
    if not task.cancelled():
        task.exception()


class _Reader:
    """Batches of one partition number, bounded in records and bytes; the wait for more grows with the load."""

    def __init__(self, group: Group, tps: tuple[TopicPartition, ...], most: int) -> None:
        self._group = group
        self._tps = tps
        self._most = most
        self._kept: list[Record] = []
        self._linger = _MIN_LINGER

    async def batch(self) -> list[Record]:
        """The next records; empty when nothing came for a while."""
        if not self._kept and await self._more(_POLL_SECONDS):
            await self._fill()
        sizes = accumulate([len(record.value or b"") for record in self._kept])
        count = bisect_left(list(sizes), MAX_BYTES) + 1
        found, self._kept = self._kept[:count], self._kept[count:]
        return found

    def _bytes(self) -> int:
        return sum(len(record.value or b"") for record in self._kept)

    async def _fill(self) -> None:
        if self._bytes() >= _BACKLOG_BYTES:
            while not self._is_full() and await self._more(_NEXT_FETCH_SECONDS):
                pass
            return
        if not self._is_full():
            await asyncio.sleep(self._linger)
            await self._more(0)
        share = min(1.0, len(self._kept) / _LINGER_RECORDS)
        self._linger = _MIN_LINGER + (_MAX_LINGER - _MIN_LINGER) * share

    def _is_full(self) -> bool:
        return len(self._kept) >= self._most or self._bytes() >= MAX_BYTES

    async def _more(self, seconds: float) -> bool:
        found = await self._group.poll(self._tps, seconds, self._most - len(self._kept))
        self._kept.extend(found)
        return bool(found)
