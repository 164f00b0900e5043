"""Lines of a function as statements: in a release a line is one, and statements keep their order in later ones.

In: where, how and for whom a function failed in each crash. Out: the statement of each, as a name that means nothing
else. Lines of two releases are one statement where the same failed there, the same routes led there, and lines moved
least.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from streams.model.natural import natural

_MOST_LINES: Final = 64


class Failed(NamedTuple):
    """A crash in a function: its release, the line, what failed, how an explicit panic begins, the functions above."""

    release: str
    line: int | None
    failure: str
    says: str
    callers: frozenset[str]


class _Statement(msgspec.Struct):
    """A statement as it was last seen: its line, the ways in which it failed, by whom it was called."""

    line: int
    signs: set[tuple[str, str]]
    callers: set[str]


def statements_of(crashes: Sequence[Failed]) -> list[str]:
    """The statement of each crash; of one whose line says nothing what failed."""
    known: list[_Statement] = []
    place: dict[tuple[str, int], int] = {}
    for release, lines in _by_release(crashes):
        matched = _matched(known, lines)
        for seen in lines:
            number = matched.get(seen.line)
            if number is None:
                number = len(known)
                known.append(seen)
            else:
                seen.signs |= known[number].signs
                seen.callers |= known[number].callers
                known[number] = seen
            place[release, seen.line] = number
    by_sign: dict[tuple[str, str], set[int]] = defaultdict(set)
    for number, statement in enumerate(known):
        for sign in statement.signs:
            by_sign[sign].add(number)
    return [_named(crash, place, by_sign) for crash in crashes]


def _named(
    crash: Failed,
    place: Mapping[tuple[str, int], int],
    by_sign: Mapping[tuple[str, str], set[int]],
) -> str:
    number = None if crash.line is None else place.get((crash.release, crash.line))
    only = by_sign.get((crash.failure, crash.says), set())
    if number is None and len(only) == 1:
        number = next(iter(only))
    return f"{crash.failure}/{crash.says}" if number is None else f"{number}"


def _by_release(crashes: Sequence[Failed]) -> list[tuple[str, list[_Statement]]]:
    """The lines of each release in their order; a release with very many says nothing."""
    found: dict[str, dict[int, _Statement]] = defaultdict(dict)
    for crash in crashes:
        if crash.release and crash.line is not None:
            statement = found[crash.release].setdefault(
                crash.line, _Statement(crash.line, set(), set())
            )
            statement.signs.add((crash.failure, crash.says))
            statement.callers |= crash.callers
    return [
        (release, [found[release][line] for line in sorted(found[release])])
        for release in sorted(found, key=natural)
        if len(found[release]) <= _MOST_LINES
    ]


def _matched(known: Sequence[_Statement], lines: Sequence[_Statement]) -> dict[int, int]:
    """Lines of a release to statements of earlier ones."""
    # What fails in none of these ways is none of them.
    signs = set().union(*(line.signs for line in lines))
    rows = [n for n, one in enumerate(known) if not signs.isdisjoint(one.signs)]
    rows.sort(key=lambda n: known[n].line)
    # Alignment: every pair that can be one counts most, then who called them, then how little lines move.
    best = [[(0, 0, 0)] * (len(lines) + 1) for _ in range(len(rows) + 1)]
    step: dict[tuple[int, int], bool] = {}
    for i in range(len(rows) - 1, -1, -1):
        for j in range(len(lines) - 1, -1, -1):
            skip = max(best[i + 1][j], best[i][j + 1])
            taken = _taken(known[rows[i]], lines[j], best[i + 1][j + 1])
            best[i][j] = max(skip, taken)
            step[i, j] = taken >= skip
    found: dict[int, int] = {}
    i = j = 0
    while i < len(rows) and j < len(lines):
        if step[i, j]:
            found[lines[j].line] = rows[i]
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _taken(one: _Statement, line: _Statement, rest: tuple[int, int, int]) -> tuple[int, int, int]:
    if one.signs.isdisjoint(line.signs):
        return (-1, 0, 0)
    count, callers, cost = rest
    return (
        count + 1,
        callers + len(one.callers & line.callers),
        cost - abs(line.line - one.line),
    )
