"""Crashes without source, looked at together: what names alone cannot tell, a whole set of crashes often does.

In: what the stacks of a set of crashes say. Out: a key for each; equal keys are one cluster. A function of the set: the
order does not matter. Three things are learned, each from the set alone:

- helpers: packages that fail mostly on behalf of packages which fail themselves;
- other names of a function: one that no release has together with another, called by the same functions;
- statements: in one release a line of a function is a statement; from release to release statements keep their order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from streams.core.fingerprint.helpers import is_helper
from streams.model.identity import content_id
from streams.model.natural import natural

_HELPED: Final = 0.6
_LEAF: Final = 0.3
_LEAST_EDGES: Final = 4
_LEAST_PARENTS: Final = 3
_SHARED: Final = 0.5
# Callers that two names of one function have in common; a caller of more than so many in a release tells nothing.
_CALLERS: Final = 2
_LONG_NAME: Final = 8
_OWNER: Final = 2
_MOST_CALLED: Final = 6
_MOST_FUNCTIONS: Final = 5000
_MOST_LINES: Final = 64


class Step(msgspec.Struct, frozen=True):
    """A frame of the user's own code: normalised function, line, package."""

    function: str
    line: int | None
    package: str


class Seen(msgspec.Struct, frozen=True):
    """What a crash says: frames from the innermost outward, its release, what failed and how the message begins.

    `key`: the cluster that names alone give; `fixed`: it stands (grouped by source, or without frames).
    """

    id: str | int
    key: str
    frames: tuple[Step, ...]
    release: str
    failure: str
    says: str
    fixed: bool = False


class Together(msgspec.Struct, frozen=True):
    """The cluster of a crash in its set; `rule` and `detail` where the set taught something, else empty."""

    key: str
    rule: str = ""
    detail: str = ""


def keys_of(crashes: Sequence[Seen]) -> dict[str | int, Together]:
    """The cluster of each crash. Repeats of one crash count once: they say nothing more."""
    open_ones = [crash for crash in crashes if not crash.fixed and crash.frames]
    found: dict[str | int, Together] = {crash.id: Together(crash.key) for crash in crashes}
    distinct = list({(c.frames, c.release, c.failure, c.says): c for c in open_ones}.values())
    helpers = helper_packages(distinct)
    chosen = {crash.id: _locus(crash, helpers) for crash in open_ones}
    names = _other_names(distinct, chosen)
    groups: dict[str, list[Seen]] = defaultdict(list)
    for crash in open_ones:
        function = crash.frames[chosen[crash.id]].function
        groups[names.get(function, function)].append(crash)
    for function, members in groups.items():
        for crash, slot in _slots(members, chosen):
            key = content_id("together", function, slot)
            found[crash.id] = Together(key, *_why(crash, chosen[crash.id], function, helpers))
    return found


def _why(crash: Seen, at: int, function: str, helpers: frozenset[str]) -> tuple[str, str]:
    """What the set taught of a crash: the rule, and what it saw."""
    own = crash.frames[at].function
    past = sorted({step.package for step in crash.frames[:at]} & helpers)
    parts = []
    if own != function:
        parts.append(f"{own} was {function} in an earlier release: the same functions call it")
    if past:
        parts.append(f"{', '.join(past)} fails on behalf of other packages")
    if not parts:
        return "statement-order", f"{function}: lines of a release are statements, in their order"
    return ("renamed" if own != function else "helper-package"), "; ".join(parts)


# ---- helpers


