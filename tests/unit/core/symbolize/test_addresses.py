"""Bare addresses of a text: asked for once, named in their place, left out with a reason."""

from __future__ import annotations

from streams.core.parse.frame import NON_GO, UNNAMED
from streams.core.symbolize.addresses import bare_pcs, must_be_named, named, without_unnamed
from streams.model.crash import Build, Crash, CreatedBy, Frame, Goroutine
from streams.model.symbols import FrameAt, SymbolizedPc


def crash(*stacks: tuple[Frame, ...]) -> Crash:
    return Crash(
        id="",
        kind="panic",
        message="x",
        goroutines=tuple(
            Goroutine(id=n, state="running", frames=s) for n, s in enumerate(stacks, 1)
        ),
        build=Build(),
    )


BARE = Frame(function=UNNAMED, pc="0x10")
C = Frame(function=NON_GO, pc="0x20")
GO = Frame(function="main.f", package="main", pc="0x30")


def test_each_address_is_asked_for_once_and_in_order() -> None:
    assert bare_pcs(crash((BARE, GO, C), (C, BARE))) == ("0x10", "0x20")
    assert bare_pcs(crash((GO, Frame(function=UNNAMED)))) == ()
    many = tuple(Frame(function=UNNAMED, pc=hex(n)) for n in range(20_000))
    assert len(bare_pcs(crash(many))) == 10_000


def test_a_stack_of_nothing_else_must_be_named() -> None:
    assert must_be_named(crash((BARE, BARE)))
    assert not must_be_named(crash((BARE, GO)))
    assert not must_be_named(crash(()))


def test_an_address_becomes_all_its_frames_and_the_outermost_keeps_it() -> None:
    row = SymbolizedPc(
        pc="0x10",
        frames=(
            FrameAt(function="main.inner", file="a.go", line=1, inlined=True),
            FrameAt(function="main.outer", file="b.go", line=2),
        ),
    )
    (goroutine,) = named(crash((BARE, GO)), (row,)).goroutines
    inner, outer, other = goroutine.frames
    assert (inner.function, inner.pc, inner.inlined) == ("main.inner", None, True)
    assert (outer.function, outer.package, outer.pc) == ("main.outer", "main", "0x10")
    assert other is GO


def test_native_frames_have_no_package() -> None:
    row = SymbolizedPc(pc="0x20", frames=(FrameAt(function="malloc", native=True),))
    (frame,) = named(crash((C,)), (row,)).goroutines[0].frames
    assert (frame.function, frame.package, frame.native) == ("malloc", None, True)


def test_an_address_without_frames_stays() -> None:
    row = SymbolizedPc(pc="0x10", reason="padding")
    assert named(crash((BARE,)), (row,)).goroutines[0].frames == (BARE,)


def test_what_has_no_name_is_left_out_with_the_reason() -> None:
    found = without_unnamed(crash((BARE, GO), (BARE,)), {"0x10": "padding"})
    assert [g.frames for g in found.goroutines] == [(GO,)]
    (fault,) = found.faults
    assert fault.reason == "2 bare addresses from 0x10 on have no name: padding"


def test_without_a_reason_the_binary_is_asked_for() -> None:
    (fault,) = without_unnamed(crash((BARE, GO)), {}).faults
    assert fault.reason.endswith("give the binary by its build ID")


def test_a_goroutine_that_says_who_started_it_stays() -> None:
    started = Goroutine(
        id=1, state="idle", frames=(BARE,), created_by=CreatedBy(function="main.main")
    )
    one = Crash(id="", kind="panic", message="", goroutines=(started,), build=Build())
    assert len(without_unnamed(one, {}).goroutines) == 1


def test_a_crash_with_names_only_is_the_same() -> None:
    whole = crash((GO,))
    assert without_unnamed(whole, {}) is whole
