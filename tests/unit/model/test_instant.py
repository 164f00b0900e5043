"""`model.instant`: every form of a time that the docs promise reads to the same moment."""

from __future__ import annotations

import copy
import math
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.model.instant import Instant, parse_instant

LAST_NS = 253_402_300_799 * 10**9
MOMENTS = st.integers(0, LAST_NS).map(Instant)
# Seconds in which the size of an epoch number tells its unit: 1973 to 5138.
SECONDS = st.integers(10**8, 10**11 - 1)
WANTED = Instant(1_795_420_800_250_000_000)


@pytest.mark.parametrize(
    "form",
    [
        "2026-11-23T08:00:00.25Z",
        "2026-11-23T08:00:00.250000000Z",
        "2026-11-23t08:00:00,25z",
        "2026-11-23 08:00:00.25Z",
        "2026-11-23 08:00:00.25 +0000",
        "2026/11/23 08:00:00.25Z",
        "2026-11-23T10:30:00.25+02:30",
        "2026-11-22T22:00:00.25-1000",
        " 2026-11-23T08:00:00.25Z\n",
        1_795_420_800.25,
        "1795420800.25",
        1_795_420_800_250,
        "1795420800250",
        1_795_420_800_250.0,
        1_795_420_800_250_000,
        "1795420800250000",
        1_795_420_800_250_000_000,
        "1795420800250000000",
        WANTED,
    ],
)
def test_every_form_of_a_time_reads_to_the_same_moment(form: object) -> None:
    assert parse_instant(form) == WANTED


@given(MOMENTS)
def test_what_is_written_is_read_back(moment: Instant) -> None:
    assert parse_instant(str(moment)) == moment
    assert str(moment).endswith("Z")


@given(SECONDS, st.integers(0, 999_999_999))
def test_an_epoch_text_keeps_all_its_digits(seconds: int, nanos: int) -> None:
    """A float would round `….999999999` up to the next second."""
    wanted = Instant(seconds * 10**9 + nanos)
    assert parse_instant(f"{seconds}.{nanos:09d}") == wanted
    assert parse_instant(f"{seconds}{nanos:09d}") == wanted
    assert parse_instant(f"{seconds}{nanos // 1000:06d}.{nanos % 1000:03d}") == wanted


@given(SECONDS)
def test_the_four_units_of_an_epoch_number_are_told_apart_by_size(seconds: int) -> None:
    forms = [seconds * 1000**power for power in range(4)]
    assert {parse_instant(form).ns for form in forms} == {seconds * 10**9}
    assert {parse_instant(str(form)).ns for form in forms} == {seconds * 10**9}


@given(SECONDS, st.integers(0, 999))
def test_a_float_is_read_as_the_digits_that_it_prints(seconds: int, millis: int) -> None:
    assert parse_instant(float(f"{seconds}.{millis:03d}")).ns == seconds * 10**9 + millis * 10**6


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(9990, 1, 1)),  # noqa: DTZ001 - the zone is added
    st.integers(-23 * 60, 23 * 60),
)
def test_an_offset_moves_the_moment_and_not_the_reading(local: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    here = local.replace(tzinfo=zone)
    assert parse_instant(here.isoformat()) == parse_instant(here.astimezone(UTC).isoformat())
    assert parse_instant(local.isoformat(), zone) == parse_instant(here.isoformat())


def test_a_text_without_zone_is_refused_unless_one_is_assumed() -> None:
    with pytest.raises(ValueError, match="no zone"):
        parse_instant("2026-11-23T08:00:00.25")
    assert parse_instant("2026-11-23T08:00:00.25", UTC) == WANTED


def test_a_leap_second_is_the_second_after_it() -> None:
    assert parse_instant("2016-12-31T23:59:60Z") == parse_instant("2017-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "hostile",
    [
        math.nan,
        math.inf,
        -math.inf,
        -1,
        -0.5,
        10**20 * 10,
        10**400,
        10**5000,
        1e300,
        "1e5",
        "9" * 25,
        "9" * 100_000,
        "-1",
        "+1",
        "1.",
        ".5",
        "0x10",
        "1_000",
        "٣",
        "nan",
        "Infinity",
        "",
        " ",
        "now",
        "0000-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00ZZ",
        "2026-01-01T00:00:00Z.5Z",
        "2026-01-01T00:00:0٣Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+01:60",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2026-01-01T00:00:00Z" * 1000,
        True,
        False,
        None,
        b"2026-01-01T00:00:00Z",
        [],
        {},
        object,
    ],
    ids=lambda value: repr(value)[:30] if not isinstance(value, int) else f"{len(bin(value))} bits",
)
def test_what_is_no_time_is_refused_with_a_value_error(hostile: object) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse_instant(hostile)


@given(
    st.one_of(
        st.floats(),
        st.integers(),
        st.text(),
        st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,15})?([Zz]|[+-]\d\d:\d\d)?"),
        st.from_regex(r"-?\d{1,30}(\.\d{1,15})?", fullmatch=True),
    )
)
def test_any_value_is_read_or_refused_and_nothing_else(value: object) -> None:
    try:
        moment = parse_instant(value)
    except ValueError:
        return
    assert parse_instant(str(moment)) == moment


@given(MOMENTS, MOMENTS)
def test_moments_are_ordered_hashed_and_compared_by_time(one: Instant, other: Instant) -> None:
    assert (one < other) == (one.ns < other.ns)
    assert (one == other) == (one.ns == other.ns)
    assert len({one, Instant(one.ns)}) == 1
    assert one.minus(other) == one.ns - other.ns
    assert one != one.ns


@given(MOMENTS)
def test_an_instant_is_a_value_that_can_be_copied_and_sent(moment: Instant) -> None:
    assert copy.deepcopy(moment) == moment
    assert pickle.loads(pickle.dumps(moment)) == moment  # noqa: S301 - our own bytes
    assert repr(moment) == f"Instant({moment})"
    with pytest.raises(AttributeError, match="immutable"):
        moment.ns = 1
