"""Collectors that follow folders: what their feed gives goes to Kafka, at least once, until a signal ends it.

In: a plan, a feed, an emitted event for each of its. Out: an exit code. While Kafka is away the folders keep what they
have. Raises BadInput or ServiceMissing with the next step.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, Protocol, TypeVar

import msgspec
from aiohttp import web
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.drivers.http.listener import Listener, address
from streams.drivers.kafka.gateway import Plan
from streams.drivers.kafka.publishing import producer_of, send_all
from streams.drivers.signals import ended_by_signal
from streams.model.errors import ServiceMissing
from streams.model.step import Emit

log = logging.getLogger(__name__)

_AGAIN_SECONDS: Final = 1.0
E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)


class Feed(Protocol[E_co]):
    """Reads folders, and remembers what its sink took."""

    async def run(self, sink: Callable[[Sequence[E_co]], Awaitable[None]]) -> None:
        """Until `stop`; can be run again after an error of the sink."""
        ...

    def stop(self) -> None:
        """Read no further."""
        ...


class Following(msgspec.Struct, Generic[E], frozen=True):
    """What is followed, for people, and what of it goes where."""

    what: str
    feed: Feed[E]
    emit: Callable[[E], Emit]


async def follow(
    plan: Plan,
    following: Following[E],
    meter: PrometheusMeter,
    sock: socket.socket | None,
    say: Callable[[str], None],
) -> None:
    """Run until SIGTERM or SIGINT. `sock`: of the pages."""
    ended = ended_by_signal()
    sending = asyncio.get_running_loop().create_task(_Sending(plan, following, ended).run())
    sending.add_done_callback(lambda _task: ended.set())
    pages = _pages(sock, meter, plan.settings.drain_seconds) if sock is not None else None
    if pages is not None and sock is not None:
        await pages.start()
        say(f"pages on http://{address(sock)}")
    say(f"following {following.what}, sending to {plan.cluster.address}")
    try:
        await ended.wait()
    finally:
        following.feed.stop()
        if pages is not None:
            await pages.stop()
        with suppress(TimeoutError):
            # What is not sent by then stays in the folders.
            await asyncio.wait_for(sending, plan.settings.drain_seconds)


class _Sending(Generic[E]):
    """Sends while Kafka is there, and waits while it is away."""

    def __init__(self, plan: Plan, following: Following[E], ended: asyncio.Event) -> None:
        self._plan = plan
        self._following = following
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

            async def sink(events: Sequence[E]) -> None:
                await self._send(producer, events)

            await self._following.feed.run(sink)

    async def _send(self, producer: AIOKafkaProducer, events: Sequence[E]) -> None:
        sent = map(self._following.emit, events)
        await send_all(producer, self._plan.router.route(sent, self._plan.stage))
        if self._away:
            log.warning("Kafka is back")
            self._away = False


def _pages(sock: socket.socket, meter: PrometheusMeter, drain_seconds: float) -> Listener:
    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def metrics(request: web.Request) -> web.Response:
        text, kind = meter.text(request.headers.get("Accept", ""))
        return web.Response(body=text, headers={"Content-Type": kind})

    routes = (web.get("/healthz", health), web.get("/readyz", health), web.get("/metrics", metrics))
    return Listener(sock, routes, drain_seconds=drain_seconds)
