"""Series and storms as CLUSTER keeps and tells them: each crash once, in any order."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cluster.rates import RATES, WEEKS
from streams.model.events import ClusterRate, RawPanic
from streams.model.instant import Instant
from streams.model.view import RATES as SHOWN
from tests.unit.core.steps.bench import Line, panic_text

START = 1_795_420_800 * 10**9
HOUR = 3600 * 10**9


def crash(number: int, at: int, service: str = "shop") -> RawPanic:
    return RawPanic(
        text=panic_text(), at=Instant(START + at), service=service, event_id=f"{number:032x}"
    )


def run(events: list[RawPanic]) -> Line:
    line = Line("symbolize", "fingerprint", "cluster", "view")
    for event in events:
        line.submit("panics.raw", event)
    return line


def told(line: Line) -> list[ClusterRate]:
    return [sent.event for sent in line.sent if isinstance(sent.event, ClusterRate)]


def test_a_storm_is_told_with_what_was_before_it_in_all_services() -> None:
    days = [crash(number, number * 24 * HOUR) for number in range(4)]
    other = [crash(10 + number, 96 * HOUR + number * 10**9, "pay") for number in range(5)]
    storm = [crash(100 + number, 96 * HOUR + number * 10**9) for number in range(50)]
    line = run([*days, *other, *storm])
    found = [rate for rate in told(line) if rate.storm is not None]
    assert [(rate.service, rate.storm.before) for rate in found if rate.storm] == [("shop", 4)]
    assert found[0].storm is not None
    assert found[0].crashes == found[0].storm.crashes >= found[0].limit
    assert {rate.service for rate in line.state.all(SHOWN).values()} == {"shop", "pay"}


def test_crashes_without_a_time_are_in_no_series() -> None:
    line = run([RawPanic(text=panic_text(), service="shop", event_id="1")])
    assert told(line) == []
    assert line.state.all(RATES) == {}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 9 * 24), min_size=1, max_size=15), st.randoms(use_true_random=False))
def test_repeats_and_late_crashes_leave_the_same_series(hours: list[int], random: Random) -> None:
    events = [crash(number, hour * HOUR) for number, hour in enumerate(hours)]
    again = [*events, *events]
    random.shuffle(again)
    one, other = run(sorted(events, key=lambda event: str(event.at))), run(again)
    for table in (RATES, WEEKS):
        mine, theirs = one.state.all(table), other.state.all(table)
        assert mine.keys() == theirs.keys()
    assert {k: v.minutes for k, v in one.state.all(RATES).items()} == {
        k: v.minutes for k, v in other.state.all(RATES).items()
    }
    assert one.state.all(WEEKS) == other.state.all(WEEKS)
