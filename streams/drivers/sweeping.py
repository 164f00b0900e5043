"""Retention carried out: passes over a store, each a short transaction of its own.

In: settings, a store or the keeper of a view. Out: fewer texts and rows, and how many, in a meter. What waits for the
store waits for one pass.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from streams.core.retention import bounds
from streams.model.errors import BadInput, PassingTrouble
from streams.model.retention import Bounds, Retention, Swept
from streams.ports.meter import Meter
from streams.ports.store import Store
from streams.ports.views import Views

log = logging.getLogger(__name__)

_REMOVED: Final = "panictrail_retention_removed_total"
# Of each kind in one pass: some milliseconds.
_MOST: Final = 500
_EVERY_SECONDS: Final = 60.0
# Between two passes, so that who writes gets his turn.
_PAUSE_SECONDS: Final = 0.05


def _bounds(retention: Retention, newest: int | None) -> Bounds:
    return bounds(retention, newest, int(time.time()), _MOST)


class Sweeping:
    """Passes over the store of one process; None: nothing is removed."""

    def __init__(self, retention: Retention | None, meter: Meter) -> None:
        """Nothing is removed yet."""
        self._retention = retention
        self._meter = meter
        self._last = 0.0

    def run(self, store: Store, passes: int) -> None:
        """So many passes at most, until one finds nothing more; commits what is open with the first."""
        if self._retention is None:
            return
        self._last = time.monotonic()
        total = Swept(more=True)
        for _ in range(passes):
            swept = store.sweep(_bounds(self._retention, store.newest()))
            store.commit()
            _count(swept, self._meter)
            total += swept
            if not total.more:
                break
        _say(total)

    def now_and_then(self, store: Store) -> None:
        """One pass, where the last one was long ago: for who is never idle."""
        if time.monotonic() - self._last >= _EVERY_SECONDS:
            self.run(store, 1)


async def keep_sweeping(
    views: Views, retention: Retention, meter: Meter, every_seconds: float = _EVERY_SECONDS
) -> None:
    """Pass after pass over the view until cancelled; while its database is away, later."""
    while True:
        total = Swept(more=True)
        try:
            while total.more:
                await asyncio.sleep(_PAUSE_SECONDS)
                swept = await views.sweep(_bounds(retention, await views.newest()))
                _count(swept, meter)
                total += swept
        except (PassingTrouble, BadInput, ValueError) as trouble:
            # Who writes the view says so, too, and knows better whether to go on.
            log.warning("retention: %s: trying again in %.0f s", trouble, every_seconds)
        _say(total)
        await asyncio.sleep(every_seconds)


def _count(swept: Swept, meter: Meter) -> None:
    """What one pass removed, as soon as it is gone: of a large backlog the last pass may be hours away."""
    # Also 0: a rule on a counter that is not there yet would not see it grow.
    meter.add(_REMOVED, swept.texts, ("texts",))
    meter.add(_REMOVED, swept.crashes, ("crashes",))
    meter.add(_REMOVED, swept.dead_letters, ("dead_letters",))
    meter.set("panictrail_retention_timestamp_seconds", time.time(), ())


def _say(total: Swept) -> None:
    if total:
        log.info(
            "retention removed %d texts, %d crashes, %d dead letters",
            total.texts,
            total.crashes,
            total.dead_letters,
        )
