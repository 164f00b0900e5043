"""How near an edit is to the value that failed: by what it changes of the functions that the crash depends on.

In: an Edit without what only tells, a Dependence. Out: closeness 0..1 with the reason, and whether the edit wrote what
the stack stands on. Of a changed statement only the words that differ count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from streams.core.source.parameters import parameters
from streams.core.source.syntax import Function
from streams.core.suspects.compare import Part, said, words_of
from streams.core.suspects.content import Content, is_concurrent, way_out_lost, wraps
from streams.core.suspects.dependence import PREDECLARED, Dependence, Use
from streams.core.suspects.doing import (
    asked,
    encloses,
    field_set,
    governs,
    hands,
    sort,
    still_stands,
    within_literal,
)
from streams.core.suspects.edits import Edit
from streams.core.suspects.failing import dense
from streams.core.suspects.pairs import NAME, Differs, Pair, differs, paired
from streams.core.suspects.reads import WHOLE, reads, returned

# In a function of the stack, what has nothing to do with the failing value by name.
_SAME_FUNCTION: Final = 0.1
_OFF_STACK: Final = 0.9
_SHARED: Final = 0.5
# A field that is not read, an edit beside what sets one, a statement that only reads.
_BESIDE: Final = 0.2
_ONLY_READS: Final = 0.3
# A call without a result that is handed the value: `sort.Strings(out)`.
_HANDS_ON: Final = 0.85
_WAY_AROUND: Final = 0.7
_HOW_OFTEN: Final = 0.75

_UNTOUCHED: Final = 0.1
_TELLING: Final = 10
# Where a function was handed a name, nothing else says what it is called.
_MOST_VOTES: Final = 1000
# https://pkg.go.dev/builtin: what changes the map or slice that it is handed.
_EMPTIES: Final = re.compile(r"^(?:delete|clear|copy) \( ")
_RECOVER: Final = re.compile(r"[Rr]ecover")
# https://go.dev/ref/spec#Keywords
_KEYWORDS: Final = frozenset(
    ("break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "for", "func", "go",
     "goto", "if", "import", "interface", "map", "package", "range", "return", "select", "struct", "switch", "type",
     "var")
)  # fmt: skip


class Close(NamedTuple):
    """`near`: 0..1; `stands`: it wrote what failed, or a call on the stack."""

    near: float
    why: str
    stands: bool = False


Names = Callable[[], frozenset[str]]
FAR: Final = Close(0.0, "")


class Closeness:
    """Measures edits against one crash."""

    def __init__(self, dependence: Dependence, failure: str, kind: str, names: Names) -> None:
        """`failure`: the class of failure, `kind`: of crash; `names`: of all functions, without receivers."""
        self._dependence = dependence
        self._declared = names
        self._standing = {
            name.rpartition(".")[2]
            for (_, name), use in dependence.functions.items()
            if use.level is not None
        }
        self._concurrent = is_concurrent(failure, kind)

    @property
    def standing(self) -> frozenset[str]:
        """Functions of the stack, without receivers."""
        return frozenset(self._standing)

    def of(self, edit: Edit, content: Content) -> Close:
        """How near an edit is."""
        dependence = self._dependence
        if edit.kind in ("function", "variable"):
            use = dependence.functions.get((edit.folder, edit.name))
            moved = self._moved_on(edit, content)
            found = self._in_function(edit, content, use) if use is not None else FAR
            if max(found, moved).near > 0:
                return max(found, moved)
        best, name = 0.0, ""
        for ident in sorted(edit.names) if edit.kind != "function" else ():
            near = dependence.idents.get((edit.folder, ident), 0.0)
            if near > best:
                best, name = near, ident
        if best:
            if edit.kind == "variable":
                pairs = paired(content.removed, content.added)
                shares = (self._by_keys(pair.differs()) for pair in pairs)
                best *= max((1.0 if s is None else s for s in shares), default=1.0)
                if all(within_literal(part) for part in (*content.added, *content.removed)):
                    best *= _BESIDE
            if edit.kind == "type":
                best *= self._type_fields(content)
            return Close(best * _OFF_STACK, f"the crash depends on {name}")
        return self._sharing(edit, content)

    def _moved_on(self, edit: Edit, content: Content) -> Close:
        """Whether it wrote a statement of the stack that stands in another function of the package by now."""
        texts = {part.text for part in content.added if len(part.text) > _TELLING}
        for (folder, name), use in self._dependence.functions.items():
            other = folder == edit.folder and name != edit.name and use.level is not None
            if other and use.at in texts:
                why = f"it wrote the statement that stands in {name} now"
                return Close(use.near * 0.9, why, stands=True)
        return FAR

    # ---- functions

    def _in_function(self, edit: Edit, content: Content, use: Use) -> Close:
        if use.level is None:
            return self._off_stack(edit, content, use)
        out, put = " ".join(content.out), " ".join(content.put)
        if _RECOVER.search(out) and not _RECOVER.search(put):
            return Close(use.near, f"panics below {edit.name} were recovered")
        best = Close(use.near * _SAME_FUNCTION, f"it edits {edit.name}, on the stack")
        if way_out_lost(content):
            best = Close(use.near * _WAY_AROUND, f"it takes a way out of {edit.name}")
        if self._concurrent:
            best = Close(use.near * 0.9, f"it edits {edit.name}, on the stack")
        after = _renamed(edit.after, use.function)
        before = _renamed(edit.before, use.function)
        for pair in paired(content.removed, content.added):
            found = self._pair(pair, use, before, after, edit.folder)
            if found.near > best.near:
                best = found
        return best

    def _pair(
        self,
        pair: Pair,
        use: Use,
        before: Mapping[str, str],
        after: Mapping[str, str],
        folder: str,
    ) -> Close:
        """One statement in a function of the stack."""
        old = tuple(before.get(w, w) for w in pair.old.words) if pair.old else ()
        new = tuple(after.get(w, w) for w in pair.new.words) if pair.new else ()
        wrote = self._wrote(pair, use, old, new)
        if wrote is not None:
            return wrote
        change = differs(old, new)
        part = pair.part
        if part.text.startswith("defer ") and self._defers_stack(use.function):
            why = "it edits what is done at the end, and the stack stands there"
            return Close(use.near * _OFF_STACK, why)
        does = sort(part)
        if does == "decides" and not part.text.startswith("return"):
            # A condition is about all that it names, whichever word of it differs.
            change = change._replace(gone=old, came=new)
        near, word = self._values(change, use, folder)
        if does == "decides" and pair.old is None and wraps(part, (part,)):
            return self._conditional(part, use)
        if does == "decides":
            around = governs(part, use)
            near = near if around else near * _ONLY_READS
            if pair.old is not None and part.text.startswith("for ") and encloses(part, use):
                near = max(near, use.near * _HOW_OFTEN)
                word = word or "the loop around the stack"
            if around and pair.old is None and part.text.startswith("for "):
                return Close(use.near * 0.9, "it puts a loop around what the stack stands on")
        if does == "reads":
            near *= _HANDS_ON if hands(part, use.names) else _ONLY_READS
        if does == "assigns":
            made, name = self._made(change, use, folder)
            near, word = max((made, name), (near * 0.5, word))
        why = f"it edits what {word} is made of, on the stack" if word else ""
        return Close(near, why)

    def _defers_stack(self, function: Function | None) -> bool:
        """Whether a function puts off a call of another one of the stack."""
        statements = function.statements if function is not None else ()
        return any(
            s.text.startswith("defer ") and not self._standing.isdisjoint(words_of(s))
            for s in statements
        )

    @staticmethod
    def _conditional(part: Part, use: Use) -> Close:
        """A condition around what was there: a check where the stack stands in it, else what it makes may lack."""
        if encloses(part, use):
            return Close(
                use.near * _SAME_FUNCTION, "it puts a condition around what the stack stands on"
            )
        block = part.node.child_by_field_name("consequence") if part.node is not None else None
        near = max((use.names.get(read.name, 0.0) for read in reads(block)), default=0.0)
        return Close(near * 0.9, "it does what makes the failing value only sometimes")

    @staticmethod
    def _wrote(pair: Pair, use: Use, old: Sequence[str], new: Sequence[str]) -> Close | None:
        """Whether a pair wrote what the stack stands on; or touched the statement, but not that."""
        # Another statement may have the same expression.
        if pair.new is None or still_stands(pair.new.text, use):
            return None
        one, two = dense("".join(old)), dense("".join(new))
        where = "the expression that failed" if use.level == 0 else "a call on the stack"
        if use.critical:
            has = [text for text in use.critical if text in two]
            if len(has) == len(use.critical) or pair.new.text == use.at:
                unasked = asked(old) and not asked(new)
                if all(text in one for text in use.critical) and not unasked:
                    why = f"it touches the statement, but not {where}"
                    return Close(use.near * _UNTOUCHED, why)
                return Close(use.near, f"it wrote {where}", stands=True)
            return None
        if pair.new.text == use.at:
            return Close(use.near, f"it wrote {where}", stands=True)
        return None

    def _made(self, change: Differs, use: Use, folder: str) -> tuple[float, str]:
        """What a name that is assigned weighs; of keyed literals only the keys that differ."""
        best, name = 0.0, ""
        for word in sorted(change.left):
            near = self._name(word, use, folder)
            near = max(near, self._dependence.fields.get(word, 0.0) * 0.7)
            if near > best:
                best, name = near, word
        if change.keys and not change.whole:
            key_near, key = self._keyed(change)
            if key_near <= 0:
                return best * _BESIDE, name
            return max(best * 0.9, key_near), key
        return best, name

    def _keyed(self, change: Differs) -> tuple[float, str]:
        fields = self._dependence.fields
        found = [(fields.get(key, 0.0), key) for key in sorted(change.keys)]
        return max(found, default=(0.0, ""))

    def _values(self, change: Differs, use: Use, folder: str) -> tuple[float, str]:
        """The nearest of the words that differ."""
        best, name = 0.0, ""
        for words in (change.gone, change.came):
            following = (*words[1:], "", "")
            for number, word in enumerate(words):
                if not NAME.match(word) or word in _KEYWORDS or word in PREDECLARED:
                    continue
                near = use.names.get(word, 0.0)
                if near and following[number] == ".":
                    fields = use.fields.get(word, frozenset())
                    if WHOLE not in fields and following[number + 1] not in fields:
                        near *= _BESIDE
                near = max(near, self._name(word, None, folder))
                if near > best:
                    best, name = near, word
        return best, name

    def _name(self, word: str, use: Use | None, folder: str) -> float:
        near = use.names.get(word, 0.0) if use is not None else 0.0
        return max(near, self._dependence.idents.get((folder, word), 0.0) * 0.6)

    def _off_stack(self, edit: Edit, content: Content, use: Use) -> Close:
        """A function that makes or sets what failed: what reaches its caller counts."""
        near = use.near * _OFF_STACK
        if use.about and use.about not in content.out | content.put:
            near *= _BESIDE
        function = edit.after or edit.before
        reaching = returned(function) if function else frozenset()
        best = 0.0
        for pair in paired(content.removed, content.added):
            best = max(best, self._reaches(pair, reaching, use.about))
        return Close(near * best, f"{edit.name} {use.why}")

    def _registers(self, change: Differs) -> bool:
        """Whether it only adds functions to a table, none of which is on the stack. A call puts in what it makes."""
        handed = {one for one, two in pairwise((*change.came, "")) if two != "("}
        came = handed - set(change.gone)
        if set(change.gone) - set(change.came):
            return False
        functions = came & self._declared()
        return bool(functions) and functions.isdisjoint(self._standing)

    def opens(self, content: Content) -> str:
        """The function of the stack that it hands to a table, a router or a callback, where it was not before."""
        otherwise = ("(", ":", ":=", "=")
        return self._more_often(content.removed, content.added, lambda word: word not in otherwise)

    def again(self, content: Content) -> str:
        """The function of the stack that it calls more often than before, where goroutines met."""
        if not self._concurrent:
            return ""
        old, new = (
            [part for part in parts if not part.moved] for parts in (content.removed, content.added)
        )
        return self._more_often(old, new, lambda word: word == "(")

    def _more_often(
        self, removed: Sequence[Part], added: Sequence[Part], before: Callable[[str], bool]
    ) -> str:
        """The function of the stack that is named more often than before, where it stands `before` such a word."""
        old, new = (
            Counter(
                one
                for part in parts
                for one, two in pairwise((*part.words, ""))
                if one in self._standing and before(two)
            )
            for parts in (removed, added)
        )
        return min(new - old, default="")

    def _type_fields(self, content: Content) -> float:
        """Of a type, how much the fields matter whose lines differ; 1 where these are no fields."""
        names = {
            word
            for part in (*content.removed, *content.added)
            for word in part.words[:1]
            if NAME.match(word) and word not in _KEYWORDS
        }
        if not names:
            return 1.0
        near = max(self._dependence.fields.get(name, 0.0) for name in names)
        return _share(near, _BESIDE)

    def _by_keys(self, change: Differs) -> float | None:
        """Of a literal of which only some keys differ, how much these matter; None for any other."""
        if self._registers(change):
            return _UNTOUCHED
        if not change.keys or change.whole:
            return None
        near, _ = self._keyed(change)
        return _share(near, _UNTOUCHED)

    def _reaches(self, pair: Pair, reaching: frozenset[str], about: str) -> float:
        part, change = pair.part, pair.differs()
        of_keys = self._by_keys(change)
        if of_keys is not None:
            return of_keys
        does = sort(part)
        empties = _EMPTIES.match(part.text) and not self._dependence.fields.keys().isdisjoint(
            part.words
        )
        if empties or (about and about in part.words):
            return 1.0
        if does == "reads" and not self._concurrent:
            return _HANDS_ON if hands(part, reaching) else _ONLY_READS
        return self._assigned(part, change.left, reaching, about) if does == "assigns" else 1.0

    def _assigned(
        self, part: Part, left: frozenset[str], reaching: frozenset[str], about: str
    ) -> float:
        """How much an assignment off the stack matters: by the field that it sets, else by what reaches a caller."""
        other = field_set(part)
        if other and not about:
            return _share(self._dependence.fields.get(other, 0.0), _BESIDE)
        if not left or left & reaching:
            return 1.0
        locals_of = part.function.locals if part.function is not None else frozenset()
        return _ONLY_READS if left <= locals_of else 1.0

    # ---- what is shared

    def _sharing(self, edit: Edit, content: Content) -> Close:
        """A function that the crash does not depend on by calls may still write what it reads."""
        dependence = self._dependence
        best, name = 0.0, ""
        for pair in paired(content.removed, content.added):
            change = pair.differs()
            for word in sorted(change.left | change.keys):
                near = dependence.idents.get((edit.folder, word), 0.0)
                near = max(near, dependence.fields.get(word, 0.0) * 0.8)
                if near > best:
                    best, name = near, word
        if edit.kind == "type":
            for part in (*content.added, *content.removed):
                for word in part.words[:1]:
                    near = dependence.fields.get(word, 0.0)
                    if near > best:
                        best, name = near, word
        if best:
            return Close(best * _SHARED, f"it writes {name}, which the crash reads")
        if self._concurrent:
            near = dependence.folders.get(edit.folder, 0.0)
            return Close(near * 0.3, "it is in a package of the stack")
        return FAR


def _share(near: float, least: float) -> float:
    """How much a field counts that is so near: beyond some closeness all."""
    return max(least, min(1.0, near * 1.25))


def _renamed(function: Function | None, crashed: Function | None) -> Mapping[str, str]:
    """Locals of a version of a function by what they are called in the one that crashed."""
    if function is None or crashed is None or function is crashed:
        return {}
    by_text: dict[str, list[tuple[str, ...]]] = {}
    for statement in crashed.statements:
        by_text.setdefault(said(statement), []).append(words_of(statement))
    votes: dict[str, Counter[str]] = {}
    for one, two in zip(parameters(function), parameters(crashed), strict=False):
        votes.setdefault(one, Counter())[two] += _MOST_VOTES
    for statement in function.statements:
        for words in by_text.get(said(statement), ()):
            for one, two in zip(words_of(statement), words, strict=False):
                votes.setdefault(one, Counter())[two] += 1
    return {one: min(c, key=lambda w: (-c[w], w != one, w)) for one, c in votes.items()}
