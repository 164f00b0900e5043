"""Folding: what stays, what folds, what is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.report.trace import (
    Folded,
    Kept,
    Omitted,
    TraceLine,
    fold,
    folded_words,
    main_stacks,
    other_stacks,
    others,
    package,
    place,
    shorten,
    split_function,
)
from streams.model.crash import Access, Frame
from streams.model.report import RootCause
from tests.unit.core.report import samples
from tests.unit.core.report.samples import CRASH, GO, NIL_MAP, STACK, frame
from tests.unit.core.report.strategies import stacks


def shape(lines: tuple[TraceLine, ...]) -> list[str]:
    """The lines as short words, for comparing."""
    return [
        folded_words(line)
        if isinstance(line, Folded)
        else f"{line.frames} more"
        if isinstance(line, Omitted)
        else ("→" if line.root else "") + line.frame.function.rpartition("/")[2]
        for line in lines
    ]


def test_frames_of_the_user_stay_and_runs_of_others_fold() -> None:
    assert shape(fold(STACK, NIL_MAP.root_cause)) == [
        "2 frames of runtime",
        "→cart.(*Store).Add",
        "api.(*Server).handleAdd",
        "2 frames of net/http and github.com/go-chi/chi/v5",
        "api.logged.func1",
        "2 frames of net/http",
    ]


def test_a_single_folded_frame_is_named() -> None:
    run = Folded(frames=(frame("net/http.(*conn).serve"),))
    assert folded_words(run) == "1 frame: net/http.(*conn).serve"


def test_recursion_is_one_line_with_a_number() -> None:
    again = frame("main.walk", "/src/main.go", 9)
    (line,) = fold((again,) * 50)
    assert line == Kept(frame=again, times=50)


def test_the_frame_that_the_report_names_stays_even_when_it_is_not_the_users() -> None:
    root = RootCause(function="net/http.(*conn).serve", file=f"{GO}/net/http/server.go", line=2009)
    assert shape(fold(STACK, root))[-1] == "→http.(*conn).serve"


def test_a_report_may_name_the_file_relative_to_its_repository() -> None:
    root = RootCause(function=NIL_MAP.root_cause.function, file="cart/store.go", line=41)
    assert "→cart.(*Store).Add" in shape(fold(STACK, root))


def test_a_stack_without_the_users_code_shows_the_innermost_dependency() -> None:
    foreign = tuple(f for f in STACK if not f.in_app)
    assert shape(fold(foreign)) == [
        "3 frames of runtime and net/http",
        "v5.(*Mux).routeHTTP",
        "2 frames of net/http",
    ]


def test_a_stack_of_the_standard_library_alone_shows_what_called_the_runtime() -> None:
    std = tuple(f for f in STACK if f.std)
    assert shape(fold(std))[1] == "http.HandlerFunc.ServeHTTP"


def test_a_long_stack_is_cut_but_not_the_frame_that_matters() -> None:
    lines = tuple(Kept(frame=frame(f"main.f{i}"), root=i == 7) for i in range(12))
    assert shape(shorten(lines, 3)) == [
        "main.f0",
        "main.f1",
        "main.f2",
        "4 more",
        "→main.f7",
        "4 more",
    ]


def test_a_stack_one_line_too_long_is_not_cut_as_that_would_save_nothing() -> None:
    lines = tuple(Kept(frame=frame(f"main.f{i}")) for i in range(4))
    assert shorten(lines, 3) == lines


def frames_in(line: TraceLine) -> int:
    """How many frames a line stands for."""
    if isinstance(line, Kept):
        return line.times
    return line.frames if isinstance(line, Omitted) else len(line.frames)


@given(stacks, st.integers(0, 5))
def test_no_frame_is_ever_lost(frames: tuple[Frame, ...], most: int) -> None:
    lines = fold(frames)
    assert sum(map(frames_in, lines)) == len(frames)
    assert sum(map(frames_in, shorten(lines, most))) == len(frames)


def test_equal_goroutines_are_one_stack() -> None:
    (group,), left = other_stacks(CRASH, 10)
    assert (group.head, group.alike, left) == ("3 goroutines [select]: 20, 21 and 22", 3, 0)


def test_goroutines_beyond_the_limit_are_counted() -> None:
    assert other_stacks(CRASH, 0) == ((), 3)


def test_a_race_shows_both_accesses_and_counts_all_goroutines_as_others() -> None:
    race = replace(
        CRASH,
        accesses=(
            Access(kind="Write", addr="0xc0000180a8", goroutine=7, frames=STACK[2:4]),
            Access(kind="Previous read", frames=STACK[3:4]),
        ),
    )
    heads = [stack.head for stack in main_stacks(race)]
    assert heads == ["Write at 0xc0000180a8 by goroutine 7", "Previous read"]
    assert others(race) == 4


def test_without_a_mark_the_first_goroutine_is_the_one() -> None:
    dump = replace(CRASH, goroutines=(samples.idle(5), samples.idle(6)))
    assert [stack.head for stack in main_stacks(dump)] == ["goroutine 5 [select]"]


def test_a_waiting_locked_goroutine_says_so() -> None:
    waiting = replace(samples.idle(5), wait_minutes=3, locked=True)
    (stack,) = main_stacks(replace(CRASH, goroutines=(waiting,)))
    assert stack.head == "goroutine 5 [select, 3 minutes, locked to thread]"


def test_a_crash_without_goroutines_has_no_stack() -> None:
    bare = replace(CRASH, goroutines=())
    assert main_stacks(bare) == ()
    assert others(bare) == 0


def test_a_package_is_read_from_the_function() -> None:
    functions = ("panic", "main.main", "gopkg.in/yaml%2ev3.(*parser).parse", "net/http.Get")
    found = [package(frame(function)) for function in functions]
    assert found == ["runtime", "main", "gopkg.in/yaml%2ev3", "net/http"]
    assert package(Frame(function="x_cgo_thread", native=True)) == "native code"
    assert package(Frame(function="a.b", package="stated")) == "stated"


def test_the_path_inside_type_arguments_is_no_part_of_the_import_path() -> None:
    assert split_function("a.b/c/d.F[x.y/z.T]") == ("a.b/c/", "d.F[x.y/z.T]")


def test_a_place_needs_a_file_but_no_line() -> None:
    assert (place(None, 3), place("a.go", None), place("a.go", 3)) == (None, "a.go", "a.go:3")
