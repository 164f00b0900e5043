"""One crash that two routes tell: what may be one."""

from __future__ import annotations

import msgspec
import pytest

from streams.core.fingerprint.told import (
    OTHERS,
    Record,
    core_of,
    same_place,
    same_process,
    told_of,
)
from streams.core.steps.symbolize import crash_of
from streams.model.crash import Told
from streams.model.events import RawPanic
from streams.model.instant import Instant
from streams.model.settings import PipelineSettings
from tests.unit.core.steps.bench import panic_text

START = 1_764_273_600 * 10**9
LONG, OTHER = "a1b2c3d4e5f6" + "0" * 52, "f" * 64


def placed(place: dict[str, str]) -> Record:
    """A record of this place."""
    return Record(
        crash=f"{1:032x}",
        at=START,
        container=place.get("container"),
        pod=place.get("pod"),
        host=place.get("host"),
    )


def test_whoever_tells_again_is_told_again_by_that_one() -> None:
    assert {OTHERS[OTHERS[route]] for route in OTHERS} == set(OTHERS)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({"container": LONG}, {}, True),
        ({"container": LONG}, {"container": LONG}, True),
        ({"container": LONG}, {"container": LONG[:12]}, True),
        ({"container": LONG}, {"container": OTHER}, False),
        ({"container": LONG, "host": "inside"}, {"container": LONG, "host": "node7"}, True),
        ({"container": "short"}, {"container": "shorter"}, False),
        ({"pod": "shop-1"}, {"pod": "shop-1", "host": "node7"}, True),
        ({"container": "shop", "host": "node7"}, {"container": LONG, "host": "node7"}, True),
        ({"container": "shop", "host": "node7"}, {"container": LONG, "host": "node8"}, False),
        ({"container": "shop", "pod": "shop-1"}, {"container": LONG, "host": "shop-1"}, True),
        ({"container": "shop"}, {"container": "cart"}, False),
        ({"pod": "shop-1"}, {"pod": "shop-2"}, False),
        ({"host": "node7"}, {"host": "node7"}, True),
        ({"host": "node7"}, {"host": "node8"}, False),
        ({"host": "shop-1"}, {"pod": "shop-1", "host": "node7"}, True),
        ({"host": LONG[:12]}, {"container": LONG, "host": "node7"}, True),
        ({"host": LONG[:12]}, {"container": OTHER, "host": "node7"}, False),
    ],
)
def test_the_narrowest_place_that_both_state_decides(
    one: dict[str, str], other: dict[str, str], *, same: bool
) -> None:
    first, second = placed(one), placed(other)
    assert same_place(first, second) is same
    assert same_place(second, first) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (None, None, True),
        ("", "", True),
        ("0x3a9b0899c1e0", "0x3a9b0899c1e0", True),
        ("0x3a9b0899c1e0", "0x11b4bdfe1e0", False),
        ("0x3a9b0899c1e0", "", False),
        # Kept before marks were looked for.
        ("0x3a9b0899c1e0", None, True),
    ],
)
def test_a_mark_tells_processes_of_one_number_apart(
    one: str | None, other: str | None, *, same: bool
) -> None:
    first, second = (
        msgspec.structs.replace(placed({"host": "node7"}), mark=mark) for mark in (one, other)
    )
    assert same_process(first, second) is same_process(second, first) is same
    # It needs no place that both state; what has no mark does.
    nowhere = msgspec.structs.replace(second, host=None)
    assert same_process(first, nowhere) is (same and bool(one) and bool(other))
    assert not same_process(first, msgspec.structs.replace(second, host="node8"))
    assert not same_process(first, msgspec.structs.replace(second, story="another cluster"))


_TOLD = RawPanic(text=panic_text(), route="lines", at=Instant(START), event_id="0" * 32)


def crash_told(event: RawPanic = _TOLD) -> Told | None:
    """How the crash of an event is told."""
    crash = crash_of(event, PipelineSettings())
    assert crash is not None
    return told_of(crash)


def but(**changes: object) -> RawPanic:
    """The event with other fields."""
    return msgspec.structs.replace(_TOLD, **changes)


def test_only_what_has_a_route_a_time_and_an_id_of_ours_may_be_told_twice() -> None:
    assert crash_told() is not None
    assert crash_told(but(route=None)) is None
    assert crash_told(but(route="carrier pigeon")) is None
    assert crash_told(but(at=None)) is None
    assert crash_told(but(event_id="a-producer's")) is None
    assert crash_told(but(continues="1" * 32)) is None


def test_blank_lines_around_a_text_are_no_difference() -> None:
    assert crash_told(but(text=panic_text() + "\n")) == crash_told(but(text=panic_text().rstrip()))
    assert crash_told(but(text=panic_text(line=7))) != crash_told()


def test_a_core_is_known_by_what_it_holds_and_once_was_by_its_id() -> None:
    crash = crash_of(_TOLD, PipelineSettings())
    assert crash is not None
    assert core_of(crash) is None
    assert core_of(msgspec.structs.replace(crash, told=msgspec.UNSET)) is None
    before = msgspec.structs.replace(crash, told=Told(route="core", text="t", pid=7))
    assert core_of(before) == crash.id
    now = msgspec.structs.replace(crash, told=Told(route="core", text="t", pid=7, core="c"))
    assert core_of(now) == "c"
