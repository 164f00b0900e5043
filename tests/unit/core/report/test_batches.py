"""Crashes before and after each deploy batch."""

from __future__ import annotations

import msgspec

from streams.core.report.batches import Batch, batches_of, counted
from streams.core.report.history import histories
from streams.core.report.summary import batch_words
from streams.model.attributing import SeenIn
from streams.model.events import LinkChanged
from streams.model.instant import Instant, parse_instant
from streams.model.links import Place
from tests.unit.core.steps.bench import crashed, panic_text

EU = Place("shop", "prod", "eu")


def step(batch: str, at: int, *, region: str = "eu", **other: object) -> LinkChanged:
    """One deploy event."""
    row = LinkChanged(
        link=f"{batch}-{at}-{region}",
        service="shop",
        env="prod",
        region=region,
        deploy_batch=batch,
        action="rollout",
        phase="complete",
        timestamp=Instant(at),
    )
    return msgspec.structs.replace(row, **other)


ROWS = [
    step("d1", 10, commit_sha="1" * 40),
    step("d2", 20, phase="canary"),
    step("d2", 25, commit_sha="2" * 40),
    step("d3", 40, phase="failed"),
    step("d4", 50, action="restart"),
    step("d5", 60, build_id="b5"),
    step("d6", 60, region="us"),
]


def numbers(found: tuple[Batch, ...]) -> list[tuple[str, str, int, int]]:
    return [(batch.place.region, batch.batch, batch.before, batch.after) for batch in found]


def test_a_batch_has_what_came_until_the_next_one_in_its_place() -> None:
    """A batch begins with its first step; a failed one and a restart bring nothing."""
    seen = {EU: [21, 30, 55, 61], Place("other"): [22], Place("shop", "prod", "us"): [5]}
    found = counted(batches_of(ROWS), seen)
    assert (
        numbers(found)
        == [
            ("eu", "d1", 0, 0),
            ("eu", "d2", 0, 3),
            ("eu", "d5", 3, 1),
            ("us", "d6", 1, 0),
        ][1:]
    )
    assert [batch.commit for batch in found] == ["2" * 40, None, None]
    assert found[0].began == Instant(20)


def test_a_crash_that_states_no_region_counts_in_each() -> None:
    found = counted(batches_of(ROWS), {Place("shop"): [70]})
    assert numbers(found) == [("eu", "d5", 0, 1), ("us", "d6", 0, 1)]


def test_no_order_matters_and_the_first_batches_are_shown() -> None:
    rows = [step(f"d{n:02}", n * 10) for n in range(1, 20)]
    seen = {EU: [n * 10 + 5 for n in range(1, 20)]}
    found = counted(batches_of(rows), seen)
    assert [batch.batch for batch in found] == [f"d{n:02}" for n in range(1, 7)]
    assert counted(batches_of([*rows[7:], *rows[:7]]), seen) == found
    assert counted(batches_of(reversed(rows)), seen) == found


def test_a_history_counts_by_the_place_that_a_crash_states() -> None:
    crash = crashed(panic_text(), event_id="e", service="shop", at=30)
    events = [
        msgspec.structs.replace(crash, crash="a", seen=SeenIn(env="prod", region="eu")),
        msgspec.structs.replace(crash, crash="b", seen=SeenIn(env="prod", region="us")),
        msgspec.structs.replace(crash, crash="c", at=None),
    ]
    (history,) = histories(events, links=ROWS).values()
    assert numbers(history.batches) == [("eu", "d2", 0, 1), ("eu", "d5", 1, 0), ("us", "d6", 1, 0)]
    assert histories(events).popitem()[1].batches == ()


def test_a_batch_in_words_is_harmless() -> None:
    batch = Batch(
        batch="d\x1b[1m", place=EU, began=parse_instant("2026-11-22T08:00:00Z"), commit="4f" * 20,
        after=1,
    )  # fmt: skip
    assert batch_words(batch) == (
        "prod eu d\\x1b[1m, 2026-11-22 08:00 UTC (4f4f4f4f4f4f): 0 times before, 1 after"
    )
