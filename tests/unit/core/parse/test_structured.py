"""JSON lines: events, log lines that hold a crash, broken events, and everything else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from streams.core.parse.assemble import feed
from streams.core.parse.fields import Fields
from streams.core.parse.record import Assembled, AssemblerState, BadLine, InputObject
from streams.core.parse.structured import LoggedCrash, read_object
from streams.core.parse.traceback import parse_traceback
from streams.model.crash import Source
from streams.model.events import LogLines


@pytest.mark.parametrize(
    ("value", "topic"),
    [
        ({"kind": "git.push", "repo": "r", "delivery_id": "1"}, "git.pushed"),
        ({"kind": "ci.build", "repo": "r"}, "ci.finished"),
        ({"kind": "deploy", "service": "s"}, "deploys.changed"),
        ({"core": "/cores/1"}, "cores.refs"),
        ({"text": "panic: x"}, "panics.raw"),
    ],
)
def test_an_object_is_the_event_that_it_claims_to_be(value: dict[str, object], topic: str) -> None:
    assert read_object(json.dumps(value), 3) == InputObject(topic, value, 3)


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"info","msg":"hello"}',
        '{"level":"info","msg":"hello","text":"note"}',
        '{"kind":"Pod","msg":"created"}',
        '{"level":"error","msg":"goroutine 5 is stuck"}',
        '{"log":"goroutine 1 [running]:\\n","stream":"stderr"}',
        "{ goroutine 1 [running]: }",
    ],
)
def test_ordinary_lines_are_nothing(line: str) -> None:
    assert read_object(line, 1) is None


def test_broken_json_that_claims_a_kind_is_a_bad_line() -> None:
    found = read_object('{"kind": "deploy", "service": ', 9)
    assert isinstance(found, BadLine)
    assert found.line == 9


def test_a_slog_line_gives_the_stack_the_value_and_the_context(
    crash_text: Callable[[str], str],
) -> None:
    stack = crash_text("middleware").partition("no such cart\n")[2]
    line = {
        "time": "2026-11-23T08:45:49.415021441Z", "level": "ERROR", "msg": "panic in handler",
        "method": "GET", "path": "/cart", "status": 500, "trace_id": "4bf9", "service": "shop",
        "err": "no such cart", "stack": stack, "tenant": "acme", "long": "x" * 900, "n": 3,
    }  # fmt: skip
    run = LogLines(input="a", data=json.dumps(line) + "\n", defaults=Source(host="h"))
    (found,) = feed(AssemblerState(), run).found
    assert isinstance(found, Assembled)
    assert (found.text, found.message) == (stack, "no such cart")
    assert str(found.origin.at) == line["time"]
    assert (found.origin.source.service, found.origin.source.host) == ("shop", "h")
    context = found.context
    assert (context.http_method, context.http_path, context.http_status) == ("GET", "/cart", 500)
    assert context.trace_id == "4bf9"
    assert context.attributes["tenant"] == "acme"
    assert len(context.attributes["long"]) == 512
    assert parse_traceback(found.text, found.message).kind == "panic"


def test_at_most_32_attributes_are_kept() -> None:
    line = {f"k{n}": n for n in range(99)} | {"stack": "goroutine 1 [running]:\nmain.main()\n"}
    found = read_object(json.dumps(line), 1)
    assert isinstance(found, LoggedCrash)
    assert len(found.context.attributes) == 32


def test_a_header_in_mid_line_gets_a_line_of_its_own() -> None:
    text = "[PANIC RECOVER] boom goroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n"
    found = read_object(json.dumps({"message": text}), 1)
    assert isinstance(found, LoggedCrash)
    assert found.text.startswith("[PANIC RECOVER] boom\ngoroutine 1 [running]:\n")
    assert parse_traceback(found.text).panics[0].value == "boom"


def test_a_nested_error_object_is_searched_too() -> None:
    line = {"error": {"message": "boom", "stack": "goroutine 1 [running]:\nmain.main()\n"}}
    found = read_object(json.dumps(line), 1)
    assert isinstance(found, LoggedCrash)
    assert found.message == "boom"


def test_a_cut_off_raw_panic_is_a_bad_line() -> None:
    found = read_object('{"text": "panic: bo', 7)
    assert isinstance(found, BadLine)
    assert found.line == 7


def test_a_traceparent_names_trace_and_span_where_nothing_else_does() -> None:
    parent = f"00-{'4b' * 16}-{'0f' * 8}-01"

    def read(**fields: str) -> tuple[str | None, str | None]:
        context = Fields(dict(fields)).context("panic", ())
        return context.trace_id, context.span_id

    assert read(traceparent=parent) == ("4b" * 16, "0f" * 8)
    assert read(traceparent=parent, trace_id="t", span_id="s") == ("t", "s")
    assert read(traceparent="00-zz-01") == (None, None)
    assert read(traceparent="") == (None, None)
