"""Facts from outside, had before a transaction begins: in threads, several at once, again and again until they answer.

In: requests. Out: facts. A port that cannot answer now holds its partition back; nothing is dropped.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from concurrent.futures import Executor
from typing import Final

from streams.model.errors import PassingTrouble
from streams.model.step import Fact, Request
from streams.ports.facts import Resolver
from streams.ports.meter import Meter

log = logging.getLogger(__name__)

_BACKOFF: Final = (0.1, 5.0)


class Facts:
    """Resolves requests for all partitions of a process; `pool` bounds how many at once."""

    def __init__(self, resolver: Resolver, pool: Executor, meter: Meter) -> None:
        """Nothing is asked yet."""
        self._resolver = resolver
        self._pool = pool
        self._meter = meter

    async def resolve(self, requests: Iterable[Request]) -> dict[Request, Fact]:
        """All of them. Ends when the last is known; cancelling ends the waiting."""
        wanted = tuple(dict.fromkeys(requests))
        found = await asyncio.gather(*(self._one(request) for request in wanted))
        return dict(zip(wanted, found, strict=True))

    async def _one(self, request: Request) -> Fact:
        delay, began = _BACKOFF[0], time.perf_counter()
        loop = asyncio.get_running_loop()
        while True:
            try:
                found = await loop.run_in_executor(self._pool, self._resolver.resolve, request)
                spent = time.perf_counter() - began
                self._meter.observe("panictrail_fact_seconds", spent, (request.kind,))
            except PassingTrouble as trouble:
                self._meter.add("panictrail_fact_retries_total", 1, (request.kind,))
                log.warning(
                    "%s %s: %s: trying again in %.1f s", request.kind, request.key, trouble, delay
                )
                await asyncio.sleep(delay)
                delay = min(delay * 2, _BACKOFF[1])
            else:
                return found
