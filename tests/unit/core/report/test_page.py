"""The order of importance, and each report with its crash."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.report.page import order, page
from streams.core.report.run import RunSummary
from streams.model.instant import Instant
from streams.model.report import Report
from tests.unit.core.report import samples
from tests.unit.core.report.strategies import HOSTILE, reports


def test_the_most_frequent_comes_first() -> None:
    assert order((samples.DEADLOCK, samples.NIL_MAP)) == (samples.NIL_MAP, samples.DEADLOCK)


def test_equally_frequent_ones_go_by_newest_then_title_then_cluster() -> None:
    untimed = replace(samples.DEADLOCK, title="a", cluster="1")
    old = replace(samples.DEADLOCK, last_seen=Instant(1), title="b", cluster="2")
    new = replace(samples.DEADLOCK, last_seen=Instant(2), title="z", cluster="3")
    twin = replace(new, cluster="4")
    assert order((untimed, twin, old, new)) == (new, twin, old, untimed)


@given(st.lists(reports, max_size=4, unique_by=lambda report: report.cluster), st.randoms())
@HOSTILE
def test_the_order_of_arrival_does_not_matter(found: list[Report], chance: Random) -> None:
    mixed = list(found)
    chance.shuffle(mixed)
    assert order(mixed) == order(found)


def test_a_report_whose_crash_is_gone_is_shown_without_it() -> None:
    shown = samples.two_clusters().shown
    assert [s.crash is None for s in shown] == [False, True]


def test_a_page_without_reports_keeps_the_run() -> None:
    assert page((), {}, RunSummary(files=2)).run.files == 2
