"""How often a cluster crashes against what is usual, in the words of the page (docs/baselines.md).

In: rows of view.rates, one for each service. Out: their order, and texts. A row is of the moment when it was judged,
mostly the first crash of a minute: what it counts is "at least".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streams.core.report.words import count, moment, number, span
from streams.model.events import ClusterRate

# From here on a tenth says nothing more.
_TENTHS_BELOW: Final = 10


def in_order(rates: Iterable[ClusterRate]) -> tuple[ClusterRate, ...]:
    """Those in a storm first, then those that crashed last, then by name."""
    return tuple(
        sorted(rates, key=lambda rate: (rate.storm is None, -rate.minute.ns, rate.service or ""))
    )


def window(rate: ClusterRate) -> str:
    """`120 in 5 minutes`: what was judged."""
    return f"{number(rate.crashes)} in {count(rate.window_minutes, 'minute')}"


def few(value: float) -> str:
    """`0`, `under 0.1`, `1.5`, `1,234`: a number of crashes that is a mean."""
    if value >= _TENTHS_BELOW:
        return number(round(value))
    tenths = f"{value:.1f}".removesuffix(".0")
    return "under 0.1" if tenths == "0" and value > 0 else tenths


def by_hour(rate: ClusterRate) -> str:
    """`18, by 6 weeks`: what is usual in this hour of the week, and from how much it is known."""
    known = f", by {count(rate.weeks, 'week')}" if rate.weeks else ""
    return few(rate.usual_per_hour) + known


def storm(rate: ClusterRate) -> str:
    """`at least 431 crashes, 2026-11-23 08:10 to 08:31 UTC`; empty where the newest minute is in none."""
    if rate.storm is None:
        return ""
    began, last = rate.storm.began, rate.storm.last
    when = f"at {moment(began)}" if began == last else span(began, last)
    return f"at least {count(rate.storm.crashes, 'crash')}, {when}"
