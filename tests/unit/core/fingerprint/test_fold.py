"""Folding loses nothing: unfold(fold(x)) = x, and a storm becomes one event."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.core.fingerprint.fold import fold, unfold
from streams.model.events import Fingerprinted
from streams.model.step import Emit
from tests.unit.core.steps.bench import crashed, panic_text

TEXTS = (panic_text(), panic_text(line=7), panic_text(message="order 7 is gone"))
counted = st.builds(
    crashed,
    st.sampled_from(TEXTS),
    event_id=st.uuids().map(str),
    at=st.none() | st.integers(0, 5),
    service=st.none() | st.sampled_from(["shop", "cart"]),
    host=st.none() | st.sampled_from(["h1", "h2"]),
    build=st.none() | st.sampled_from(["v1", "v2"]),
    continues=st.none() | st.just("e-0"),
)


def twin_of(event: Fingerprinted, twin: str | None) -> Fingerprinted:
    """The crash as one that tells of another."""
    return msgspec.structs.replace(event, twin=twin)


crashes = st.builds(twin_of, counted, st.none() | st.sampled_from(["e-1", "e-2"]))


def emitted(events: list[Fingerprinted]) -> list[Emit]:
    return [Emit("crashes.fingerprinted", e.block, e) for e in events]


def crashes_of(outputs: list[Emit]) -> list[Fingerprinted]:
    return [s.event for s in outputs if isinstance(s.event, Fingerprinted)]


@given(events=st.lists(crashes, max_size=12))
def test_unfolding_gives_every_crash_as_it_was(events: list[Fingerprinted]) -> None:
    folded = crashes_of(list(fold(emitted(events))))
    again = [crash for event in folded for crash in unfold(event)]
    assert sorted(again, key=lambda e: e.crash) == sorted(events, key=lambda e: e.crash)
    twice = crashes_of(list(fold(emitted(folded))))
    assert [c for e in twice for c in unfold(e)] == again


def test_a_storm_of_one_bug_is_one_event_in_its_block() -> None:
    storm = [crashed(panic_text(), event_id=f"e-{n}", host=f"h-{n}", at=n) for n in range(50)]
    (sent,) = fold(emitted(storm))
    assert sent.key == storm[0].block
    assert isinstance(sent.event, Fingerprinted)
    assert len(sent.event.folded) == 49


def test_other_places_and_continued_records_stay_apart() -> None:
    events = [
        crashed(panic_text(), event_id="e-1"),
        crashed(panic_text(line=9), event_id="e-2"),
        crashed(panic_text(), event_id="e-3", continues="e-1"),
    ]
    assert len(list(fold(emitted(events)))) == 3
