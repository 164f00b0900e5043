"""`serve --spool`, `serve --cores`: records of spools, and references to cores, go into the inbox as what is posted.

In: folders, an inbox. Out: records of the inbox; how far the spools are is kept in the state folder. Removes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Protocol

import msgspec

from streams.config import Settings
from streams.drivers import core_following
from streams.drivers.core_feed import CoreFeed
from streams.drivers.core_following import Wanted
from streams.drivers.http.delivered import packed
from streams.drivers.inbox import Inbox, InboxError
from streams.drivers.spool_feed import SpoolFeed
from streams.model.events import CoreRef, RawPanic
from streams.model.step import Emit
from streams.ports.meter import Meter

log = logging.getLogger(__name__)

_POSITIONS: Final = "spools.json"
_AGAIN_SECONDS: Final = 0.5


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What is followed beside the listener: spools of crash texts, and cores where some are wanted."""

    spools: tuple[Path, ...] = ()
    cores: Wanted | None = None


class _Feed(Protocol):
    """What is stopped from outside."""

    def stop(self) -> None:
        """Read no further."""
        ...


class Following:
    """Tasks beside the listener; none where nothing is to be followed."""

    def __init__(
        self,
        settings: Settings,
        followed: Followed,
        inbox: Inbox,
        backlog: Callable[[], int],
        meter: Meter,
    ) -> None:
        """Nothing is followed yet. Raises BadInput where a folder cannot be read."""
        self._inbox = inbox
        self._backlog = backlog
        self._limit = settings.inbox_limit_bytes
        self._ending = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._opened = ExitStack()
        self._feeds: list[tuple[_Feed, Callable[[], Awaitable[None]]]] = []
        if followed.spools:
            kept = Path(settings.state or "") / _POSITIONS
            feed = SpoolFeed(followed.spools, kept, settings, meter)
            self._feeds.append((feed, lambda: feed.run(self._put_texts)))
        if followed.cores is not None:
            cores: CoreFeed = self._opened.enter_context(
                core_following.following(settings, followed.cores, meter)
            )
            self._feeds.append((cores, lambda: cores.run(self._put_cores)))

    def start(self, on_failure: Callable[[], None]) -> None:
        """Follow from now on; `on_failure` is called where that ends."""
        for _, run in self._feeds:
            task = asyncio.get_running_loop().create_task(self._run(run))
            task.add_done_callback(lambda _task: on_failure())
            self._tasks.append(task)

    async def stop(self) -> None:
        """What is in the inbox by now stays there. Raises what ended it."""
        self._ending.set()
        for feed, _ in self._feeds:
            feed.stop()
        with self._opened:
            await asyncio.gather(*self._tasks)

    async def _run(self, run: Callable[[], Awaitable[None]]) -> None:
        while not self._ending.is_set():
            trouble = await self._followed(run)
            if trouble is not None:
                log.error("%s", trouble)
                await self._wait()

    @staticmethod
    async def _followed(run: Callable[[], Awaitable[None]]) -> InboxError | None:
        """Until the feed is stopped, or the disk takes no more."""
        try:
            await run()
        except InboxError as error:
            return error
        return None

    async def _put_texts(self, events: Sequence[RawPanic]) -> None:
        await self._put(tuple(Emit("panics.raw", event.event_id or "", event) for event in events))

    async def _put_cores(self, refs: Sequence[CoreRef]) -> None:
        await self._put(tuple(map(core_following.emitted, refs)))

    async def _put(self, sent: tuple[Emit, ...]) -> None:
        while self._backlog() > self._limit and not self._ending.is_set():
            await self._wait()
        await self._inbox.put(packed((), sent))

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._ending.wait(), _AGAIN_SECONDS)
        except TimeoutError:
            return
