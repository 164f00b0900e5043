"""Crashes without source, looked at together: what names alone cannot tell, a whole set of crashes often does.

In: what the stacks of a set of crashes say. Out: a key for each; equal keys are one cluster. A function of the set: the
order does not matter. Three things are learned, each from the set alone:

- helpers: packages that fail mostly on behalf of packages which fail themselves;
- other names of a function: one that no release has together with another, called by the same functions;
- functions that were cut out of their only caller, or put into it: they fail in turn, never in one release;
- statements: in one release a line of a function is a statement; from release to release statements keep their order,
  and the routes that led to one lead to it again;
- texts: a word that is another one in nearly every text that is else the same is data.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from streams.core.cluster.together_lines import Failed, statements_of
from streams.core.cluster.together_texts import varying
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
_TELLING_CALLERS: Final = 3


class Step(msgspec.Struct, frozen=True):
    """A frame of the user's own code: normalised function, line, package."""

    function: str
    line: int | None
    package: str


class Seen(msgspec.Struct, frozen=True):
    """What a crash says: frames from the innermost outward, its release, what failed and how the message begins.

    `key`: the cluster that names alone give; `fixed`: it stands (grouped by source, or without frames). `text`: what
    a crash that is grouped by its text says.
    """

    id: str | int
    key: str
    frames: tuple[Step, ...]
    release: str
    failure: str
    says: str
    fixed: bool = False
    text: str = ""


class Together(msgspec.Struct, frozen=True):
    """The cluster of a crash in its set; `rule` and `detail` where the set taught something, else empty."""

    key: str
    rule: str = ""
    detail: str = ""


def keys_of(crashes: Sequence[Seen]) -> dict[str | int, Together]:
    """The cluster of each crash. Repeats of one crash count once: they say nothing more."""
    said = varying(_releases((crash.says, crash.release) for crash in crashes))
    open_ones = [
        msgspec.structs.replace(crash, says=said.get(crash.says, crash.says))
        for crash in crashes
        if not crash.fixed and crash.frames
    ]
    found: dict[str | int, Together] = {crash.id: Together(crash.key) for crash in crashes}
    distinct = list({(c.frames, c.release, c.failure, c.says): c for c in open_ones}.values())
    helpers = helper_packages(distinct)
    chosen = {crash.id: _locus(crash, helpers) for crash in open_ones}
    names = _other_names(distinct, chosen)
    names = _cut_out(distinct, chosen, names)
    groups: dict[str, list[Seen]] = defaultdict(list)
    for crash in open_ones:
        function = crash.frames[chosen[crash.id]].function
        groups[_whole(names.get(function, function), crash.failure)].append(crash)
    for function, members in groups.items():
        for crash, slot in _slots(members, chosen, names):
            key = content_id("together", function, slot)
            found[crash.id] = Together(key, *_why(crash, chosen[crash.id], function, helpers))
    texts = varying(_releases((crash.text, crash.release) for crash in crashes))
    for crash in crashes:
        if crash.text in texts:
            template = texts[crash.text]
            detail = (
                f"a word is another one in nearly every such text: {template.removeprefix('?')}"
            )
            found[crash.id] = Together(content_id("together-text", template), "text", detail)
    return found


