"""Frames in bytes that may be damaged anywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.frames import Frame, Framing, Gap

FRAMING = Framing(b"\xf5TST", 2)
parts = st.tuples(st.binary(max_size=40), st.binary(max_size=40))


def scanned(data: bytes) -> list[Frame | Gap]:
    """Everything in it."""
    return list(FRAMING.scan(data, 0, len(data)))


@given(several=st.lists(parts, max_size=8))
def test_what_was_framed_is_read(several: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(FRAMING.framed(*each) for each in several)
    found = scanned(data)
    assert [each.parts for each in found if isinstance(each, Frame)] == several
    assert len(found) == len(several)


@given(
    several=st.lists(parts, min_size=1, max_size=6),
    at=st.integers(0, 10_000),
    junk=st.binary(min_size=1, max_size=12),
)
def test_damage_costs_the_frame_that_it_is_in_and_no_other(
    several: list[tuple[bytes, bytes]], at: int, junk: bytes
) -> None:
    framed = [FRAMING.framed(*each) for each in several]
    data = b"".join(framed)
    begin = at % len(data)
    hit = data[:begin] + junk + data[begin + len(junk) :]
    found = scanned(hit)
    starts = [sum(map(len, framed[:n])) for n in range(len(framed))]
    whole = {
        each
        for each, start, bytes_of in zip(several, starts, framed, strict=True)
        if start + len(bytes_of) <= begin or start >= begin + len(junk)
    }
    assert whole <= {each.parts for each in found if isinstance(each, Frame)}
    # Nothing is passed over in silence: frames and gaps lie one behind the other.
    assert [each.begin for each in found[1:]] == [each.after for each in found[:-1]]
    assert (found[0].begin, found[-1].after) == (0, len(hit))


def test_a_gap_says_whether_something_whole_follows() -> None:
    one = FRAMING.framed(b"a", b"b")
    gap, frame, rest = scanned(b"junk" + one + one[:-1])
    assert isinstance(gap, Gap)
    assert isinstance(frame, Frame)
    assert isinstance(rest, Gap)
    assert (gap.last, rest.last) == (False, True)


def test_a_length_beyond_the_end_hides_nothing() -> None:
    long = FRAMING.framed(b"x" * 1000, b"")[:20]
    found = scanned(long + FRAMING.framed(b"a", b"b"))
    assert [type(each) for each in found] == [Gap, Frame]
