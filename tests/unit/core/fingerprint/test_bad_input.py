"""What a hostile program or producer can send is grouped in bounded time, into events of bounded size."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import pytest

from streams.core.fingerprint.bounded import MOST_CHARS, named_shortly
from streams.core.fingerprint.explain import fingerprint
from streams.core.steps.symbolize import crash_of
from streams.model.crash import Crash, Frame, Goroutine
from streams.model.events import Fingerprinted, RawPanic
from streams.model.message import encode
from streams.model.settings import PipelineSettings

MEGABYTE = 1_000_000
SECONDS = 30.0


def text(
    function: str = "example.com/shop/cart.Add",
    file: str = "/src/cart/add.go",
    message: str = "boom",
) -> str:
    """A panic."""
    return (
        f"panic: {message}\n\ngoroutine 1 [running]:\n{function}(0xc000012345)\n\t{file}:6 +0x1d\n"
        "main.main()\n\t/src/main.go:27 +0x88\n"
    )


def of_text(found: str) -> Fingerprinted:
    """The fingerprint of what a producer sends; no collector has looked at its lines."""
    crash = crash_of(RawPanic(text=found, event_id="e"), PipelineSettings())
    assert crash is not None
    return of(crash)


def of(crash: Crash) -> Fingerprinted:
    """The fingerprint of a record."""
    made = fingerprint(crash)
    assert isinstance(made, Fingerprinted)
    return made


LONG: dict[str, Callable[[str], str]] = {
    "function": lambda long: text(function=f"example.com/shop/cart.{long}"),
    "package": lambda long: text(function=f"example.com/{long}/cart.Add"),
    "receiver": lambda long: text(function=f"example.com/shop/cart.(*{long}).Add"),
    "file": lambda long: text(file=f"/src/{long}/add.go"),
    "message": lambda long: text(message=long),
    "type of the value": lambda long: text(message=f"main.{long}{{X:1}}"),
}


@pytest.mark.parametrize("made", LONG.values(), ids=LONG.keys())
def test_a_name_or_message_of_a_megabyte_makes_no_large_event_and_stays_itself(
    made: Callable[[str], str],
) -> None:
    began = time.process_time()
    one, same, other = (
        of_text(made(long)) for long in ("a" * MEGABYTE, "a" * MEGABYTE, "a" * MEGABYTE + "b")
    )
    assert time.process_time() - began < SECONDS
    assert len(encode(one)) < 12 * MOST_CHARS
    assert one == same
    # The same names are the same crash; a path and a message never were what tells two apart.
    named = made in (LONG["function"], LONG["package"], LONG["receiver"])
    assert ((one.block, one.locus) != (other.block, other.locus)) == named


@pytest.mark.parametrize("made", LONG.values(), ids=LONG.keys())
def test_no_name_of_a_megabyte_is_kept_in_memory(made: Callable[[str], str]) -> None:
    """What is asked of a name again and again is kept by the name: of a long one its short form."""
    crash = crash_of(RawPanic(text=made("a" * MEGABYTE), event_id="e"), PipelineSettings())
    assert crash is not None
    short = named_shortly(crash)
    names = [panic.type for panic in short.panics]
    names += [n for g in short.goroutines for f in g.frames for n in (f.function, f.package)]
    assert max(len(name or "") for name in names) <= MOST_CHARS
    assert [g.id for g in short.goroutines] == [g.id for g in crash.goroutines]
    plain = crash_of(RawPanic(text=text(), event_id="e"), PipelineSettings())
    assert plain is not None
    assert named_shortly(plain) is plain


def test_names_of_programs_are_as_they_are() -> None:
    long = "a" * (MOST_CHARS - len("example.com/shop/cart."))
    made = of_text(text(function=f"example.com/shop/cart.{long}"))
    assert made.block == f"example.com/shop/cart.{long}"


def test_a_hundred_thousand_frames_are_one_small_event() -> None:
    frames = "".join(
        f"example.com/shop/tree.Walk{n % 7}(0x{n:x})\n\t/src/tree/walk.go:{n % 90 + 1} +0x1d\n"
        for n in range(100_000)
    )
    began = time.process_time()
    made = of_text(f"panic: boom\n\ngoroutine 1 [running]:\n{frames}")
    assert time.process_time() - began < SECONDS
    assert len(encode(made)) < 12 * MOST_CHARS
    assert made.block == "example.com/shop/tree.Walk0"


HEADS = {
    "panic": "panic: boom\n\n",
    "deadlock": "fatal error: all goroutines are asleep - deadlock!\n\n",
    "SIGQUIT": "SIGQUIT: quit\nPC=0x47a2f1 m=0 sigcode=0\n\n",
}


def goroutine(number: int, function: str, state: str) -> Goroutine:
    """One of the user's own code."""
    package = "example.com/shop/" + function.partition(".")[0]
    frame = Frame(
        function=f"example.com/shop/{function}",
        package=package,
        file="/src/x.go",
        line=1,
        in_app=True,
    )
    crashed = state == "running"
    return Goroutine(id=number, state=state, crashed=crashed, frames=(frame,))


@pytest.mark.parametrize("head", HEADS)
def test_a_million_goroutines_are_looked_through_in_bounded_time(head: str) -> None:
    """Of a dump the first thousands, so the goroutine that differs is among these."""
    said = f"{HEADS[head]}goroutine 1 [running]:\nmain.main()\n\t/src/main.go:27 +0x88\n"
    crash = crash_of(RawPanic(text=said, event_id="e"), PipelineSettings())
    assert crash is not None
    own = goroutine(1, "cart.Add", "running" if head == "panic" else "sync.Mutex.Lock")
    many = (goroutine(2, "worker.Wait", "chan receive"),) * 1_000_000
    began = time.process_time()
    one, other, few = (
        of(msgspec.structs.replace(crash, goroutines=goroutines))
        for goroutines in ((own, *many), (*many[:5000], own, *many), (own, *many[:1000]))
    )
    assert time.process_time() - began < SECONDS
    assert (one.block, one.locus) == (other.block, other.locus) == (few.block, few.locus)
    assert len(encode(one)) < 12 * MOST_CHARS
