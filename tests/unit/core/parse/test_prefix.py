"""The prefix table: what is taken off, and what only looks like a prefix."""

from __future__ import annotations

import pytest

from streams.core.parse.prefix import origin_of, split_prefix
from streams.model.crash import Source


@pytest.mark.parametrize(
    ("line", "shape", "stream", "time", "payload"),
    [
        ("panic: x", "plain", "", "", "panic: x"),
        ("[pod/shop-1/app] \t/a.go:1", "kubectl", "shop-1/app", "", "\t/a.go:1"),
        ("[pod/shop-1/app]", "kubectl", "shop-1/app", "", ""),
        (
            "[pod/shop-1/app] 2026-11-01T10:00:00.5Z x",
            "kubectl", "shop-1/app", "2026-11-01T10:00:00.5Z", "x",
        ),
        ("shopd-1  | panic: a | b", "compose", "shopd-1", "", "panic: a | b"),
        ("shopd-1  |", "compose", "shopd-1", "", ""),
        (
            "Nov  1 10:00:00 node7 shopd[47]: \tx",
            "journald", "node7/shopd[47]", "Nov  1 10:00:00", "\tx",
        ),
        ("Nov 01 10:00:00 node7 kernel: x", "journald", "node7/kernel", "Nov 01 10:00:00", "x"),
        (
            "2026-11-01T10:00:00.123456+01:00 node7 shopd[47]: x",
            "journald", "node7/shopd[47]", "2026-11-01T10:00:00.123456+01:00", "x",
        ),
        ("2026-11-01T10:00:00Z x", "timestamped", "", "2026-11-01T10:00:00Z", "x"),
        ("2026-11-01T10:00:00Z INFO a: x", "timestamped", "", "2026-11-01T10:00:00Z", "INFO a: x"),
        ("2026/11/23 08:45:46 x", "plain", "", "", "2026/11/23 08:45:46 x"),
        ("panic: a | b", "plain", "", "", "panic: a | b"),
        ("main.f(0x1 | 2)", "plain", "", "", "main.f(0x1 | 2)"),
    ],
)  # fmt: skip
def test_a_prefix_is_split_off(line: str, shape: str, stream: str, time: str, payload: str) -> None:
    found = split_prefix(line)
    assert (found.shape, found.stream, found.time, found.payload) == (shape, stream, time, payload)


def test_weak_rules_are_not_tried_inside_an_unprefixed_record() -> None:
    assert split_prefix("key | value", strong_only=True).shape == "plain"
    assert split_prefix("[pod/a/b] x", strong_only=True).shape == "kubectl"


def test_a_syslog_time_without_year_is_kept_but_not_guessed() -> None:
    origin = origin_of(split_prefix("Nov 01 10:00:00 node7 shopd[4]: panic: x"), "", Source())
    assert (origin.time, origin.at) == ("Nov 01 10:00:00", None)
    assert (origin.source.host, origin.source.service) == ("node7", "shopd")


def test_a_go_log_time_is_read_as_utc_and_says_so() -> None:
    origin = origin_of(split_prefix("2026/11/23 08:45:46 http: panic serving x: y"), "s", Source())
    assert str(origin.at) == "2026-11-23T08:45:46Z"
    assert origin.at_zone_assumed
    assert origin.stream == "s"
