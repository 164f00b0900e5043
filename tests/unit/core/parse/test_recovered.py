"""Panics that gin, chi and echo recover and print."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.core.parse.assemble import close, feed
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.parse.traceback import parse_traceback
from streams.model.crash import Frame
from streams.model.events import LogLines

VALUE = "assignment to entry in nil map"


def records(text: str) -> list[Assembled]:
    read = feed(AssemblerState(), LogLines(input="a", data=text))
    _, rest = close(read.state, resumable=False)
    return [found for found in (*read.found, *rest) if isinstance(found, Assembled)]


def frames(text: str) -> tuple[Frame, ...]:
    (record,) = records(text)
    found = parse_traceback(record.text, record.message)
    assert (found.kind, found.message) == ("panic", VALUE)
    assert [(panic.value, panic.recovered) for panic in found.panics] == [(VALUE, True)]
    (goroutine,) = found.goroutines
    assert goroutine.crashed
    return goroutine.frames


@pytest.mark.parametrize("name", ["gin", "gin-debug"])
def test_gin_s_stack_names_files_where_it_has_no_source(
    crash_text: Callable[[str], str], name: str
) -> None:
    found = frames(crash_text(name))
    assert len(found) == sum(" (0x" in line for line in crash_text(name).splitlines())
    top = found[1]
    assert (top.function, top.file, top.line) == ("main.go:18", "example.com/acme/web/main.go", 18)
    assert (top.package, top.pc is not None) == ("example.com/acme/web", True)
    assert {frame.package for frame in found} == {
        "internal/runtime/maps",
        "example.com/acme/web",
        "github.com/gin-gonic/gin",
        "runtime",
    }


def test_gin_s_stack_names_functions_where_it_has_the_source() -> None:
    """Built without -trimpath, on the machine that has the source."""
    text = (
        "2026/11/23 08:38:29 [Recovery] 2026/11/23 - 08:38:29 panic recovered:\n"
        "GET /cart HTTP/1.1\r\nHost: example.com\r\n\r\n\n"
        f"{VALUE}\n"
        "/usr/local/go/src/runtime/panic.go:336 (0x489bf7)\n\tpanicmem: panic(memoryError)\n"
        "/src/quota/main.go:33 (0xb009f6)\n\t(*api).limit: return a.c.Limits[k]\n"
        "/go/pkg/mod/github.com/gin-gonic/gin@v1.12.0/context.go:192 (0x9e10de)\n"
        "\t(*Context).Next: c.handlers[c.index](c)\n"
        "\n[GIN] 2026/11/23 - 08:38:29 | 500 |\n"
    )
    assert [(f.function, f.package, f.line) for f in frames(text)] == [
        ("panicmem", "runtime", 336),
        ("(*api).limit", "quota", 33),
        ("(*Context).Next", "github.com/gin-gonic/gin", 192),
    ]


def test_chi_s_stack_is_read(crash_text: Callable[[str], str]) -> None:
    found = frames(crash_text("chi"))
    assert [(f.function, f.line) for f in found][:3] == [
        ("main.(*cart).add", 18),
        ("main.handler.func3", 36),
        ("net/http.HandlerFunc.ServeHTTP", 2286),
    ]
    assert found[-1].function == "main.main"
    assert len(found) == 11


def test_echo_s_line_of_json_is_read(crash_text: Callable[[str], str]) -> None:
    (record,) = records(crash_text("echo"))
    found = parse_traceback(record.text, record.message)
    assert (found.kind, found.message) == ("panic", VALUE)
    assert "main.(*cart).add" in [f.function for g in found.goroutines for f in g.frames]


@pytest.mark.parametrize("name", ["gin", "chi"])
def test_one_after_another_are_two(crash_text: Callable[[str], str], name: str) -> None:
    text = crash_text(name)
    assert [record.text for record in records(text * 2)] == [records(text)[0].text] * 2
    nil = crash_text("nil")
    assert [record.text for record in records(text + nil)] == [records(text)[0].text, nil]


def test_other_lines_of_recovery_start_nothing() -> None:
    assert records("2026/11/23 08:38:29 [Recovery] panic recovered: later\nx\n") == []
    (record,) = records("[Recovery] 2026/11/23 - 08:38:29 panic recovered:\nserved /x\n")
    assert parse_traceback(record.text).goroutines == ()


@pytest.mark.parametrize(
    ("name", "top"),
    [
        (
            "grpc-default",
            "github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery.recoverFrom",
        ),
        ("grpc-handler", "runtime/debug.Stack"),
        ("grpc-plain", "runtime/debug.Stack"),
    ],
)
def test_panics_that_interceptors_of_grpc_recover_are_whole(
    crash_text: Callable[[str], str], name: str, top: str
) -> None:
    found = frames(crash_text(name))
    assert found[0].function == top
    names = [frame.function for frame in found]
    assert names[names.index("panic") + 1] == "main.(*stock).reserve"
    assert names[-1] == "main.main"
