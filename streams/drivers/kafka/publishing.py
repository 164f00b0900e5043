"""From an inbox to Kafka, record by record in its order, and up to where that is done, in a file.

In: an inbox, what its records are on Kafka. Out: records on topics. What is kept is sent when Kafka is back; after a
kill records may be sent twice from the last position on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.drivers.http.delivered import events_in
from streams.drivers.http.lined import batch_of
from streams.drivers.inbox import Inbox, InboxError, Position, Reader, Record
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.outgoing import Router
from streams.drivers.kafka.records import Outgoing
from streams.drivers.kafka.transacting import begin
from streams.drivers.positions import load, save
from streams.model.errors import BadInput, ServiceMissing
from streams.model.message import DecodeError
from streams.model.step import Emit

log = logging.getLogger(__name__)

_AGAIN_SECONDS: Final = 1.0
_SILENT_SECONDS: Final = 1.0
_MANY: Final = 500
_FEW: Final = 8
# Records are the size of what was posted, at most; a dead letter holds it in base64.
_MOST_RECORD_BYTES: Final = 64 * 1024 * 1024

# Records of an inbox to those of Kafka.
Send = Callable[[Sequence[Record]], Iterable[Outgoing]]


def events_by(router: Router, stage: str) -> Send:
    """Of an inbox of deliveries: each event on its topic."""

    def send(records: Sequence[Record]) -> Iterable[Outgoing]:
        return router.route(_events(record.payload for record in records), stage)

    return send


def lines_by(router: Router, stage: str) -> Send:
    """Of an inbox of lines: each line on the topic of lines, those of one container in one partition."""

    def send(records: Sequence[Record]) -> Iterator[Outgoing]:
        for record in records:
            try:
                batch = batch_of(record.payload)
            except msgspec.DecodeError as error:
                log.warning("a record of the inbox is left out: %s", error)
                continue
            yield from (router.line(key, data) for key, data in batch.lines)
            if batch.letters:
                yield from router.route(_events((batch.letters,)), stage)

    return send


def producer_of(cluster: Cluster) -> AIOKafkaProducer:
    """For records that may be sent again: each at least once, in their order."""
    return cluster.producer(
        enable_idempotence=True, max_request_size=_MOST_RECORD_BYTES, linger_ms=5
    )


async def send_all(producer: AIOKafkaProducer, outgoing: Iterable[Outgoing]) -> None:
    """Returns when Kafka has them. Raises KafkaError."""
    await asyncio.gather(*[await begin(producer, each) for each in outgoing])


class Publisher:
    """Sends one inbox."""

    def __init__(self, cluster: Cluster, path: Path, send: Send, *, rolls: bool = False) -> None:
        """Nothing is sent yet. `path`: the file of the position. Raises BadInput where that cannot be read.

        `rolls`: what is sent is removed at once, and few records are read at once, which may be large.
        """
        self._cluster = cluster
        self._path = path
        self._records = send
        self._rolls = rolls
        kept = load(path, Position, "everything in the inbox is sent again")
        self.done = kept or Position()
        self._new = asyncio.Event()
        self._away: str | None = None
        self._stopping = False

    def wake(self) -> None:
        """Something new is in the inbox."""
        self._new.set()

    def trouble(self) -> str | None:
        """Kafka being away is no trouble: deliveries are kept meanwhile."""
        return None

    async def run(self, inbox: Inbox) -> None:
        """Send until `stop`, and what is left then as long as Kafka takes it."""
        reader = Reader(inbox, self.done)
        while True:
            try:
                await self._connected(inbox, reader)
            except (KafkaError, ServiceMissing, BadInput) as error:
                if self._stopping:
                    log.warning("%s: what is left is kept in %s", error, inbox.folder)
                    return
                if self._away is None:
                    log.warning("%s: deliveries are kept, and sent when it is back", error)
                self._away = str(error)
                reader.position = self.done
            else:
                return
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _connected(self, inbox: Inbox, reader: Reader) -> None:
        async with self._cluster.running(producer_of(self._cluster)) as producer:
            await self._send_all(inbox, reader, producer)

    async def stop(self, task: asyncio.Task[None], seconds: float) -> None:
        """Send what is left, within so many seconds."""
        self._stopping = True
        self._new.set()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(task, seconds)

    async def _send_all(self, inbox: Inbox, reader: Reader, producer: AIOKafkaProducer) -> None:
        while True:
            self._new.clear()
            records = reader.read(_FEW if self._rolls else _MANY)
            if records:
                await self._send(producer, records)
                self._keep(inbox, records[-1].after)
            elif self._stopping:
                self._leave(inbox)
                return
            elif self._rolls:
                await self._roll(inbox, reader)
            else:
                await self._new.wait()

    async def _roll(self, inbox: Inbox, reader: Reader) -> None:
        """Everything is sent: where it stays so for a while go on in another segment, and remove the one before."""
        if reader.position.segment != self.done.segment:
            self._keep(inbox, reader.position)
        if not self.done.offset:
            await self._new.wait()
            return
        try:
            await asyncio.wait_for(self._new.wait(), _SILENT_SECONDS)
        except TimeoutError:
            try:
                await inbox.roll()
            except InboxError as error:
                log.warning("%s", error)
                await self._new.wait()

    def _leave(self, inbox: Inbox) -> None:
        """Everything is sent, and nothing will come."""
        if self._rolls:
            self._keep(inbox, Position(segment=inbox.segment + 1))

    async def _send(self, producer: AIOKafkaProducer, records: Sequence[Record]) -> None:
        await send_all(producer, self._records(records))
        if self._away is not None:
            log.warning("Kafka is back")
            self._away = None

    def _keep(self, inbox: Inbox, after: Position) -> None:
        """The position is on disk before anything behind it is removed."""
        moved = after.segment != self.done.segment
        save(self._path, after)
        self.done = after
        if moved:
            inbox.forget(after)


def _events(payloads: Iterable[bytes]) -> Iterator[Emit]:
    for payload in payloads:
        try:
            yield from events_in(payload)
        except DecodeError as error:
            # Its checksum is right: another version of ours wrote it.
            log.warning("a record of the inbox is left out: %s", error)
