"""Edits that have goroutines share what each had alone, or leave them less room: by declarations, not by calls.

In: an edit without what only tells, a class of failure, the files of its package. Out: the reason, or nothing. By Go's
syntax and its standard words, never a program's own names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from streams.core.source.operands import WAITING
from streams.core.suspects.content import Content, is_concurrent, number_of
from streams.core.suspects.edits import Edit

_OF_LOCKS: Final = frozenset(("unlock-of-unlocked", "negative-waitgroup"))
# https://pkg.go.dev/sync: "must not be copied after first use".
_NO_COPY: Final = re.compile(rb"\b(?:sync|atomic)\.\w")
_DECLARES: Final = frozenset(("short_var_declaration", "var_declaration"))


class Met(NamedTuple):
    """A class of failure, the kind of crash, the files of the package that was edited, functions of the stack."""

    failure: str
    kind: str
    sources: Sequence[bytes]
    standing: Collection[str] = ()

    @property
    def goroutines(self) -> bool:
        """Whether goroutines met, or wait for each other."""
        waits = self.failure in WAITING or self.failure in _OF_LOCKS
        return waits or is_concurrent(self.failure, self.kind)


def joins(edit: Edit, content: Content, born: Collection[str], met: Met) -> str:
    """Why goroutines meet since an edit. `born`: what the commit declared first, variables as `var x`."""
    if not met.goroutines:
        return ""
    return (
        _copied(content, met)
        or _shared(edit, content, born)
        or _less_room(edit, content, met)
        or _hands_out(content, met)
        or _beside(content, met)
    )


def _copied(content: Content, met: Met) -> str:
    """A receiver or a parameter that is no longer a pointer: each call has a lock, or a group, of its own."""
    signatures = (
        [part.words for part in parts if part.node is None and part.text.startswith("func ")]
        for parts in (content.removed, content.added)
    )
    for old, new in zip(*signatures, strict=False):
        for name in sorted((set(_pointers(old)) - set(_pointers(new))) & set(new)):
            if name == "sync" or any(_holds_lock(name, data) for data in met.sources):
                return f"each call has its own copy of {name}, and goroutines met"
    return ""


def _pointers(words: Sequence[str]) -> Iterator[str]:
    return (name for star, name in pairwise(words) if star == "*")


def _holds_lock(name: str, data: bytes) -> bool:
    """Whether a struct of this name has a field that must not be copied."""
    declared = rb"^type[ \t]+" + re.escape(name.encode()) + rb"\b[^\n]*struct\b(.*?)^\}"
    found = re.search(declared, data, re.MULTILINE | re.DOTALL)
    return found is not None and _NO_COPY.search(found[1]) is not None


def _shared(edit: Edit, content: Content, born: Collection[str]) -> str:
    """A local of a function that became a variable of the package."""
    for part in content.removed if edit.before is not None else ():
        words = [word for word in part.words[:2] if word != "var"]
        declares = part.node is not None and part.node.type in _DECLARES
        if declares and words and f"var {words[0]}" in born:
            return f"all calls share {words[0]} since, and goroutines met"
    return ""


def _less_room(edit: Edit, content: Content, met: Met) -> str:
    """A constant that is the room of a channel, and is smaller now."""
    if edit.kind != "constant" or met.failure not in WAITING:
        return ""
    old, new = (
        [n for word in words if (n := number_of(word)) is not None]
        for words in (content.out - content.put, content.put - content.out)
    )
    names = b"|".join(re.escape(name.encode()) for name in sorted(edit.names))
    room = re.compile(rb"\bmake\(chan\b[^,()]*,[ \t]*(?:" + names + rb")\b")
    if old and new and max(new) < max(old) and any(map(room.search, met.sources)):
        return "a channel has less room, and goroutines wait"
    return ""


_RETURNED: Final = re.compile(r"return (\w+(?: \. \w+)*)")


def _hands_out(content: Content, met: Met) -> str:
    """A function that returned a copy of its own, and returns what it holds itself since."""
    if not is_concurrent(met.failure, met.kind):
        return ""
    old, new = (
        {found[1] for part in parts if (found := _RETURNED.fullmatch(" ".join(part.words)))}
        for parts in (content.removed, content.added)
    )
    made = {part.words[0] for part in content.removed if _makes(part.words)}
    held = sorted(name for name in new - old if " . " in name)
    if held and old & made:
        return f"it hands out {held[0].replace(' ', '')} itself, and goroutines met"
    return ""


def _makes(words: Sequence[str]) -> bool:
    """Whether a statement makes a map or a slice: `out := make(…)`, `out := []int{}`, `out := maps.Clone(…)`."""
    return words[1:2] == (":=",) and not {"make", "{", "Clone", "append"}.isdisjoint(words)


def _beside(content: Content, met: Met) -> str:
    """A call of the stack that is a goroutine of its own since."""
    called = {" ".join(part.words) for part in content.removed}
    for part in content.added:
        text = " ".join(part.words)
        name = next((one for one, two in pairwise(part.words) if two == "("), "")
        if text.startswith("go ") and text[3:] in called and name in met.standing:
            return f"{name} runs beside its caller since, and goroutines met"
    return ""
