"""Names that a commit renamed consistently: types, fields, functions, variables.

In: the Go files of a commit before and after. Out: new names by old ones, and texts with the new names. A name is
renamed where it is nowhere in those files any more, the other was nowhere before, and lines differ in these alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from streams.core.suspects.dependence import PREDECLARED

_WORD: Final = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_BARE: Final = re.compile(rb"(?<![\w)\]]\.)(?<![\w\x80-\xff])[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_TOKEN: Final = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*|\d[\w.]*|\"[^\"\n]*\"|[^\s\w]")
_DECLARED: Final = re.compile(
    rb"^(?:func[ \t]+(?:\([^)\n]*\)[ \t]*)?|type[ \t]+|var[ \t]+|const[ \t]+|\t)([A-Za-z_\x80-\xff][\w\x80-\xff]*)",
    re.MULTILINE,
)
_PREDECLARED: Final = frozenset(name.encode() for name in PREDECLARED)
_COMMENT: Final = re.compile(rb"//[^\n]*|/\*.*?\*/", re.DOTALL)
_MOST_LINES: Final = 4000
_MOST_WORDS: Final = 200


# A content is before one commit and after another, and all of it is looked through each time.
@lru_cache(maxsize=2048)
def _words_in(text: bytes) -> frozenset[bytes]:
    return frozenset(_WORD.findall(_COMMENT.sub(b"", text)))


@lru_cache(maxsize=2048)
def _bare_in(text: bytes) -> frozenset[bytes]:
    return frozenset(_BARE.findall(_COMMENT.sub(b"", text)))


def _words(texts: Iterable[bytes]) -> set[bytes]:
    return set().union(*map(_words_in, texts))


def _bare(texts: Iterable[bytes]) -> set[bytes]:
    """Words that stand somewhere without a package or a value before them."""
    return set().union(*map(_bare_in, texts))


def renamed(pairs: Iterable[tuple[bytes, bytes]]) -> Mapping[bytes, bytes]:
    """New names by old ones, of files before and after."""
    files = [(before, after) for before, after in pairs if before and after and before != after]
    gone = _words(before for before, _ in files) - _words(after for _, after in files)
    born = _words(after for _, after in files) - _words(before for before, _ in files)
    if not gone or not born:
        return {}
    # What only stands behind a dot is declared elsewhere: `mu.Lock()` and `mu.RLock()` are two methods.
    gone &= _bare(before for before, _ in files) - _PREDECLARED
    born &= _bare(after for _, after in files) - _PREDECLARED
    if not gone or not born or len(gone) > _MOST_WORDS or len(born) > _MOST_WORDS:
        return {}
    votes: dict[bytes, Counter[bytes]] = {}
    for before, after in files:
        _vote(before, after, gone, born, votes)
    found: dict[bytes, bytes] = {}
    taken: set[bytes] = set()
    for old, counts in sorted(votes.items()):
        new = min(counts, key=lambda name: (-counts[name], name))
        if new not in taken and counts[new] * 2 > counts.total():
            found[old] = new
            taken.add(new)
    return found


def _vote(
    before: bytes,
    after: bytes,
    gone: set[bytes],
    born: set[bytes],
    votes: dict[bytes, Counter[bytes]],
) -> None:
    """Lines that stand for each other, and differ in one of `gone` for one of `born` only."""
    one, two = before.splitlines()[:_MOST_LINES], after.splitlines()[:_MOST_LINES]
    # With the names of both sides blank, lines that only differ in them are equal.
    blank_one = [_blank(line, gone) for line in one]
    blank_two = [_blank(line, born) for line in two]
    matcher = SequenceMatcher(
        None, blank_one, blank_two, autojunk=len(one) + len(two) > _MOST_LINES
    )
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            continue
        for old, new in zip(one[a:b], two[c:d], strict=True):
            if old != new:
                for x, y in zip(_TOKEN.findall(old), _TOKEN.findall(new), strict=False):
                    if x in gone and y in born:
                        votes.setdefault(x, Counter())[y] += 1


def _blank(line: bytes, names: set[bytes]) -> bytes:
    return b" ".join(b"\0" if token in names else token for token in _TOKEN.findall(line))


def declared(texts: Iterable[bytes]) -> set[bytes]:
    """Names that files declare for others to use: at the top, and what stands first in a group or a struct."""
    found: set[bytes] = set()
    for text in texts:
        found.update(_DECLARED.findall(text))
    return found


@lru_cache(maxsize=2048)
def _rewritten(data: bytes, names: tuple[tuple[bytes, bytes], ...]) -> bytes:
    table = dict(names)
    return _WORD.sub(lambda match: table.get(match[0], match[0]), data)


def rewrite(data: bytes, names: Mapping[bytes, bytes]) -> bytes:
    """A text with the new names."""
    if not names or not any(old in data for old in names):
        return data
    return _rewritten(data, tuple(sorted(names.items())))


def combined(older: Mapping[bytes, bytes], newer: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """First the older renames, then the newer ones."""
    found = {old: newer.get(new, new) for old, new in older.items()}
    for old, new in newer.items():
        found.setdefault(old, new)
    return found
