"""The thread whose traceback was printed first, of those that a core holds."""

from __future__ import annotations

from typing import cast

import pytest

from streams.core.symbolize.culprit import culprit_first
from streams.core.symbolize.memory import Thread
from streams.core.symbolize.unwind import Call, Caught, Stack, Unwinder

DIED = ["runtime.raise", "runtime.dieFromSignal", "runtime.sighandler", "runtime.sigtramp"]
THREW = ["runtime.raise", "runtime.dieFromSignal", "runtime.dopanic_m", "runtime.fatalthrow.func1"]
RAISED = Caught(6, -6, 0, 0)
FIRST = 100


class Stacks:
    """What each thread was doing; a pc is a place in a list of names."""

    def __init__(self, *stacks: tuple[list[str], list[Caught]]) -> None:
        self.names: list[str] = []
        self.threads: list[Thread] = []
        self.stacks: dict[int, Stack] = {}
        for number, (names, caught) in enumerate(stacks):
            calls = [Call(len(self.names) + at) for at in range(len(names))]
            self.names.extend(names)
            thread = Thread(FIRST + number, 1 + number, 0)
            self.threads.append(thread)
            self.stacks[thread.pc] = Stack(calls=calls, caught=caught)

    def walk(self, pc: int, sp: int, *, exact: bool) -> Stack:
        assert exact
        assert not sp
        return self.stacks[pc]

    def order(self) -> list[int]:
        found = culprit_first(
            tuple(self.threads), cast("Unwinder", self), lambda pc: self.names[pc]
        )
        assert sorted(found, key=lambda thread: thread.id) == self.threads
        return [thread.id - FIRST for thread in found]


def quit_by(sender: int) -> Caught:
    return Caught(3, 0, sender | 1000 << 32, 0x47A2F1)


RELAYED = (DIED, [RAISED, quit_by(FIRST)])
FAULT = Caught(11, 1, 8, 0x8F7EB7)


def test_the_thread_of_the_signal_is_first_and_not_the_last_that_was_told() -> None:
    """Go before 1.22: SIGQUIT goes round, and who gets it last ends the process."""
    stacks = Stacks(RELAYED, (DIED[2:], [quit_by(FIRST)]), (DIED[2:], [FAULT]))
    assert stacks.order() == [2, 0, 1]


@pytest.mark.parametrize("sender", [0, 4711])
def test_a_sigquit_from_outside_began_it(sender: int) -> None:
    stacks = Stacks(RELAYED, (DIED[2:], [quit_by(FIRST)]), (DIED[2:], [quit_by(sender)]))
    assert stacks.order() == [2, 0, 1]


def test_who_has_printed_and_waits_was_first() -> None:
    waits = ["runtime.futexsleep", "runtime.lock2", "runtime.dopanic_m", "runtime.fatalthrow.func1"]
    stacks = Stacks((THREW, [RAISED]), (["runtime.futex", "runtime.stopm"], []), (waits, []))
    assert stacks.order() == [2, 0, 1]


@pytest.mark.parametrize(
    "stacks",
    [
        Stacks((DIED, [RAISED, FAULT]), (DIED[2:], [quit_by(FIRST)])),
        Stacks((DIED, [RAISED, quit_by(0)]), (DIED[2:], [quit_by(FIRST)])),
        # A thread at work, with a signal by which the runtime preempts.
        Stacks(RELAYED, (["main.main"], [Caught(23, -6, 0, 0)])),
        Stacks((["main.main"], []), (["runtime.lock2", "runtime.dopanic_m"], [])),
        Stacks((THREW, [RAISED]), (["runtime.futex", "runtime.stopm"], [])),
        Stacks(RELAYED),
        Stacks(),
    ],
)
def test_else_the_order_is_the_cores(stacks: Stacks) -> None:
    assert stacks.order() == list(range(len(stacks.threads)))
