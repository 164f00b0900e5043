"""The text by which a stream's lines are found is in every one of them."""

from __future__ import annotations

import pytest

from streams.core.parse.prefix import split_prefix
from streams.core.parse.prefixed import mark_of
from tests.shipping import WRAPS, Container


@pytest.mark.parametrize(
    "line",
    [
        "[pod/shop-6d5f-x1/app] x",
        "shopd-1  | x",
        "Nov 01 10:00:00 node7 shopd[4711]: x",
        "2026-11-01T10:00:00+0100 node7 shopd[4711]: x",
        *(wrap(Container("c0ffee01"), "x", 1) for wrap in WRAPS.values()),
    ],
)
def test_a_mark_is_in_the_raw_line(line: str) -> None:
    mark = mark_of(split_prefix(line).stream)
    assert mark
    assert mark in line


@pytest.mark.parametrize("stream", ["", "a", "a/b/c", '"\\"', "é" * 9])
def test_a_stream_without_a_clear_part_has_none(stream: str) -> None:
    assert mark_of(stream) is None
