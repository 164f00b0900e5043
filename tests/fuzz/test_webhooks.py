"""Deliveries that once failed, and some hundred new ones with a seed that stays."""

from __future__ import annotations

import pytest

from tests.fuzz.webhooks import FUZZ, judge, make


def test_what_once_failed_does_not() -> None:
    for found in FUZZ.known().values():
        judge(found)


@pytest.mark.parametrize("part", range(2))
def test_deliveries_that_nobody_sends_do_no_harm(part: int) -> None:
    events = sum(judge(make(str(part), number)) for number in range(300))
    assert events > 50
