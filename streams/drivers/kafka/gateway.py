"""`gateway`: a listener, and the topics of side inputs behind it.

In: settings, a folder. Out: an exit code, after a signal. What was accepted is in the inbox until Kafka has it: nothing
is lost while Kafka is away. A delivery may be sent twice after a kill; the link stage knows it by its id.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.adapters.prometheus_meter import CONTENT_TYPE, PrometheusMeter
from streams.adapters.sqlite_store import lock_folder
from streams.config import Settings
from streams.drivers.http.delivered import events_in
from streams.drivers.http.listener import address
from streams.drivers.http.receiver import Receiver, open_inbox
from streams.drivers.inbox import Inbox, Position, Reader, Record
from streams.drivers.kafka import client
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.outgoing import Router
from streams.drivers.kafka.prepare import names_of
from streams.drivers.kafka.topics import partition_counts, problems
from streams.drivers.kafka.transacting import begin
from streams.model.errors import BadInput, ServiceMissing
from streams.model.message import DecodeError, decode, encode
from streams.model.step import Emit

log = logging.getLogger(__name__)

STAGE: Final = "gateway"
_POSITION: Final = "position.json"
_AGAIN_SECONDS: Final = 1.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
# Records are the size of what was posted, at most; a dead letter holds it in base64.
_MOST_RECORD_BYTES: Final = 64 * 1024 * 1024


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway runs."""

    settings: Settings
    cluster: Cluster
    names: Names
    router: Router
    folder: Path


def prepare(settings: Settings) -> Plan:
    """Everything that a gateway needs, checked. Raises BadInput or ServiceMissing with the next step."""
    cluster, names = client.cluster(settings), names_of(settings)
    partitions = asyncio.run(_look(cluster, names))
    return Plan(
        settings=settings,
        cluster=cluster,
        names=names,
        router=Router(names, partitions),
        folder=Path(settings.data) / STAGE,
    )


async def _look(cluster: Cluster, names: Names) -> dict[str, int]:
    if wrong := await problems(cluster, names, stages=()):
        text = "\n  ".join(wrong)
        message = f"the topics at {cluster.address} are not as they must be:\n  {text}"
        raise BadInput(message)
    return await partition_counts(cluster, names)


class Publisher:
    """Sends the inbox to Kafka, record by record in its order, and keeps up to where."""

    def __init__(self, plan: Plan) -> None:
        """Nothing is sent yet. Raises BadInput where the position cannot be read."""
        self._plan = plan
        self._path = plan.folder / _POSITION
        self.done = _position(self._path)
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
        async with self._plan.cluster.running(self._producer()) as producer:
            await self._send_all(inbox, reader, producer)

    async def stop(self, task: asyncio.Task[None], seconds: float) -> None:
        """Send what is left, within so many seconds."""
        self._stopping = True
        self._new.set()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(task, seconds)

    def _producer(self) -> AIOKafkaProducer:
        return self._plan.cluster.producer(
            enable_idempotence=True, max_request_size=_MOST_RECORD_BYTES, linger_ms=5
        )

    async def _send_all(self, inbox: Inbox, reader: Reader, producer: AIOKafkaProducer) -> None:
        while True:
            self._new.clear()
            records = reader.read()
            if records:
                await self._send(producer, records)
                self._keep(inbox, records[-1].after)
            elif self._stopping:
                return
            else:
                await self._new.wait()

    async def _send(self, producer: AIOKafkaProducer, records: Sequence[Record]) -> None:
        outgoing = self._plan.router.route(_events(records), STAGE)
        await asyncio.gather(*[await begin(producer, each) for each in outgoing])
        if self._away is not None:
            log.warning("Kafka is back")
            self._away = None

    def _keep(self, inbox: Inbox, after: Position) -> None:
        """The position is on disk before anything behind it is removed."""
        moved = after.segment != self.done.segment
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as stream:
            stream.write(encode(after))
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._path)
        self.done = after
        if moved:
            inbox.forget(after)


def _events(records: Sequence[Record]) -> Iterator[Emit]:
    for record in records:
        try:
            yield from events_in(record.payload)
        except DecodeError as error:
            # Its checksum is right: another version of ours wrote it.
            log.warning("a record of the inbox is left out: %s", error)


def _position(path: Path) -> Position:
    try:
        return decode(path.read_bytes(), Position)
    except FileNotFoundError:
        return Position()
    except (OSError, DecodeError) as error:
        message = (
            f"{path}: cannot be read: {error}: remove it, and everything in the inbox is sent again"
        )
        raise BadInput(message) from error


def run(plan: Plan, sock: socket.socket, say: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT. Raises BadInput where the folder is another process's."""
    handle = lock_folder(plan.folder)
    try:
        asyncio.run(_run(plan, sock, say))
    finally:
        os.close(handle)


async def _run(plan: Plan, sock: socket.socket, say: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in _SIGNALS:
        loop.add_signal_handler(number, ended.set)
    publisher, meter = Publisher(plan), PrometheusMeter()
    inbox = open_inbox(plan.folder, publisher.done, publisher.wake)

    receiver = Receiver(
        plan.settings,
        sock,
        inbox=inbox,
        behind=publisher,
        meter=meter,
        metrics=lambda: (meter.text(), CONTENT_TYPE),
    )
    task = loop.create_task(publisher.run(inbox))
    task.add_done_callback(lambda _task: ended.set())
    await receiver.listener.start()
    say(f"listening on http://{address(sock)}, sending to {plan.cluster.address}")
    if unsigned := receiver.access.open_to_all():
        say(f"from this machine only, for want of a secret: {', '.join(unsigned)}")
    try:
        await ended.wait()
    finally:
        await receiver.listener.stop()
        await inbox.close()
        await publisher.stop(task, plan.settings.drain_seconds)
