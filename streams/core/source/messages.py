"""Where the source made the text of an error: the format strings that it was put together from.

In: the text of an error, the formats of a revision. Out: the place that made its innermost part. Wrapping adds text in
front, as many times as there are routes; what failed is said at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from streams.core.source.lineage import folder_of
from streams.core.source.syntax import VARIABLE, Declared, declarations

_LITERAL: Final = rb"(?P<text>\"(?:[^\"\\\n]|\\.){0,1000}\"|`[^`]{0,1000}`)"
_PRINTED: Final = rb"(?:fmt\.Sprintf\([ \t]*)?"
# Calls that make or wrap an error of a literal: standard library, pkg/errors, xerrors, cockroachdb/errors, gRPC status.
_MADE: Final = re.compile(
    rb"\b(?:\w+\.)?(?P<call>New|Newf|Errorf|Error|Wrap|Wrapf|WithMessage|WithMessagef|Sprintf|Join)"
    rb"\([ \t]*(?:[\w.\[\]()*&]+[ \t]*,[ \t]*)?" + _PRINTED + _LITERAL
)
# A wrapper of the user's own: `return errs.Note(err, "text")`.
_NOTED: Final = re.compile(
    rb"\b(?P<call>[A-Za-z]\w*\.[A-Za-z]\w*)\([ \t]*(?:\w+\.)*\w*(?:err|Err)\w*[ \t]*,[ \t]*"
    + _PRINTED
    + _LITERAL
)
# A constructor of the user's own: `return errs.Coded(41, "no seat %d", n)`. Its text is looked for, whatever it is.
_RETURNED: Final = re.compile(
    rb"\breturn (?:[\w.\"]+, ){0,2}(?P<call>[A-Za-z]\w*\.[A-Za-z]\w*)\([ \t]*(?:[\w.]+[ \t]*,[ \t]*){0,2}"
    + _LITERAL
)
_VERB: Final = re.compile(r"(?<!%)%[-+# 0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:\[\d+\])?[a-zA-Z]")
_WRAPS: Final = re.compile(r"%[-+# 0]*(?:\[\d+\])?[wvs]$")
_VALUE: Final = re.compile(r"%[-+# 0]*(?:\[\d+\])?[vs]$")
_ESCAPES: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "r": "\r"}
# gRPC's status prints `rpc error: code = Internal desc = text`; others a number first, `[41] text`.
_BEGINS: Final = re.compile(r": |\n| desc = |\[\d{1,9}\] ")
_LEAST_LETTERS: Final = 3
MOST_MESSAGE: Final = 4096
_MOST_PARTS: Final = 12


class Format(NamedTuple):
    """A literal of the source that errors are made of. `wraps`: another error's text comes at its end."""

    text: str
    wraps: bool
    path: str
    line: int
    declared: Declared


@lru_cache(maxsize=4096)
def formats_of(data: bytes) -> tuple[tuple[str, bool, int, Declared], ...]:
    """The formats of a file: text, whether it wraps, line, function."""
    found = []
    declared = declarations(data)
    at = 0
    line, seen = 1, 0
    # A literal is what the first of these takes it for.
    matches: dict[int, re.Match[bytes]] = {}
    for pattern in (_MADE, _NOTED, _RETURNED):
        for match in pattern.finditer(data):
            known = matches.setdefault(match.start("text"), match)
            if known["call"] == b"Sprintf":
                # `errs.Note(err, fmt.Sprintf("text %d", n))`: who is handed the text makes the error.
                matches[match.start("text")] = match
    for match in sorted(matches.values(), key=lambda m: m.start()):
        line += data.count(b"\n", seen, match.start())
        seen = match.start()
        while at < len(declared) and declared[at].end < match.start():
            at += 1
        if at >= len(declared) or declared[at].start > match.start():
            continue
        call = match["call"].decode()
        if call == "Sprintf" and not declared[at].name.endswith(".Error"):
            continue
        text = _unquoted(match["text"].decode("utf-8", "replace"))
        if match.re is _NOTED or call.startswith(("Wrap", "WithMessage")):
            # errors.Wrap(err, "text") prints `text: err`.
            text += ": %w"
        wraps = _WRAPS.search(text) is not None
        if sum(c.isalpha() for c in _VERB.sub("", text)) >= _LEAST_LETTERS:
            found.append((text, wraps, line, declared[at]))
    return tuple(found)


def _unquoted(literal: str) -> str:
    if literal.startswith("`"):
        return literal[1:-1]
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), literal[1:-1])


def formats_in(files: Iterable[tuple[str, bytes]]) -> Iterator[Format]:
    """The formats of all files; tests left out."""
    for path, data in files:
        if not path.endswith("_test.go"):
            for text, wraps, line, declared in formats_of(data):
                yield Format(text, wraps, path, line, declared)


def _pieces(text: str) -> list[str]:
    """What a format prints between its verbs."""
    return [piece.replace("%%", "%") for piece in _VERB.split(text)]


class _Literal(NamedTuple):
    """What stands between two verbs; `after`: the letter of the verb before it, empty at the beginning."""

    after: str
    text: str


@lru_cache(maxsize=16384)
def _literals(text: str, *, wraps: bool) -> tuple[_Literal, ...]:
    """A format as what it printed between its verbs; of a wrapper what it wraps is left to others."""
    verbs = ("", *(verb[-1] for verb in _VERB.findall(text)))
    body = tuple(map(_Literal, verbs, _pieces(text)))
    return body[:-1] if wraps else body


