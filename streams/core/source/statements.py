"""What a statement was in an earlier revision: extracted, inlined, moved and rewritten ones are followed.

In: two revisions, a function of the newer one and one of its statements. Out: the same in the older one, or None where
it was born between them. The function is followed first (lineage.py), then the statement in it, then to where code
moves. Nothing here depends on which crash asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from rapidfuzz import fuzz

from streams.core.source.elsewhere import HUNDRED, LEAST, anywhere, lost_of, rivals, said_anywhere
from streams.core.source.lineage import (
    Place,
    Revision,
    bare,
    calls,
    files_in,
    folder_of,
    function_at,
    function_before,
    gone,
    namesake,
    source_at,
    uses,
)
from streams.core.source.parameters import arity
from streams.core.source.spot import Sought, Spot
from streams.core.source.syntax import Function, declarations, likeness
from streams.core.source.wording import (
    LOCAL,
    SHORT,
    alike,
    core_of,
    left_over,
    ordinal_of,
    pairs_of,
    returned_for,
    statement_like,
    unclaimed,
    value_set,
    with_value,
)

# How alike a function is to what it was under another name, where that leaves no doubt: with the statement in both, and
# without.
_SURELY: Final = 0.6
_NO_DOUBT: Final = 0.85
# A function of fewer statements is like many others.
_SOME: Final = 3
_INSIDE: Final = 88.0
# How alike, of a hundred, a statement is that came back with names which were changed meanwhile.
_RENAMED: Final = 85.0
# How alike another statement has to be to be the heir instead: as good as the same, and so much more.
_AS_IT_WAS: Final = 97.0
_MORE: Final = 15.0


def earlier(new: Revision, old: Revision, spot: Spot, caller: Spot | None = None) -> Spot | None:
    """Where a spot was in the older revision. `caller`: who called the function, where the crash tells."""
    if old.files().get(spot.path) == new.files().get(spot.path):
        return spot
    heir = function_before(new, old, spot.place)
    if spot.statement is None:
        return Spot(*heir, None) if heir else None
    sought = Sought(new, old, spot.place, function_at(new, spot.place), spot.statement)
    calling = caller.place if caller else None
    if heir is None:
        return _unrivalled(sought, _extracted(sought, calling))
    cut = _unrivalled(sought, _cut_out(sought, heir, calling))
    return cut or _unrivalled(sought, _followed(sought, heir))


def same_before(new: Revision, old: Revision, spot: Spot) -> Spot | None:
    """A statement in a function of the same name that says the same, but for what was renamed meanwhile."""
    same = namesake(old, spot.place)
    if same is None or spot.statement is None:
        return None
    function, before = function_at(new, spot.place), function_at(old, same)
    surely, likely = pairs_of(function, before)
    number = surely.get(spot.statement, likely.get(spot.statement))
    if number is None:
        return None
    text, was = function.statements[spot.statement].text, before.statements[number].text
    return Spot(*same, number) if fuzz.ratio(text, was) >= _RENAMED else None


def _unrivalled(sought: Sought, found: Spot | None) -> Spot | None:
    """The statement that was found, unless another one that changed in its package says much more of what it said."""
    if found is None or found.statement is None:
        return found
    was = core_of(function_at(sought.old, found.place).statements[found.statement].text)
    alike = fuzz.ratio(core_of(sought.text), was)
    least = min(HUNDRED, max(_AS_IT_WAS, alike + _MORE))
    if alike >= _AS_IT_WAS or len(was) < LEAST:
        return found
    for place, number, text in rivals(sought):
        if fuzz.ratio(core_of(text), was, score_cutoff=least) >= least:
            theirs = _surely(sought, place, number)
            if theirs is None or theirs == found:
                return None
    return found


def _surely(sought: Sought, place: Place, number: int) -> Spot | None:
    """What another statement of the newer revision was, where it says the same."""
    heir = function_before(sought.new, sought.old, place)
    if heir is None:
        return None
    before = function_at(sought.old, heir)
    return _spot(heir, pairs_of(function_at(sought.new, place), before)[0].get(number))


def _followed(sought: Sought, heir: Place) -> Spot | None:
    """The statement of a function that was another: the ways in which code moves, surest first."""
    surely, likely = pairs_of(sought.function, function_at(sought.old, heir))
    return (
        _spot(heir, surely.get(sought.statement))
        or _inlined(sought, heir, surely)
        or _put_in(sought, heir, unhanded=True)
        or _spot(heir, _by_variable(sought, function_at(sought.old, heir), {**likely, **surely}))
        or _spot(heir, likely.get(sought.statement))
        or _put_in(sought, heir)
        or _left_over(sought, heir, {**likely, **surely})
        or anywhere(sought, folder_of(heir[0]))
    )


def _by_variable(sought: Sought, before: Function, pairs: Mapping[int, int]) -> int | None:
    """Where a value that has a variable of its own now stood, or what set the variable whose value stands here now."""
    texts, others = sought.function.statements, before.statements
    value = value_set(sought.text)
    found = [
        old
        for number, old in (pairs.items() if value else ())
        if number != sought.statement and with_value(texts[number].text, value, others[old].text)
    ]
    was = pairs.get(sought.statement)
    if not found and was is not None:
        taken = set(pairs.values())
        found = [
            k
            for k, other in enumerate(others)
            if k not in taken
            and (put := value_set(other.text))
            and with_value(others[was].text, put, sought.text)
        ]
    return found[0] if len(found) == 1 else None


def _spot(place: Place, statement: int | None) -> Spot | None:
    return None if statement is None else Spot(*place, statement)


def _left_over(sought: Sought, heir: Place, pairs: Mapping[int, int]) -> Spot | None:
    before = function_at(sought.old, heir)
    return _spot(heir, left_over(sought.function, sought.statement, before, pairs))


def _inlined(sought: Sought, heir: Place, surely: dict[int, int]) -> Spot | None:
    """A statement that came from a function which is no more, and which the function called before."""
    ordinal = ordinal_of(sought.function, sought.statement, surely)
    source = source_at(sought.old, heir)
    found = None
    for path, declared, _ in gone(sought.new, sought.old):
        if (path, declared) == heir or not uses(source, heir[1], declared):
            continue
        other = function_at(sought.old, (path, declared))
        # One that is still there has its own statements still, though fields have other names.
        lost = lost_of(sought.new, sought.old, (path, declared), likely=True)
        lost = unclaimed(sought.function, sought.statement, other, lost)
        index = statement_like(sought.text, other, lost, ordinal)
        if index is not None:
            if found is not None:
                return None
            found = Spot(path, declared, index)
    return found


def _put_in(sought: Sought, heir: Place, *, unhanded: bool = False) -> Spot | None:
    """The only statement of which the value stands now where the function called who returned it.

    `unhanded`: of functions that were handed nothing. Who is handed a value is called for it where it is wrong.
    """
    calling = function_at(sought.old, heir)
    found = []
    for path, declared, _ in gone(sought.new, sought.old):
        name = bare(declared.name)
        if calls(calling.source, name) and not calls(sought.function.source, name):
            callee = function_at(sought.old, (path, declared))
            if unhanded and arity(callee) != 0:
                continue
            index = returned_for(callee, name, calling, sought.text)
            found += [Spot(path, declared, index)] if index is not None else []
    return found[0] if len(found) == 1 else None


def _cut_out(sought: Sought, heir: Place, calling: Place | None) -> Spot | None:
    """The same of a function that seems to have had another name: one cut out of another is like many small ones."""
    if bare(heir[1].name) == bare(sought.place[1].name):
        return None
    before = function_at(sought.old, heir)
    # One that still says what it said is no piece of a caller that says it, too.
    kept = sought.statement in pairs_of(sought.function, before)[0]
    doubt = likeness(sought.function, before) < (_SURELY if kept else _NO_DOUBT)
    if not doubt and len(sought.function.statements) >= _SOME:
        return None
    return _extracted(sought, calling, surely=True)


def _extracted(sought: Sought, calling: Place | None, *, surely: bool = False) -> Spot | None:
    """A statement of a function that is new: it stood in one that calls it now. `surely`: word for word, or nearly."""
    new, old = sought.new, sought.old
    folder = folder_of(sought.place[0])
    callers = [calling] if calling else []
    for path in files_in(new, folder):
        data = new.read(path)
        callers += [
            (path, d)
            for d in declarations(data)
            if d != sought.place[1] and uses(data[d.start : d.end], d, sought.place[1])
        ]
    heirs = {c: heir for c in callers if (heir := function_before(new, old, c)) is not None}
    folders = dict.fromkeys((*(folder_of(path) for path, _ in heirs.values()), folder))
    spots = [_in_caller(sought, caller, heir, surely=True) for caller, heir in heirs.items()]
    if not any(spots) and not surely:
        spots = [said_anywhere(sought, each) for each in folders]
    if not any(spots) and not surely:
        spots = [_in_caller(sought, caller, heir, surely=False) for caller, heir in heirs.items()]
    if not any(spots) and not surely:
        # By callers in the package: by which one the crash came there must not matter.
        inside = [heir for c, heir in heirs.items() if folder_of(c[0]) == folder]
        spots = [_instead(sought, inside)]
    if not any(spots):
        spots = [anywhere(sought, each) for each in folders]
    found = (spot for spot in spots if spot is not None)
    return min(found, key=lambda s: (s.path, s.declared.start), default=None)


def _instead(sought: Sought, heirs: Collection[Place]) -> Spot | None:
    """The statement in a function that is no more, and that was called by who calls the new one."""
    found: dict[Spot, None] = {}
    for path, declared, _ in gone(sought.new, sought.old):
        place = (path, declared)
        if namesake(sought.new, place) is not None:
            continue
        if any(uses(source_at(sought.old, heir), heir[1], declared) for heir in heirs):
            other = function_at(sought.old, place)
            every = list(range(len(other.statements)))
            lost = unclaimed(sought.function, sought.statement, other, every)
            index = statement_like(sought.text, other, lost)
            if index is not None:
                found[Spot(*place, index)] = None
    return next(iter(found)) if len(found) == 1 else None


def _in_caller(sought: Sought, caller: Place, heir: Place, *, surely: bool) -> Spot | None:
    """The statement in what a caller was; None where that called a function of this name before."""
    name = bare(sought.place[1].name)
    if calls(source_at(sought.old, heir), name):
        return None
    before, after = function_at(sought.old, heir), function_at(sought.new, caller)
    kept = set(pairs_of(after, before)[0].values())
    lost = [k for k in range(len(before.statements)) if k not in kept]
    index = _moved(sought, before, lost, surely=True)
    if index is None and not surely:
        texts = {k: before.statements[k].text for k in lost}
        fits = [
            k
            for k, text in texts.items()
            if returned_for(sought.function, name, after, text) == sought.statement
        ]
        index = fits[0] if len(fits) == 1 else _moved(sought, before, lost, surely=False)
    return _spot(heir, index)


def _moved(sought: Sought, before: Function, lost: list[int], *, surely: bool) -> int | None:
    """Which of the statements that a function lost is one of the new function: the same, else by order and likeness."""
    function, statement = sought.function, sought.statement
    ordinal = ordinal_of(function, statement, {})
    lost = unclaimed(function, statement, before, lost)
    exact = statement_like(sought.text, before, lost, ordinal, shaped=not surely)
    if exact is not None or surely:
        return exact
    here = [LOCAL.sub("_", s.text) for s in function.statements]
    there = [LOCAL.sub("_", s.text) for s in before.statements]
    pairs = dict(alike(there, lost, here, list(range(len(here)))))
    # One that is alike by chance says nothing: most of the new function has to come from there.
    if len(pairs) * 2 >= len(here):
        return pairs.get(statement)
    core = core_of(sought.text)
    cores = {k: core_of(there[k]) for k in lost} if len(core) > SHORT else {}
    inside = [
        k
        for k, was in cores.items()
        if len(was) >= len(core) and fuzz.partial_ratio(core, was) >= _INSIDE
    ]
    return inside[0] if len(inside) == 1 else None
