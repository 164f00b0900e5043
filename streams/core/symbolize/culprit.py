"""Which thread a traceback begins with: not always the one that ended the process, which a core has first.

In: threads, a way to walk their stacks, functions by pc. Out: the same threads, that one first.

Sources: runtime/signal_unix.go sighandler: with GOTRACEBACK=crash a fatal signal is followed by SIGQUIT to every other
thread; before Go 1.22 the last to get it ends the process. runtime/panic.go dopanic_m: of several that panic at once
the last ends the process, the others wait for a lock for ever once they have printed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from streams.core.symbolize.memory import Thread
from streams.core.symbolize.unwind import Stack, Unwinder

_SIGQUIT: Final = 3
# SIGPROF, SIGURG: what the runtime sends to itself while it runs.
_RUNNING: Final = frozenset((23, 27))
_THROWN: Final = frozenset(("runtime.fatalthrow", "runtime.fatalthrow.func1", "runtime.fatalpanic"))
_DIES: Final = "runtime.dieFromSignal"
_PRINTS: Final = "runtime.dopanic_m"
_LOCKS: Final = frozenset(("runtime.lock", "runtime.lock2", "runtime.lockWithRank"))
# A program with more is not looked through.
_MOST: Final = 1024


def culprit_first(
    threads: tuple[Thread, ...], unwinder: Unwinder, name: Callable[[int], str]
) -> tuple[Thread, ...]:
    """The threads, that of the traceback first. `name` is the function at a pc, empty where there is none."""

    def walked(thread: Thread) -> tuple[Stack, list[str]]:
        stack = unwinder.walk(thread.pc, thread.sp, exact=True)
        return stack, [name(call.pc) for call in stack.calls]

    if len(threads) < 2 or len(threads) > _MOST:  # noqa: PLR2004 - there is a choice
        return threads
    stack, names = walked(threads[0])
    if _DIES not in names:
        return threads
    own = frozenset(thread.id for thread in threads)
    relayed = bool(stack.caught) and not _was_signalled(stack, own)
    if not relayed and _THROWN.isdisjoint(names):
        return threads
    for thread in threads[1:]:
        other, calls = walked(thread)
        if _has_printed(calls) or (relayed and _was_signalled(other, own)):
            return (thread, *(one for one in threads if one is not thread))
    return threads


def _has_printed(names: list[str]) -> bool:
    at = names.index(_PRINTS) if _PRINTS in names else 0
    return at > 0 and names[at - 1] in _LOCKS


def _was_signalled(stack: Stack, own: frozenset[int]) -> bool:
    """Whether the signal began it all: it is none that the process sent itself, whose id one of its threads has."""
    if not stack.caught:
        return False
    last = stack.caught[-1]
    if last.number == _SIGQUIT:
        # The sender's pid stands where a fault has its address.
        return last.address & 0xFFFFFFFF not in own
    return last.number not in _RUNNING
