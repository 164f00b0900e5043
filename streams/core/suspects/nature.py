"""What kind of edit an edit is: a check taken out or put in, a lock, a clamp, a log line; and which crashes that fits.

In: a Seen. Out: a Nature with a weight 0..1 for how likely such an edit is to bring a crash, and why. Rules as data,
the first that applies decides. They speak of Go's syntax and its standard words, never of a program's own names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from streams.core.source.operands import WAITING
from streams.core.suspects import checks, values
from streams.core.suspects.content import (
    NIL,
    RUNTIME,
    Seen,
    way_out_lost,
    wraps,
)
from streams.core.suspects.lifetime import ends_returned, leaves_held
from streams.core.suspects.literal import only_errors

_NOTHING: Final = ("return nil", "return nil , nil")
_LOCKS: Final = frozenset(("Lock", "RLock", "Unlock", "RUnlock"))


class Nature(NamedTuple):
    """`weight`: how likely such an edit brings a crash, 0..1; `kind` for evidence; `why` for people."""

    kind: str
    weight: float
    why: str


def _lock_out(seen: Seen) -> bool:
    return seen.content.lost(_LOCKS)


def _lock_in(seen: Seen) -> bool:
    return seen.content.gained(_LOCKS)


def _lock_in_waiting(seen: Seen) -> bool:
    return seen.failure in WAITING and _lock_in(seen)


def _starts_goroutines(seen: Seen) -> bool:
    return "go" in seen.content.put - seen.content.out or bool(
        {"AfterFunc", "errgroup", "Go"} & (seen.content.put - seen.content.out)
    )


def _recover_out(seen: Seen) -> bool:
    return seen.content.lost(frozenset(("recover",)))


def _wraps(seen: Seen) -> bool:
    added = seen.content.added
    return not seen.content.removed and any(wraps(part, added) for part in added)


def _exit_out(seen: Seen) -> bool:
    """A way out is gone, and nothing leaves instead."""
    return way_out_lost(seen.content)


def _loop_in(seen: Seen) -> bool:
    return not seen.content.removed and any(p.text.startswith("for ") for p in seen.content.added)


def _moved(seen: Seen) -> bool:
    parts = (*seen.content.removed, *seen.content.added)
    return all(part.moved for part in parts)


def _moved_defers(seen: Seen) -> bool:
    parts = (*seen.content.removed, *seen.content.added)
    return _moved(seen) and any(part.text.startswith("defer ") for part in parts)


def _new_function(seen: Seen) -> bool:
    return seen.edit.before is None and seen.edit.after is not None


def _error_said_otherwise(seen: Seen) -> bool:
    return seen.failure in RUNTIME and only_errors(seen.content)


_RESULT: Final = re.compile(r"return (?!nil\b).+")


def _nil_instead(seen: Seen) -> bool:
    """Where something was returned, nothing is."""
    out = any(_RESULT.fullmatch(part.text) for part in seen.content.removed)
    put = any(part.text in _NOTHING for part in seen.content.added)
    return seen.failure in NIL and out and put


def _changed(seen: Seen) -> bool:
    return bool(seen.content.removed) and bool(seen.content.added)


def _only_out(seen: Seen) -> bool:
    return not seen.content.added


def _any(_seen: Seen) -> bool:
    return True


# Name, whether it applies, weight, reason.
_RULES: Final[tuple[tuple[str, Callable[[Seen], bool], float, str], ...]] = (
    ("limit", checks.limit_joined, 0.03, "its limit is beyond every size that the crash shows"),
    ("limit", checks.limit_left, 0.03, "the limit that it takes away is beyond every size that the crash shows"),
    ("limit", checks.check_in_beyond, 0.02, "its limit is beyond every size that the crash shows"),
    ("limit", checks.check_out_beyond, 0.03, "the limit that it takes away is beyond every size that the crash shows"),
    ("recover-removed", _recover_out, 1.0, "it no longer recovers from panics"),
    ("left-locked", leaves_held, 0.95, "it leaves where a lock, or a place, may be held"),
    ("same", values.in_other_words, 0.05, "it says the same in other words"),
    ("same", _error_said_otherwise, 0.05, "it says an error in other words"),
    ("ended-early", ends_returned, 1.0, "it ends what its caller is handed, before the caller has it"),
    ("entry-kept", values.entry_kept, 0.95, "it no longer takes an entry out"),
    ("result-added", checks.nil_result_in, 0.8, "it adds a nil result"),
    ("result-changed", _nil_instead, 1.0, "it returns nil instead"),
    ("made-conditional", _wraps, 0.8, "it does what was always done only sometimes"),
    ("check-added", checks.nil_check_in, 0.06, "it adds a nil check"),
    ("lock-removed", _lock_out, 1.0, "it takes a lock away"),
    ("lock-added", _lock_in_waiting, 0.95, "it takes a lock, and goroutines wait"),
    ("lock-added", _lock_in, 0.25, "it adds a lock"),
    ("new-function", _new_function, 0.6, "it adds the function"),
    ("goroutine-added", _starts_goroutines, 0.9, "it starts goroutines"),
    ("check-removed", checks.check_out, 1.0, "it takes a check away"),
    ("result-added", checks.result_in, 0.6, "it adds another result"),
    ("check-added", checks.check_in, 0.12, "it adds a check"),
    ("assertion-unchecked", checks.checked_assertion_out, 1.0, "it no longer asks whether an assertion holds"),
    ("result-unchecked", checks.ok_dropped, 1.0, "it no longer asks whether there is a value"),
    ("same", checks.clamp_said_otherwise, 0.12, "it says the same bound in another way"),
    ("same", values.same_loop, 0.08, "it goes through the same elements in another way"),
    ("exit-removed", _exit_out, 1.0, "it takes a way out away"),
    ("check-weakened", checks.weaker, 1.0, "it asks less than before"),
    ("check-removed", checks.check_replaced, 0.95, "it replaces a check"),
    ("clamp-removed", checks.clamp_out, 1.0, "it takes a bound away"),
    ("made-shorter", checks.size_bounded, 0.95, "it makes a list shorter: there is a bound on its size"),
    ("clamp-added", checks.clamp_in, 0.2, "it adds a bound"),
    ("numbered", values.numbered, 0.95, "it gives constants other numbers"),
    ("retyped", values.retyped, 0.95, "it makes a type another one"),
    ("bound-tightened", values.tightened, 0.15, "its bound is lower than before"),
    ("preallocated", values.preallocated, 0.06, "it makes the same empty slice or map in another way"),
    ("extracted", values.variable_extracted, 0.03, "it gives an expression a name, or takes one away"),
    ("fields-added", values.fields_added, 0.08, "it adds fields"),
    ("copy-removed", values.copies_out, 0.95, "it no longer copies what others share"),
    ("moved", _moved_defers, 0.9, "it changes the order of what is done at the end"),
    ("moved", _moved, 0.45, "it changes the order of statements"),
    ("entries-added", values.entries_in, 0.4, "it adds to a table"),
    ("changed", _changed, 0.8, "it changes how a value is made"),
    ("removed", _only_out, 0.7, "it takes statements away"),
    ("loop-added", _loop_in, 0.8, "it does something again and again"),
    ("made-otherwise", values.made_otherwise, 0.85, "it makes a value in another way now and then"),
    ("added", _any, 0.6, "it adds statements"),
)  # fmt: skip


def nature_of(seen: Seen) -> Nature:
    """The kind of an edit."""
    return next(Nature(name, weight, why) for name, holds, weight, why in _RULES if holds(seen))
