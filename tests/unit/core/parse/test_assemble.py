"""Laws of reassembly: the division of lines does not matter, nothing raises, nothing is lost or invented."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.parse import reassemble, runner
from streams.core.parse.assemble import close, feed, mark_closed
from streams.core.parse.record import Assembled, AssemblerState, BadLine, InputObject
from streams.core.parse.traceback import parse_traceback
from streams.model.crash import Source
from streams.model.events import LogLines

Found = Assembled | InputObject | BadLine
LOG = "2026/11/23 08:45:46 INFO request done path=/cart status=200\n"


def closed(state: AssemblerState, *, resumable: bool) -> tuple[AssemblerState, list[Assembled]]:
    """What a Tick ends."""
    after, found = close(state, resumable=resumable)
    return after, [each for each in found if isinstance(each, Assembled)]


def read_runs(runs: list[str], stream: str = "") -> list[Found]:
    """Everything found in runs of lines and at the end of the input."""
    state, found, number = AssemblerState(), list[Found](), 1
    for data in runs:
        read = feed(state, LogLines(input="app.log", data=data, line=number, stream=stream))
        state, number = read.state, number + read.lines
        found.extend(read.found)
    _, rest = closed(state, resumable=False)
    return [*found, *rest]


def records(text: str) -> list[Assembled]:
    return [found for found in read_runs([text]) if isinstance(found, Assembled)]


def divided(text: str, cuts: list[int]) -> list[str]:
    lines = text.splitlines(keepends=True)
    marks = sorted({cut % (len(lines) + 1) for cut in cuts})
    edges = [0, *marks, len(lines)]
    return ["".join(lines[a:b]) for a, b in itertools.pairwise(edges) if a < b]


CUTS = st.lists(st.integers(0, 10_000), max_size=12)


def assert_division_does_not_matter(whole: str) -> None:
    found = read_runs([whole])

    @given(cuts=CUTS)
    @settings(max_examples=60, deadline=None)
    def law(cuts: list[int]) -> None:
        assert read_runs(divided(whole, cuts)) == found

    law()


def test_the_records_are_the_same_however_the_lines_are_divided(
    every_text: dict[str, str],
) -> None:
    assert_division_does_not_matter(
        "".join(text + LOG * (n % 4) for n, text in enumerate(every_text.values()))
    )


def test_the_division_does_not_matter_for_two_interleaved_containers(
    every_text: dict[str, str],
) -> None:
    left = (every_text["nil"] + LOG + every_text["middleware"]).splitlines(keepends=True)
    right = (every_text["http"] + every_text["overflow"]).splitlines(keepends=True)
    mixed: list[str] = []
    for n in range(max(len(left), len(right))):
        mixed += ["shop-1  | " + line for line in left[n : n + 1]]
        mixed += ["cart-1  | " + line for line in right[n : n + 1]]
    assert_division_does_not_matter("".join(mixed))
    texts = [record.text for record in records("".join(mixed))]
    assert [text.partition("\n")[0][:20] for text in texts] == [
        "panic: runtime error",
        "2026/11/24 00:11:43 ",
        "2026/11/24 00:11:43 ",
        "runtime: goroutine s",
    ]


_PIECES = st.sampled_from(
    [
        "panic: ", "fatal error: x\n", "goroutine 1 [running]:\n", "main.main()\n", "\t/a.go:1 +0x1\n",
        "\n", "\tpanic: y [recovered]\n", "created by main.f in goroutine 2\n", "SIGQUIT: quit\n",
        '{"stack":"goroutine 1 [running]:\\nmain.main()\\n"}\n', "-----\n", "exit status 2\n", "x", " | ",
        "shop-1  | ", "[pod/a/b] ", LOG, "runtime: g\n", "    ", "[signal SIGSEGV: s code=0x1 addr=0x0 pc=0x1]\n",
        "...5 frames elided...\n", "goroutine 2 [select, 3 minutes]:\n", "rax    0x0\n", "\x1b[31m", "\r\n",
    ]
)  # fmt: skip


@given(
    pieces=st.lists(_PIECES | st.text(max_size=12), max_size=60), cuts=st.lists(st.integers(0, 99))
)
@settings(max_examples=300, deadline=None)
def test_no_text_raises_and_every_division_gives_the_same(
    pieces: list[str], cuts: list[int]
) -> None:
    text = "".join(pieces)
    lines = text.split("\n")
    edges = sorted({cut % (len(lines) + 1) for cut in cuts})
    runs = [
        "\n".join(lines[a:b]) + ("\n" if b < len(lines) else "")
        for a, b in zip([0, *edges], [*edges, len(lines)], strict=True)
        if a < b
    ]
    found = read_runs(runs)
    assert found == read_runs([text])
    for record in found:
        if isinstance(record, Assembled):
            parse_traceback(record.text, record.message)


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda line: line, id="plain"),
        pytest.param(lambda line: line.replace("\n", "\r\n"), id="crlf"),
        pytest.param(lambda line: line.replace("\t", "    "), id="spaces"),
        pytest.param(lambda line: "    " + line, id="indented"),
        pytest.param(lambda line: "[pod/shop-6d5f-x1/shop] " + line, id="kubectl"),
        pytest.param(lambda line: "2026-11-01T10:00:00.000000001Z " + line, id="timestamps"),
        pytest.param(lambda line: "shop-1  | " + line, id="compose"),
        pytest.param(lambda line: "shop-1  | 2026-11-01T10:00:00.1Z " + line, id="compose -t"),
        pytest.param(lambda line: "Nov 01 10:00:00 node7 shopd[4711]: " + line, id="journald"),
        pytest.param(
            lambda line: "2026-11-01T10:00:00+0100 node7 shopd[4711]: " + line, id="short-iso"
        ),
    ],
)
def test_a_crash_is_read_the_same_behind_every_prefix(
    every_text: dict[str, str], wrap: Callable[[str], str]
) -> None:
    for name, text in every_text.items():
        wrapped = "".join(wrap(line) for line in text.splitlines(keepends=True))
        found = records(wrapped)
        assert len(found) == 1, name
        plain = parse_traceback(records(text)[0].text)
        assert parse_traceback(found[0].text).goroutines == plain.goroutines, name


def test_lines_before_and_after_a_crash_are_not_part_of_it(
    crash_text: Callable[[str], str],
) -> None:
    text = crash_text("nil")
    (record,) = records(LOG * 3 + text + LOG * 30)
    assert record.text == text
    assert record.line == 4


def test_two_crashes_one_after_the_other_are_two_records(crash_text: Callable[[str], str]) -> None:
    first, second = crash_text("nil"), crash_text("nested")
    assert [record.text for record in records(first + second)] == [first, second]


NO_STACK = "fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n"
RACED = "fatal error: concurrent map writes\n"
TRAPPED = "fatal: morestack on g0\n"
TRAP = "SIGTRAP: trace trap\nPC=0x47a2f1 m=0 sigcode=128\n\n"
STACK = "\ngoroutine 7 [running]:\nmain.f(0x1)\n\t/src/a.go:1 +0x1d\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (NO_STACK + NO_STACK, 2),
        (NO_STACK + "starting\n" + NO_STACK, 2),
        (NO_STACK + LOG + NO_STACK, 2),
        (RACED + NO_STACK, 2),
        (NO_STACK + LOG + "SIGQUIT: quit\nPC=0x47a2f1 m=0 sigcode=0\n" + STACK, 2),
        # Without stacks, as GOTRACEBACK=none has it: a program that was started again.
        (RACED + "starting\n" + RACED, 2),
        (RACED + LOG + RACED + STACK, 2),
        # Two goroutines threw at once.
        (RACED + RACED + STACK, 1),
        (TRAPPED + TRAP + STACK, 1),
        (TRAPPED + LOG + TRAP + STACK, 1),
    ],
)
def test_a_death_without_stack_is_a_crash_of_its_own(text: str, count: int) -> None:
    found = records(text)
    assert len(found) == count
    assert sum(each.text.count("\n") for each in found) == text.count("\n") - text.count(
        LOG
    ) - text.count("starting\n")


def test_a_recovered_panic_and_the_later_death_are_two_records(
    crash_text: Callable[[str], str],
) -> None:
    log = crash_text("middleware")
    found = records(log + crash_text("nil"))
    assert [record.line for record in found] == [1, log.count("\n") + 1]
    assert found[0].text == log.removesuffix("2026/11/24 00:11:43 after\n")


def test_log_lines_of_other_goroutines_inside_a_traceback_are_skipped(
    crash_text: Callable[[str], str],
) -> None:
    text = crash_text("bubble").partition("FAIL")[0]
    mixed = "".join(
        line + LOG * (n % 3 == 0) for n, line in enumerate(text.splitlines(keepends=True))
    )
    (record,) = records(mixed)
    assert parse_traceback(record.text).goroutines == parse_traceback(text).goroutines


def test_the_exit_status_belongs_to_the_crash_that_it_follows(
    crash_text: Callable[[str], str],
) -> None:
    text = crash_text("nil") + "exit status 2\n"
    assert [record.text for record in records(text + LOG)] == [text]


def test_a_log_line_that_only_mentions_a_panic_is_a_near_miss() -> None:
    text = LOG + "2026/11/23 08:45:46 panic button pressed\n" + LOG
    read = feed(AssemblerState(), LogLines(input="a", data=text))
    assert read.found == ()
    assert [(miss.line, miss.text) for miss in read.near_misses] == [
        (2, "2026/11/23 08:45:46 panic button pressed")
    ]


def test_blank_lines_may_be_missing(crash_text: Callable[[str], str]) -> None:
    text = crash_text("timeout")
    squeezed = "".join(line for line in text.splitlines(keepends=True) if line.strip())
    (record,) = records(squeezed)
    assert parse_traceback(record.text).goroutines == parse_traceback(text).goroutines


def test_the_origin_says_where_and_when(crash_text: Callable[[str], str]) -> None:
    lines = crash_text("http").splitlines(keepends=True)
    (record,) = records("".join("[pod/shop-6d5f-x1/shop] " + line for line in lines))
    assert record.origin.stream == "shop-6d5f-x1/shop"
    assert (record.origin.source.pod, record.origin.source.container) == ("shop-6d5f-x1", "shop")
    assert record.origin.time == "2026/11/24 00:11:43"
    assert str(record.origin.at) == "2026-11-24T00:11:43Z"
    assert record.origin.at_zone_assumed


def test_defaults_and_the_stream_of_the_run_fill_what_lines_do_not_say(
    crash_text: Callable[[str], str],
) -> None:
    run = LogLines(
        input="a", data=crash_text("nil"), stream="node1/app", defaults=Source(service="shop")
    )
    _, (record,) = closed(feed(AssemblerState(), run).state, resumable=False)
    assert (record.origin.stream, record.origin.source.service) == ("node1/app", "shop")


def test_lines_after_a_quiet_tick_continue_the_record(crash_text: Callable[[str], str]) -> None:
    lines = crash_text("dump").splitlines(keepends=True)
    first = feed(AssemblerState(), LogLines(input="a", data="".join(lines[:4])))
    state, (record,) = closed(first.state, resumable=True)
    assert record.resumable
    state = mark_closed(state, record.origin.stream, "crash-1")
    rest = feed(state, LogLines(input="a", data="".join(lines[4:]), line=5))
    _, (more,) = closed(rest.state, resumable=False)
    assert more.continues == "crash-1"
    assert record.text + more.text == crash_text("dump").replace("\n\n", "\n")


def test_an_ordinary_line_after_a_quiet_tick_ends_the_crash_for_good(
    crash_text: Callable[[str], str],
) -> None:
    first = feed(AssemblerState(), LogLines(input="a", data=crash_text("nil")))
    state, _ = closed(first.state, resumable=True)
    after = feed(state, LogLines(input="a", data=LOG + "main.main()\n\t/a.go:1 +0x1\n"))
    assert after.state.closed == {}
    assert after.state.open == {}


def test_a_record_beyond_the_limit_is_truncated_and_continued(
    crash_text: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reassemble, "MAX_RECORD_CHARS", 300)
    text = crash_text("bubble").partition("FAIL")[0]
    first, *rest = records(text)
    assert first.truncated
    assert first.resumable
    assert first.continues is None
    assert {record.continues for record in rest} == {""}
    lines = [line for record in (first, *rest) for line in record.text.splitlines() if line]
    assert lines == [line for line in text.splitlines() if line]


def test_too_many_open_streams_close_the_oldest_and_lose_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "MAX_OPEN_STREAMS", 2)
    crash = "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n"
    text = "".join(f"s-{n}  | {line}\n" for n in range(4) for line in crash.splitlines())
    found = records(text)
    assert [record.origin.stream for record in found] == ["s-0", "s-1", "s-2", "s-3"]
    assert {record.text for record in found} == {crash}
    assert [record.resumable for record in found] == [True, True, False, False]


def test_a_logged_panic_without_stack_does_not_swallow_the_next_report(
    crash_text: Callable[[str], str],
) -> None:
    report = crash_text("middleware").removesuffix("2026/11/24 00:11:43 after\n")
    found = records("panic: retrying\nplain output\n" + report)
    assert [record.text for record in found] == ["panic: retrying\n", report]
