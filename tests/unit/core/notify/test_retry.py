"""What is done after an attempt to send."""

from __future__ import annotations

import pytest

from streams.core.notify.retry import MOST_SECONDS, verdict
from streams.model.notifying import Answer


@pytest.mark.parametrize("status", [200, 202, 204])
def test_what_was_taken_is_sent(status: int) -> None:
    assert verdict(Answer(status=status), 1, 0, 60).state == "sent"


@pytest.mark.parametrize("status", [None, 408, 425, 429, 500, 503])
def test_what_may_pass_is_tried_again_later_and_later(status: int | None) -> None:
    waits = [verdict(Answer(status=status), attempt, 0, 3600).wait for attempt in range(1, 5)]
    assert waits == [1, 2, 4, 8]
    assert verdict(Answer(status=status), 5000, 0, 3600).wait == MOST_SECONDS
    assert verdict(Answer(status=status), 3, 3599, 3600).state == "dead"


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 410, 413])
def test_what_will_not_pass_is_given_up_at_once(status: int) -> None:
    """A redirect is one: a signed body goes where it was addressed to, or nowhere."""
    found = verdict(Answer(status=status, text="no"), 1, 0, 3600)
    assert (found.state, found.error) == ("dead", f"HTTP {status}: no")


def test_a_receiver_may_ask_for_more_time_but_not_for_ever() -> None:
    assert verdict(Answer(status=429, after=30), 1, 0, 3600).wait == 30
    assert verdict(Answer(status=429, after=0), 1, 0, 3600).wait == 1
    assert verdict(Answer(status=429, after=10**6), 1, 0, 3600).wait == MOST_SECONDS
