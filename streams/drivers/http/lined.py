"""Log lines that were accepted over HTTP and are not worked off yet: an inbox of batches of numbered lines.

In: lines, the ids of the body that they came in. Out: the same in their order, after kill -9 too. Lines are kept as
they were sent, since a crash may begin in one body and end in the next, and its id is that of its raw text (law 2):
files of mode 0600 below a folder of mode 0700, removed as soon as nothing has need of a line in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from streams.core.ingest.taken import Line
from streams.drivers.inbox import Inbox, InboxError, Position, kept
from streams.model.errors import BadInput

FOLDER: Final = "lines"


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """The lines of one body. `first` numbers the first of them: numbers go up, and may leave some out.

    `names`: ids by which the body is known when it comes again. `letters`: a payload of delivered.py, for what of the
    body is no line; empty where there is none. `at_ms`: when it was received.
    """

    first: int
    at_ms: int
    names: tuple[str, ...]
    lines: tuple[tuple[str, bytes], ...]
    letters: bytes = b""

    @property
    def after(self) -> int:
        """The number behind the last line."""
        return self.first + len(self.lines)


_DECODER: Final = msgspec.msgpack.Decoder(Batch)


def batch_of(payload: bytes) -> Batch:
    """The batch of a record. Raises msgspec.DecodeError (another version of ours wrote it)."""
    return _DECODER.decode(payload)


def _batches(folder: Path) -> Iterator[Batch]:
    for payload in kept(folder):
        try:
            yield batch_of(payload)
        except msgspec.DecodeError:
            continue


class LineInbox:
    """One writer per folder; `put` belongs to one event loop."""

    def __init__(
        self, folder: Path, *, after: Position, next_line: int, on_durable: Callable[[], None]
    ) -> None:
        """`after`: up to where it is worked off; `next_line`: how far lines are numbered by that. Raises BadInput."""
        names: list[str] = []
        self._next = next_line
        for batch in _batches(folder) if folder.is_dir() else ():
            names += batch.names
            self._next = max(self._next, batch.after)
        self.names = tuple(names)
        try:
            self.inbox = Inbox(folder, after=after.segment, kept_bytes=0, on_durable=on_durable)
        except InboxError as error:
            raise BadInput(str(error)) from error

    async def put(
        self, lines: Iterable[Line], names: tuple[str, ...], *, at_ms: int, letters: bytes = b""
    ) -> None:
        """Keep the lines of a body; returns when they are on disk. Raises InboxError.

        Whoever calls first has the lower numbers, and stands first.
        """
        rows = tuple((line.key, line.data) for line in lines)
        batch = Batch(self._next, at_ms, names, rows, letters)
        self._next = batch.after
        await self.inbox.put(msgspec.msgpack.encode(batch))

    async def close(self) -> None:
        """Wait for what is being written."""
        await self.inbox.close()
