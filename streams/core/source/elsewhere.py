"""Where a statement stood in another revision, wherever in a package that was: by what it says, or by its shape.

In: a statement of the newer revision that no function which it was is known to have had. Out: the only one like it that
a package of the older revision lost, or None. Nothing here depends on which crash asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from rapidfuzz import fuzz

from streams.core.source.lineage import (
    Place,
    Revision,
    Shaped,
    came,
    folder_of,
    function_at,
    function_before,
    gone,
    namesake,
)
from streams.core.source.spot import Sought, Spot
from streams.core.source.syntax import Function
from streams.core.source.wording import (
    core_of,
    is_same,
    longest_text,
    pairs_of,
    shape_of_text,
)

# A package of which more functions changed was generated, or put together anew: nothing in it is the only one.
_MOST_CHANGED: Final = 512
# Of two that are alike the one that is clearly more so.
_CLEAR: Final = 2.0
_LONG: Final = 20
LEAST: Final = 9
HUNDRED: Final = 100.0
# How alike two texts for people are that one is worded anew of the other, and how much more than the next best.
_WORDED: Final = 75.0
_CLEARLY_WORDED: Final = 10.0


def lost_of(new: Revision, old: Revision, place: Place, *, likely: bool = False) -> list[int]:
    """Statements of an older function that it has no more, if it is still there; `likely`: nor others like them."""
    other, same = function_at(old, place), namesake(new, place)
    kept: set[int] = set()
    if same is not None:
        sure, probable = pairs_of(function_at(new, same), other)
        kept = {*sure.values(), *(probable.values() if likely else ())}
    return [k for k in range(len(other.statements)) if k not in kept]


def anywhere(sought: Sought, folder: str) -> Spot | None:
    """The only statement of its kind that a package lost, where a function was taken apart and put together anew."""
    return (
        said_anywhere(sought, folder)
        or _shaped_anywhere(sought, folder)
        or _worded_anywhere(sought, folder)
    )


def _worded_anywhere(sought: Sought, folder: str) -> Spot | None:
    """The only one whose text for people is nearly the same: messages are worded anew, and outlive the code around."""
    words = longest_text(sought.text)
    if len(words) < LEAST:
        return None
    least = _WORDED if len(words) >= _LONG and " " in words else HUNDRED
    scored = [
        (fuzz.ratio(words, longest_text(text)), spot) for spot, text in _lost_in(sought, folder)
    ]
    found = _clearly(scored, _CLEARLY_WORDED)
    if found is None or scored[0][0] < least or found.statement is None:
        return None
    was = longest_text(function_at(sought.old, found.place).statements[found.statement].text)
    return None if _worded_elsewhere(sought, was, scored[0][0]) else found


def _worded_elsewhere(sought: Sought, was: str, alike: float) -> bool:
    """Whether another statement that the package has anew is worded as much like what was found."""
    others = (longest_text(text) for _, _, text in rivals(sought))
    return any(other and fuzz.ratio(other, was, score_cutoff=alike) >= alike for other in others)


def rivals(sought: Sought) -> Iterator[tuple[Place, int, str]]:
    """The other statements of functions that came or changed in its package, with their texts."""
    for place in _changed_in(sought.new, sought.old, folder_of(sought.place[0])):
        for number, statement in enumerate(function_at(sought.new, place).statements):
            if (place, number) != (sought.place, sought.statement):
                yield place, number, statement.text


def _shaped_anywhere(sought: Sought, folder: str) -> Spot | None:
    """The only statement of its shape that a package lost, where it is the only one that the package has anew."""
    shape = shape_of_text(sought.text)
    if not shape:
        return None
    own = folder_of(sought.place[0])
    fresh = _unsettled(sought.new, sought.old, own)[0].get(shape, ())
    lost = _unsettled(sought.new, sought.old, folder)[1].get(shape, ())
    if len(fresh) != 1 or len(lost) != 1:
        return None
    place, statement = lost[0]
    return Spot(*place, statement)


def _unsettled(new: Revision, old: Revision, folder: str) -> tuple[Shaped, Shaped]:
    """Statements of a package that came, and those that it lost, by their shapes: what no function kept as it was."""
    key = (id(old), folder)
    if key not in new.unsettled:
        kept: dict[Place, set[int]] = {}
        fresh: Shaped = {}
        lost: Shaped = {}
        for place in _changed_in(new, old, folder):
            heir = function_before(new, old, place)
            function = function_at(new, place)
            surely = pairs_of(function, function_at(old, heir))[0] if heir else {}
            if heir:
                kept.setdefault(heir, set()).update(surely.values())
            _note(fresh, place, function, surely)
        left = [(path, d) for path, d, _ in gone(new, old) if folder_of(path) == folder]
        for place in left if len(left) <= _MOST_CHANGED else ():
            _note(lost, place, function_at(old, place), kept.get(place, ()))
        new.unsettled[key] = fresh, lost
    return new.unsettled[key]


def _changed_in(new: Revision, old: Revision, folder: str) -> list[Place]:
    """The functions of a package that came, or changed; none where they are too many to be compared."""
    found = [place for place in came(new, old) if folder_of(place[0]) == folder]
    return found if len(found) <= _MOST_CHANGED else []


def _note(shaped: Shaped, place: Place, function: Function, settled: Collection[int]) -> None:
    for number, statement in enumerate(function.statements):
        shape = shape_of_text(statement.text)
        if shape and number not in settled:
            shaped.setdefault(shape, []).append((place, number))


def said_anywhere(sought: Sought, folder: str) -> Spot | None:
    """The only one that says the same."""
    core = core_of(sought.text)
    if len(core) < _LONG:
        return None
    found = [
        (fuzz.ratio(core, was), spot)
        for spot, text in _lost_in(sought, folder)
        if is_same(core, was := core_of(text))
    ]
    return _clearly(found, _CLEAR)


def _lost_in(sought: Sought, folder: str) -> Iterator[tuple[Spot, str]]:
    """The statements that functions of a package lost, with their texts."""
    for path, declared, _ in gone(sought.new, sought.old):
        if folder_of(path) == folder:
            statements = function_at(sought.old, (path, declared)).statements
            for k in lost_of(sought.new, sought.old, (path, declared)):
                yield Spot(path, declared, k), statements[k].text


def _clearly(found: list[tuple[float, Spot]], more: float) -> Spot | None:
    """The one that is most alike, by so much more than the next."""
    found.sort(key=lambda each: -each[0])
    if not found or (len(found) > 1 and found[0][0] < found[1][0] + more):
        return None
    return found[0][1]
