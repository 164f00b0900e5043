"""Reports of the race detector: whole ones, and pieces as people paste them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.core.parse.assemble import close, feed
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.parse.traceback import parse_traceback
from streams.model.events import LogLines


def records(text: str) -> list[str]:
    """The texts of the records in a text."""
    read = feed(AssemblerState(), LogLines(input="a", data=text))
    _, rest = close(read.state, resumable=False)
    return [found.text for found in (*read.found, *rest) if isinstance(found, Assembled)]


WHOLE = (Path(__file__).parents[3] / "golden/data-race/input.go1.26.txt").read_text()


@pytest.fixture
def report() -> str:
    """Without the rules around it and what the runtime says at the end."""
    return "\n".join(WHOLE.splitlines()[1:-2]) + "\n"


def test_every_access_goroutine_and_creation_site_is_kept(report: str) -> None:
    found = parse_traceback(report)
    assert (found.kind, found.message, found.faults) == ("race", "data race", ())
    assert [(a.kind, a.addr, a.goroutine) for a in found.accesses] == [
        ("read", "0x00c00009e028", 9),
        ("write", "0x00c00009e028", 8),
    ]
    for access in found.accesses:
        assert [f.function for f in access.frames] == ["main.(*visits).add", "main.main.func1"]
    assert [(g.id, g.state) for g in found.goroutines] == [(9, "running"), (8, "finished")]
    for goroutine in found.goroutines:
        created = goroutine.created_by
        assert created is not None
        assert (created.function, created.line) == ("main.main", 19)
        assert created.file == "/src/data-race/main.go"
        assert [f.function for a in goroutine.ancestors for f in a.frames] == ["main.main"]


@pytest.mark.parametrize(
    ("line", "kind", "goroutine"),
    [
        ("Write at 0x00c0 by main goroutine:", "write", 1),
        ("Atomic read at 0x00c0 by goroutine 7:", "atomic read", 7),
        ("Previous atomic write at 0x00c0 by main goroutine:", "atomic write", 1),
        ("Read by goroutine 12:", "read", 12),
        ("Previous read of size 8 at 0x00c0 by goroutine 7 [running]:", "read", 7),
    ],
)
def test_whoever_accessed_whatever_how(line: str, kind: str, goroutine: int) -> None:
    text = f"{line}\n  main.f()\n      /src/main.go:9 +0x1\n"
    assert records(text) == [text]
    (access,) = parse_traceback(text).accesses
    assert (access.kind, access.goroutine, access.frames[0].line) == (kind, goroutine, 9)


def test_a_report_without_its_first_lines_is_one(report: str) -> None:
    """As people paste it: from the first access on, or from the middle."""
    pasted = report.split("\n", 1)[1]
    assert records(pasted) == [pasted]
    assert parse_traceback(pasted).accesses == parse_traceback(report).accesses
    middle = pasted[pasted.index("Previous") :]
    assert records(middle) == [middle]
    assert parse_traceback(middle).accesses == parse_traceback(report).accesses[1:]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "".join(f"    {line}\n" if line else "\n" for line in text.splitlines()),
        lambda text: "".join(f"\t{line}\n" if line else "\n" for line in text.splitlines()),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace("      ", "\t\t"),
        lambda text: f"{text}==================\nFound 1 data race(s)\nexit status 66\n",
    ],
    ids=["crlf", "indented", "tab", "no blank lines", "tabs for blanks", "end"],
)
def test_a_report_is_read_in_whatever_shape(report: str, change: Callable[[str], str]) -> None:
    (text,) = records(change(report))
    found, plain = parse_traceback(text), parse_traceback(report)
    assert (found.accesses, found.goroutines) == (plain.accesses, plain.goroutines)


def test_reports_follow_one_another(crash_text: Callable[[str], str], report: str) -> None:
    assert len(records(WHOLE * 3)) == 3
    pasted = report.split("\n", 1)[1]
    assert records(pasted * 2) == [pasted, pasted]
    assert len(records(WHOLE + crash_text("nil"))) == 2


def test_lines_of_others_between_are_left_out(report: str) -> None:
    lines = report.splitlines(keepends=True)
    noise = "2026/11/23 08:45:46 served GET /x 200\n"
    mixed = "".join(line + noise for line in lines)
    assert [text.replace("\n\n", "\n") for text in records(mixed)] == [report.replace("\n\n", "\n")]


def test_a_stack_that_was_not_restored_is_said(report: str) -> None:
    frames = "".join(report.splitlines(keepends=True)[2:6])
    lost = report.replace(frames, "  [failed to restore the stack]\n", 1)
    assert records(lost) == [lost]
    first, second = parse_traceback(lost).accesses
    assert (first.frames, len(second.frames)) == ((), 2)


def test_a_report_that_is_cut_off_says_so(report: str) -> None:
    cut = report[: report.rindex("      /src")]
    assert parse_traceback(cut).truncated
    assert [g.id for g in parse_traceback(cut).goroutines] == [9, 8]