def helper_packages(crashes: Iterable[Seen]) -> frozenset[str]:
    """Packages that fail mostly on behalf of packages which fail themselves, and of several functions."""
    innermost: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    edges: dict[str, Counter[str]] = defaultdict(Counter)
    parents: dict[str, set[str]] = defaultdict(set)
    for crash in crashes:
        package = crash.frames[0].package
        innermost[package] += 1
        for name in {step.package for step in crash.frames}:
            anywhere[name] += 1
        parent = next((s for s in crash.frames if s.package != package), None)
        if parent is not None:
            edges[package][parent.package] += 1
            parents[package].add(parent.function)
    leaf = {name for name, count in innermost.items() if count >= _LEAF * anywhere[name]}
    return frozenset(
        package
        for package, around in edges.items()
        if (total := sum(around.values())) >= _LEAST_EDGES
        and len(parents[package]) >= _LEAST_PARENTS
        and sum(n for name, n in around.items() if name in leaf) >= _HELPED * total
    )


def _locus(crash: Seen, helpers: frozenset[str]) -> int:
    """The innermost frame that is in no helper; the innermost of all where every one is."""
    for number, step in enumerate(crash.frames):
        if step.package not in helpers and not is_helper(step.function, crash.failure):
            return number
    return 0


# ---- other names


def _other_names(crashes: Sequence[Seen], chosen: Mapping[str | int, int]) -> dict[str, str]:
    """The oldest name of each function that was called otherwise in earlier releases.

    A function that did not crash in a release may have been there all the same: so one that calls both of them is
    wanted, and one that calls many others says nothing (a router, a dispatcher).
    """
    releases = sorted({c.release for c in crashes if c.release}, key=natural)
    order = {release: number for number, release in enumerate(releases)}
    if len(order) < 2:  # noqa: PLR2004 - there is no earlier one
        return {}
    present: dict[str, set[int]] = defaultdict(set)
    parents: dict[str, set[str]] = defaultdict(set)
    failures: dict[str, set[str]] = defaultdict(set)
    calls: dict[tuple[str, str], set[str]] = defaultdict(set)
    for crash in crashes:
        if crash.release not in order:
            continue
        for step in crash.frames:
            present[step.function].add(order[crash.release])
        for inner, outer in pairwise(crash.frames):
            calls[outer.function, crash.release].add(inner.function)
        at = chosen[crash.id]
        function = crash.frames[at].function
        failures[function].update((crash.failure, crash.says))
        parents[function].update(step.function for step in crash.frames[at + 1 : at + 3])
    busy = {name for (name, _), inner in calls.items() if len(inner) > _MOST_CALLED}
    telling = {function: names - busy - {function} for function, names in parents.items()}
    first = {function: min(numbers) for function, numbers in present.items()}
    last = {function: max(numbers) for function, numbers in present.items()}
    functions = sorted(failures, key=lambda f: (first[f], f))[:_MOST_FUNCTIONS]
    called_by: dict[str, set[str]] = defaultdict(set)
    namesakes: dict[str, set[str]] = defaultdict(set)
    oldest: dict[str, str] = {}
    heirs: set[str] = set()
    for function in functions:
        mine = {oldest.get(name, name) for name in telling[function]}
        name = function.rpartition(".")[2]
        near = set().union(namesakes[name], *(called_by[caller] for caller in mine))
        scored = sorted(
            (-score, -last[other], other)
            for other in near
            if last[other] < first[function]
            and other not in heirs
            and failures[other] & failures[function]
            and (score := _likeness(function, other, mine, telling[other], oldest)) > 0
        )
        # Of two that are as likely neither is known to be it.
        if scored and (len(scored) == 1 or scored[0][:2] != scored[1][:2]):
            other = scored[0][2]
            heirs.add(other)
            oldest[function] = oldest.get(other, other)
        namesakes[name].add(function)
        for caller in mine:
            called_by[caller].add(function)
    return oldest


def _likeness(
    function: str, other: str, mine: set[str], their: set[str], oldest: Mapping[str, str]
) -> float:
    """How likely one is the other under a new name: by who calls them, by their names."""
    theirs = {oldest.get(name, name) for name in their} - {other}
    shared = len(mine & theirs)
    common = shared / (min(len(mine), len(theirs)) or 1)
    same_name = function.rpartition(".")[2] == other.rpartition(".")[2]
    same_package = package_in(function) == package_in(other)
    if same_name and shared:
        return 1.0 + common + 0.2 * same_package
    if same_name and _of_a_kind(function) and _near(function, other):
        return 1.0
    if common >= _SHARED and (shared >= _CALLERS or same_package):
        return common + 0.2 * same_package
    return 0.0