def _printed(literals: Sequence[_Literal], message: str, start: int) -> int | None:
    """Where these end, one after the other with what verbs print between; None where one is not there.

    The nearest of each. No regular expression: one with as many `.*?` as a format has verbs takes a power of the
    message's length.
    """
    first, *others = literals
    if not message.startswith(first.text, start):
        return None
    end = start + len(first.text)
    for literal in others:
        at = message.find(literal.text, end)
        if at < 0 or not _may_print(literal.after, message[end:at]):
            return None
        end = at + len(literal.text)
    return end


def _may_print(verb: str, text: str) -> bool:
    """Whether a verb may have printed a text: `%d` prints no word.

    It does print what holds numbers, and says so of what is none: `map[a:1]`, `{1 true}`, `[%!d(string=x)]`.
    """
    return verb != "d" or not text[:1].isalpha() or text.startswith("map[")


def _ends(literals: Sequence[_Literal], message: str, start: int) -> bool:
    """Whether they print all of the message from `start` on."""
    if len(literals) == 1:
        return message[start:] == literals[0].text
    end, last = _printed(literals[:-1], message, start), literals[-1]
    if end is None or not message.endswith(last.text, end):
        return False
    return _may_print(last.after, message[end : len(message) - len(last.text)])


@lru_cache(maxsize=16384)
def _longest(text: str) -> str:
    return max(_pieces(text), key=len)


class Part(NamedTuple):
    """A format that made the part of a message from `start` to `end`; what it wraps begins at `inner`."""

    format: Format
    start: int
    end: int
    inner: int


def made_by(
    message: str,
    formats: Iterable[Format],
    calls: Callable[[Format, Format], bool],
    shared: Callable[[Format], bool],
) -> Part | None:
    """The format that made the innermost part of an error's text; None where none did, or several may have.

    `calls`: whether the function of one format calls, or names, that of another. `shared`: whether that
    function serves many. A sentinel, or an error of such a function, is one of many: then the format around it counts.
    """
    message = message[:MOST_MESSAGE].rstrip()
    begins = [0, *(m.end() for m in _BEGINS.finditer(message))][-_MOST_PARTS:]
    parts = [
        part
        for found in formats
        if _longest(found.text) in message
        for part in _parts(found, message, begins)
    ]
    wrappers = [part for part in parts if part.format.wraps and part.end < len(message)]
    wrapped = max((part.start for part in wrappers), default=-1)
    # `no user %s` ends in a value; whether that was an error shows where nothing that wraps said the same.
    leaves = [
        part
        for part in parts
        if part.end == len(message) and (not part.format.wraps or part.start > wrapped)
    ]
    if leaves:
        # Of those that end the text: `%s` alone is everything.
        leaves = _asked(_most_literal(leaves), wrappers, calls, shared)
        return _only(leaves, wrappers, calls)
    if not wrappers:
        return None
    last = max(part.start for part in wrappers)
    innermost = _most_literal([part for part in wrappers if part.start == last])
    return _only(innermost, wrappers, calls)


def _asked(
    leaves: list[Part],
    wrappers: list[Part],
    calls: Callable[[Format, Format], bool],
    shared: Callable[[Format], bool],
) -> list[Part]:
    """Of a sentinel, or an error of a function that serves many, what is around it: who asked for it."""
    of_many = any(part.format.declared.name.startswith(VARIABLE) for part in leaves)
    others: set[str] = set()
    while of_many or all(shared(part.format) for part in leaves):
        start = max(part.start for part in leaves)
        around = [
            part
            for part in wrappers
            if part.end == start and folder_of(part.format.path) not in others
        ]
        named = [p for p in around if any(calls(p.format, leaf.format) for leaf in leaves)]
        # One that another function than the error's own wraps in is not around it.
        if not named and not (around and of_many):
            break
        leaves, of_many = _most_literal(named or around), False
        # A function that wraps what failed is where it failed, but for whoever asks another package for it.
        others = {folder_of(part.format.path) for part in leaves}
    return leaves


def _most_literal(parts: list[Part]) -> list[Part]:
    """Those that say most themselves: `load %s@%d: %w` rather than `load %s: %w`."""
    said = [_VERB.sub("", part.format.text) for part in parts]
    scores = [(sum(c.isalpha() for c in text), len(text)) for text in said]
    most = max(scores)
    return [part for part, score in zip(parts, scores, strict=True) if score == most]


def _only(
    found: list[Part], wrappers: list[Part], calls: Callable[[Format, Format], bool]
) -> Part | None:
    """The one of several that said the same, by who wrapped what they said."""
    unique = {part.format: part for part in found}
    while len(unique) > 1:
        start = min(part.start for part in unique.values())
        around = [part for part in wrappers if part.end == start]
        kept = {
            f: part for f, part in unique.items() if any(calls(outer.format, f) for outer in around)
        }
        if kept and len(kept) < len(unique):
            unique = kept
            continue
        break
    return next(iter(unique.values())) if len(unique) == 1 else None


def _parts(found: Format, message: str, begins: list[int]) -> Iterator[Part]:
    """Where in a message a format may have made a part."""
    if not found.wraps:
        literals = _literals(found.text, wraps=False)
        starts = [start for start in begins if _ends(literals, message, start)]
        if starts:
            yield Part(found, max(starts), len(message), len(message))
        return
    literals = _literals(found.text, wraps=True)
    whole = _literals(found.text, wraps=False) if _VALUE.search(found.text) else None
    for start in begins:
        end = _printed(literals, message, start)
        if end is not None and end in begins and start < end < len(message):
            yield Part(found, start, end, end)
        elif end is not None and whole is not None and _ends(whole, message, start):
            yield Part(found, start, len(message), end)
