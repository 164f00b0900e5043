"""`collect spool`: records of spools in, raw panics on Kafka, at least once, until a signal ends it.

In: settings, folders. Out: an exit code. Records have ids by content: one that is sent again after a kill is counted
once. While Kafka is away the spools keep what they have. Raises BadInput or ServiceMissing with the next step.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.adapters.prometheus_meter import CONTENT_TYPE, PrometheusMeter
from streams.adapters.sqlite_store import lock_folder
from streams.drivers.http.listener import Listener, address
from streams.drivers.kafka.gateway import Plan
from streams.drivers.kafka.publishing import producer_of, send_all
from streams.drivers.signals import ended_by_signal
from streams.drivers.spool_feed import SpoolFeed
from streams.model.errors import ServiceMissing
from streams.model.events import RawPanic
from streams.model.step import Emit

log = logging.getLogger(__name__)

STAGE: Final = "collect-spool"
_POSITIONS: Final = "positions.json"
_TOPIC: Final = "panics.raw"
_AGAIN_SECONDS: Final = 1.0


def run(
    plan: Plan,
    folders: Sequence[Path],
    sock: socket.socket | None,
    say: Callable[[str], None],
    *,
    delete: bool,
) -> None:
    """Run until SIGTERM or SIGINT. `sock`: of the pages. Raises BadInput where the data folder is another process's."""
    handle = lock_folder(plan.folder)
    try:
        asyncio.run(_run(plan, folders, sock, say, delete=delete))
    finally:
        os.close(handle)


async def _run(
    plan: Plan,
    folders: Sequence[Path],
    sock: socket.socket | None,
    say: Callable[[str], None],
    *,
    delete: bool,
) -> None:
    loop, meter = asyncio.get_running_loop(), PrometheusMeter()
    feed = SpoolFeed(
        folders,
        plan.folder / _POSITIONS,
        plan.settings,
        meter,
        delete=delete,
    )
    ended = ended_by_signal()
    sending = loop.create_task(_Sending(plan, feed, ended).run())
    sending.add_done_callback(lambda _task: ended.set())
    pages = _pages(sock, meter, plan.settings.drain_seconds) if sock is not None else None
    if pages is not None and sock is not None:
        await pages.start()
        say(f"pages on http://{address(sock)}")
    say(f"following {', '.join(map(str, folders))}, sending to {plan.cluster.address}")
    try:
        await ended.wait()
    finally:
        feed.stop()
        if pages is not None:
            await pages.stop()
        with suppress(TimeoutError):
            # What is not sent by then stays in the spools.
            await asyncio.wait_for(sending, plan.settings.drain_seconds)


class _Sending:
    """Sends while Kafka is there, and waits while it is away."""

    def __init__(self, plan: Plan, feed: SpoolFeed, ended: asyncio.Event) -> None:
        self._plan = plan
        self._feed = feed
        self._ended = ended
        self._away = False

    async def run(self) -> None:
        """Until the feed is stopped."""
        while not self._ended.is_set():
            try:
                await self._connected()
            except (KafkaError, ServiceMissing) as error:
                if not self._away:
                    log.warning("%s: the spools keep what they have until it is back", error)
                self._away = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _AGAIN_SECONDS)

    async def _connected(self) -> None:
        cluster = self._plan.cluster
        async with cluster.running(producer_of(cluster)) as producer:

            async def sink(events: Sequence[RawPanic]) -> None:
                await self._send(producer, events)

            await self._feed.run(sink)

    async def _send(self, producer: AIOKafkaProducer, events: Sequence[RawPanic]) -> None:
        sent = (Emit(_TOPIC, event.event_id or "", event) for event in events)
        await send_all(producer, self._plan.router.route(sent, STAGE))
        if self._away:
            log.warning("Kafka is back")
            self._away = False


def _pages(sock: socket.socket, meter: PrometheusMeter, drain_seconds: float) -> Listener:
    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=meter.text(), headers={"Content-Type": CONTENT_TYPE})

    routes = (web.get("/healthz", health), web.get("/readyz", health), web.get("/metrics", metrics))
    return Listener(sock, routes, drain_seconds=drain_seconds)
