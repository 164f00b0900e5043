"""Types and constants of a file, line by line; what `iota` numbers.

In: a file. Out: its declarations without comments and layout, numbers of constants. Functions and variables are found
by source/syntax.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from streams.core.suspects.compare import Part
from streams.model.text import from_bytes

_FIRST_NAME: Final = re.compile(r"\s*([A-Za-z_]\w*)")
_WORD: Final = re.compile(r'"[^"]*"|`[^`]*`|\w+|[^\w\s]')

# Alone or in a group.
_OTHER: Final = re.compile(rb"^(type|const)[ \t]+(?:(?P<name>[\w\x80-\xff]+)|\()", re.MULTILINE)
_CLOSING: Final = re.compile(rb"^[)}]", re.MULTILINE)
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


@lru_cache(maxsize=2048)
def declared_lines(data: bytes) -> Mapping[str, Mapping[str, int]]:
    """Types and constants of a file: their lines, without comments and with white space as one blank."""
    found: dict[str, dict[str, int]] = {}
    for match in _OTHER.finditer(data):
        keyword = match[1].decode()
        end = data.find(b"\n", match.start())
        end = len(data) if end < 0 else end
        line = data[match.start() : end]
        if line.count(b"{") > line.count(b"}") or line.count(b"(") > line.count(b")"):
            closing = _CLOSING.search(data, end)
            end = closing.end() if closing else len(data)
        text = _COMMENT.sub("", from_bytes(data[match.start() : end]))
        name = match["name"]
        key = f"{keyword} {from_bytes(name)}" if name else f"{keyword} ("
        rows = found.setdefault(key, {})
        for row in text.splitlines():
            plain = " ".join(row.split())
            if plain and plain not in {"(", ")", "{", "}"}:
                rows[plain] = rows.get(plain, 0) + 1
    return found


def named_by(key: str, lines: Sequence[str]) -> Iterator[str]:
    """What lines of a declaration name: itself, and what stands first in each of them."""
    if not key.endswith("("):
        yield key.partition(" ")[2]
    for line in lines:
        word = _FIRST_NAME.match(line)
        if word is not None:
            yield word[1]


def line_of(text: str) -> Part:
    """A line as a Part."""
    return Part(text, tuple(_WORD.findall(text)))


class Number(NamedTuple):
    """Where a constant gets its number: the expression that counts for it, its line in the group, the type."""

    rule: str
    line: int
    type: str


@lru_cache(maxsize=2048)
def numbers_of(data: bytes) -> Mapping[str, Number]:
    """Constants that `iota` numbers, by name."""
    found: dict[str, Number] = {}
    for block in re.finditer(rb"^const[ \t]*\((.*?)^\)", data, re.MULTILINE | re.DOTALL):
        rule, kind, line = "", "", -1
        for row in _COMMENT.sub("", from_bytes(block[1])).splitlines():
            if not row.strip():
                continue
            line += 1
            names, sign, value = row.partition("=")
            words = names.replace(",", " ").split()
            if sign:
                counts = re.search(r"\biota\b", value) is not None
                rule = " ".join(value.split()) if counts else ""
                kind = words[-1] if len(words) > 1 and "," not in names else ""
            if rule and words:
                found[words[0]] = Number(rule, line, kind)
    return found
