"""The frame that a crash is grouped by, and why it is that one."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from streams.core.fingerprint.rules import below_panic, goroutine_of, hanging, locus_of
from streams.core.fingerprint.scaffold import FRAME_RULES, role_of
from streams.core.fingerprint.texts import fingerprint_of_text
from streams.model.crash import Build, Crash, CreatedBy, Frame, Goroutine, Panic
from streams.model.settings import PipelineSettings

TEXTS = Path(__file__).parents[1] / "parse" / "texts"


def own(name: str) -> Frame:
    return Frame(function=f"main.{name}", package="main", in_app=True, in_app_by="path")


def lib(name: str) -> Frame:
    return Frame(function=f"example.com/lib.{name}", package="example.com/lib")


def std(name: str) -> Frame:
    return Frame(function=name, package=name.rpartition(".")[0] or None, std=True)


NATIVE = Frame(function="abort", native=True)
PANIC = std("panic")
CREATED = CreatedBy(function="example.com/lib.Go", file="lib.go", line=3)


def goroutine(
    *frames: Frame, number: int = 1, crashed: bool = True, created_by: CreatedBy | None = None
) -> Goroutine:
    return Goroutine(
        id=number, state="running", frames=frames, crashed=crashed, created_by=created_by
    )


def crash(*goroutines: Goroutine) -> Crash:
    return Crash(id="e", kind="panic", message="m", goroutines=goroutines)


@pytest.mark.parametrize(
    ("found", "rule", "function"),
    [
        (crash(), "no-frames", None),
        (crash(goroutine()), "no-frames", None),
        (crash(goroutine(PANIC, lib("A"), own("B"), own("C"))), "top-in-app", "main.B"),
        (crash(goroutine(PANIC, lib("A"), lib("B"))), "top-dependency", "example.com/lib.A"),
        (crash(goroutine(PANIC, NATIVE, lib("B"))), "top-dependency", "example.com/lib.B"),
        (
            crash(goroutine(PANIC, std("os.Exit"), created_by=CREATED)),
            "created-by",
            "example.com/lib.Go",
        ),
        (crash(goroutine(PANIC, std("os.Exit"))), "top-frame", "os.Exit"),
        (crash(goroutine(PANIC)), "top-frame", "panic"),
        # The deferred function above the panic ran because of it; what stands below it panicked.
        (crash(goroutine(own("deferred"), PANIC, own("culprit"))), "top-in-app", "main.culprit"),
        (
            crash(goroutine(PANIC, own("again"), std("runtime.gopanic"), own("first"))),
            "top-in-app",
            "main.first",
        ),
        # Nothing of one's own below: better the deferred function than a dependency.
        (crash(goroutine(own("deferred"), PANIC, lib("A"))), "top-in-app", "main.deferred"),
    ],
)
def test_the_frame_is_chosen_by_the_first_rule_that_fits(
    found: Crash, rule: str, function: str | None
) -> None:
    locus = locus_of(found)
    assert locus.rule == rule
    assert (locus.frame.function if locus.frame else None) == function
    assert locus.detail


def test_the_crashed_goroutine_counts_then_one_with_own_code_then_any_with_frames() -> None:
    idle = goroutine(std("a.B"), number=2, crashed=False)
    waiting = goroutine(std("a.B"), own("f"), number=3, crashed=False)
    dead = goroutine(lib("A"), number=4)
    empty = goroutine(number=5)
    for goroutines, number in (
        ((idle, waiting, dead), 4),
        ((idle, waiting), 3),
        ((empty, idle), 2),
        ((empty, idle, waiting), 3),
    ):
        chosen = goroutine_of(crash(*goroutines))
        assert chosen is not None
        assert chosen.id == number
    assert goroutine_of(crash(empty)) is None


def test_of_a_test_that_timed_out_the_goroutine_of_the_test_counts() -> None:
    """Really printed by `go test -timeout 1s`: the goroutine that panicked is an alarm clock."""
    text = (TEXTS / "timeout.txt").read_text("utf-8")
    found = fingerprint_of_text(text, Build(), PipelineSettings())
    assert found is not None
    assert found.root_cause.function == "example.com/acme/shop/cart.TestSlow"
    assert found.features.panic_type == "test-timeout"


def test_of_a_test_that_waits_for_those_that_it_started_the_ones_that_hang_count() -> None:
    """As of a program that hangs: one bug is one place however it was found."""
    alarm = goroutine(std("testing.(*M).startAlarm.func1"), number=2)

    def test(state: str) -> Goroutine:
        frames = (
            std("sync.(*WaitGroup).Wait"),
            own("gather"),
            own("TestA"),
            std("testing.tRunner"),
        )
        return msgspec.structs.replace(goroutine(*frames, number=7, crashed=False), state=state)

    def sends(number: int, starter: int | None) -> Goroutine:
        frames = (own("acquire"), own("gather.func1"))
        created = CreatedBy(function="main.gather", goroutine=starter)
        made = goroutine(*frames, number=number, crashed=False, created_by=created)
        return msgspec.structs.replace(made, state="chan send")

    for state, starters, expected in (
        ("sync.WaitGroup.Wait", (7, 7), "main.acquire"),
        # One that a worker started which the test started.
        ("sync.WaitGroup.Wait", (7, 10), "main.acquire"),
        # It does not wait: it is busy itself.
        ("running", (7, 7), "main.gather"),
        # Others' goroutines, and those of which nobody says whose they are.
        ("sync.WaitGroup.Wait", (1, 1), "main.gather"),
        ("sync.WaitGroup.Wait", (None, None), "main.gather"),
    ):
        started = [sends(number, starter) for number, starter in enumerate(starters, 10)]
        for order in permutations((test(state), *started)):
            chosen = goroutine_of(crash(alarm, *order))
            assert chosen is not None
            top = next(frame.function for frame in chosen.frames if frame.in_app)
            assert top == expected, (state, starters)


def test_who_waits_for_others_tells_less_than_who_holds_them_up() -> None:
    """Whatever a Go release calls it: before 1.25 who waits for a WaitGroup is in `semacquire`."""
    sends = [
        msgspec.structs.replace(
            goroutine(own("acquire"), own("upload"), number=number, crashed=False),
            state="chan send",
        )
        for number in (2, 3)
    ]
    for state in ("semacquire", "sync.WaitGroup.Wait"):
        waits = msgspec.structs.replace(
            goroutine(
                std("sync.runtime_Semacquire"),
                std("sync.(*WaitGroup).Wait"),
                own("gather"),
                own("run"),
                own("main"),
                number=1,
                crashed=False,
            ),
            state=state,
        )
        for order in permutations((waits, *sends)):
            found = hanging(order)
            assert found is not None
            assert found.frames[0].function == "main.acquire", state
    lock = goroutine(std("sync.runtime_SemacquireMutex"), own("locked"), own("run"), crashed=False)
    found = hanging((*sends, msgspec.structs.replace(lock, state="semacquire", id=9)))
    assert found is not None
    assert found.id == 9


def test_who_waits_in_a_pipe_waits_itself() -> None:
    """What a pool waits for is not where it hangs, though no library is in between there."""
    writes = goroutine(
        std("io.(*pipe).write"),
        std("io.(*PipeWriter).Write"),
        std("bufio.(*Writer).Flush"),
        own("report"),
        own("Run"),
        own("loop"),
        number=7,
        crashed=False,
    )
    pool = goroutine(own("await"), own("serve"), number=3, crashed=False)
    for order in permutations(
        (
            msgspec.structs.replace(writes, state="select"),
            msgspec.structs.replace(pool, state="chan receive"),
        )
    ):
        found = hanging(order)
        assert found is not None
        assert found.id == 7


def test_of_several_tests_that_ran_one_is_chosen_by_name_and_none_that_waits_for_another() -> None:
    alarm = goroutine(std("testing.(*M).startAlarm.func1"), number=2)
    waits = goroutine(std("testing.(*T).Run"), own("TestA"), std("testing.tRunner"), crashed=False)
    inner = [
        goroutine(
            own(f"helper{name}"),
            own(f"Test{name}"),
            std("testing.tRunner"),
            number=n,
            crashed=False,
        )
        for n, name in enumerate("CBD", 3)
    ]
    panic = Panic(
        value="test timed out after 1s\n\trunning tests:\n\t\tTestC/sub (1s)\n\t\tTestD (0.5s)"
    )
    for order in permutations((waits, *inner)):
        found = msgspec.structs.replace(crash(alarm, *order), panics=(panic,))
        chosen = goroutine_of(found)
        assert chosen is not None
        assert chosen.frames[0].function == "main.helperC"
    assert goroutine_of(crash(alarm)) == alarm


@pytest.mark.timeout(20)
def test_a_value_of_blank_lines_takes_no_time() -> None:
    alarm = goroutine(std("testing.(*M).startAlarm.func1"))
    found = msgspec.structs.replace(crash(alarm), panics=(Panic(value="x" + "\n" * 200_000),))
    assert goroutine_of(found) == alarm


def test_what_only_calls_others_is_not_blamed_while_there_is_another_dependency() -> None:
    gin = Frame(
        function="github.com/gin-gonic/gin.(*Context).Next", package="github.com/gin-gonic/gin"
    )
    found = locus_of(crash(goroutine(PANIC, gin, lib("A"))))
    assert found.frame == lib("A")
    only = locus_of(crash(goroutine(PANIC, gin)))
    assert (only.frame, only.rule) == (gin, "top-dependency")


def test_every_rule_has_a_reason_and_names_functions_as_they_are_printed() -> None:
    assert all(rule.why for rule in FRAME_RULES)
    assert {role_of(name) for name in ("runtime.goPanicIndex", "runtime.panicdivide", "panic")} == {
        "panic"
    }
    assert {
        role_of(name)
        for name in ("panicked", "main.panic", "runtime.main", "github.com/gin-gonic/gins.F")
    } == {None}
    assert role_of("google.golang.org/grpc.(*Server).handleStream") == "scaffold"


@pytest.mark.parametrize(
    "name", ["panic", "runtime.gopanic", "runtime.sigpanic", "runtime.panicmem"]
)
def test_the_frames_below_the_oldest_panic_are_where_it_began(name: str) -> None:
    frames = (own("a"), std(name), own("b"), std(name), own("c"))
    assert below_panic(frames) == frames[4:]
    assert below_panic((own("a"), own("b"))) == (own("a"), own("b"))
    assert below_panic((own("a"), std(name))) == (own("a"), std(name))


@pytest.mark.parametrize("file", ["/lib/libc.so.6", None])
def test_c_frames_that_only_a_core_has_change_no_fingerprint(file: str | None) -> None:
    """The traceback of the same crash begins with runtime.cgocall."""
    printed = (std("runtime.cgocall"), std("runtime.main"))
    of_core = Frame(function="raise", file=file, offset="0x12", pc="0x47b", native=True)
    found = locus_of(crash(goroutine(of_core, of_core, *printed)))
    assert found == locus_of(crash(goroutine(*printed)))
    assert found.frame == printed[0]


def test_c_frames_alone_are_grouped_by_the_innermost() -> None:
    of_core = Frame(function="raise", file="/lib/libc.so.6", offset="0x12", native=True)
    assert locus_of(crash(goroutine(of_core, NATIVE))).frame == NATIVE
    assert locus_of(crash(goroutine(of_core, of_core))).frame == of_core


def test_c_frames_of_a_symbolizer_stay_what_a_crash_is_grouped_by() -> None:
    printed = Frame(function="crash_here", file="/src/crash.c", line=12, pc="0x47b", native=True)
    assert locus_of(crash(goroutine(printed, std("runtime.cgocall")))).frame == printed
