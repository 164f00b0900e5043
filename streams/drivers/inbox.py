r"""What was accepted over HTTP and is not worked off yet: kept in files before the sender is answered.

In: payloads. Out: the same payloads in their order, after kill -9 too. Records are appended to segments; all that wait
share one fsync. Raises InboxError where the disk does not take them: then nothing was accepted.

    segment  NNNNNNNNNNNNNNNN.inbox, records one after the other; a process begins a new one
    record   4 bytes b"\xf5PT1" | u32 length of the payload | u32 CRC-32 of it | payload          (big-endian)

A record that is not whole was never answered, or was damaged later: it is passed over, up to the next whole one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec

from streams.adapters.durable import sync_folder, write_all
from streams.core.frames import Frame, Framing
from streams.model.message import Value

log = logging.getLogger(__name__)

_FRAMING: Final = Framing(b"\xf5PT1", 1)
_SUFFIX: Final = ".inbox"
SEGMENT_BYTES: Final = 8 * 1024 * 1024
# What was worked off is kept so far: the ids in it tell a delivery that comes again after a restart.
KEPT_BYTES: Final = 16 * 1024 * 1024
# A write and sync that takes less is done without a thread: to hand it over and back costs the processor as much as to
# read two crashes, most of it for the interpreter's lock. (A sync: 0.2 ms on the SSD that this was measured on.)
QUICK_SECONDS: Final = 0.001


class InboxError(Exception):
    """The disk did not take a record; nobody may be told that it is kept."""


class Position(Value, frozen=True, order=True, kw_only=True):
    """Up to where records were worked off."""

    segment: int = 0
    offset: int = 0


class Record(msgspec.Struct, frozen=True):
    """A payload, and the position behind it."""

    payload: bytes
    after: Position


@contextlib.contextmanager
def _trouble(folder: Path) -> Iterator[None]:
    """The system's errors as one that says what to do."""
    try:
        yield
    except OSError as error:
        message = f"{folder}: {error.strerror or error}: free some space, or name another folder"
        raise InboxError(message) from error


def _settle(batch: list[tuple[bytes, asyncio.Future[None]]], error: InboxError | None) -> None:
    """Tell those who wait; some may have gone."""
    for _, future in batch:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:016d}{_SUFFIX}"


def _segments(folder: Path) -> dict[int, int]:
    """Numbers of segments to their sizes."""
    return {
        int(path.stem): path.stat().st_size
        for path in sorted(folder.glob(f"*{_SUFFIX}"))
        if path.stem.isdigit()
    }


