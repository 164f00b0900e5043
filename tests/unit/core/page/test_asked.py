"""Addresses of lists: what each parameter means, what means nothing, and the way back."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.page.asked import MOST_PER_PAGE, read
from streams.model.instant import parse_instant
from streams.model.listing import ClusterQuery


def test_nothing_asked_is_the_first_page_of_all() -> None:
    asked = read({})
    assert (asked.query, asked.page, asked.faults) == (ClusterQuery(), 1, ())
    assert not asked.is_filtered
    assert asked.address("/") == "/"


def test_every_parameter_is_read() -> None:
    asked = read(
        {
            "q": " nil map ",
            "service": "cart",
            "kind": "fatal",
            "status": "regressed",
            "release": "v1.4.2",
            "since": "2026-11-23",
            "until": "2026-11-24",
            "sort": "title",
            "limit": "10",
            "page": "3",
            "unknown": "is left out",
        }
    )
    assert asked.faults == ()
    assert asked.query == ClusterQuery(
        text="nil map",
        service="cart",
        kind="fatal",
        status="regressed",
        release="v1.4.2",
        since=parse_instant("2026-11-23T00:00:00Z"),
        until=parse_instant("2026-11-24T23:59:59.999999999Z"),
        sort="title",
        limit=10,
        offset=20,
    )
    assert asked.is_filtered


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "oops"),
        ("status", "<script>alert(1)</script>"),
        ("sort", "occurrences; DROP TABLE"),
        ("limit", "0"),
        ("limit", str(MOST_PER_PAGE + 1)),
        ("limit", "-1"),
        ("limit", "1e3"),
        ("page", "٣"),
        ("page", "9" * 5000),
        ("since", "yesterday"),
        ("until", "2026-13-45"),
        ("q", "x" * 201),
    ],
)
def test_what_means_nothing_is_said_and_left_out(name: str, value: str) -> None:
    asked = read({name: value})
    assert asked.query == ClusterQuery()
    assert [fault.name for fault in asked.faults] == [name]
    assert len(str(asked.faults[0])) < 250
    assert asked.address("/") == "/"


def test_a_plus_that_nobody_encoded_is_still_a_zone() -> None:
    assert read({"since": "2026-11-23T08:00:00 01:00"}).query.since == parse_instant(
        "2026-11-23T07:00:00Z"
    )


@given(
    st.dictionaries(
        st.sampled_from(
            ("q", "service", "kind", "status", "since", "sort", "limit", "page", "release")
        ),
        st.text(max_size=40),
    )
)
def test_an_address_asks_for_what_was_understood(given_values: dict[str, str]) -> None:
    """Whatever comes in, the links of the page lead where the page says."""
    asked = read(given_values)
    again = read(dict(parse_qsl(urlsplit(asked.address("/")).query)))
    assert again.faults == ()
    assert again.query == asked.query
