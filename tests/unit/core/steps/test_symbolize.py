"""SYMBOLIZE: a raw panic to a crash record, or to the dead letter with a reason."""

from __future__ import annotations

from base64 import b64decode

import pytest

from streams.core.steps.admit import admit
from streams.core.steps.symbolize import crash_of, recognised, symbolize
from streams.model.crash import Access, Build, Context, Crash, Panic, Signal, Traceback
from streams.model.errors import Reason
from streams.model.events import CoreRef, DeadLetter, GitPush, RawPanic
from streams.model.instant import Instant
from streams.model.message import decode
from streams.model.settings import PipelineSettings
from streams.model.step import Absent, Count, Done, Request
from tests.unit.core.steps.bench import Rows, done, panic_text

STEP = symbolize(PipelineSettings(), ())
SPOKEN = "password=hunter2-the-second"


def crash(raw: RawPanic) -> Crash:
    """The crash that a raw panic becomes."""
    (sent,) = done(STEP, Rows(), raw).outputs
    assert isinstance(sent.event, Crash)
    assert (sent.topic, sent.key) == ("crashes.symbolized", sent.event.id)
    return sent.event


def letter(event: RawPanic | CoreRef) -> DeadLetter:
    """The dead letter that an event becomes."""
    (sent,) = done(STEP, Rows(), event).outputs
    assert isinstance(sent.event, DeadLetter)
    return sent.event


def test_what_the_event_says_of_its_place_time_and_build_is_kept() -> None:
    raw = RawPanic(
        text=panic_text(),
        at=Instant(5),
        at_zone_assumed=True,
        service="shop",
        host="h",
        container="c",
        pod="p",
        namespace="n",
        stream="stderr",
        path="a.log",
        line=7,
        build=Build(version="v1"),
        context=Context(http_status=500),
        truncated=True,
    )
    made = crash(raw)
    source = made.source
    assert (source.service, source.host, source.container, source.pod) == ("shop", "h", "c", "p")
    assert (source.namespace, source.stream, source.at) == ("n", "stderr", Instant(5))
    assert (source.path, source.line, source.at_zone_assumed) == ("a.log", 7, True)
    assert (made.build.version, made.context.http_status) == ("v1", 500)
    assert made.truncated


def test_frames_are_marked_by_the_build_and_the_users_lists() -> None:
    raw = RawPanic(text=panic_text("example.com/lib/x.F"))
    for build, settings, marks in (
        (Build(), PipelineSettings(), (True, "path")),
        (Build(module="example.com/acme/shop"), PipelineSettings(), (False, "build")),
        (Build(), PipelineSettings(third_party=("example.com/lib",)), (False, "config")),
    ):
        event = RawPanic(text=raw.text, build=build)
        (sent,) = done(symbolize(settings, ()), Rows(), event).outputs
        assert isinstance(sent.event, Crash)
        frame = sent.event.goroutines[0].frames[0]
        assert (frame.in_app, frame.in_app_by) == marks


def test_a_raw_panic_that_nobody_admitted_is_scrubbed_and_counted_here() -> None:
    made = done(STEP, Rows(), RawPanic(text=panic_text(message=f"{SPOKEN} {SPOKEN}")))
    (sent,) = made.outputs
    assert isinstance(sent.event, Crash)
    assert "hunter2" not in repr(sent.event)
    assert made.counts[0] == Count("panictrail_secrets_scrubbed_total", 2, ("password",))


def test_an_admitted_event_keeps_its_id_and_its_counts() -> None:
    raw = admit(RawPanic(text=panic_text(message=SPOKEN)), ())
    made = crash(raw)
    assert made.id == raw.event_id
    assert made.scrubbed == {"password": 1}


def test_a_text_without_a_crash_is_a_dead_letter_that_can_be_tried_again() -> None:
    raw = RawPanic(text=f"all is well {SPOKEN}", at=Instant(9), event_id="e-1")
    made = letter(raw)
    assert (made.topic, made.reason, made.stage) == ("panics.raw", Reason.NO_CRASH, "symbolize")
    assert (made.place, made.at) == ("e-1", Instant(9))
    again = decode(b64decode(made.bytes_base64), RawPanic)
    assert again.event_id == "e-1"
    assert again.text.startswith("all is well ")
    assert "hunter2" not in again.text


def test_the_rest_of_a_record_that_was_closed_too_early_is_kept_whatever_it_holds() -> None:
    made = crash(RawPanic(text="\t/src/shop/main.go:27 +0x88\n", continues="e-0", event_id="e-1"))
    assert made.continues == "e-0"


def test_a_core_that_is_not_there_waits_in_the_dead_letter_without_the_secrets_of_its_address() -> (
    None
):
    event = CoreRef(core="https://joe:hunter2-the-second@host.example/core.7", at=Instant(3))
    answer = STEP(Rows(), event, {Request("core", event.core): Absent("only files are read")})
    assert isinstance(answer, Done)
    (sent,) = answer.outputs
    made = sent.event
    assert isinstance(made, DeadLetter)
    assert (made.topic, made.reason) == ("cores.refs", Reason.CORE_ABSENT)
    assert made.at == Instant(3)
    assert made.place is not None
    assert made.place.endswith("host.example/core.7")
    assert b"hunter2" not in b64decode(made.bytes_base64)
    assert "hunter2" not in made.error


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (Traceback(kind="panic", message="m"), False),
        (Traceback(kind="fatal", message="m"), True),
        (Traceback(kind="error", message="m"), True),
        (Traceback(kind="panic", message="m", panics=(Panic(value="m"),)), True),
        (Traceback(kind="signal", message="m", signal=Signal(name="SIGSEGV")), True),
        (Traceback(kind="race", message="m", accesses=(Access(kind="Write"),)), True),
    ],
)
def test_a_text_is_a_crash_by_what_a_dying_program_prints(found: Traceback, *, known: bool) -> None:
    assert recognised(found) is known


def test_a_crash_without_an_id_has_an_empty_one_and_no_text_none() -> None:
    """`crash_of` is used on single texts too; the step gives it admitted events only."""
    made = crash_of(RawPanic(text=panic_text()), PipelineSettings())
    assert made is not None
    assert made.id == ""
    assert crash_of(RawPanic(text=""), PipelineSettings()) is None


def test_other_messages_are_none_of_its_business() -> None:
    assert done(STEP, Rows(), GitPush(delivery_id="d", repo="r")) == Done()
