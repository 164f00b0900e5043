"""Edits of literals alone: what they can have to do with what failed.

In: the content of an edit; what the crash says. Out: whether only numbers, texts or elements differ, and whether such a
difference can matter at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from streams.core.source.syntax import Function
from streams.core.suspects.content import Content
from streams.core.suspects.pairs import Pair
from streams.core.suspects.rewritten import listed

_LITERAL: Final = re.compile(r"^(?:\d[\w.]*|\".*\"|`.*`|'.*'|,)$", re.DOTALL)
# What encoding/json, encoding/gob, encoding/xml and the runtime call a type that they have no use for.
_NAMED_TYPE: Final = re.compile(
    r"(?:unsupported type:|type not registered for interface:|interface conversion: .* is) (\S[^,]*)"
)
_NUMERIC: Final = re.compile(r"^(?:\d[\w.]*|[-+*/%()|&^]|<<|>>|[-+*]=|\+\+|--)$")
# https://pkg.go.dev/regexp/syntax#ErrorCode: what is said, and the marks without which a text cannot be at fault.
_COMPLAINTS: Final = (
    ("missing closing ]", "["),
    ("missing closing )", "("),
    ("unexpected )", ")"),
    ("invalid escape sequence", "\\"),
    ("missing argument to repetition operator", "*+?{"),
    ("invalid nested repetition operator", "*+?{"),
)


def only_literals(content: Content) -> bool:
    """Whether two versions of statements differ in literals alone."""
    return _differ_in(content, _LITERAL)


def only_numbers(content: Content) -> bool:
    """Whether two versions of statements differ in numbers, and what is computed with them, alone."""
    return _differ_in(content, _NUMERIC)


_TEXT: Final = re.compile(r"^(?:\".*\"|`.*`)$", re.DOTALL)
# https://pkg.go.dev/errors, https://pkg.go.dev/fmt#Errorf, and what wraps them.
_ERRORS: Final = frozenset(("errors", "Errorf", "Wrap", "Wrapf", "WithMessage"))


def only_errors(content: Content) -> bool:
    """Whether two versions of statements differ in the texts of errors alone."""
    texts = all(not _ERRORS.isdisjoint(part.words) for part in (*content.removed, *content.added))
    return texts and _differ_in(content, _TEXT)


def _differ_in(content: Content, words: re.Pattern[str]) -> bool:
    if not content.removed or len(content.removed) != len(content.added):
        return False
    for old, new in zip(content.removed, content.added, strict=True):
        gone = Counter(old.words) - Counter(new.words)
        came = Counter(new.words) - Counter(old.words)
        if any(not words.match(word) for word in (*gone, *came)):
            return False
    return True


def complains_of_other(content: Content, message: str) -> bool:
    """Whether a pattern is refused for a mark that the texts which an edit puts in do not have."""
    marks = next((signs for said, signs in _COMPLAINTS if said in message), "")
    if not marks or "regexp" not in message or not only_literals(content):
        return False
    came = Counter(w for part in content.added for w in part.words)
    came -= Counter(w for part in content.removed for w in part.words)
    texts = [word[1:-1] for word in came if word[:1] in '"`']
    return bool(texts) and not any(mark in text for text in texts for mark in marks)


def names_type(content: Content, message: str) -> str:
    """The type that a message complains about, where an edit puts it in; or nothing."""
    match = _NAMED_TYPE.search(message)
    if match is None:
        return ""
    named = re.sub(r"[^\w\[\]*<-]", "", match[1].rpartition(".")[2])
    came = ("".join(part.words) for part in content.added)
    gone = "".join("".join(part.words) for part in content.removed)
    return match[1] if any(named in text for text in came) and named not in gone else ""


def other_elements(content: Content) -> bool:
    """Whether a list has other elements, as many as before."""
    both = list(zip(content.removed, content.added, strict=False))
    counted = all(
        "{" in old.words and ":" not in old.words and len(old.words) == len(new.words)
        for old, new in both
    )
    return bool(both) and counted and only_literals(content)


_APPENDS: Final = re.compile(r"^(\S+) = append \( \1 , ([^{}]*) \)$")


def only_elements(pairs: Sequence[Pair]) -> bool:
    """Whether edits only put other elements where there were some: as many as before."""
    return bool(pairs) and all(_elements(pair) for pair in pairs)


def _elements(pair: Pair) -> bool:
    if pair.old is None or pair.new is None:
        return False
    old, new = (_APPENDS.match(" ".join(part.words)) for part in (pair.old, pair.new))
    if old is None or new is None or old[1] != new[1] or "..." in old[2] + new[2]:
        return False
    return len(listed(old[2])) == len(listed(new[2]))


def only_indexed(name: str, functions: Iterable[Function]) -> bool:
    """Whether a package variable is indexed in one place, and gone through nowhere: nothing is made of its elements."""
    index = re.compile(rf"(?<![\w.]){re.escape(name)} \[")
    loop = re.compile(rf"range {re.escape(name)}\b")
    texts = [statement.text for function in functions for statement in function.statements]
    return sum(len(index.findall(t)) for t in texts) == 1 and not any(map(loop.search, texts))
