"""Crash records: what tells one process from others of its program."""

from __future__ import annotations

import pytest

from streams.model.crash import Crash, Goroutine, mark_of


def crash(gp: str | None, number: int = 1) -> Crash:
    """A record with a goroutine at this address."""
    goroutines = (
        Goroutine(id=7, state="running", crashed=True, gp="0x1f9075b8c000"),
        Goroutine(id=number, state="select", gp=gp),
    )
    return Crash(id="c", kind="panic", message="m", goroutines=goroutines)


@pytest.mark.parametrize(
    ("gp", "mark"),
    [
        # go1.26.8 linux/amd64, three runs of one program.
        ("0x3a9b0899c1e0", "0x3a9b0899c1e0"),
        ("0x11b4bdfe1e0", "0x11b4bdfe1e0"),
        ("0xa965a7141e0", "0xa965a7141e0"),
        # go1.25 and older, GOEXPERIMENT=norandomizedheapbase64, race builds: always there.
        ("0xc0000021c0", None),
        ("0x1c0000021c0", None),
        ("0x40000021c0", None),
        (None, None),
        ("", None),
        ("nil", None),
        ("0x0", None),
        ("-0x3a9b0899c1e0", None),
        ("0xffff3a9b0899c1e0", None),
    ],
)
def test_the_first_goroutine_lies_at_a_random_place_since_go_126(
    gp: str | None, mark: str | None
) -> None:
    assert mark_of(crash(gp)) == mark
    assert mark_of(crash(gp, number=18)) is None
