"""A dump of many goroutines says what its lines say one by one, however it is read."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from streams.core.parse.dump import Dump, read_rows
from streams.core.parse.traceback import parse_by_line, parse_traceback, read_dump
from streams.drivers.embedded.dumps import read_large
from tests.chaos.crashes import dice
from tests.fuzz.inputs import change
from tests.fuzz.judge import judge_dump

Read = Callable[[str], str]


def dump(text: str) -> Dump:
    found = read_dump(text)
    assert found is not None
    return found


def test_every_argument_offset_and_pc_is_there_when_it_is_asked_for(crash_text: Read) -> None:
    text = crash_text("parkinglot")
    found, expected = dump(text), parse_by_line(text)
    assert found.traceback() == expected == parse_traceback(text)
    assert len(found) == len(expected.goroutines) == 121
    assert [g.id for g in found] == [g.id for g in expected.goroutines]


def test_what_repeats_is_read_once(crash_text: Read) -> None:
    (part,) = dump(crash_text("parkinglot")).middle
    assert len(part) > 100
    assert len(part.rows.stacks) == 13
    assert all(
        [f.function for f in part.stack(at).frames] == [f.function for f in part[at].frames]
        for at in range(len(part))
    )
    assert {stack.frames[0].function for stack in part.rows.stacks} == {
        "main.(*level).wait",
        "main.receive",
        "internal/sync.runtime_SemacquireMutex",
        "sync.runtime_notifyListWait",
        "internal/poll.runtime_Semacquire",
        "internal/poll.runtime_pollWait",
        "time.Sleep",
    }
    assert all(
        (frame.args, frame.offset, frame.pc) == (None, None, None)
        for stack in part.rows.stacks
        for frame in stack.frames
    )


@pytest.mark.parametrize(
    "before",
    [
        "",
        "panic: no more\n\n",
        "panic: no more\n\ngoroutine 99 [running]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12\n\n",
        "fatal error: all goroutines are asleep - deadlock!\n\n",
        "SIGQUIT: quit\nPC=0x47a2f1 m=0 sigcode=0\n\n",
    ],
)
@pytest.mark.parametrize("behind", ["", "\nrax    0x0\nrip    0x47a2f1\n", "\nexit status 2\n"])
def test_what_stands_around_the_goroutines_is_read_as_ever(
    crash_text: Read, before: str, behind: str
) -> None:
    text = before + crash_text("parkinglot") + behind
    assert parse_traceback(text) == parse_by_line(text)


@pytest.mark.parametrize(
    "block",
    [
        "goroutine 5 [running]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12",  # could be the one that crashed
        "goroutine 5 [select]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12\nwhat is this",
        "goroutine 5 [select]:\nmain.f(0x1)",
        "goroutine 5 [select]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12\n...additional frames elided...",
        "goroutine x [select]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12",
    ],
)
def test_a_block_that_is_not_clean_has_the_whole_read_line_by_line(
    crash_text: Read, block: str
) -> None:
    blocks = crash_text("parkinglot").split("\n\n")
    text = "panic: no more\n\n" + "\n\n".join((*blocks[:60], block, *blocks[60:]))
    assert read_dump(text) is None
    assert parse_traceback(text) == parse_by_line(text)


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("\tpanic: x\n\n", ""),
        ("  panic: x\n\n", "  goroutine 99 [idle]:\nmain.h()\n\t/a.go:1 +0x1\n"),
        (
            "panic: x\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a/b.go:1 +0x1\nexit status 2\n\n",
            "\ngoroutine 99 [idle]:\n",
        ),
        (
            "panic: x\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a/b.go:1 +0x1\ncfunc\n\n",
            "\ngoroutine 99 [idle]:\n\t/a.c:3 pc=0x1\nmain.h()\n\t/a.go:1 +0x1\n",
        ),
    ],
)
def test_what_only_the_whole_text_tells_has_it_read_line_by_line(
    crash_text: Read, head: str, tail: str
) -> None:
    text = head + crash_text("parkinglot") + tail
    assert parse_traceback(text) == parse_by_line(text)


def test_goroutines_that_each_made_the_next_have_their_creators() -> None:
    """Like those of a server, where each connection has a goroutine that makes others: many ids, one place."""
    block = (
        "goroutine {n} gp={n:#x} m=nil [select, {n} minutes]:\nmain.work({n:#x}, {{0xc000, 0x2}})\n"
        "\t/a/b.go:1 +0x12 fp=0xc{n:05x} sp=0xc{n:05x} pc=0x47{n:04x}\nmain.inlined(...)\n\t/a/b.go:7\n"
        "created by main.serve in goroutine {m}\n\t/a/b.go:20 +0x1d"
    )
    text = "\n\n".join(block.format(n=n, m=n - 1) for n in range(1, 1000))
    found = dump(text)
    (part,) = found.middle
    assert len(part.rows.stacks) == 1
    assert found.traceback() == parse_by_line(text)
    creators = [g.created_by.goroutine for g in found if g.created_by]
    assert creators == list(range(999))


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
def test_several_processes_read_the_same(crash_text: Read, processes: int) -> None:
    text = crash_text("parkinglot")
    found = read_large(text, processes)
    assert found is not None
    assert found.traceback() == parse_by_line(text)


def test_a_child_that_dies_is_not_missed(crash_text: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    text = crash_text("parkinglot")
    monkeypatch.setattr("streams.core.parse.dump._PART_CHARS", 5000)
    parent = os.getpid()

    def killed(part: str) -> object:
        if os.getpid() != parent:
            os.kill(os.getpid(), 9)
        return read_rows(part)

    monkeypatch.setattr("streams.drivers.embedded.dumps.read_rows", killed)
    found = read_large(text, 3)
    assert found is not None
    assert found.traceback() == parse_by_line(text)


def test_a_dump_with_changes_that_nobody_made_says_what_its_lines_say(crash_text: Read) -> None:
    lines = crash_text("parkinglot")[:20_000].split("\n")
    read = 0
    for number in range(400):
        thrown, changed = dice(("dump", number)), list(lines)
        for _ in range(thrown.randrange(1, 3)):
            change(thrown, changed)
        read += judge_dump("\n".join(changed))
    assert read > 50
