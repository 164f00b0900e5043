"""Errors that programs log: what six loggers print, and what may not be taken for one."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from streams.core.parse.assemble import close, feed
from streams.core.parse.logged_error import LEVELS, object_of
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.parse.traceback import parse_traceback
from streams.model.crash import Traceback
from streams.model.events import LogLines
from tests.shipping import OTHER_WRAPS, WRAPS, Container, Wrap

LINES = (Path(__file__).parent / "logged" / "lines.txt").read_text().splitlines()
ALL = {**WRAPS, **OTHER_WRAPS}


def records(lines: list[str]) -> list[Assembled]:
    read = feed(AssemblerState(), LogLines(input="a", data="".join(f"{x}\n" for x in lines)))
    _, rest = close(read.state, resumable=False)
    return [found for found in (*read.found, *rest) if isinstance(found, Assembled)]


def parsed(line: str) -> Traceback:
    (found,) = records([line])
    return parse_traceback(found.text, found.message)


def functions(found: Traceback) -> list[tuple[str, str | None, int | None]]:
    return [(f.function, f.file, f.line) for g in found.goroutines for f in g.frames]


MAIN = "example.com/acme/orders/main.go"
# Its marshaler keeps no packages.
ZEROLOG = [
    ("traced", "main.go", 23),
    ("main", "main.go", 42),
    ("main", "proc.go", 290),
    ("goexit", "asm_amd64.s", 1771),
]


@pytest.mark.parametrize(
    ("line", "frames"),
    [
        (1, [("main.main", MAIN, 28)]),  # slog as JSON
        (2, []),  # slog as text
        (3, [("main.main", MAIN, 33), ("runtime.main", "runtime/proc.go", 290)]),  # zap
        (7, ZEROLOG),
        (8, []),  # zerolog without a stack
        (10, [("main.main", MAIN, 49)]),  # logrus as JSON
        (11, []),  # logrus as text
        (12, []),  # klog
    ],
)  # fmt: skip
def test_every_logger_s_error_is_read(line: int, frames: list[tuple[str, str, int]]) -> None:
    found = parsed(LINES[line - 1])
    assert (found.kind, found.message) == ("error", "order failed")
    assert [error.message for error in found.errors] == ["load: order 42: not found"]
    assert functions(found) == frames


def test_the_stack_of_where_the_error_was_made_counts_and_its_chain_is_known() -> None:
    found = parsed(LINES[3])
    assert functions(found)[0] == ("main.query", MAIN, 24)
    assert [e.message for e in found.errors] == ["load: order 42: not found", "order 42: not found"]


def test_a_recovered_panic_that_was_logged_is_a_panic() -> None:
    found = parsed(LINES[13])
    assert (found.kind, found.message) == ("panic", "assignment to entry in nil map")
    assert [panic.recovered for panic in found.panics] == [True]
    assert "main.main.func1" in [name for name, _, _ in functions(found)]


def test_only_lines_at_the_level_of_errors_are_kept() -> None:
    assert [found.line for found in records(LINES)] == [1, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14]


@pytest.mark.parametrize("wrap", ALL.values(), ids=ALL)
def test_an_error_behind_a_shipper_is_the_same(wrap: Wrap) -> None:
    lines = [wrap(Container("c0ffee0000000001"), line, n) for n, line in enumerate(LINES)]
    assert [found.text for found in records(lines)] == [found.text for found in records(LINES)]


@pytest.mark.parametrize("level", sorted(LEVELS))
@pytest.mark.parametrize("key", ["level", "severity", "lvl"])
def test_every_level_of_errors_is_found_amid_ordinary_lines(level: str, key: str) -> None:
    """What quiet.py passes over is never read."""
    ordinary = ['{"level":"info","msg":"served"}'] * 50
    line = orjson.dumps({key: level, "msg": "order failed", "err": "boom"}).decode()
    (found,) = records([*ordinary, line, *ordinary])
    assert (found.line, parse_traceback(found.text).kind) == (51, "error")


def test_a_stated_chain_is_kept_with_its_types() -> None:
    line = {
        "level": "ERROR",
        "msg": "request failed",
        "panictrail": 1,
        "errors": [
            {"type": "*fmt.wrapError", "message": "load: not found"},
            {"type": "*main.notFound", "message": "not found"},
        ],
        "http": {"method": "GET", "route": "/cart", "status": 500},
        "trace_id": "5b8efff798038103d269b633813fc60c",
    }
    (record,) = records([orjson.dumps(line).decode()])
    found = parse_traceback(record.text)
    assert [(e.type, e.message) for e in found.errors] == [
        ("*fmt.wrapError", "load: not found"),
        ("*main.notFound", "not found"),
    ]
    assert record.context.trace_id == "5b8efff798038103d269b633813fc60c"


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"error","msg":"order failed"}',
        '{"level":"error","msg":"order failed","err":null,"stack":""}',
        '{"level":"info","msg":"order failed","err":"boom"}',
        '{"level":"error","err":"boom"',
        '{"level":["error"],"err":"boom"}',
        "level=info err=boom msg=x",
        "level=error msg=x",
        "it said level=error err=boom",
        'E1126 17:14:05.5 main.go:55] "order failed" err="x"',
    ],
)
def test_what_names_no_error_is_none(line: str) -> None:
    assert records([line]) == []


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"error","err":{"a":{"b":[1]}},"stack":[1,{"func":7},{"func":"f","line":true}]}',
        '{"level":"error","exception":{"values":[7,{"stacktrace":{"frames":[{}]}}]},"err":"x"}',
        '{"level":"error","err":"x","stacktrace":"\\n\\t\\n:1\\n\\tx:99999999999999999999"}',
        '{"level":"error","err":"x","errors":[[],{},""],"source":{"function":"f","line":-1}}',
    ],
)
def test_strange_values_do_no_harm(line: str) -> None:
    assert parsed(line).kind == "error"


def console() -> list[str]:
    return (Path(__file__).parent / "rpc" / "zap-console.txt").read_text().splitlines()


def test_zap_s_console_form_has_the_error_the_chain_and_the_stack() -> None:
    found = [parse_traceback(record.text) for record in records(console())]
    assert [(each.kind, each.message) for each in found] == [
        ("error", "cannot load"),
        ("error", "cannot save"),
        ("error", "cannot load"),
    ]
    assert [error.message for error in found[0].errors] == [
        "load: order 42: not found",
        "order 42: not found",
    ]
    own = "example.com/acme/rpc/main.go"
    # Where the error was made, where that is known, else where it was logged.
    assert functions(found[0])[:2] == [("main.query", own, 36), ("main.main", own, 59)]
    assert functions(found[1]) == [("main.main", own, 62), ("runtime.main", "runtime/proc.go", 290)]


def test_zap_s_console_form_is_read_behind_every_shipper_and_swallows_nothing() -> None:
    lines = console()
    for name, wrap in WRAPS.items():
        box = Container("c0ffee")
        found = records([wrap(box, line, moment) for moment, line in enumerate(lines)])
        assert [record.text.count("\n") for record in found] == [5, 5, 5], name
        assert not any("slow" in record.text for record in found), name


@pytest.mark.parametrize(
    "line",
    [
        'T\tERROR\ta.go:1\tno luck\t{"order": 42}',  # names no error
        'T\tWARN\ta.go:1\tslow\t{"error": "x"}',
        'T\tERROR\ta.go:1\tcut\t{"error": "x',
        'T\tERROR\ta.go:1\tnot JSON\t{"error": x}',
        "T\tERROR\ta.go:1\tnothing",
    ],
)
def test_other_lines_with_tabs_are_no_errors(line: str) -> None:
    assert [parse_traceback(found.text).kind for found in records([line])] in ([], ["dump"])


def test_a_line_with_which_glog_ended_the_program_is_an_error_with_its_stacks() -> None:
    first, then = records(
        (Path(__file__).parent / "rpc" / "glog-fatal.txt").read_text().splitlines()
    )
    found = parse_traceback(first.text)
    assert (found.kind, found.message) == ("error", "cannot go on: order 43: not found")
    assert functions(found)[1] == ("main.main", "example.com/acme/rpc/main.go", 74)
    assert parse_traceback(then.text).kind == "signal"


def test_values_of_logfmt_may_have_blanks_and_quotes() -> None:
    line = (
        'level=error msg="cannot load" err=no such file: x y n=3 path="/a b" last=' + '"un closed'
    )
    assert object_of(line) == {
        "level": "error",
        "msg": "cannot load",
        "err": "no such file: x y",
        "n": "3",
        "path": "/a b",
        "last": '"un closed',
    }
