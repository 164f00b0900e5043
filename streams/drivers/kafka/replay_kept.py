"""Crash records that the view of a pipeline keeps, for a merge when topics have them no more.

In: the URL of a database, short ids. Out: crash records in parts. Its reader waits for the database by itself, so it
runs in a thread of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypeAlias, TypeVar

from streams.core.cluster.applied import short_id
from streams.drivers.database import Reader, open_reader
from streams.model.view import CRASHES

_AT_ONCE: Final = 500
T = TypeVar("T")

# Crash id and the record as JSON.
Found: TypeAlias = tuple[str, bytes]


class Kept:
    """The view of one pipeline, open."""

    def __init__(self, reader: Reader, pool: ThreadPoolExecutor) -> None:
        """`reader` was made in the one thread of `pool`."""
        self._reader = reader
        self._pool = pool

    async def crashes(self, ids: frozenset[bytes]) -> AsyncGenerator[list[Found], None]:
        """Crashes with these short ids, and the records that continue them."""
        wanted = await _run(self._pool, lambda: self._wanted(ids))
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            yield await _run(self._pool, partial(self._read, part))

    def _wanted(self, ids: frozenset[bytes]) -> list[tuple[str, str]]:
        return [
            (crash, row.blob)
            for crash, row in self._reader.scan(CRASHES)
            if short_id(crash) in ids or (row.continues and short_id(row.continues) in ids)
        ]

    def _read(self, part: Iterable[tuple[str, str]]) -> list[Found]:
        found = ((crash, self._reader.blob(blob)) for crash, blob in part)
        return [(crash, data) for crash, data in found if data is not None]


@asynccontextmanager
async def opened(url: str, name: str) -> AsyncGenerator[Kept, None]:
    """The view of a pipeline. Raises BadInput or ServiceMissing as open_reader does."""
    with ThreadPoolExecutor(1, "view") as pool:
        reader = await _run(pool, lambda: open_reader(url, name))
        try:
            yield Kept(reader, pool)
        finally:
            await _run(pool, reader.close)


async def _run(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, work)
