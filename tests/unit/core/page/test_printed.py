"""A record as the runtime printed it: read again, it is the same crash; nothing in it acts on a reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.core.page.printed import printed
from streams.core.parse.traceback import parse_traceback
from streams.model.crash import Crash, Frame, Goroutine, Panic, Traceback

GOLDEN = Path(__file__).parents[3] / "golden"
CASES = (
    "nil-pointer/input.go1.26.txt",
    "concurrent-map-writes/input.go1.26.txt",
    "deadlock/input.go1.26.txt",
    "sigquit-states/input.go1.26.txt",
)


def crash_of(text: str) -> Crash:
    found = parse_traceback(text)
    return Crash(id="c", **{name: getattr(found, name) for name in Traceback.__struct_fields__})


def _frames(goroutine: Goroutine) -> list[tuple[object, ...]]:
    return [(f.function, f.args, f.file, f.line, f.offset) for f in goroutine.frames]


@pytest.mark.parametrize("case", CASES)
def test_what_is_printed_reads_as_the_crash_that_it_was_made_of(case: str) -> None:
    crash = crash_of((GOLDEN / case).read_text("utf-8"))
    assert crash.goroutines
    lines, more = printed(crash, 10_000)
    assert not more
    again = crash_of("\n".join(lines) + "\n")
    assert again.kind == crash.kind
    assert again.message == crash.message
    assert [panic.value for panic in again.panics] == [panic.value for panic in crash.panics]

    def stacks(one: Crash) -> list[tuple[object, ...]]:
        return [
            (g.id, g.state, g.wait_minutes, g.created_by and g.created_by.function, _frames(g))
            for g in one.goroutines
        ]

    assert stacks(again) == stacks(crash)


def test_it_is_cut_and_says_so() -> None:
    frames = tuple(Frame(function=f"main.f{n}") for n in range(100))
    crash = Crash(
        id="c",
        kind="panic",
        message="m",
        goroutines=(Goroutine(id=1, state="running", frames=frames),),
    )
    lines, more = printed(crash, 10)
    assert (len(lines), more) == (10, True)
    assert printed(crash, 1000)[1] is False


def test_nothing_in_it_acts() -> None:
    crash = Crash(
        id="c",
        kind="panic",
        message="m",
        panics=(Panic(value="\x1b[31mred\u202egnp\n\tnext" + "x" * 1_000_000),),
        goroutines=(
            Goroutine(
                id=1, state="running", frames=(Frame(function="a\rb", file="/\x9b/\tf.go", line=1),)
            ),
        ),
    )
    lines, _ = printed(crash, 100)
    assert all(line.removeprefix("\t").isprintable() for line in lines)
    assert lines[0] == "panic: \\x1b[31mred\\u202egnp"
    assert max(map(len, lines)) < 3000
    assert printed(replace(crash, panics=(), kind="fatal", message="boom"), 1)[0] == (
        "fatal error: boom",
    )
