"""Follows spools of many containers: each new record goes to a sink as an admitted event, after a kill maybe again.

In: folders, a sink that returns when what it took is safe. Out: events; positions in a file, written when the sink has
returned and before anything is removed. Segments may grow, be cut, be removed by their writers, or be damaged: that is
said, counted, and a damaged one is kept aside. Raises BadInput where a folder or the positions cannot be read at the
start, and what the sink raises.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from streams.config import Settings
from streams.drivers.positions import load, save
from streams.drivers.spooled import Batch, spool_batches
from streams.drivers.spools import CORRUPT, SpoolPosition, held, is_kept_aside, segments
from streams.model.errors import BadInput
from streams.model.events import RawPanic
from streams.model.message import Value
from streams.ports.meter import Meter
from streams.topology import secret_patterns

log = logging.getLogger(__name__)

_POLL_SECONDS: Final = 0.25
Sink = Callable[[Sequence[RawPanic]], Awaitable[None]]


class Followed(Value, frozen=True, kw_only=True):
    """The file of positions: by path of the segment."""

    segments: dict[str, SpoolPosition] = {}


class SpoolFeed:
    """Reads, sends, remembers; belongs to one event loop."""

    def __init__(
        self,
        folders: Iterable[Path],
        kept: Path,
        settings: Settings,
        meter: Meter,
        *,
        delete: bool = False,
    ) -> None:
        """Nothing is read yet but the positions, from the file `kept`. `delete`: what is read to its end is removed."""
        self._folders = tuple(dict.fromkeys(Path(os.path.realpath(folder)) for folder in folders))
        self._kept = kept
        self._patterns = secret_patterns(settings.pipeline())
        self._service = settings.service
        self._meter = meter
        self._delete = delete
        self._stopping = asyncio.Event()
        self._said: set[tuple[str, str]] = set()
        self._sizes: dict[Path, int] = {}
        for folder in self._folders:
            segments(folder)
        self._positions = _positions(kept)

    def stop(self) -> None:
        """Read no further."""
        self._stopping.set()

    async def run(self, sink: Sink) -> None:
        """Follow until `stop`. After an error of the sink it can be run again: nothing is lost."""
        while not self._stopping.is_set():
            await self.once(sink)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _POLL_SECONDS)

    async def once(self, sink: Sink) -> None:
        """Everything that is there now."""
        there: dict[Path, None] = {}
        readable = True
        for folder in self._folders:
            try:
                found = await asyncio.to_thread(segments, folder)
                there.update(dict.fromkeys(p for p in found if not is_kept_aside(p)))
            except BadInput as error:
                readable = False
                self._say("folder", folder, str(error))
        if readable:
            self._forget(there)
        for path in there:
            if self._stopping.is_set():
                return
            try:
                await self._segment(path, sink)
            except FileNotFoundError:
                continue  # the next look says what was lost
            except OSError as error:
                self._say("read", path, f"cannot be read: {error.strerror or error}")
        self._count(there)

    # ---- one segment

    async def _segment(self, path: Path, sink: Sink) -> None:
        size = self._size(path)
        before = self._positions.get(str(path), SpoolPosition())
        if size < before.offset:
            self._say(
                "cut",
                path,
                f"was cut from {before.offset} to {size} bytes: it is read from its beginning",
            )
            before = SpoolPosition()
        if size > before.offset:
            await self._read(path, before, sink)
        position = self._positions.get(str(path))
        if position is not None and (self._delete or position.corrupt):
            await asyncio.to_thread(self._finish, path, position)

    def _size(self, path: Path) -> int:
        size = self._sizes[path] = path.stat().st_size
        return size

    async def _read(self, path: Path, before: SpoolPosition, sink: Sink) -> None:
        batches = spool_batches(path, before, self._service, self._patterns)
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            if batch.events:
                await sink(batch.events)
            self._positions[str(path)] = batch.position
            await asyncio.to_thread(self._keep)
            self._told(path, batch)
            if self._stopping.is_set():
                return

    def _told(self, path: Path, batch: Batch) -> None:
        self._meter.add("panictrail_spool_records_total", len(batch.events), ())
        for damage in batch.damages:
            self._meter.add("panictrail_spool_corrupt_bytes_total", damage.size, ())
            log.error(
                "%s: %d bytes from offset %d on are left out: %s",
                path, damage.size, damage.begin, damage.why,
            )  # fmt: skip

    def _finish(self, path: Path, position: SpoolPosition) -> None:
        """Remove what is sent to its end and closed, or keep it aside where it is damaged."""
        if path.stat().st_size != position.offset:
            return
        with held(path) as closed:
            if not closed or path.stat().st_size != position.offset:
                return
            try:
                if position.corrupt:
                    path.rename(path.with_name(path.name + CORRUPT))
                    log.error("%s: kept aside as %s%s", path, path.name, CORRUPT)
                else:
                    path.unlink()
            except OSError as error:
                self._say("remove", path, f"stays where it is: {error.strerror or error}")
                return
        self._sizes.pop(path, None)

    # ---- what is remembered

    def _forget(self, there: Iterable[Path]) -> None:
        """Positions of segments that are gone."""
        names = {str(path) for path in there}
        for path, size in list(self._sizes.items()):
            if str(path) not in names:
                unread = size - self._positions.get(str(path), SpoolPosition()).offset
                if unread > 0:
                    log.error("%s: was removed before %d bytes of it were read", path, unread)
                del self._sizes[path]
        gone = self._positions.keys() - names
        if gone:
            self._positions = {k: v for k, v in self._positions.items() if k not in gone}
            self._keep()

    def _keep(self) -> None:
        save(self._kept, Followed(segments=self._positions))

    def _count(self, there: Iterable[Path]) -> None:
        unread = 0
        for path in there:
            position = self._positions.get(str(path), SpoolPosition())
            unread += max(0, self._sizes.get(path, position.offset) - position.offset)
        self._meter.set("panictrail_spool_bytes", unread, ())

    def _say(self, what: str, path: Path, text: str) -> None:
        """Once for each thing."""
        if (what, str(path)) not in self._said:
            self._said.add((what, str(path)))
            log.warning("%s", text if text.startswith(str(path)) else f"{path}: {text}")


def _positions(path: Path) -> dict[str, SpoolPosition]:
    kept = load(path, Followed, "every spool is sent again from its beginning")
    return dict(kept.segments) if kept is not None else {}
