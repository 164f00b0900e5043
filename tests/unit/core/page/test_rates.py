"""What the page says of a cluster's rate: the numbers of the row, in words."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from streams.core.page.rates import by_hour, few, in_order, storm, window
from streams.core.page.render import render_cluster
from streams.core.page.values import ClusterPage
from streams.core.report.run import Shown
from streams.model.events import Storm
from streams.model.instant import Instant
from tests.view_rows import RATE, REPORT

MINUTE = 60 * 10**9
QUIET = replace(RATE, service="cart", storm=None)


def at(minute: int) -> Instant:
    return Instant(29_400_000 * MINUTE + minute * MINUTE)


def test_the_numbers_of_a_row_are_on_the_page() -> None:
    text = render_cluster(ClusterPage(shown=Shown(report=REPORT), rates=(RATE, QUIET)))
    for part in (">shop<", "120 in 5 minutes", ">1.5<", ">14<", ">18, by 6 weeks<", ">no<"):
        assert part in text
    assert text.count("at least 431 crashes, at 2025-11-24 16:00 UTC") == 1
    assert "Against what is usual" not in render_cluster(ClusterPage(shown=Shown(report=REPORT)))


def test_without_a_service_and_without_weeks() -> None:
    rate = replace(RATE, service=None, crashes=1, window_minutes=1, weeks=0, usual_per_hour=0.0)
    assert (window(rate), by_hour(rate)) == ("1 in 1 minute", "0")
    text = render_cluster(ClusterPage(shown=Shown(report=REPORT), rates=(rate,)))
    assert "not stated" in text


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (0.017, "under 0.1"), (0.05, "0.1"), (1.5, "1.5"), (3.0, "3"), (1234.4, "1,234")],
)
def test_means_are_short(value: float, said: str) -> None:
    assert few(value) == said


def test_a_storm_says_from_when_to_when() -> None:
    lasting = replace(RATE, storm=Storm(began=at(0), last=at(21), crashes=1))
    assert storm(lasting) == "at least 1 crash, 2025-11-24 16:00 to 16:21 UTC"
    assert storm(QUIET) == ""


def test_storms_come_first_then_the_newest_and_any_order_is_the_same() -> None:
    raging = replace(RATE, service="z", minute=at(0))
    late, early = (replace(QUIET, service=name, minute=at(n)) for name, n in (("b", 9), ("a", 2)))
    same = replace(QUIET, service=None, minute=at(2))
    rows = [raging, late, same, early]
    for _ in range(5):
        random.shuffle(rows)
        assert in_order(rows) == (raging, late, same, early)
