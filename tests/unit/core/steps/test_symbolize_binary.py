"""SYMBOLIZE with binaries: modules for crash texts, names for bare addresses, and what waits for a binary."""

from __future__ import annotations

from streams.core.steps.cores import SEPARATOR
from streams.core.steps.symbolize import symbolize
from streams.model.crash import Build, Crash
from streams.model.errors import Reason
from streams.model.events import DeadLetter, RawPanic
from streams.model.message import encode
from streams.model.settings import PipelineSettings
from streams.model.step import Absent, Done, Fact, Need, Present, Request
from streams.model.symbols import BinaryHead, FrameAt, FramesAt, SymbolizedPc
from tests.unit.core.steps.bench import Rows, panic_text

STEP = symbolize(PipelineSettings(binaries=True), ())
WITHOUT = symbolize(PipelineSettings(), ())
LOGGED = '{"level":"ERROR","msg":"cannot charge","err":"refused","pcs":[5084929,5085011]}'
BINARY = Request("binary", "b-1")
FRAMES = Request("frames", SEPARATOR.join(("b-1", "0x4d9701", "0x4d9753")))
HEAD = Present(encode(BinaryHead(build=Build(module="example.com/shop", go="1.26.8"))))
ROWS = Present(
    encode(
        FramesAt(
            rows=(
                SymbolizedPc(
                    pc="0x4d9701",
                    frames=(
                        FrameAt(function="main.inner", file="/src/main.go", line=13, inlined=True),
                        FrameAt(function="main.place", file="/src/main.go", line=17),
                    ),
                ),
                SymbolizedPc(pc="0x4d9753", reason="outside the Go text of this binary"),
            )
        )
    )
)


def event(text: str, build_id: str | None = "b-1") -> RawPanic:
    """A raw panic of a build."""
    return RawPanic(text=text, build=Build(build_id=build_id), event_id="e-1")


def made(answer: Done | Need) -> Crash:
    """The crash of an answer, after which nothing waits."""
    assert isinstance(answer, Done)
    (sent,) = answer.outputs
    assert isinstance(sent.event, Crash)
    assert not answer.waits
    return sent.event


def test_nothing_is_asked_for_where_no_binaries_are_to_be_had() -> None:
    assert made(WITHOUT(Rows(), event(panic_text()), {})).build.module is None


def test_a_crash_text_gets_what_its_binary_says_of_the_build() -> None:
    raw = RawPanic(text=panic_text(), build=Build(build_id="b-1", go="1.25"), event_id="e-1")
    assert STEP(Rows(), raw, {}) == Need((BINARY,))
    build = made(STEP(Rows(), raw, {BINARY: HEAD})).build
    # What the event says wins.
    assert (build.module, build.go, build.build_id) == ("example.com/shop", "1.25", "b-1")


def test_a_crash_text_goes_on_without_its_binary_and_is_counted_once() -> None:
    assert made(STEP(Rows(), event(panic_text()), {BINARY: Absent("none")})).goroutines


def test_bare_addresses_get_the_frames_of_the_binary_inlined_ones_too() -> None:
    assert STEP(Rows(), event(LOGGED), {BINARY: HEAD}) == Need((FRAMES,))
    facts: dict[Request, Fact] = {BINARY: HEAD, FRAMES: ROWS}
    crash = made(STEP(Rows(), event(LOGGED), facts))
    (goroutine,) = crash.goroutines
    assert [(f.function, f.line, f.inlined, f.pc) for f in goroutine.frames] == [
        ("main.inner", 13, True, None),
        ("main.place", 17, False, "0x4d9701"),
    ]
    assert all(frame.in_app for frame in goroutine.frames)
    (fault,) = crash.faults
    assert fault.reason == (
        "1 bare addresses from 0x4d9753 on have no name: outside the Go text of this binary"
    )


def test_a_stack_of_bare_addresses_waits_for_a_binary_that_is_named() -> None:
    answer = STEP(Rows(), event(LOGGED), {BINARY: Absent("in no folder")})
    assert isinstance(answer, Done)
    assert answer.waits
    (sent,) = answer.outputs
    assert isinstance(sent.event, DeadLetter)
    assert sent.event.reason == Reason.BINARY_ABSENT
    assert "b-1" in sent.event.error


def test_bare_addresses_of_a_build_that_nobody_names_are_left_out_and_said() -> None:
    asked = Request("binary", "")
    for answer in (
        STEP(Rows(), event(LOGGED, None), {asked: Absent("none")}),
        WITHOUT(Rows(), event(LOGGED, None), {}),
    ):
        crash = made(answer)
        assert crash.goroutines == ()
        assert crash.message == "cannot charge"
        assert "2 bare addresses from 0x4d9701 on" in crash.faults[0].reason
