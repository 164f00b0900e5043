"""Every goroutine header that a release from 1.16 to 1.26 prints."""

from __future__ import annotations

import pytest

from streams.core.parse.header import Header, parse_header


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("goroutine 1 [running]:", Header(1, "running")),
        ("goroutine 7 [chan receive, 5 minutes]:", Header(7, "chan receive", wait_minutes=5)),
        (
            "goroutine 7 [select, 2 minutes, locked to thread]:",
            Header(7, "select", wait_minutes=2, locked=True),
        ),
        (
            "goroutine 1 gp=0xc000002380 m=0 mp=0x56a0e0 [running, locked to thread]:",
            Header(1, "running", locked=True, gp="0xc000002380", m="0", mp="0x56a0e0"),
        ),
        (
            "goroutine 2 gp=0xc1 m=nil [force gc (idle)]:",
            Header(2, "force gc (idle)", gp="0xc1", m="nil"),
        ),
        (
            "goroutine 3 [chan receive (durable), synctest bubble 1]:",
            Header(3, "chan receive", bubble=1),
        ),
        ("goroutine 3 [chan send (leaked)]:", Header(3, "chan send (leaked)")),
        ("goroutine 0 [idle]:", Header(0, "idle")),
        (
            'goroutine 19 [chan receive labels:{"req id": "4 \\"2\\"", "a, b": "]: x"}]:',
            Header(19, "chan receive", labels={"req id": '4 "2"', "a, b": "]: x"}),
        ),
        (
            'goroutine 20 [select, 3 minutes] {queue: orders, "req id": "4 \\"]: 2\\"", a: }:',
            Header(20, "select", 3, labels={"queue": "orders", "req id": '4 "]: 2"', "a": ""}),
        ),
    ],
)
def test_a_header_is_split_into_what_it_states(line: str, header: Header) -> None:
    assert parse_header(line) == header


@pytest.mark.parametrize(
    "line",
    [
        "goroutine x [running]:",
        "goroutine 1 running",
        "a goroutine 1 [running]:",
        "goroutine 1 [run",
    ],
)
def test_other_lines_are_no_headers(line: str) -> None:
    assert parse_header(line) is None
