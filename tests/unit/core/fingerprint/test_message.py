"""What an error says, without what varies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.fingerprint.message import constant_beginning, innermost, template_of


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ('query "x y" took 3.1s', "query * took *"),
        ("no item 'a b' in cart 7", "no item * in cart *"),
        ("open /var/lib/shop/a.db: denied", "open *: denied"),
        ("get https://example.com/a?b=c: EOF", "get *: EOF"),
        ("mail to ada@example.com bounced", "mail to * bounced"),
        ("job 550e8400-e29b-41d4-a716-446655440000 failed", "job * failed"),
        ("pointer 0xc000012345 is bad", "pointer * is bad"),
        ("ids 1, 2, 3 are gone", "ids * are gone"),
        ("nothing varies here", "nothing varies here"),
        ("  white \n\t space ", "white space"),
        ("", ""),
    ],
)
def test_what_varies_is_a_star(message: str, template: str) -> None:
    assert template_of(message) == template


def test_two_times_the_same_error_is_one_template() -> None:
    assert template_of('load "a": row 3 of 17') == template_of('load "b c": row 12 of 9')


def test_the_innermost_parts_do_not_tell_the_route() -> None:
    tail = "load cart: read row: no such table"
    assert innermost(f"serve: post: {tail}") == innermost(f"job: retry 3: {tail}") == tail
    assert innermost("one: 17: two: three") == "one: two: three"
    assert innermost("alone") == "alone"


@pytest.mark.parametrize(
    ("message", "beginning"),
    [
        ("no value for 17", "no value for"),
        ('must be set: "NAME"', "must be set"),
        ("17 is no value", "* is no value"),
        ("bad 1\nmore of it", "bad *"),
        ("plain text\nand more", "plain text"),
    ],
)
def test_the_constant_beginning(message: str, beginning: str) -> None:
    assert constant_beginning(message) == beginning


@given(st.text(max_size=300))
def test_no_message_raises_and_digits_never_remain(message: str) -> None:
    assert not any(c in "0123456789" for c in template_of(message))
    assert (
        template_of(template_of(message)) == template_of(message)
        or "'" in message
        or '"' in message
    )
    innermost(message)
    constant_beginning(message)


@pytest.mark.timeout(40)
@pytest.mark.parametrize(
    "part", ["a: ", "'", '"\\', "/a", "a@b.", "0x", "1-", "::", "*,", "http://", "\n"]
)
def test_a_message_of_megabytes_is_read_in_part(part: str) -> None:
    message = part * (2_000_000 // len(part))
    assert len(template_of(message)) <= 4000
    innermost(message)
    constant_beginning(message)
