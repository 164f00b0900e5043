r"""The header of a goroutine: id, state and everything that newer releases print between the brackets.

In: the match of a header line. Out: Header. The state keeps only what names the state.

    goroutine 7 gp=0xc000 m=0 mp=0x56a0 [chan receive (durable), 5 minutes, locked to thread,
        synctest bubble 1 labels:{"tenant": "acme"}]:          (on one line; Go 1.26 goroutineheader)
    goroutine 7 [chan receive] {tenant: acme, "request id": "7 \"b\""}:                       (Go 1.27)
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.parse.shape import header_of

_MINUTES: Final = re.compile(r"(\d{1,15}) minutes$")
_BUBBLE: Final = re.compile(r"synctest (?:bubble|group) (\d{1,15})$")
_LABELS: Final = " labels:{"
# `(durable)` follows from the bubble and `(scan)` from the collector; `(leaked)` (Go 1.26) has no field.
_ASIDES: Final = (" (durable)", " (scan)")
_LABEL: Final = re.compile(r'"((?:[^"\\]|\\.)*)": "((?:[^"\\]|\\.)*)"(?:, |$)')
# Go 1.27 quotes a key or value only where it has more than these (tracebackStringNeedsQuoting).
_BRIEF: Final = re.compile(
    r'(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9./_]*)): (?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9./_]*))(?:, |$)'
)
_ESCAPE: Final = re.compile(
    r'\\(?:(["\\abfnrtv])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))'
)
_SIMPLE: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_MAX_RUNE: Final = 0x10FFFF


class Header(msgspec.Struct, frozen=True, gc=False):
    """What a goroutine header states."""

    id: int
    state: str
    wait_minutes: int | None = None
    locked: bool = False
    labels: dict[str, str] = {}
    bubble: int | None = None
    gp: str | None = None
    m: str | None = None
    mp: str | None = None


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return _SIMPLE.get(match[1], match[1])
    code = int(match[2] or match[3] or match[4], 16)
    is_character = code <= _MAX_RUNE and not 0xD800 <= code <= 0xDFFF  # noqa: PLR2004 - the surrogates
    return chr(code) if is_character else match[0]


def unquote(text: str) -> str:
    """The text between the quotes of a Go string, escapes resolved."""
    return _ESCAPE.sub(_unescape, text) if "\\" in text else text


def _labels_of(text: str) -> dict[str, str]:
    found = _LABEL.finditer(text)
    return {unquote(match[1]): unquote(match[2]) for match in found}


def _brief_labels_of(text: str) -> dict[str, str]:
    found = _BRIEF.finditer(text)
    return {
        unquote(m[1]) if m[1] else m[2] or "": unquote(m[3]) if m[3] else m[4] or "" for m in found
    }


def _split_state(inside: str) -> tuple[str, dict[str, str]]:
    """The text before the labels, and the labels (GODEBUG=tracebacklabels=1, Go 1.26)."""
    before, marker, after = inside.partition(_LABELS)
    return before, _labels_of(after.removesuffix("}")) if marker else {}


def _state(text: str) -> str:
    for aside in _ASIDES:
        text = text.removesuffix(aside)
    return text


def parse_header(line: str) -> Header | None:
    """Read a header line without indent, or None if it is none."""
    match = header_of(line)
    if match is None:
        return None
    number, gp, m, mp, inside, behind = match.groups()
    if "," not in inside and _LABELS not in inside and behind is None:
        return Header(int(number), _state(inside), gp=gp, m=m, mp=mp)
    text, labels = _split_state(inside)
    if behind is not None:
        labels = _brief_labels_of(behind)
    state, *extras = text.split(", ")
    minutes = bubble = None
    locked = False
    for extra in extras:
        if wait := _MINUTES.match(extra):
            minutes = int(wait[1])
        elif group := _BUBBLE.match(extra):
            bubble = int(group[1])
        elif extra == "locked to thread":
            locked = True
        else:
            state = f"{state}, {extra}"
    return Header(int(number), _state(state), minutes, locked, labels, bubble, gp, m, mp)
