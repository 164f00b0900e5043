"""`serve --spool`: what spools hold goes into the inbox, as what comes over HTTP does, and is worked off from there.

In: folders, an inbox. Out: records of the inbox; how far the spools are is kept in the state folder. Removes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from streams.config import Settings
from streams.drivers.http.delivered import packed
from streams.drivers.inbox import Inbox, InboxError
from streams.drivers.spool_feed import SpoolFeed
from streams.model.events import RawPanic
from streams.model.step import Emit
from streams.ports.meter import Meter

log = logging.getLogger(__name__)

_POSITIONS: Final = "spools.json"
_AGAIN_SECONDS: Final = 0.5


class Following:
    """A task beside the listener; does nothing where no spool is named."""

    def __init__(
        self,
        settings: Settings,
        spools: Sequence[Path],
        inbox: Inbox,
        backlog: Callable[[], int],
        meter: Meter,
    ) -> None:
        """Nothing is followed yet. Raises BadInput where a folder cannot be read."""
        self._inbox = inbox
        self._backlog = backlog
        self._limit = settings.inbox_limit_bytes
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._feed: SpoolFeed | None = None
        if spools:
            kept = Path(settings.state or "") / _POSITIONS
            self._feed = SpoolFeed(spools, kept, settings, meter)

    def start(self, on_failure: Callable[[], None]) -> None:
        """Follow from now on; `on_failure` is called where that ends."""
        if self._feed is not None:
            self._task = asyncio.get_running_loop().create_task(self._run(self._feed))
            self._task.add_done_callback(lambda _task: on_failure())

    async def stop(self) -> None:
        """What is in the inbox by now stays there. Raises what ended it."""
        self._ending.set()
        if self._feed is not None:
            self._feed.stop()
        if self._task is not None:
            await self._task

    async def _run(self, feed: SpoolFeed) -> None:
        while not self._ending.is_set():
            trouble = await self._followed(feed)
            if trouble is not None:
                log.error("%s", trouble)
                await self._wait()

    async def _followed(self, feed: SpoolFeed) -> InboxError | None:
        """Until the feed is stopped, or the disk takes no more."""
        try:
            await feed.run(self._put)
        except InboxError as error:
            return error
        return None

    async def _put(self, events: Sequence[RawPanic]) -> None:
        while self._backlog() > self._limit and not self._ending.is_set():
            await self._wait()
        sent = (Emit("panics.raw", event.event_id or "", event) for event in events)
        await self._inbox.put(packed((), sent))

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._ending.wait(), _AGAIN_SECONDS)
        except TimeoutError:
            return
