"""Stacks: whole, cut off, in a circle, and through signals and thread switches."""

from __future__ import annotations

import struct

import pytest

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.unwind import KEPT, Stack, Unwinder
from tests.made_elf import CORE, TEXT, WRITE, Func, Go, Part, elf, steps
from tests.tiny_go import Tiny
from tests.unit.core.symbolize.dying import goroutines_of, process_of

SP = 0x10_0000
# In the order in which they lie behind one another, 64 bytes each.
NAMES = (
    "main.leaf", "main.caller", "runtime.goexit", "runtime.sigpanic", "runtime.sigtramp", "runtime.systemstack",
    "runtime.morestack", "main.unknown",
)  # fmt: skip
FRAME = 24
PC = {name: TEXT + 64 * index + 20 for index, name in enumerate(NAMES)}
BINARY = Binary(
    Go(
        tuple(
            Func(name, pcsp=b"" if name == "main.unknown" else steps((0, 4), (FRAME, 60)))
            for name in NAMES
        )
    ).file(),
    "made",
)


def stack_of(*words: int, more: tuple[Part, ...] = ()) -> Core:
    """Memory with a stack at SP."""
    return Core(
        elf((Part(struct.pack(f"<{len(words)}Q", *words), SP, flags=WRITE), *more), kind=CORE),
        "made",
    )