def _of_a_kind(function: str) -> bool:
    """Whether a name is one that no two functions are given by chance."""
    return len(function.rpartition(".")[2]) >= _LONG_NAME


def _near(function: str, other: str) -> bool:
    """Whether two functions are of one repository, as far as import paths tell: the same host and owner."""
    one, two = function.split("/"), other.split("/")
    return len(one) > _OWNER and one[:_OWNER] == two[:_OWNER]


def package_in(function: str) -> str:
    """The package of a normalised function."""
    head, slash, tail = function.rpartition("/")
    return head + slash + tail.partition(".")[0]


# ---- statements


def _slots(  # noqa: C901 - three passes over one table
    members: Sequence[Seen], chosen: Mapping[str | int, int]
) -> Iterator[tuple[Seen, str]]:
    """Each crash of a function with the statement that it is of, as far as lines tell."""
    by_release: dict[str, dict[int, set[tuple[str, str]]]] = defaultdict(dict)
    for crash in members:
        line = crash.frames[chosen[crash.id]].line
        if crash.release and line is not None:
            by_release[crash.release].setdefault(line, set()).add((crash.failure, crash.says))
    slot_of: dict[tuple[str, int], int] = {}
    slots: list[tuple[int, set[tuple[str, str]]]] = []
    for release in sorted(by_release, key=natural):
        lines = by_release[release]
        if len(lines) > _MOST_LINES:
            continue
        matched = _matched(slots, sorted(lines.items()))
        for line, signs in sorted(lines.items()):
            number = matched.get(line)
            if number is None:
                number = len(slots)
                slots.append((line, set(signs)))
            else:
                slots[number] = (line, slots[number][1] | signs)
            slot_of[release, line] = number
    by_sign: dict[tuple[str, str], set[int]] = defaultdict(set)
    for number, (_, signs) in enumerate(slots):
        for sign in signs:
            by_sign[sign].add(number)
    for crash in members:
        line = crash.frames[chosen[crash.id]].line
        sign = (crash.failure, crash.says)
        place = slot_of.get((crash.release, line or 0))
        if place is None and len(by_sign.get(sign, ())) == 1:
            place = next(iter(by_sign[sign]))
        yield crash, f"{place}" if place is not None else "/".join(sign)


def _matched(
    slots: Sequence[tuple[int, set[tuple[str, str]]]],
    lines: Sequence[tuple[int, set[tuple[str, str]]]],
) -> dict[int, int]:
    """Lines of a release to statements of earlier ones: in order, alike in what failed, moved as little as can be."""
    wanted = set().union(*(signs for _, signs in lines))
    # What fails in none of these ways is none of them.
    known = [n for n, (_, signs) in enumerate(slots) if not wanted.isdisjoint(signs)]
    known.sort(key=lambda n: slots[n][0])
    rows, columns = len(known), len(lines)
    # Alignment: every pair that can be one counts most, then how little lines move against each other.
    best: list[list[tuple[int, int]]] = [[(0, 0)] * (columns + 1) for _ in range(rows + 1)]
    step: dict[tuple[int, int], bool] = {}
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            skip = max(best[i + 1][j], best[i][j + 1])
            line, signs = slots[known[i]]
            taken = (-1, 0)
            if signs & lines[j][1]:
                count, cost = best[i + 1][j + 1]
                taken = (count + 1, cost - abs(lines[j][0] - line))
            best[i][j] = max(skip, taken)
            step[i, j] = taken >= skip
    found: dict[int, int] = {}
    i = j = 0
    while i < rows and j < columns:
        if step[i, j]:
            found[lines[j][0]] = known[i]
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return found
