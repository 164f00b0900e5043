"""`model.errors`: every reason has one verdict and says why."""

from __future__ import annotations

import re
from typing import get_args

from streams.model.errors import VERDICT_OF, VERDICTS, Reason, Verdict


def test_every_reason_stands_in_the_table_once() -> None:
    assert sorted(row.reason for row in VERDICTS) == sorted(Reason)
    assert set(VERDICT_OF) == set(Reason)


def test_every_verdict_is_used_and_every_row_says_why() -> None:
    assert {row.verdict for row in VERDICTS} == set(get_args(Verdict))
    assert all(row.why for row in VERDICTS)


def test_reasons_are_stable_tokens() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", reason) for reason in Reason)


def test_only_what_passes_is_retried_and_only_duplicates_are_dropped() -> None:
    """Law 5: whatever else goes wrong is kept in the dead letters."""
    by_verdict = {
        verdict: {row.reason for row in VERDICTS if row.verdict == verdict}
        for verdict in get_args(Verdict)
    }
    assert by_verdict["retry"] == {Reason.PASSING}
    assert by_verdict["drop-and-count"] == {Reason.DUPLICATE}