def frame(returns_to: int) -> tuple[int, ...]:
    """The words of one frame, up to its return address."""
    return (*[0] * (FRAME // 8), returns_to)


def walk(
    core: Core, pc: int, *, exact: bool = False, switch: tuple[int, int] | None = None
) -> Stack:
    unwinder = Unwinder(core, BINARY.table, 0, frozenset(("runtime.sigpanic",)))
    return unwinder.walk(pc, SP, exact=exact, switch=switch)


def names(stack: Stack) -> list[str]:
    found = [BINARY.table.find(call.pc) for call in stack.calls]
    return [function.name for function in found if function is not None]


def test_a_stack_is_walked_to_its_outermost_frame() -> None:
    core = stack_of(*frame(PC["main.caller"]), *frame(PC["runtime.goexit"]))
    stack = walk(core, PC["main.leaf"])
    assert names(stack) == ["main.leaf", "main.caller", "runtime.goexit"]
    assert (stack.fault, stack.native, stack.elided) == (None, None, 0)


def test_at_a_functions_entry_nothing_is_on_the_stack_yet() -> None:
    core = stack_of(PC["main.caller"], *frame(PC["runtime.goexit"]))
    assert names(walk(core, TEXT + 1, exact=True)) == ["main.leaf", "main.caller", "runtime.goexit"]


def test_a_stack_that_is_not_in_the_core_is_a_fault() -> None:
    stack = walk(stack_of(*frame(PC["main.caller"])), PC["main.leaf"])
    assert names(stack) == ["main.leaf", "main.caller"]
    assert stack.fault == f"the stack at {SP + 2 * FRAME + 8:#x} is not to be had"


def test_a_return_address_of_no_go_function_is_a_fault() -> None:
    stack = walk(stack_of(*frame(0x1234)), PC["main.leaf"])
    assert stack.fault == "0x1234 is called from and lies in no Go function"


def test_a_zero_ends_a_stack() -> None:
    stack = walk(stack_of(*frame(0)), PC["main.leaf"])
    assert (names(stack), stack.fault) == (["main.leaf"], None)


def test_a_thread_in_other_code_has_its_pc_as_native() -> None:
    assert walk(stack_of(0), 0x7F00_0000, exact=True).native == 0x7F00_0000


def test_a_function_whose_depth_is_not_known_is_the_outermost() -> None:
    stack = walk(stack_of(*frame(PC["main.unknown"])), PC["main.leaf"])
    assert names(stack) == ["main.leaf", "main.unknown"]


def test_what_called_a_panic_by_signal_was_interrupted_there() -> None:
    core = stack_of(*frame(PC["main.caller"]), *frame(PC["runtime.goexit"]))
    stack = walk(core, PC["runtime.sigpanic"])
    assert [call.exact for call in stack.calls] == [False, True, False]


def signalled(number: int, rip: int, rsp: int) -> Core:
    """A handler on a stack: its return address, then the ucontext, then the siginfo."""
    context = bytearray(400)
    struct.pack_into("<QQ", context, 160, rsp, rip)
    struct.pack_into("<iii4xQ", context, 304, number, 0, 1, 0x99)
    words = struct.unpack("<50Q", context)
    other = struct.pack(f"<{FRAME // 8 + 1}Q", *frame(PC["runtime.goexit"]))
    return stack_of(*frame(0x1234), *words, more=(Part(other, 0x20_0000, flags=WRITE),))


def test_a_signal_goes_on_where_it_interrupted() -> None:
    stack = walk(signalled(11, PC["main.leaf"], 0x20_0000), PC["runtime.sigtramp"])
    assert names(stack) == ["runtime.sigtramp", "main.leaf", "runtime.goexit"]
    (caught,) = stack.caught
    assert (caught.number, caught.code, caught.address, caught.pc) == (11, 1, 0x99, PC["main.leaf"])
    assert (stack.own, stack.calls[1].exact) == (1, True)


@pytest.mark.parametrize("number", [0, -1, 65, 1 << 30])
def test_a_context_that_is_no_signals_is_a_fault(number: int) -> None:
    stack = walk(signalled(number, PC["main.leaf"], 0x20_0000), PC["runtime.sigtramp"])
    assert stack.fault == "the context of the signal is not to be had"


def test_a_signal_that_interrupts_its_own_handler_for_ever_ends() -> None:
    core = signalled(11, PC["runtime.sigtramp"], SP)
    stack = walk(core, PC["runtime.sigtramp"])
    assert len(stack.caught) <= 17
    assert stack.fault == "the context of the signal is not to be had"


def test_the_system_stack_goes_on_with_the_goroutines_own() -> None:
    own = struct.pack(f"<{FRAME // 8 + 1}Q", *frame(PC["main.caller"]))
    more = (Part(own + struct.pack("<4Q", *frame(PC["runtime.goexit"])), 0x20_0000, flags=WRITE),)
    core = stack_of(*frame(PC["runtime.systemstack"]), *frame(0), more=more)
    stack = walk(core, PC["main.leaf"], switch=(0x20_0000, PC["main.caller"]))
    assert names(stack)[:2] == ["main.leaf", "runtime.systemstack"]
    assert names(stack)[2:] == ["main.caller", "runtime.goexit"]


def test_a_stack_that_grows_goes_on_where_it_was_full() -> None:
    more = (Part(struct.pack("<4Q", *frame(PC["runtime.goexit"])), 0x20_0000, flags=WRITE),)
    core = stack_of(*frame(PC["runtime.morestack"]), more=more)
    stack = walk(core, PC["main.leaf"], switch=(0x20_0000, PC["main.caller"]))
    assert names(stack) == ["main.leaf", "main.caller", "runtime.goexit"]
    assert stack.own == 1


def test_of_a_long_stack_both_ends_are_kept() -> None:
    core = stack_of(*frame(PC["main.caller"]) * 1000, *frame(PC["runtime.goexit"]))
    stack = walk(core, PC["main.leaf"])
    assert (stack.elided, stack.inner, len(stack.calls)) == (1002 - 2 * KEPT, KEPT, 2 * KEPT)
    assert (names(stack)[0], names(stack)[-1]) == ("main.leaf", "runtime.goexit")


def test_go_text_is_told_from_other_code() -> None:
    unwinder = Unwinder(stack_of(0), BINARY.table, 0x1000, frozenset())
    low, high = BINARY.table.text
    assert unwinder.is_go(low + 0x1000)
    assert not unwinder.is_go(low + 0xFFF)
    assert not unwinder.is_go(high + 0x1000)


def test_a_stack_of_seven_hundred_calls_is_whole_in_the_middle_left_out(tiny: Tiny) -> None:
    found = goroutines_of(tiny, "deep")[1].stack
    process = process_of(tiny, "deep")
    walked = [process.binary.table.find(call.pc) for call in found.calls[found.own :]]
    assert found.elided > 150
    assert sum(f is not None and f.name == "main.deep" for f in walked) + found.elided == 701
