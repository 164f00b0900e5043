"""The parser of the oracle, on what differs between releases: marks of a header, how a long stack ends."""

from __future__ import annotations

import pytest

from tests.symbolize import trace
from tests.symbolize.trace import Creator, Frame

PARKED = """\
goroutine 7 gp=0xc000002380 m=nil [chan receive (nil chan), 3 minutes, locked to thread]{"job": "x"}:
runtime.gopark(0x0?, {0x1, 0x2}, ...)
\t/go/src/runtime/proc.go:462 +0xce fp=0x214887e14fa8 sp=0x214887e14f88 pc=0x55ed9416b3ce
example.com/acme/crashy/internal/waits.(*office).hire.func1(...)
\t/src/waits.go:86
runtime.goexit({})
\t/go/src/runtime/asm_amd64.s:1771 +0x1
created by example.com/acme/crashy/internal/waits.(*office).hire in goroutine 1
\t/src/waits.go:84 +0x1a
"""


def test_a_parked_goroutine_has_state_marks_frames_and_creator() -> None:
    (one,) = trace.parse(PARKED).goroutines
    assert (one.id, one.state, one.wait_minutes, one.locked) == (
        7,
        "chan receive (nil chan)",
        3,
        True,
    )
    assert one.frames == [
        Frame("runtime.gopark", "/go/src/runtime/proc.go", 462),
        Frame("example.com/acme/crashy/internal/waits.(*office).hire.func1", "/src/waits.go", 86),
        Frame("runtime.goexit", "/go/src/runtime/asm_amd64.s", 1771),
    ]
    hire = "example.com/acme/crashy/internal/waits.(*office).hire"
    assert one.created_by == Creator(hire, "/src/waits.go", 84, 1)


def test_what_other_threads_repeat_and_their_own_stacks_are_left_out() -> None:
    idle = PARKED.replace("goroutine 7", "goroutine 0").replace("462", "1")
    again = PARKED.replace("462", "999")
    found = trace.parse(f"SIGQUIT: quit\n\n{idle}\n{PARKED}\n-----\n\n{again}\n-----\n")
    assert [(one.id, one.frames[0].line, one.crashed) for one in found.goroutines] == [
        (7, 462, False)
    ]


@pytest.mark.parametrize("ending", ["", "...additional frames elided...\n"])
def test_a_stack_without_its_outer_end_is_kept_apart(ending: str) -> None:
    cut = PARKED.replace("runtime.goexit({})\n\t/go/src/runtime/asm_amd64.s:1771 +0x1\n", ending)
    found = trace.parse(cut)
    assert not found.goroutines
    assert [len(one.frames) for one in found.innermost_only] == [2]


def test_a_stack_that_is_elided_in_the_middle_says_by_how_much() -> None:
    long = PARKED.replace("example.com", "...21 frames elided...\nexample.com", 1)
    (one,) = trace.parse(long).goroutines
    assert (one.elided, len(one.frames)) == (21, 3)


def test_a_goroutine_on_another_thread_has_no_stack() -> None:
    text = (
        "goroutine 36 [running]:\n\tgoroutine running on other thread; stack unavailable\n"
        "created by main.main\n\t/src/main.go:89 +0xa5\nAborted (core dumped)\n"
    )
    found = trace.parse(text)
    assert [(one.id, one.frames) for one in found.unavailable] == [(36, [])]
    assert found.unavailable[0].created_by == Creator("main.main", "/src/main.go", 89)
