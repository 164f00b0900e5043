"""From when on rows are kept: back from the newest crash, which is no later than the driver's clock.

In: settings, the newest time that a store knows, now. Out: what a pass may remove. Logs of last year that are read
today keep their texts; a sender whose clock is years ahead takes nobody's.
"""

from __future__ import annotations

from typing import Final

from streams.model.retention import Bounds, Retention

_DAY: Final = 86_400


def bounds(retention: Retention, newest: int | None, now: int, most: int) -> Bounds:
    """Times are seconds since 1970; without any crash that states one, nothing is removed by age."""
    until = None if newest is None else min(newest, now)
    return Bounds(
        texts=_first(until, retention.texts_days),
        texts_bytes=retention.texts_bytes or None,
        crashes=_first(until, retention.crashes_days),
        dead_letters=_first(now, retention.dead_letters_days),
        most=most,
    )


def _first(until: int | None, days: int) -> int | None:
    return None if until is None or not days else until - days * _DAY
