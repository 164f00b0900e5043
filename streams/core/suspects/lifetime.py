"""What an edit does to how long something is held: a lock, a place in a channel, a value that is closed at the end.

In: a Seen. Out: whether it keeps what others wait for, or ends what its
caller still has. By Go's syntax and its standard words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tree_sitter import Node

from streams.core.source.nodes import arguments_of, called_on, text_of
from streams.core.source.operands import WAITING
from streams.core.source.syntax import Function
from streams.core.suspects.compare import Part
from streams.core.suspects.content import Seen, leaves_early
from streams.core.suspects.reads import calls_in

_LOCKS: Final = re.compile(r"\. R?Lock \(")
# A place is taken: by a value sent, by a semaphore, by a count of a group.
_TAKES: Final = re.compile(r"^[\w. \[\]]+ <- |\. (?:Acquire|Add) \(")
_GIVES: Final = re.compile(r"^<- |= <- |\. (?:Release|Done) \(")


def leaves_held(seen: Seen) -> bool:
    """An early way out between a lock and its release, or behind a place that is taken and given back later.

    Only where goroutines wait.
    """
    added, after = seen.content.added, seen.edit.after
    leaving = [part for part in added if leaves_early(part)]
    if seen.failure not in WAITING or not leaving or after is None:
        return False
    texts = [s.text for s in after.statements]
    locks = any(_LOCKS.search(text) for text in texts)
    if locks and not any(text.startswith("defer ") and "Unlock" in text for text in texts):
        return True
    return _keeps_place(added, leaving, after)


def _keeps_place(added: Sequence[Part], leaving: Sequence[Part], after: Function) -> bool:
    nodes = [part.node for part in leaving if part.node is not None]
    if not nodes or any(_GIVES.search(part.text) for part in added):
        return False
    first = min(node.start_byte for node in nodes)
    new = {part.text for part in added}
    taken = any(
        _TAKES.search(s.text) and s.text not in new and s.node.start_byte < first
        for s in after.statements
    )
    given = [s for s in after.statements if _GIVES.search(s.text.removeprefix("defer "))]
    return (
        taken
        and any(s.node.start_byte > first for s in given)
        and not any(s.text.startswith("defer ") and s.node.start_byte < first for s in given)
    )


def ends_returned(seen: Seen) -> bool:
    """A call that is put off to the end of a function, on a value that the function hands to its caller."""
    after = seen.edit.after
    if after is None:
        return False
    returns = [s.node for s in after.statements if s.text.startswith("return")]
    given = {name for node in returns for name in _bare(node)}
    for part in seen.content.added:
        if part.node is None or not part.text.startswith("defer "):
            continue
        for call in calls_in(part.node):
            operand = called_on(call)
            about = [*arguments_of(call), *([operand] if operand is not None else [])]
            if any(text_of(node).lstrip("&") in given for node in about):
                return True
    return False


def _bare(node: Node) -> list[str]:
    """Names that a statement returns whole, or by address."""
    lists = [n for n in node.named_children if n.type == "expression_list"]
    return [text_of(value).lstrip("&") for one in lists for value in one.named_children]
