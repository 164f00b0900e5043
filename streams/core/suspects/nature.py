"""What kind of edit an edit is: a check taken out or put in, a lock, a clamp, a log line; and which crashes that fits.

In: an Edit. Out: a Nature with a weight 0..1 for how likely such an edit is to bring a crash, and why. Rules as data,
the first that applies decides. They speak of Go's syntax and its standard words, never of a program's own names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from streams.core.source.blame import parameters
from streams.core.suspects.compare import Part
from streams.core.suspects.content import (
    COPIES,
    NIL,
    WAITING,
    Content,
    is_if,
    leaves_early,
    number_of,
    tells,
    wraps,
)
from streams.core.suspects.edits import Edit
from streams.core.suspects.lifetime import ends_returned, leaves_held
from streams.core.suspects.rewritten import by_position, plain_forms, substituted

_LOCKS: Final = frozenset(("Lock", "RLock", "Unlock", "RUnlock"))
_CLAMPS: Final = frozenset(("min", "max", "Min", "Max", "clamp", "Clamp"))
_LARGE: Final = 32
_FAR: Final = 200


class Nature(NamedTuple):
    """`weight`: how likely such an edit brings a crash, 0..1; `kind` for evidence; `why` for people."""

    kind: str
    weight: float
    why: str


def _only_guards(parts: Sequence[Part]) -> bool:
    """Whether statements are conditions with bodies that leave, or set what the condition is about."""
    if not parts or not any(is_if(part) for part in parts):
        return False
    about: set[str] = set()
    for part in parts:
        if is_if(part):
            about = set(re.findall(r"[A-Za-z_]\w*", "".join(part.words[1:])))
        elif leaves_early(part):
            continue
        elif part.node is not None and part.node.type == "assignment_statement":
            if part.words and part.words[0] not in about:
                return False
        elif not (part.node is not None and tells(part)):
            return False
    return True


def limits_of(parts: Iterable[Part]) -> list[int]:
    """Numbers that conditions of parts ask to be exceeded: `if len(x) > 4096`."""
    found: list[int] = []
    for part in parts:
        if not is_if(part):
            continue
        text = " ".join(part.words)
        for match in re.finditer(r"(?:>=?) (\d[\w]*(?: << \d+)?(?: \* \d+)*)", text):
            value = number_of(match[1])
            if value is not None:
                found.append(value)
    return found


def beyond(limits: Sequence[int], numbers: Sequence[int]) -> bool:
    """Whether a crash that shows these sizes never reached a branch behind such limits."""
    return bool(limits) and bool(numbers) and min(limits) >= _LARGE and max(numbers) < min(limits)


class Crashing(NamedTuple):
    """What is known of a crash: class of failure, kind, sizes that it shows."""

    failure: str
    kind: str
    numbers: Sequence[int]


class _Seen(NamedTuple):
    edit: Edit
    content: Content
    failure: str
    kind: str
    numbers: Sequence[int]
    on_stack: bool


def _harmless(seen: _Seen) -> bool:
    return not seen.content.removed and not seen.content.added


def _lock_out(seen: _Seen) -> bool:
    return bool(_LOCKS & seen.content.out) and not _LOCKS & seen.content.put


def _lock_in(seen: _Seen) -> bool:
    return bool(_LOCKS & seen.content.put) and not _LOCKS & seen.content.out


def _lock_in_waiting(seen: _Seen) -> bool:
    return seen.failure in WAITING and _lock_in(seen)


def _starts_goroutines(seen: _Seen) -> bool:
    return "go" in seen.content.put - seen.content.out or bool(
        {"AfterFunc", "errgroup", "Go"} & (seen.content.put - seen.content.out)
    )


def _check_out(seen: _Seen) -> bool:
    if seen.content.added:
        return False
    removed = seen.content.removed
    # An alternative that is left out leads on to what failed, as a check does.
    alternative = any(p.text.startswith(("case ", "default")) for p in removed)
    return _only_guards(removed) or (alternative and any(map(leaves_early, removed)))


def _check_in_beyond(seen: _Seen) -> bool:
    return _check_in(seen) and beyond(limits_of(seen.content.added), seen.numbers)


def _check_out_beyond(seen: _Seen) -> bool:
    return _check_out(seen) and beyond(limits_of(seen.content.removed), seen.numbers)


def _recover_out(seen: _Seen) -> bool:
    return "recover" in seen.content.out and "recover" not in seen.content.put


def _leaves_locked(seen: _Seen) -> bool:
    """A way out without giving back what goroutines wait for."""
    return seen.failure in WAITING and leaves_held(seen.content, seen.edit.after)


def _ends_returned(seen: _Seen) -> bool:
    return ends_returned(seen.content, seen.edit.after)


def _entry_kept(seen: _Seen) -> bool:
    """What was taken out of a map stays in it."""
    return "delete" in seen.content.out and "delete" not in seen.content.put


def _in_other_words(seen: _Seen) -> bool:
    removed, added = seen.content.removed, seen.content.added
    if not removed or not added:
        return False
    return plain_forms(removed) == plain_forms(added)


def _check_in(seen: _Seen) -> bool:
    return not seen.content.removed and _only_guards(seen.content.added)


_FAILS: Final = re.compile(r"\b(?:err\w*|Err\w*|errors|Errorf)\b")


def _returns(seen: _Seen) -> list[str]:
    """What a check that is put in returns, errors left out."""
    parts = (part.text for part in seen.content.added if part.text.startswith("return "))
    return [text for text in parts if not _FAILS.search(text)]


def _wraps(seen: _Seen) -> bool:
    added = seen.content.added
    return not seen.content.removed and any(wraps(part, added) for part in added)


def _result_in(seen: _Seen) -> bool:
    """A way out with a value, in a function whose value failed."""
    return not seen.on_stack and _check_in(seen) and bool(_returns(seen))


def _nil_result_in(seen: _Seen) -> bool:
    return seen.failure in NIL and _result_in(seen) and any("nil" in r for r in _returns(seen))


def _check_replaced(seen: _Seen) -> bool:
    out = sum(map(is_if, seen.content.removed))
    put = sum(map(is_if, seen.content.added))
    return out > put


def _clamp_out(seen: _Seen) -> bool:
    return bool(_CLAMPS & seen.content.out) and not _CLAMPS & seen.content.put


def _clamp_in(seen: _Seen) -> bool:
    """A bound around what was there."""
    put, out = seen.content.put, seen.content.out
    return bool(_CLAMPS & put) and not _CLAMPS & out and out <= put


def _clamp_said_otherwise(seen: _Seen) -> bool:
    """`if len(x) > n { x = x[:n] }` became `x[:min(len(x), n)]`."""
    cuts = any(is_if(p) for p in seen.content.removed) and not any(
        # More than `return` and a name.
        p.text.startswith("return") and "[" not in p.text and p.words[2:]
        for p in seen.content.removed
    )
    bodies = [p for p in seen.content.removed if p.node is not None and not is_if(p)]
    sets = any(p.node is not None and p.node.type == "assignment_statement" for p in bodies)
    return cuts and sets and bool(_CLAMPS & seen.content.put) and not _CLAMPS & seen.content.out


def _limit_joined(seen: _Seen) -> bool:
    """A condition that got one more limit, which the crash is far from."""
    old, new = limits_of(seen.content.removed), limits_of(seen.content.added)
    more = list((Counter(new) - Counter(old)).elements())
    asked = bool(_conditions(seen.content.removed))
    # Where the crash shows no size, a limit of this order is still not what small things meet.
    far = beyond(more, seen.numbers or (_FAR // 2,)) and min(more, default=0) >= _FAR
    return asked and seen.content.out <= seen.content.put and (beyond(more, seen.numbers) or far)


def _exit_out(seen: _Seen) -> bool:
    """A way out is gone, and nothing leaves instead."""
    return (
        any(map(leaves_early, seen.content.removed))
        and not any(map(leaves_early, seen.content.added))
        and not any(map(is_if, seen.content.added))
    )


def _weaker(seen: _Seen) -> bool:
    """A condition lost a part: `a && b` became `a`."""
    for old, new in zip(
        _conditions(seen.content.removed), _conditions(seen.content.added), strict=False
    ):
        gone = Counter(old.words) - Counter(new.words)
        came = Counter(new.words) - Counter(old.words)
        if (gone["&&"] or gone["||"] or gone["nil"]) and not (
            came["&&"] or came["||"] or came["nil"]
        ):
            return True
    return False


def _conditions(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.text.startswith(("if ", "for "))]


def _loop_in(seen: _Seen) -> bool:
    return not seen.content.removed and any(p.text.startswith("for ") for p in seen.content.added)


def _same_loop(seen: _Seen) -> bool:
    """The same loop by elements, and by positions."""
    loops = any(part.text.startswith("for ") for part in seen.content.removed)
    old, new = seen.content.removed, seen.content.added
    return loops and by_position(old) == by_position(new)


def _nil_check_in(seen: _Seen) -> bool:
    return (
        seen.failure in NIL
        and _check_in(seen)
        and any("nil" in part.words for part in seen.content.added)
    )


def _moved(seen: _Seen) -> bool:
    parts = (*seen.content.removed, *seen.content.added)
    return all(part.moved for part in parts)


def _moved_defers(seen: _Seen) -> bool:
    parts = (*seen.content.removed, *seen.content.added)
    return _moved(seen) and any(part.text.startswith("defer ") for part in parts)


def _entries_in(seen: _Seen) -> bool:
    """A table that has all that it had, and more."""
    if seen.edit.kind != "variable" or not seen.content.removed or not seen.content.added:
        return False
    old = Counter(word for part in seen.content.removed for word in part.words)
    new = Counter(word for part in seen.content.added for word in part.words)
    return not old - new


def _new_function(seen: _Seen) -> bool:
    return seen.edit.before is None and seen.edit.after is not None


def _checked_assertion_out(seen: _Seen) -> bool:
    out = any(re.search(r", (?:_\d+|_|ok) :?= .*\. \(", p.text) for p in seen.content.removed)
    put = any(re.search(r"\. \( [^)]", p.text) for p in seen.content.added)
    return out and put


def _ok_dropped(seen: _Seen) -> bool:
    """`v, ok := m[k]` or `v, err := f()` became `v := m[k]` or `v, _ := f()`."""
    out = any(re.search(r"^_\d+ , _\d+ :?= ", p.text) for p in seen.content.removed)
    put = any(re.search(r"^_\d+ (?:, _ )?:?= ", p.text) for p in seen.content.added)
    kept = any(re.search(r"^_\d+ , _\d+ :?= ", p.text) for p in seen.content.added)
    return out and put and not kept


_EMPTY: Final = re.compile(
    r"^(?:var _\d+ (?:\[ \] )?[\w. \[\]*]+|_\d+ := [\w. ]+ \{ \}"
    r"|_\d+ :?= (?:\[ \] [^{]* \{ \}|make \( \[ \] .* , 0(?: , .*)? \)|make \( map .*\)|map .* \{ \}"
    r"|_\d+ \[ : 0 .*\]))$"
)


def _preallocated(seen: _Seen) -> bool:
    """`var out []T`, `out := []T{}` and `out := make([]T, 0, n)` are one to whoever appends."""
    parts = (*seen.content.removed, *seen.content.added)
    both = bool(seen.content.removed) and bool(seen.content.added)
    return both and all(_EMPTY.match(part.text) for part in parts)


def _variable_extracted(seen: _Seen) -> bool:
    removed, added = seen.content.removed, seen.content.added
    if not removed or not added or len(removed) == len(added):
        return False
    return substituted(removed) == substituted(added)


def _numbered(seen: _Seen) -> bool:
    return bool(seen.edit.numbered)


_DEFINED: Final = re.compile(r"^(?:type )?\w+ =? ?([^{]+)$")


def _retyped(seen: _Seen) -> bool:
    """`type T int` became `type T uint16`: what is converted to it is another value."""
    if seen.edit.kind != "type" or not seen.edit.name.startswith("type "):
        return False
    old = [
        m[1]
        for part in seen.content.removed
        if (m := _DEFINED.match(part.text)) and part.text.startswith("type ")
    ]
    new = [
        m[1]
        for part in seen.content.added
        if (m := _DEFINED.match(part.text)) and part.text.startswith("type ")
    ]
    return bool(old) and bool(new) and old != new


def _copies_out(seen: _Seen) -> bool:
    """What was copied is shared, with whoever changes it."""
    return bool(COPIES & seen.content.out) and not COPIES & seen.content.put


def _tightened(seen: _Seen) -> bool:
    """Upper bounds that are lower: what was cut at them is shorter, and no size that the crash shows is the bound."""
    removed, added = seen.content.removed, seen.content.added
    if not removed or len(removed) != len(added):
        return False
    for old, new in zip(removed, added, strict=True):
        if len(old.words) != len(new.words):
            return False
        for number, (one, two) in enumerate(zip(old.words, new.words, strict=True)):
            if one == two:
                continue
            was, now = number_of(one), number_of(two)
            bounds = (
                old.words[number - 1] in (">", ">=", ":")
                and new.words[number - 1] == old.words[number - 1]
            )
            if was is None or now is None or not bounds or now >= was or now in seen.numbers:
                return False
    return any(is_if(part) for part in added)


def _made_otherwise(seen: _Seen) -> bool:
    """Beside how a value was made there is another way: `if big { label = "big " + label }`."""
    if seen.content.removed:
        return False
    made = [
        p
        for p in seen.content.added
        if p.node is not None and p.node.type == "assignment_statement" and "=" in p.words
    ]
    return any(is_if(p) for p in seen.content.added) and any(
        p.words[0] in _own_names(seen.edit) or p.words[0] in p.words[p.words.index("=") :]
        for p in made
    )


def _own_names(edit: Edit) -> frozenset[str]:
    """Locals that a function had, parameters left out."""
    function = edit.before
    return frozenset(function.locals) - parameters(function).keys() if function else frozenset()


def _fields_added(seen: _Seen) -> bool:
    """A type that has all that it had."""
    if seen.edit.kind != "type":
        return False
    had = [_fields_of(part.text) for part in seen.content.removed]
    has = [_fields_of(part.text) for part in seen.content.added]
    old = {field for fields in had for field in fields}
    return old <= {field for fields in has for field in fields}


def _fields_of(line: str) -> set[tuple[str, str]]:
    """Names with types of a line of a struct, `a, b int`; one that is on a line of its own."""
    inside = line[line.index("{") + 1 :] if "{" in line else line
    found: set[tuple[str, str]] = set()
    for piece in inside.strip("{} ").split(";"):
        match = re.fullmatch(r"\s*(\w+(?:\s*,\s*\w+)*)\s+(.+?)\s*", piece)
        if match is not None and not piece.startswith("type "):
            found.update((name.strip(), match[2]) for name in match[1].split(","))
    return found


def _changed(seen: _Seen) -> bool:
    return bool(seen.content.removed) and bool(seen.content.added)


def _only_out(seen: _Seen) -> bool:
    return not seen.content.added


def _any(_seen: _Seen) -> bool:
    return True


# Name, whether it applies, weight, reason.
_RULES: Final[tuple[tuple[str, Callable[[_Seen], bool], float, str], ...]] = (
    ("harmless", _harmless, 0.01, "it only logs or counts"),
    ("limit", _limit_joined, 0.03, "its limit is beyond every size that the crash shows"),
    ("limit", _check_in_beyond, 0.02, "its limit is beyond every size that the crash shows"),
    ("limit", _check_out_beyond, 0.03, "the limit that it takes away is beyond every size that the crash shows"),
    ("recover-removed", _recover_out, 1.0, "it no longer recovers from panics"),
    ("left-locked", _leaves_locked, 0.95, "it leaves where a lock, or a place, may be held"),
    ("same", _in_other_words, 0.05, "it says the same in other words"),
    ("ended-early", _ends_returned, 1.0, "it ends what its caller is handed, before the caller has it"),
    ("entry-kept", _entry_kept, 0.95, "it no longer takes an entry out"),
    ("result-added", _nil_result_in, 0.8, "it adds a nil result"),
    ("made-conditional", _wraps, 0.8, "it does what was always done only sometimes"),
    ("check-added", _nil_check_in, 0.06, "it adds a nil check"),
    ("lock-removed", _lock_out, 1.0, "it takes a lock away"),
    ("lock-added", _lock_in_waiting, 0.95, "it takes a lock, and goroutines wait"),
    ("lock-added", _lock_in, 0.25, "it adds a lock"),
    ("new-function", _new_function, 0.6, "it adds the function"),
    ("goroutine-added", _starts_goroutines, 0.9, "it starts goroutines"),
    ("check-removed", _check_out, 1.0, "it takes a check away"),
    ("result-added", _result_in, 0.6, "it adds another result"),
    ("check-added", _check_in, 0.12, "it adds a check"),
    ("assertion-unchecked", _checked_assertion_out, 1.0, "it no longer asks whether an assertion holds"),
    ("result-unchecked", _ok_dropped, 1.0, "it no longer asks whether there is a value"),
    ("same", _clamp_said_otherwise, 0.12, "it says the same bound in another way"),
    ("same", _same_loop, 0.08, "it goes through the same elements in another way"),
    ("exit-removed", _exit_out, 1.0, "it takes a way out away"),
    ("check-weakened", _weaker, 1.0, "it asks less than before"),
    ("check-removed", _check_replaced, 0.95, "it replaces a check"),
    ("clamp-removed", _clamp_out, 1.0, "it takes a bound away"),
    ("clamp-added", _clamp_in, 0.2, "it adds a bound"),
    ("numbered", _numbered, 0.95, "it gives constants other numbers"),
    ("retyped", _retyped, 0.95, "it makes a type another one"),
    ("bound-tightened", _tightened, 0.15, "its bound is lower than before"),
    ("preallocated", _preallocated, 0.06, "it makes the same empty slice or map in another way"),
    ("extracted", _variable_extracted, 0.03, "it gives an expression a name, or takes one away"),
    ("fields-added", _fields_added, 0.08, "it adds fields"),
    ("copy-removed", _copies_out, 0.95, "it no longer copies what others share"),
    ("moved", _moved_defers, 0.9, "it changes the order of what is done at the end"),
    ("moved", _moved, 0.45, "it changes the order of statements"),
    ("entries-added", _entries_in, 0.4, "it adds to a table"),
    ("changed", _changed, 0.8, "it changes how a value is made"),
    ("removed", _only_out, 0.7, "it takes statements away"),
    ("loop-added", _loop_in, 0.8, "it does something again and again"),
    ("made-otherwise", _made_otherwise, 0.85, "it makes a value in another way now and then"),
    ("added", _any, 0.6, "it adds statements"),
)  # fmt: skip


def nature_of(edit: Edit, content: Content, crash: Crashing, *, on_stack: bool) -> Nature:
    """The kind of an edit. `on_stack`: its function is, so that leaving it early leads around the crash."""
    seen = _Seen(edit, content, *crash, on_stack)
    return next(Nature(name, weight, why) for name, holds, weight, why in _RULES if holds(seen))
