"""The frame that a crash is grouped by, and why it is that one."""

from __future__ import annotations

import pytest

from streams.core.fingerprint.rules import below_panic, goroutine_of, locus_of
from streams.model.crash import Crash, CreatedBy, Frame, Goroutine


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


@pytest.mark.parametrize(
    "name", ["panic", "runtime.gopanic", "runtime.sigpanic", "runtime.panicmem"]
)
def test_the_frames_below_the_oldest_panic_are_where_it_began(name: str) -> None:
    frames = (own("a"), std(name), own("b"), std(name), own("c"))
    assert below_panic(frames) == frames[4:]
    assert below_panic((own("a"), own("b"))) == (own("a"), own("b"))
    assert below_panic((own("a"), std(name))) == (own("a"), std(name))