class Inbox:
    """One writer per folder (whoever makes it holds the folder's lock); `put` and `close` belong to one event loop."""

    def __init__(
        self,
        folder: Path,
        *,
        after: int = 0,
        segment_bytes: int = SEGMENT_BYTES,
        kept_bytes: int = KEPT_BYTES,
        on_durable: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin a segment behind those that are there, and behind `after`, which is worked off. Raises InboxError.

        `kept_bytes`: of what is worked off so much stays, at least.
        """
        self.folder = folder
        self.on_durable = on_durable
        self._segment_bytes = segment_bytes
        self._kept_bytes = kept_bytes
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._pool = ThreadPoolExecutor(1, "inbox")
        self._writing = threading.Lock()
        # What the last write took; the first one is done in the thread, since the disk may be anything.
        self._took_seconds = math.inf
        self._handle = -1
        with _trouble(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.sizes = _segments(folder)
            self._begin(max(after, *self.sizes) + 1 if self.sizes else after + 1)

    @property
    def segment(self) -> int:
        """The number of the segment that is written."""
        return max(self.sizes)

    def backlog(self, done: Position) -> int:
        """Bytes that are not worked off."""
        # A copy: the writer's thread may begin a segment meanwhile.
        sizes = self.sizes.copy()
        behind = sum(size for number, size in sizes.items() if number >= done.segment)
        return behind - (done.offset if done.segment in sizes else 0)

    async def put(self, payload: bytes) -> None:
        """Keep a payload; returns when it is on disk. Raises InboxError."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((_FRAMING.framed(payload), future))
        if self._committing is None:
            self._committing = loop.create_task(self._commit())
        await future

    async def _commit(self) -> None:
        """Write whatever waits, again and again until nothing does."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                data = b"".join(record for record, _ in batch)
                try:
                    if self._took_seconds < QUICK_SECONDS:
                        self._write(data)
                    else:
                        await loop.run_in_executor(self._pool, self._write, data)
                except InboxError as error:
                    _settle(batch, error)
                else:
                    _settle(batch, None)
                    self.on_durable()
        finally:
            self._committing = None

    def _write(self, data: bytes) -> None:
        """Append and sync; in the writer's thread, or in the loop's while the disk is quick."""
        with self._writing, _trouble(self.folder):
            began = monotonic()
            number = self.segment
            size = self.sizes[number]
            if size >= self._segment_bytes:
                number, size = number + 1, 0
                self._begin(number)
            try:
                write_all(self._handle, data)
                os.fdatasync(self._handle)
            except OSError:
                # What of it is on disk nobody knows: it is cut off, and what follows goes elsewhere.
                with contextlib.suppress(OSError):
                    os.ftruncate(self._handle, size)
                with contextlib.suppress(OSError):
                    self._begin(number + 1)
                self._took_seconds = math.inf
                raise
            self.sizes[number] = size + len(data)
            self._took_seconds = monotonic() - began

    async def roll(self) -> None:
        """Begin a segment, so that the one before can be removed as soon as it is worked off. Raises InboxError."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._roll)

    def _roll(self) -> None:
        with self._writing, _trouble(self.folder):
            if self.sizes[self.segment]:
                self._begin(self.segment + 1)

    def _begin(self, number: int) -> None:
        path = _path(self.folder, number)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        sync_folder(self.folder)
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = handle
        self.sizes[number] = 0

    def forget(self, done: Position) -> None:
        """Remove segments that are worked off, but for the newest of them. The caller made `done` durable."""
        old = sorted((n for n in self.sizes.copy() if n < done.segment), reverse=True)
        kept = 0
        for number in old:
            kept += self.sizes[number]
            if kept > self._kept_bytes:
                _path(self.folder, number).unlink(missing_ok=True)
                del self.sizes[number]

    async def close(self) -> None:
        """Wait for what is being written, and let go of the file."""
        if self._committing is not None:
            await self._committing
        self._pool.shutdown()
        os.close(self._handle)


class Reader:
    """Reads records from a position on; of the segment that is being written only what is on disk."""

    def __init__(self, inbox: Inbox, done: Position) -> None:
        """Nothing is read yet."""
        self._inbox = inbox
        self.position = done

    def read(self, most: int = 500) -> list[Record]:
        """The next records, at most `most`; none where all that is on disk was read."""
        while True:
            sizes = self._inbox.sizes.copy()
            number = min((n for n in sizes if n >= self.position.segment), default=None)
            if number is None:
                return []
            if number != self.position.segment:
                self.position = Position(segment=number)
            path = _path(self._inbox.folder, number)
            found = list(islice(records(path, self.position, sizes[number]), most))
            if found:
                self.position = found[-1].after
                return found
            if number == max(sizes):
                return []
            self.position = Position(segment=number + 1)


def kept(folder: Path) -> Iterator[bytes]:
    """Every payload that is there, worked off or not."""
    for number, size in _segments(folder).items():
        for record in records(_path(folder, number), Position(segment=number), size):
            yield record.payload


def records(path: Path, start: Position, size: int) -> Iterator[Record]:
    """Whole records of a segment from an offset on, up to `size`; what is damaged between them is passed over."""
    if start.offset >= size:
        return
    with path.open("rb") as stream, mmap(stream.fileno(), size, access=ACCESS_READ) as data:
        for found in _FRAMING.scan(data, start.offset, size):
            if isinstance(found, Frame):
                after = Position(segment=start.segment, offset=found.after)
                yield Record(found.parts[0], after)
            elif not found.last:
                lost = found.after - found.begin
                log.error(
                    "%s: %d bytes from %d on are damaged and left out", path, lost, found.begin
                )
            # Else a process was killed while it wrote: nobody was told that it is kept.
