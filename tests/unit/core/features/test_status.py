"""Where an HTTP status is taken from, and what is none."""

from __future__ import annotations

import json

import pytest

from streams.core.features.status import status_in, status_in_line, status_of, with_status
from streams.core.parse.fields import Fields
from streams.model.crash import Context, Crash

STACK = (
    "panic: m\n\ngoroutine 1 [running]:\nmain.f(0x1f4)\n\t/src/status.go:500 +0x1\n"
    "main.main()\n\t/src/main.go:9 +0x1\n"
)


def crash(context: Context) -> Crash:
    return Crash(id="e", kind="panic", message="m", context=context)


@pytest.mark.parametrize(
    ("context", "status"),
    [
        (Context(), None),
        (Context(http_status=404, attributes={"status": "500"}), 404),
        *(
            (Context(attributes={key: "503"}), 503)
            for key in ("status", "http.status_code", "http.response.status_code", "status_code", "http.status")
        ),
        (Context(attributes={"status": "failed", "http.status_code": "500"}), 500),
        (Context(attributes={"status": "500 Internal Server Error"}), 500),
        (Context(attributes={"status": "50", "status_code": "700"}), None),
        (Context(attributes={"upstream_status": "502"}), None),
    ],
)  # fmt: skip
def test_a_field_that_states_a_status_is_taken(context: Context, status: int | None) -> None:
    assert status_of(crash(context)) == status


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("time=2026-11-23T08:45:49Z level=INFO msg=request method=GET path=/cart status=500 took=2ms", 500),
        ('level=error msg="panic recovered" http.status_code=403', 403),
        (json.dumps({"level": "info", "status": 401}), 401),
        (json.dumps({"http": {"request": {"method": "GET"}, "response": {"status_code": 502}}}), 502),
        (json.dumps({"http": {"status": 500}}, separators=(",", ":")), 500),
        (json.dumps({"log": json.dumps({"status": 503})}), 503),
        ('[GIN] 2026/11/26 - 17:29:43 | 500 | 695.987µs |       192.0.2.1 | GET      "/cart?id=7"', 500),
        ("[GIN] 2026/11/26 - 17:29:43 |\x1b[97;41m 500 \x1b[0m| 695.987µs | 192.0.2.1 | GET", 500),
        ('2026/11/23 "GET http://example.com/cart?id=7 HTTP/1.1" from 192.0.2.1:1234 - 500 0B in 162.902µs', 500),
        ('192.0.2.1 - - [23/Nov/2026:08:45:49 +0000] "GET /cart HTTP/1.1" 499 0 "-" "curl/8"', 499),
        ("exit status 2", None),
        ("exit status 200", None),
        ("upstream said status 503", None),
        ("status=failed code=500", None),
        ("retry_status=500", None),
        ("status=5000", None),
        ("status=500ms", 500),
        ("HTTP/1.1 is spoken", None),
    ],
)  # fmt: skip
def test_a_line_of_a_log_states_a_status(line: str, status: int | None) -> None:
    assert status_in_line(line) == status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (STACK, None),
        (f"level=WARN msg=denied status=403\n{STACK}", 403),
        (f"msg=a status=200\nmsg=b status=403\n{STACK}", 403),
        # Whoever serves a request logs it when it is over.
        (f"msg=a status=200\n{STACK}level=INFO msg=request status=500\nmsg=next status=200\n", 500),
        # Nor is what the crash says a status of its request.
        ("panic: status=500\n\n" + STACK, None),
        ("level=ERROR msg=failed status=500", 500),
        ("", None),
    ],
)
def test_lines_around_a_stack_state_the_status_of_its_request(
    text: str, status: int | None
) -> None:
    assert status_in(text) == status
    assert with_status(Context(http_path="/"), text) == Context(http_path="/", http_status=status)
    assert with_status(Context(http_status=418), text).http_status == 418


def test_a_hostile_text_is_looked_at_only_at_its_ends() -> None:
    assert status_in("x" * 5_000_000 + "\n status=500 " + "y" * 5_000_000) is None
    assert status_in('{"status' * 1_000_000) is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": 500}, 500),
        ({"status": "500 Internal Server Error"}, 500),
        ({"status": "failed", "http.status_code": 403}, 403),
        ({"status": "failed"}, None),
        ({"http": {"status": 401}}, 401),
        ({"http": {"response": {"status_code": 401}}}, 401),
        ({"http": {"response": {"body": {}}}}, None),
        ({"http": {"response": 401}}, None),
        ({"res": {"statusCode": 404}}, 404),
        ({"status": True}, None),
        ({"status": 99}, None),
    ],
)
def test_the_line_that_holds_a_crash_states_the_status_in_any_of_its_fields(
    fields: dict[str, object], status: int | None
) -> None:
    assert Fields(fields).context("stack", ()).http_status == status