def _releases(said: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Which releases said a text."""
    found: dict[str, set[str]] = defaultdict(set)
    for text, release in said:
        if text:
            found[text].add(release)
    return found


def _whole(function: str, failure: str) -> str:
    """The type of a method that collided with another in a map: which two do is chance."""
    package = package_in(function)
    owner, dot, _ = function.removeprefix(package + ".").rpartition(".")
    return f"{package}.{owner}" if failure == "concurrent-map" and dot else function


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
    alone = _only_calls(calls, busy)
    telling = {function: names - busy - {function} for function, names in parents.items()}
    first = {function: min(numbers) for function, numbers in present.items()}
    last = {function: max(numbers) for function, numbers in present.items()}
    functions = sorted(failures, key=lambda f: (first[f], f))[:_MOST_FUNCTIONS]
    called_by: dict[str, set[str]] = defaultdict(set)
    namesakes: dict[str, set[str]] = defaultdict(set)
    oldest: dict[str, str] = {}
    heirs: set[str] = set()

    def theirs(other: str) -> set[str]:
        return {oldest.get(name, name) for name in telling[other]} - {other}

    for function in functions:
        mine = {oldest.get(name, name) for name in telling[function]}
        new, name = _Called(function, mine), function.rpartition(".")[2]
        near = set().union(namesakes[name], *(called_by[caller] for caller in mine))
        scored = sorted(
            (-score, -last[other], other)
            for other in near
            if last[other] < first[function]
            and other not in heirs
            and failures[other] & failures[function]
            and (score := _likeness(new, _Called(other, theirs(other)), alone)) > 0
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


def _only_calls(calls: Mapping[tuple[str, str], set[str]], busy: set[str]) -> dict[str, set[str]]:
    """What each function calls that calls one function alone in every release; itself and what is in it left out."""
    found: dict[str, set[str]] = defaultdict(set)
    several = set(busy)
    for (name, _), inner in calls.items():
        others = inner - {name}
        if len(others) > 1:
            several.add(name)
        found[name] |= others
    return {name: inner for name, inner in found.items() if name not in several}


class _Called(NamedTuple):
    """A function, and who calls it that tells something."""

    name: str
    by: set[str]


def _likeness(new: _Called, old: _Called, alone: Mapping[str, set[str]]) -> float:
    """How likely one is the other under a new name: by who calls them, by their names."""
    function, mine = new
    other, theirs = old
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
    # Who called nothing but the one before calls nothing but the other since.
    turned = sum({function, other} <= alone.get(name, set()) for name in mine & theirs)
    if turned >= _CALLERS or (turned and same_package):
        return _SHARED * turned / (turned + 1) + 0.2 * same_package
    return 0.0


def _of_a_kind(function: str) -> bool:
    """Whether a name, of a method with its type, is one that no two functions are given by chance."""
    return len(function.removeprefix(package_in(function) + ".")) >= _LONG_NAME


def _cut_out(
    crashes: Sequence[Seen], chosen: Mapping[str | int, int], names: dict[str, str]
) -> dict[str, str]:
    """With functions that were cut out of their only caller, or put into it, under that caller's name.

    Both fail in the same way, in the same package, and never in one release: the statement is in the one or the other.
    """
    above: dict[str, set[str]] = defaultdict(set)
    when: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for crash in crashes:
        at = chosen[crash.id]
        steps = [names.get(step.function, step.function) for step in crash.frames[at : at + 2]]
        above[steps[0]].add(steps[1] if len(steps) > 1 else "")
        when[steps[0], crash.failure, crash.says].add(crash.release)
    ways: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for function, failure, says in when:
        ways[function].add((failure, says))
    inside: dict[str, str] = {}
    for function in sorted(above):
        caller = next(iter(above[function])) if len(above[function]) == 1 else ""
        if caller in ("", function) or caller in inside or caller not in above:
            continue
        if package_in(caller) != package_in(function):
            continue
        common = ways[function] & ways[caller]
        if common and all(when[function, *way].isdisjoint(when[caller, *way]) for way in common):
            inside[function] = caller
    found = {name: inside.get(old, old) for name, old in names.items()}
    return {**inside, **found}


def _near(function: str, other: str) -> bool:
    """Whether two functions are of one repository, as far as import paths tell: the same host and owner."""
    one, two = function.split("/"), other.split("/")
    return len(one) > _OWNER and one[:_OWNER] == two[:_OWNER]


def package_in(function: str) -> str:
    """The package of a normalised function."""
    head, slash, tail = function.rpartition("/")
    return head + slash + tail.partition(".")[0]


# ---- statements


def _slots(
    members: Sequence[Seen], chosen: Mapping[str | int, int], names: Mapping[str, str]
) -> Iterator[tuple[Seen, str]]:
    """Each crash of a function with the statement that it is of, as far as lines tell."""
    found = statements_of([_failed(crash, chosen[crash.id], names) for crash in members])
    return zip(members, found, strict=True)


def _failed(crash: Seen, at: int, names: Mapping[str, str]) -> Failed:
    callers = crash.frames[at + 1 : at + 1 + _TELLING_CALLERS]
    # Of accesses to a map no line tells: it is any of several.
    line = None if crash.failure == "concurrent-map" else crash.frames[at].line
    return Failed(
        crash.release,
        line,
        crash.failure,
        crash.says,
        frozenset(names.get(step.function, step.function) for step in callers),
    )
