"""Deliveries that came before, by their ids: the newest of them, in memory.

In: ids. Out: whether one is new, being stored, or stored. What fell out of memory the link stage knows by delivery id.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

_MOST: Final = 200_000


class Seen:
    """Ids of deliveries that are stored, or about to be."""

    def __init__(self, known: Iterable[str] = (), most: int = _MOST) -> None:
        """`known`: ids of earlier runs, oldest first."""
        self._most = most
        self._ids: OrderedDict[str, asyncio.Future[bool] | None] = OrderedDict()
        for name in known:
            self._ids[name] = None
        self._trim()

    async def is_stored(self, names: Iterable[str]) -> bool:
        """Whether one of these is stored; one that is being stored is waited for."""
        for name in names:
            if name in self._ids:
                going_on = self._ids[name]
                if going_on is None or await asyncio.shield(going_on):
                    return True
        return False

    def begin(self, names: Iterable[str]) -> asyncio.Future[bool]:
        """These are being stored from now on; give the result to `end`."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        for name in names:
            self._ids[name] = future
        return future

    def end(self, names: Iterable[str], future: asyncio.Future[bool], *, stored: bool) -> None:
        """They are stored, or were not."""
        for name in names:
            if stored:
                self._ids[name] = None
            else:
                self._ids.pop(name, None)
        future.set_result(stored)
        self._trim()

    def _trim(self) -> None:
        while len(self._ids) > self._most:
            self._ids.popitem(last=False)
