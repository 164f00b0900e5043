"""What the parser reads from real texts, release by release."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.parse.traceback import parse_traceback
from streams.model.crash import CrashKind, Exit, Panic, Signal

Read = Callable[[str], str]


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("nil", "panic", "runtime error: invalid memory address or nil pointer dereference"),
        ("generic", "panic", "runtime error: index out of range [1] with length 0"),
        ("chain", "panic", "cleanup: first"),
        ("nested", "panic", "outer"),
        ("repanic", "panic", "main.Code(7)"),
        ("http", "panic", "runtime error: invalid memory address or nil pointer dereference"),
        ("middleware", "panic", "no such cart"),
        ("deadlock", "fatal", "all goroutines are asleep - deadlock!"),
        ("overflow", "fatal", "stack overflow"),
        ("cgo", "signal", "SIGSEGV: segmentation violation"),
        ("quit", "dump", "SIGQUIT: quit"),
        ("dump", "dump", ""),
        ("timeout", "panic", "test timed out after 1s"),
    ],
)
def test_the_kind_and_message_say_how_it_died(
    crash_text: Read, name: str, kind: CrashKind, message: str
) -> None:
    found = parse_traceback(crash_text(name))
    assert (found.kind, found.message) == (kind, message)


def test_no_fixture_leaves_anything_but_test_output_unexplained(every_text: dict[str, str]) -> None:
    for name, text in every_text.items():
        found = parse_traceback(text)
        assert not found.truncated, name
        reasons = {fault.reason for fault in found.faults}
        assert all("FAIL" in reason for reason in reasons), (name, reasons)


def test_a_chain_of_panics_is_kept_oldest_first_with_whole_values(crash_text: Read) -> None:
    assert parse_traceback(crash_text("chain")).panics == (
        Panic(value="first\nsecond line", recovered=True),
        Panic(value="cleanup: first\nsecond line"),
    )


def test_a_repanicked_value_states_its_type(crash_text: Read) -> None:
    (panic,) = parse_traceback(crash_text("repanic")).panics
    assert panic == Panic(value="main.Code(7)", type="main.Code", recovered=True, repanicked=True)


def test_a_struct_value_states_its_type(crash_text: Read) -> None:
    (panic,) = parse_traceback(crash_text("struct")).panics
    assert (panic.type, panic.value.partition(" ")[0]) == ("main.T", "(main.T)")


def test_the_value_that_a_library_logged_is_a_recovered_panic(crash_text: Read) -> None:
    (panic,) = parse_traceback(crash_text("http")).panics
    assert panic.recovered
    assert panic.value.startswith("runtime error: invalid memory")


def test_a_panic_below_goexit_says_so(crash_text: Read) -> None:
    (panic,) = parse_traceback(crash_text("goexit")).panics
    assert panic.goexit


def test_the_signal_line_is_read(crash_text: Read) -> None:
    signal = parse_traceback(crash_text("nil")).signal
    assert signal == Signal(name="SIGSEGV", code="0x1", addr="0x0", pc="0x65b248")


def test_a_cgo_fault_has_registers_and_marks_the_goroutine_of_its_thread(crash_text: Read) -> None:
    found = parse_traceback(crash_text("cgo"))
    assert found.signal == Signal(name="SIGSEGV", code="1", addr="0x0", pc="0x48b423")
    assert found.registers["rip"] == "0x48b423"
    crashed = [goroutine for goroutine in found.goroutines if goroutine.crashed]
    assert [(g.id, g.state, g.m) for g in crashed] == [(1, "syscall", "0")]
    assert crashed[0].frames[1].function == "main._Cfunc_boom"
    assert crashed[0].frames[1].file == "_cgo_gotypes.go"


def test_a_frame_keeps_everything_that_its_two_lines_state(crash_text: Read) -> None:
    (goroutine,) = parse_traceback(crash_text("nil")).goroutines
    add, main = goroutine.frames
    assert (add.function, add.package) == (
        "example.com/acme/shop/cart.(*Store).Add",
        "example.com/acme/shop/cart",
    )
    assert (add.args, add.inlined, add.offset) == ("...", True, None)
    assert (main.file, main.line, main.offset) == ("example.com/acme/shop/main.go", 27, "0x88")
    assert not main.inlined


def test_creators_and_ancestors_are_read(crash_text: Read) -> None:
    (goroutine,) = parse_traceback(crash_text("ancestors")).goroutines
    assert goroutine.created_by is not None
    assert (goroutine.created_by.function, goroutine.created_by.goroutine) == ("main.main", 1)
    assert [(a.id, a.frames[0].function) for a in goroutine.ancestors] == [(1, "main.main")]


def test_bubbles_labels_and_locked_threads_leave_the_state_alone(crash_text: Read) -> None:
    bubble = parse_traceback(crash_text("bubble")).goroutines
    assert {g.id: (g.state, g.bubble) for g in bubble} == {
        21: ("running", 1),
        1: ("chan receive", None),
        19: ("synctest.Run", 1),
        20: ("chan receive", 1),
        22: ("chan receive", 1),
    }
    labels = parse_traceback(crash_text("labels")).goroutines
    assert labels[1].labels == {"req id": '4 "2"', "tenant": "acme"}
    assert labels[1].state == "select (no cases)"
    (locked,) = parse_traceback(crash_text("locked")).goroutines
    assert (locked.state, locked.locked) == ("running", True)


def test_the_system_stack_is_no_goroutine_and_elided_frames_are_counted(crash_text: Read) -> None:
    found = parse_traceback(crash_text("overflow"))
    first = found.goroutines[0]
    assert first.crashed
    assert first.frames[0].function == "main.main.func9"
    assert first.elided > 0
    assert first.frames[0].pc is not None


def test_a_dump_of_every_thread_keeps_all_goroutines(crash_text: Read) -> None:
    text = crash_text("threads")
    found = parse_traceback(text)
    assert len(found.goroutines) == text.count("\ngoroutine ")
    assert not any(goroutine.crashed for goroutine in found.goroutines)


def test_a_traceback_inside_an_indented_value_is_no_goroutine(crash_text: Read) -> None:
    found = parse_traceback(crash_text("forged"))
    assert [goroutine.id for goroutine in found.goroutines] == [1]
    assert found.panics[0].value == "boom\n\ngoroutine 99 [running]:\nfake.frame()\n\t/x.go:1 +0x1"
    assert found.faults == ()


def test_a_traceback_inside_a_value_of_an_old_release_is_doubted() -> None:
    """Go < 1.23 did not indent the lines of a value: only the running state tells (issue go#64590)."""
    text = (
        "panic: boom\n\ngoroutine 99 [running]:\nfake.frame()\n\t/x.go:1 +0x1\n\n\n"
        "goroutine 1 [running]:\nmain.main()\n\t/a.go:9 +0x25\n"
    )
    found = parse_traceback(text)
    assert [goroutine.id for goroutine in found.goroutines] == [1]
    assert "goroutine 99" in found.panics[0].value
    assert len(found.faults) == 1


def test_a_running_goroutine_on_another_thread_does_not_move_the_crash() -> None:
    text = (
        "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n\n"
        "goroutine 5 [running]:\n\tgoroutine running on other thread; stack unavailable\n"
        "created by main.main\n\t/a.go:2 +0x2\n"
    )
    found = parse_traceback(text)
    assert [(g.id, g.crashed, len(g.frames)) for g in found.goroutines] == [
        (1, True, 1),
        (5, False, 0),
    ]
    assert found.goroutines[1].created_by is not None


def test_a_symbolized_c_frame_is_native() -> None:
    text = (
        "SIGSEGV: segmentation violation\nPC=0x1 m=0 sigcode=1 addr=0x0\n\ngoroutine 1 [syscall]:\n"
        "non-Go function\n\tpc=0x47a\ncrash_here\n\t/src/crash.c:12 pc=0x47b\n"
        "runtime.cgocall(0x1, 0x2)\n\t/go/cgocall.go:1 +0x4b\n"
    )
    frames = parse_traceback(text).goroutines[0].frames
    assert [(f.function, f.native, f.file, f.pc) for f in frames] == [
        ("non-Go function", True, None, "0x47a"),
        ("crash_here", True, "/src/crash.c", "0x47b"),
        ("runtime.cgocall", False, "/go/cgocall.go", None),
    ]


def test_a_text_that_ends_inside_a_frame_is_truncated(crash_text: Read) -> None:
    text = crash_text("http")
    whole = parse_traceback(text)
    cut = parse_traceback(text[: text.index("\tnet/http/server.go:2286") + 14])
    assert cut.truncated
    (goroutine,) = cut.goroutines
    assert goroutine.frames[:-1] == whole.goroutines[0].frames[: len(goroutine.frames) - 1]
    assert (goroutine.frames[-1].function, goroutine.frames[-1].file) == (
        "net/http.HandlerFunc.ServeHTTP",
        None,
    )


def test_how_the_process_ended_is_read(crash_text: Read) -> None:
    assert parse_traceback(crash_text("nil") + "exit status 2\n").exit == Exit(code=2)
    assert parse_traceback(crash_text("nil") + "signal: killed\n").exit == Exit(signal="killed")
    assert parse_traceback("panic: x\nexit status 2\n").message == "x"


def test_the_message_of_a_structured_line_is_the_value_where_the_text_has_none(
    crash_text: Read,
) -> None:
    stack = crash_text("middleware").partition("no such cart\n")[2]
    found = parse_traceback(stack, "no such cart")
    assert found.kind == "panic"
    assert found.panics == (Panic(value="no such cart", recovered=True),)
    assert parse_traceback(crash_text("nil"), "x").message.startswith("runtime error")


def test_colour_codes_carriage_returns_and_windows_paths_do_no_harm() -> None:
    text = (
        "\x1b[31mpanic: x\x1b[0m\r\n\r\ngoroutine 1 [running]:\r\nmain.main()\r\n"
        "\tC:/Users/me/my app/main.go:7 +0x1d\r\n"
    )
    (goroutine,) = parse_traceback(text).goroutines
    frame = goroutine.frames[0]
    assert (frame.file, frame.line) == ("C:/Users/me/my app/main.go", 7)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_arbitrary_text_never_raises(text: str) -> None:
    parse_traceback(text)
    parse_traceback("panic: " + text + "\n\ngoroutine 1 [running]:\n" + text)
