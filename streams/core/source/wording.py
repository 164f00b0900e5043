"""What two statements have in common: word for word, but for names, with expressions in place of variables.

In: statements of two functions as texts without local names (syntax.py). Out: which of the one are which of the other.
Everything is bounded: generated functions have any number of statements.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from streams.core.source.syntax import Function

_STATEMENT: Final = 60.0
_REWRITTEN: Final = 40.0
_MOVED: Final = 82.0
_EQUAL: Final = 96.0
_TWO: Final = 2
_TELLING_SIGNS: Final = 2
# A statement makes so many calls at most, and is one of so many that call a function.
_COMPARED: Final = 16
# `}` and `return nil` are everywhere.
SHORT: Final = 12
# Generated functions have any number of statements, and the same ones again and again: difflib takes the product of
# the numbers, times how often a statement comes.
_MOST_COMPARED: Final = 4_000_000
_MOST_EQUAL: Final = 200_000
_MOST_PAIRS: Final = 250_000
_NAMES: Final = re.compile(r"[A-Za-z]\w{3,}")
_CALL: Final = re.compile(r"\b([A-Za-z]\w+) (?:\[[^\]]*\] )?\(")
LOCAL: Final = re.compile(r"\b_\d+\b")
_FRAME: Final = re.compile(
    r"^(?:return |if |switch |for |_(?: \. \w+)*(?: , _(?: \. \w+)*)* :?= |var _ (?:[\w.]+ )?= |defer |go )+"
)
_PATH: Final = re.compile(r"\b_(?: \. \w+)*(?! \()\b")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
# What the same strings weigh beside the likeness of two statements, 60 to 100.
_SAYING: Final = 40.0
# A division, an assertion, a send or a receive, a slice, an element.
_FAILS_BY: Final = tuple(
    map(
        re.compile,
        (r" [/%]=? ", r"\. \( (?!type )", r"<-", r"\[ [^\[\]]* : |\[ : ", r"(?<=\w) \[ (?!\])"),
    )
)
# It is in every call.
_CALL_ALONE: Final = re.compile(r"_ \( [_ ,]*\)$")
_HOLE: Final = re.compile(r"(?:^|(?<= ))_(?= |$)")
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_SETS: Final = frozenset(("=", ":=", ",", ";"))


def is_same(core: str, other: str) -> bool:
    """Whether two statements of different functions are one: they say the same, or nearly with names of their own."""
    names = set(_NAMES.findall(core)) & set(_NAMES.findall(other))
    return fuzz.ratio(core, other) >= (_MOVED if len(names) >= _TWO else _EQUAL)


def left_over(
    function: Function, statement: int, before: Function, pairs: Mapping[int, int]
) -> int | None:
    """Of the statements that have no pair yet the only one that makes a call, or may fail, as no other does."""
    texts, others = [s.text for s in function.statements], [s.text for s in before.statements]
    taken = set(pairs.values())
    for name in _CALL.findall(texts[statement])[:_COMPARED]:
        call = re.compile(rf"\b{re.escape(name)} (?:\[[^\]]*\] )?\(")
        here = [n for n, text in enumerate(texts) if call.search(text)]
        there = [n for n, text in enumerate(others) if call.search(text)]
        if here == [statement] and len(there) == 1 and there[0] not in taken:
            return there[0]
    bare, former = ([_STRING.sub('""', text) for text in each] for each in (texts, others))
    for sign in _FAILS_BY:
        here = [n for n, text in enumerate(bare) if sign.search(text)]
        there = [n for n, text in enumerate(former) if sign.search(text)]
        if here == [statement] and len(there) == 1 and there[0] not in taken:
            alike = fuzz.ratio(texts[statement], others[there[0]])
            return there[0] if alike >= _REWRITTEN else None
    here = [n for n in range(len(texts)) if n not in pairs]
    there = [n for n in range(len(others)) if n not in taken]
    if len(here) == len(there) == 1 and fuzz.ratio(texts[here[0]], others[there[0]]) >= _REWRITTEN:
        return there[0]
    return None


@lru_cache(maxsize=8192)
def pairs_of(new: Function, old: Function) -> tuple[dict[int, int], dict[int, int]]:
    """Statements of the newer function by what they were in the older one: surely, as they say the same; likely."""
    here = [s.text for s in new.statements]
    there = [s.text for s in old.statements]
    surely: dict[int, int] = {}
    parts: list[tuple[range, range]] = []
    for tag, start, end, low, high in _opcodes(there, here):
        if tag == "equal":
            surely.update((low + k, start + k) for k in range(end - start))
        elif tag == "replace":
            parts.append((range(start, end), range(low, high)))
    used = set(surely.values())
    left: dict[str, list[int]] = {}
    for number in range(len(there) - 1, -1, -1):
        if number not in used:
            left.setdefault(there[number], []).append(number)
    # A statement that changed its place in the function.
    for number, text in enumerate(here):
        if number not in surely and len(text) > SHORT and left.get(text):
            surely[number] = left[text].pop()
            used.add(surely[number])
    likely: dict[int, int] = {}
    for older, newer in parts:
        likely.update(
            alike(
                there,
                [k for k in older if k not in used],
                here,
                [k for k in newer if k not in surely],
            )
        )
    return surely, likely


def _opcodes(there: list[str], here: list[str]) -> list[tuple[str, int, int, int, int]]:
    """How one list becomes the other; of long lists, or of many equal statements, what both begin and end with."""
    counts = Counter(there)
    equal = sum(counts[text] for text in here)
    if len(there) * len(here) <= _MOST_COMPARED and equal <= _MOST_EQUAL:
        return list(SequenceMatcher(None, there, here, autojunk=False).get_opcodes())
    short = min(len(there), len(here))
    head = next((k for k in range(short) if there[k] != here[k]), short)
    rest = short - head
    tail = next((k for k in range(rest) if there[-1 - k] != here[-1 - k]), rest)
    end, high = len(there) - tail, len(here) - tail
    return [
        ("equal", 0, head, 0, head),
        ("replace", head, end, head, high),
        ("equal", end, len(there), high, len(here)),
    ]


def alike(
    there: list[str], older: list[int], here: list[str], newer: list[int]
) -> Iterator[tuple[int, int]]:
    """Pairs of statements in a part that was rewritten, most alike first, in order.

    Of several that are alike the one that says the same in its strings: they outlive the code around them.
    """
    if len(newer) * len(older) > _MOST_PAIRS:
        return
    pairs = ((n, o) for n in newer for o in older)
    ratios = ((fuzz.ratio(here[n], there[o], score_cutoff=_STATEMENT), n, o) for n, o in pairs)
    scored = sorted(
        (-score - _SAYING * _said_alike(here[n], there[o]), n, o)
        for score, n, o in ratios
        if score >= _STATEMENT
    )[:10_000]
    used_new: set[int] = set()
    used_old: set[int] = set()
    for _, n, o in scored:
        if n not in used_new and o not in used_old:
            used_new.add(n)
            used_old.add(o)
            yield n, o


def _said_alike(one: str, other: str) -> float:
    """The share of strings that both statements have of those that either has."""
    here, there = set(_STRING.findall(one)), set(_STRING.findall(other))
    return len(here & there) / len(here | there) if here and there else 0.0


@lru_cache(maxsize=65536)
def longest_text(statement: str) -> str:
    """The longest string of a statement, without its quotes; empty where it has none."""
    return max(_STRING.findall(statement), key=len, default="")[1:-1]


def returned_for(callee: Function, name: str, calling: Function, text: str) -> int | None:
    """The statement in which a function returns what stands in another one where that calls it in another revision."""
    calls = _calls_in(calling, name)
    tokens = LOCAL.sub("_", text).split() if calls else []
    found = set()
    for head, tail in calls:
        inner = " ".join(_between(tokens, head, tail))
        # That a variable is returned says nothing.
        for k, value in enumerate(_returns(callee)) if inner not in ("", "_") else ():
            shaped = _PATH.sub("_", inner) == _PATH.sub("_", value)
            if value and (shaped or fuzz.ratio(inner, value) >= _MOVED):
                found.add(k)
    return next(iter(found)) if len(found) == 1 else None


@lru_cache(maxsize=1024)
def _returns(function: Function) -> tuple[str, ...]:
    """What each statement returns; empty where it does not."""
    texts = (LOCAL.sub("_", s.text) for s in function.statements)
    return tuple(t.removeprefix("return ") if t.startswith("return ") else "" for t in texts)


@lru_cache(maxsize=1024)
def _calls_in(function: Function, name: str) -> tuple[tuple[list[str], list[str]], ...]:
    """What stands before and behind each call of a function, a few of them."""
    texts = [s.text for s in function.statements if f" {name} (" in f" {s.text}"]
    found = (_call_in(LOCAL.sub("_", text).split(), name) for text in texts[:_COMPARED])
    return tuple(call for call in found if call is not None)


def _call_in(tokens: list[str], name: str) -> tuple[list[str], list[str]] | None:
    """What stands before and behind the only call of a function in a statement."""
    calls = [n for n, t in enumerate(tokens) if t == name and tokens[n + 1 : n + 2] == ["("]]
    if len(calls) != 1:
        return None
    start, end, depth = calls[0], calls[0] + 1, 0
    while start >= _TWO and tokens[start - 1] == "." and tokens[start - 2].isidentifier():
        start -= 2
    for end in range(calls[0] + 1, len(tokens)):
        depth += (tokens[end] in _OPENING) - (tokens[end] in _OPENING.values())
        if not depth:
            break
    return tokens[:start], tokens[end + 1 :]


def _between(tokens: list[str], head: list[str], tail: list[str]) -> list[str]:
    """What stands between a beginning and an end, where it is an expression."""
    end = len(tokens) - len(tail)
    if tokens[: len(head)] != head or tokens[end:] != tail or len(head) >= end:
        return []
    inner = tokens[len(head) : end]
    return inner if _is_expression(inner) and (head or tail) else []


_SET: Final = re.compile(r"^(?:var )?_ (?:[\w.]+ )?:?= (.+)$")


@lru_cache(maxsize=65536)
def value_set(statement: str) -> str:
    """What a statement sets a variable to, without names of locals; empty where it does something else."""
    match = _SET.match(LOCAL.sub("_", statement))
    return match[1] if match and _signs(match[1]) else ""


def with_value(statement: str, value: str, other: str) -> bool:
    """Whether a statement says what another does with a value in place of one of its variables."""
    shape, wanted = _PATH.sub("_", value), _PATH.sub("_", LOCAL.sub("_", other))
    said = _PATH.sub("_", LOCAL.sub("_", statement))
    # That a variable stands for another says nothing.
    if shape == "_" or shape not in wanted or len(said) - 1 + len(shape) != len(wanted):
        return False
    holes = [m.start() for m in _HOLE.finditer(said)][:_COMPARED]
    return any(said[:at] + shape + said[at + 1 :] == wanted for at in holes)


def unclaimed(function: Function, statement: int, before: Function, lost: list[int]) -> list[int]:
    """The lost statements without those that another statement of the function says word for word."""
    text = function.statements[statement].text
    others = {s.text for s in function.statements} - {text}
    return [k for k in lost if before.statements[k].text not in others]


def ordinal_of(function: Function, statement: int, settled: dict[int, int]) -> int:
    """The how many-th of the same statements of a function this is, those left out whose past is settled."""
    text = function.statements[statement].text
    return sum(
        k not in settled and s.text == text for k, s in enumerate(function.statements[:statement])
    )


def statement_like(
    text: str, function: Function, among: list[int], ordinal: int = 0, *, shaped: bool = True
) -> int | None:
    """The statement that says the same, or nearly: what is done with a value changes when code moves."""
    exact = [k for k in among if function.statements[k].text == text]
    if exact:
        return exact[min(ordinal, len(exact) - 1)]
    core = core_of(text)
    if len(core) <= SHORT:
        return _shaped(text, function, among) if shaped else None
    scored = [(fuzz.ratio(core, core_of(function.statements[k].text)), -k) for k in among]
    best = max(scored, default=(0.0, 0))
    if best[0] >= _MOVED:
        return -best[1]
    return _shaped(text, function, among) if shaped else None


@lru_cache(maxsize=65536)
def _shape(text: str) -> str:
    """A statement with every variable, and every field of one, as `_`: parameters become fields, fields parameters."""
    return _FRAME.sub("", _PATH.sub("_", LOCAL.sub("_", text)))


def shape_of_text(text: str) -> str:
    """The shape of a statement where it tells it from others; else empty."""
    shape = _shape(text).removeprefix("& ").removeprefix("* ")
    return shape if _signs(shape) > _TELLING_SIGNS else ""


def _signs(shape: str) -> int:
    return sum(not c.isalnum() and c not in "_ " for c in shape)


def _shaped(text: str, function: Function, among: list[int]) -> int | None:
    """The only statement of the same shape, or the only one that holds it, where the shape says something."""
    shape = _shape(text)
    if _signs(shape) < _TELLING_SIGNS:
        return None
    shapes = {k: _shape(function.statements[k].text) for k in among}
    telling = not _CALL_ALONE.match(shape)
    for same in (
        [k for k, other in shapes.items() if other == shape],
        [k for k, other in shapes.items() if telling and shape in other],
        [k for k, other in shapes.items() if _fills(shape, other) or _fills(other, shape)],
    ):
        if same:
            return same[0] if len(same) == 1 else None
    return None


def _fills(pattern: str, text: str) -> bool:
    """Whether a statement is another with expressions in place of variables: arguments in place of parameters.

    From left to right, each part at the first place where it stands: no backtracking.
    """
    parts = _HOLE.split(pattern)
    if _signs(pattern) <= _TELLING_SIGNS or len(parts) == 1:
        return False
    if not text.startswith(parts[0]) or not text.endswith(parts[-1]):
        return False
    at, end = len(parts[0]), len(text) - len(parts[-1])
    filled = []
    for part in parts[1:-1]:
        found = text.find(part, at + 1, end)
        if found < 0:
            return False
        filled.append(text[at:found])
        at = found + len(part)
    filled.append(text[at:end])
    return all(_is_expression(part.split()) for part in filled)


def _is_expression(tokens: list[str]) -> bool:
    """Whether tokens are one expression, as far as brackets and separators tell."""
    waiting: list[str] = []
    for token in tokens:
        if token in _OPENING:
            waiting.append(_OPENING[token])
        elif token in _OPENING.values():
            if not waiting or waiting.pop() != token:
                return False
        elif token in _SETS and not waiting:
            return False
    return bool(tokens) and not waiting


@lru_cache(maxsize=65536)
def core_of(text: str) -> str:
    """What a statement says, without what is done with it, and without names of locals."""
    return _FRAME.sub("", LOCAL.sub("_", text))
