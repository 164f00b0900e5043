"""Where a pattern may match: literal needles, all looked for in one run over the text.

In: patterns and a text. Out: per pattern the places of its needles, ascending. It never decides that something is
a secret. One regex run costs a fraction of one run per needle; most crash texts end here.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.scrub.patterns import PATTERNS, Pattern

_UPPER: Final = bytes(range(ord("A"), ord("Z") + 1))
_SHAPE: Final = bytes.maketrans(_UPPER + b"123456789", _UPPER.lower() + b"000000000")

# Characters from the rarest to the commonest in the crash texts of docs/reference/corpus; a needle is looked for
# by its rarest one. Digits, spaces and dashes are too common: needles of nothing else are looked for one by one.
_RARITY: Final = "~&|@jzqkwyv?h_-+:=bfumpldgnxistaorc"


class _Needle(msgspec.Struct, frozen=True):
    literal: bytes
    offset: int
    follow: bytes
    place: int

    @property
    def anchor(self) -> int:
        return self.literal[self.offset]


def shape(text: str) -> bytes:
    """One byte per character: lower case, digits as 0, beyond Latin-1 as `?`. Needles are looked for in it."""
    return text.encode("latin-1", "replace").translate(_SHAPE)


def _needle(literal: str, pattern: Pattern, place: int) -> _Needle:
    ranked = [(_RARITY.index(char), at) for at, char in enumerate(literal) if char in _RARITY]
    return _Needle(
        literal.encode(), min(ranked)[1] if ranked else -1, pattern.follow.encode(), place
    )


def _all() -> list[_Needle]:
    return [
        _needle(literal, pattern, place)
        for place, pattern in enumerate(PATTERNS)
        for literal in pattern.needles
    ]


_NEEDLES: Final = tuple(_all())
_PLAIN: Final = tuple(needle for needle in _NEEDLES if needle.offset < 0)
_ANCHORED: Final = tuple(needle for needle in _NEEDLES if needle.offset >= 0)
_BY_ANCHOR: Final[dict[int, tuple[_Needle, ...]]] = {
    anchor: tuple(needle for needle in _ANCHORED if needle.anchor == anchor)
    for anchor in sorted({needle.anchor for needle in _ANCHORED})
}


def _branch(needle: _Needle) -> bytes:
    after = re.escape(needle.literal[needle.offset + 1 :])
    looking_back = b"(?<=%b)" % re.escape(needle.literal) if needle.offset else b""
    return after + looking_back + (b"(?=%b)" % needle.follow if needle.follow else b"")


_DIGITS: Final = re.compile(rb"0+")


def _gate() -> re.Pattern[bytes]:
    """`k(?:en(?<=token)|ey|ie(?<=cookie)…)|z(?:…)|…`: a rare character, then what stands around it."""
    branches = [
        re.escape(bytes([anchor])) + b"(?:" + b"|".join(dict.fromkeys(map(_branch, needles))) + b")"
        for anchor, needles in _BY_ANCHOR.items()
    ]
    return re.compile(b"|".join(branches))


_GATE: Final = _gate()


def places(shaped: bytes) -> dict[int, list[int]]:
    """Where needles stand, by the pattern's place in `PATTERNS`; patterns without any are left out."""
    found: dict[int, list[int]] = {}
    for hit in _GATE.finditer(shaped):
        at = hit.start()
        for needle in _BY_ANCHOR[shaped[at]]:
            start = at - needle.offset
            if shaped.startswith(needle.literal, max(start, 0)):
                found.setdefault(needle.place, []).append(start)
    for needle in _PLAIN:
        _add_all(needle, shaped, found)
    for starts in found.values():
        starts.sort()
    return found


def _add_all(needle: _Needle, shaped: bytes, found: dict[int, list[int]]) -> None:
    at = shaped.find(needle.literal)
    while at >= 0:
        found.setdefault(needle.place, []).append(at)
        # A run of digits holds the needle many times, and begins once.
        run = _DIGITS.match(shaped, at)
        at = shaped.find(needle.literal, max(run.end() if run else 0, at + 1))
