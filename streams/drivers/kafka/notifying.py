"""`panictrail notify`: what the stage `notify` told on Kafka, sent over HTTP to the channels of the settings.

In: the topic notifications. Out: requests, dead letters. A record is committed when everything up to it was sent or
given up; what was read and is not settled is in an outbox in the data folder, so that a restart there sends nothing
twice. Where that folder is lost, or another process takes over, records that are not committed are sent again, under
the same ids.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web
from aiokafka.errors import CommitFailedError, KafkaError

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.adapters.sqlite_outbox import SqliteOutbox
from streams.adapters.sqlite_store import lock_folder
from streams.config import FILE_NAME, Settings
from streams.core.steps.deadletters import dead_letter
from streams.drivers.http.listener import Listener, address
from streams.drivers.kafka import client
from streams.drivers.kafka.batch import unpack
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.outgoing import Router
from streams.drivers.kafka.prepare import names_of
from streams.drivers.kafka.publishing import producer_of, send_all
from streams.drivers.kafka.topics import partition_counts
from streams.drivers.notifying import FOLDER, TOPIC, Notifier
from streams.drivers.signals import ended_by_signal
from streams.model.errors import BadInput, Reason
from streams.model.events import Notice
from streams.model.message import DecodeError
from streams.model.step import Emit
from streams.model.text import from_bytes

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

log = logging.getLogger(__name__)

_POLL_MS: Final = 500
_MOST_RECORDS: Final = 500


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What runs."""

    settings: Settings
    cluster: Cluster
    names: Names
    router: Router
    folder: Path


def prepare(settings: Settings, replay: str | None = None) -> Plan:
    """Everything that is needed, checked. Raises BadInput or ServiceMissing with the next step."""
    if not settings.channels():
        message = (
            "nobody is to be told: set PANICTRAIL_NOTIFY_WEBHOOK_URL, PANICTRAIL_NOTIFY_SLACK_URL or "
            f"PANICTRAIL_NOTIFY_ALERTMANAGER_URL, or [[notify.channel]] in {FILE_NAME} (docs/notifications.md)"
        )
        raise BadInput(message)
    cluster, names = client.cluster(settings), names_of(settings, replay)
    partitions = asyncio.run(partition_counts(cluster, names))
    if names.topic(TOPIC) not in partitions:
        message = f"no topic {names.topic(TOPIC)} at {cluster.address}: panictrail topics create"
        raise BadInput(message)
    return Plan(
        settings=settings,
        cluster=cluster,
        names=names,
        router=Router(names, partitions),
        folder=Path(settings.data) / FOLDER,
    )


def run(plan: Plan, sock: socket.socket, say: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT. Raises BadInput where the folder is another process's, ServiceMissing."""
    handle = lock_folder(plan.folder)
    try:
        asyncio.run(_run(plan, sock, say))
    finally:
        os.close(handle)


async def _run(plan: Plan, sock: socket.socket, say: Callable[[str], None]) -> None:
    ended, meter = ended_by_signal(), PrometheusMeter()
    # A replay's are not told: of one that is followed after its adoption only what comes from now on.
    start = "earliest" if plan.names.is_default else "latest"
    consumer = plan.cluster.consumer(
        plan.names.topic(TOPIC),
        group_id=plan.names.group("notifications"),
        enable_auto_commit=False,
        auto_offset_reset=start,
        isolation_level="read_committed",
    )

    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def metrics(request: web.Request) -> web.Response:
        text, kind = meter.text(request.headers.get("Accept", ""))
        return web.Response(body=text, headers={"Content-Type": kind})

    routes = (
        web.get("/healthz", health),
        web.get("/readyz", health),
        web.get("/metrics", metrics),
    )
    listener = Listener(sock, routes, drain_seconds=plan.settings.drain_seconds)
    keep_days = plan.settings.notifications_keep_days
    with closing(SqliteOutbox(plan.folder, keep_days)) as outbox:
        async with (
            plan.cluster.running(producer_of(plan.cluster)) as producer,
            plan.cluster.running(consumer),
        ):
            following = Following(plan, outbox, consumer, producer)
            notifier = Notifier(plan.settings, outbox, meter, following.keep)
            notifier.start()
            await listener.start()
            names = ", ".join(channel.name for channel in plan.settings.channels())
            say(f"telling {names} of {plan.names.topic(TOPIC)}; pages on http://{address(sock)}")
            try:
                await following.run(notifier, ended)
            finally:
                await notifier.stop()
                await listener.stop()


class Following:
    """Reads notifications, and commits those that are settled."""

    def __init__(
        self,
        plan: Plan,
        outbox: SqliteOutbox,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
    ) -> None:
        """Nothing is read yet."""
        self._plan = plan
        self._outbox = outbox
        self._consumer = consumer
        self._producer = producer
        # Offsets with what is to be settled before they are passed.
        self._open: dict[TopicPartition, deque[tuple[int, str]]] = {}

    async def keep(self, letters: tuple[Emit, ...]) -> None:
        """Send dead letters. Raises BadInput where Kafka does not take them."""
        try:
            await send_all(self._producer, self._plan.router.route(letters, FOLDER))
        except KafkaError as error:
            message = f"{self._plan.cluster.address} takes no dead letter: {error}"
            raise BadInput(message) from error

    async def run(self, notifier: Notifier, ended: asyncio.Event) -> None:
        """Until `ended`. Raises KafkaError, BadInput."""
        while not ended.is_set():
            found = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_MOST_RECORDS)
            for place, records in found.items():
                notices = [await self._notice(place, record) for record in records]
                told = [notice for notice in notices if notice is not None]
                await asyncio.to_thread(notifier.add, told)
                # One that was given up is here again when somebody sends its dead letter again.
                for each in told:
                    if each.event != "summary":
                        self._outbox.again(each.id, time.time())
            await self._commit()

    async def _notice(self, place: TopicPartition, record: ConsumerRecord) -> Notice | None:
        """What a record tells; one that cannot be read is a dead letter."""
        waiting = self._open.setdefault(place, deque())
        try:
            entry = unpack(record.value, record.key, record.headers, Notice)[0]
        except DecodeError as error:
            await self.keep((_unreadable(record, error),))
            waiting.append((record.offset, ""))
            return None
        notice = entry.event if isinstance(entry.event, Notice) else None
        waiting.append((record.offset, notice.id if notice is not None else ""))
        return notice

    async def _commit(self) -> None:
        """Pass whatever is settled."""
        assigned = self._consumer.assignment()
        passed = {}
        for place in [*self._open]:
            if place not in assigned:
                # Another process has it now, and reads on from what was committed.
                del self._open[place]
                continue
            waiting = self._open[place]
            ids = {name for _, name in waiting if name}
            unsettled = await asyncio.to_thread(self._outbox.unsettled, ids)
            while waiting and waiting[0][1] not in unsettled:
                passed[place] = waiting.popleft()[0] + 1
        if passed:
            try:
                await self._consumer.commit(passed)
            except CommitFailedError as error:
                log.warning("%s: what was sent may be sent once more, under its id", error)


def _unreadable(record: ConsumerRecord, error: DecodeError) -> Emit:
    return dead_letter(
        topic=TOPIC,
        stage=FOLDER,
        reason=Reason.INVALID,
        error=str(error),
        text=from_bytes(record.value or b""),
        place=f"{record.topic}/{record.partition}@{record.offset}",
    )
