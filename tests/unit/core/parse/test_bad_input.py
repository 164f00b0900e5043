"""Input as nobody should send it: records with their faults, never a lost crash, memory bounded."""

from __future__ import annotations

from itertools import pairwise

import orjson
import pytest

from streams.core.parse import opened, reassemble, runner
from streams.core.parse.assemble import close, feed
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.parse.traceback import parse_traceback
from streams.model.crash import Traceback
from streams.model.events import LogLines
from tests.shipping import OTHER_WRAPS, WRAPS, Container, cri, docker, time_of, vector

CRASH = (
    "panic: assignment to entry in nil map\n\ngoroutine 7 [running]:\nmain.add(0x1)\n\t/src/a.go:7 +0x1d\n"
    "main.main()\n\t/src/a.go:20 +0x2a\n"
)
LINES = CRASH.splitlines()


def records(data: str, runs: int = 1) -> list[Assembled]:
    lines = data.splitlines(keepends=True)
    state, size = AssemblerState(), len(lines) // runs + 1
    found: list[object] = []
    for start in range(0, len(lines), size):
        part = "".join(lines[start : start + size])
        read = feed(state, LogLines(input="a", data=part, line=start + 1))
        state, found = read.state, [*found, *read.found]
    _, rest = close(state, resumable=False)
    return [each for each in (*found, *rest) if isinstance(each, Assembled)]


def only(data: str) -> Traceback:
    (record,) = records(data)
    return parse_traceback(record.text, record.message)


def is_whole(found: Traceback) -> bool:
    functions = [frame.function for g in found.goroutines for frame in g.frames]
    return (
        functions == ["main.add", "main.main"] and found.message == "assignment to entry in nil map"
    )


@pytest.mark.parametrize("depth", range(1, 5))
def test_a_traceback_in_a_json_field_in_a_json_field(depth: int) -> None:
    line = orjson.dumps(
        {"level": "error", "msg": "recovered", "panic": LINES[0][7:], "stack": CRASH[39:]}
    ).decode()
    for moment in range(depth):
        line = docker(Container("c0ffee"), line, moment).removesuffix("\n")
    assert is_whole(only(line + "\n"))


def test_half_a_line_of_cri_among_whole_ones() -> None:
    box = Container("c0ffee")
    whole = [cri(box, line, 2 * moment + 1) for moment, line in enumerate(LINES)]
    for at in (0, 4, len(whole)):
        time = time_of(2 * at)
        halves = (time, f"{time} stderr", f"{time} stderr P", "stderr F main.f(", " F ")
        for half in halves:
            found = records("".join(f"{line}\n" for line in (*whole[:at], half, *whole[at:])))
            assert any(is_whole(parse_traceback(record.text)) for record in found), (half, at)


@pytest.mark.parametrize("name", ["cri", "vector", "loki"])
def test_a_shipper_that_repeats_a_block_of_its_lines(name: str) -> None:
    """Every line has a time of its own, so what comes again is known."""
    wrap = {**WRAPS, **OTHER_WRAPS}[name]
    box = Container("c0ffee")
    lines = [wrap(box, line, moment) for moment, line in enumerate(LINES)]
    for first, last in ((0, 4), (2, 5), (3, 7)):
        again = (*lines[:last], *lines[first:last], *lines[last:])
        found = records("".join(f"{line}\n" for line in again))
        whole = [record for record in found if is_whole(parse_traceback(record.text))]
        assert len({(record.text, record.origin.time) for record in whole}) == 1


def test_clocks_that_jump_back_lose_nothing() -> None:
    box = Container("c0ffee")
    moments = (100, 101, 50, 51, 52, 0, 53)
    for name, wrap in {**WRAPS, **OTHER_WRAPS}.items():
        lines = [wrap(box, line, moment) for moment, line in zip(moments, LINES, strict=True)]
        found = records("".join(f"{line}\n" for line in lines))
        kept = "".join(record.text for record in found).splitlines()
        assert [line for line in LINES if line and line not in kept] == [], name


def test_ten_thousand_containers_that_crash_at_once_are_all_whole() -> None:
    boxes = [Container(f"c{number:05}") for number in range(10_000)]
    data = "".join(f"{vector(box, line, at)}\n" for at, line in enumerate(LINES) for box in boxes)
    found = records(data, runs=9)
    assert len(found) == len({record.origin.stream for record in found}) == 10_000
    assert {record.text for record in found} == {CRASH}


def test_too_many_of_them_are_closed_the_oldest_first_and_no_line_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "MAX_OPEN_STREAMS", 4)
    boxes = [Container(f"c{number}") for number in range(6)]
    data = "".join(f"{vector(box, line, at)}\n" for box in boxes for at, line in enumerate(LINES))
    assert {record.text for record in records(data)} == {CRASH}


def test_a_crash_without_an_end_is_cut_kept_and_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassemble, "MAX_RECORD_CHARS", 100_000)
    data = CRASH + "".join(f"main.f({n:#x})\n\t/src/a.go:{n % 99} +0x1d\n" for n in range(20_000))
    found = records(data, runs=7)
    assert len(found) > 5
    assert "".join(record.text for record in found) == data
    assert all(len(record.text) < 100_100 for record in found)
    assert [record.truncated for record in found] == [True] * (len(found) - 1) + [False]
    assert [record.continues for record in found] == [None] + [""] * (len(found) - 1)
    assert all(later.line == earlier.last + 1 for earlier, later in pairwise(found))


def test_all_open_records_together_have_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is closed at the same line however the lines are divided."""
    monkeypatch.setattr(runner, "MAX_OPEN_CHARS", 20_000)
    boxes = [Container(f"c{number}") for number in range(10)]
    stack = [
        *LINES,
        *(f"main.f({n:#x})\n\t/src/a.go:7 +0x1d".split("\n")[n % 2] for n in range(600)),
    ]
    data = "".join(f"{vector(box, line, at)}\n" for at, line in enumerate(stack) for box in boxes)
    found = records(data)
    assert found == records(data, runs=5) == records(data, runs=97)
    assert len(found) > len(boxes)
    state = feed(AssemblerState(), LogLines(input="a", data=data)).state
    assert sum(record.chars for record in state.open.values()) <= 20_000
    held = sum(len(line) for r in state.open.values() for line in r.held)
    assert opened.Opened(state.open).chars == held + sum(len(r.text) for r in state.open.values())


def test_lines_that_are_only_held_count_as_well() -> None:
    """A function line of megabytes is nobody's: of each one only its beginning is kept."""
    data = CRASH + ("main.f(" + "a" * 1_000_000 + ")\n") * 12
    state = feed(AssemblerState(), LogLines(input="a", data=data)).state
    assert opened.Opened(state.open).chars < 10_000


def test_mixed_formats_in_one_file() -> None:
    """One file that several programs write: each crash in a format of its own."""
    data = "".join(
        wrap(Container(f"c{number}", pod=f"p{number}"), line, 100 * number + at).removesuffix("\n")
        + "\n"
        for number, wrap in enumerate((*WRAPS.values(), *OTHER_WRAPS.values()))
        for at, line in enumerate(LINES)
    )
    found = [parse_traceback(record.text) for record in records(data + CRASH)]
    assert len(found) == len(WRAPS) + len(OTHER_WRAPS) + 1
    assert all(map(is_whole, found))
