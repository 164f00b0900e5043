"""Words of many senders for one thing."""

from __future__ import annotations

import pytest

from streams.core.webhooks.words import action_of, outcome, phase_of, says_canary, without_canary


@pytest.mark.parametrize(
    ("named", "env", "gray"),
    [
        ("prod", "prod", False),
        ("canary", "canary", True),
        ("production/canary", "production", True),
        ("Prod-Canary", "Prod", True),
        ("canary.prod", "prod", True),
        ("eu/canary/prod", "eu/prod", True),
        ("gray-release", "gray-release", True),
        ("prod_grey", "prod", True),
        ("scanary", "scanary", False),
        (None, None, False),
    ],
)
def test_the_canary_of_an_environment_is_that_environment(
    named: str | None, env: str | None, *, gray: bool
) -> None:
    assert without_canary(named) == (env, gray)
    assert says_canary(named) == gray


@pytest.mark.parametrize(
    ("task", "action"),
    [
        ("deploy", "rollout"),
        ("deploy:rollback", "rollback"),
        ("Roll back prod", "rollback"),
        ("rolled_back", "rollback"),
        ("service/restart", "restart"),
        ("scale", "scale"),
        ("upgrade", "rollout"),
        ("upscaler", None),
        (None, None),
    ],
)
def test_actions_go_by_whole_words(task: str | None, action: str | None) -> None:
    assert action_of(task) == action


def test_a_word_that_nobody_knows_is_no_outcome() -> None:
    assert [outcome(w) for w in ("SUCCESS", "timed_out", "canceled", "running", "odd", None)] == [
        "success", "failure", "cancelled", None, None, None,
    ]  # fmt: skip
    assert [phase_of(w) for w in ("Grayscale", "in_progress", "odd", None)] == [
        "canary", "ramp", None, None,
    ]  # fmt: skip
