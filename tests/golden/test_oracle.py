"""A second opinion: a plain scanner of headers and frame pairs, written apart from the parser.

It knows only what a clean text looks like, so wrapped, cut and forged texts are left to their expected files.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from streams.core.parse.traceback import parse_traceback
from tests.golden.cases import Text, texts

HEADER = re.compile(r"^goroutine (\d+) (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[.*\].*:\s*$")
PLACE = re.compile(r"^\t(?:.*/)?[^/:]+:(\d+)(?: .*)?$")
LEFT_OUT = re.compile(
    r"forged|multiline|cut-mid|two-crashes|http-|slog|data-race|library|no-crash|go-run|middleware|conc-"
)


def function_of(line: str) -> str | None:
    """The text before the last balanced pair of brackets."""
    depth = 0
    for position in range(len(line) - 1, -1, -1):
        depth += (line[position] == ")") - (line[position] == "(")
        if depth == 0:
            return line[:position] if line.endswith(")") else None
    return None


def scanned(text: str) -> list[tuple[int, tuple[tuple[str, int], ...]]]:
    """Goroutines as (id, frames); a frame is a function line with a place line below it."""
    lines, found = text.splitlines(), []
    for start, header in enumerate(lines):
        match = HEADER.match(header)
        if not match:
            continue
        frames = []
        for at in range(start + 1, len(lines) - 1):
            if not lines[at].strip() or lines[at].startswith(("created by ", "[originating")):
                break
            place, function = PLACE.match(lines[at + 1]), function_of(lines[at])
            if place and function and lines[at][0] != "\t":
                frames.append((function, int(place[1])))
        found.append((int(match[1]), tuple(frames)))
    return found


PLAIN = tuple(t for t in texts() if not t.wrapped and not LEFT_OUT.search(t.name))


@pytest.mark.parametrize("text", PLAIN, ids=lambda text: text.name)
def test_the_parser_and_the_scanner_see_the_same_goroutines_and_frames(text: Text) -> None:
    found = text.data.decode()
    parsed = [
        (g.id, tuple((f.function, f.line or 0) for f in g.frames if f.file is not None))
        for g in parse_traceback(found).goroutines
    ]
    assert Counter(parsed) == Counter(scanned(found))


def test_most_texts_have_a_second_opinion() -> None:
    assert len(PLAIN) >= 150
