"""What is done after an attempt to send: done, once more later, or given up.

In: an answer, how often it was tried and for how long. Out: a Verdict. Statuses: RFC 9110; 429: RFC 6585.
"""

from __future__ import annotations

from typing import Final

from streams.model.notifying import Answer, Verdict

FIRST_SECONDS: Final = 1.0
MOST_SECONDS: Final = 300.0
# Other refusals mean that the same again is refused again: a wrong address, secret or shape.
_PASSING: Final = frozenset((408, 425, 429))
_SERVER: Final = 500
_ACCEPTED: Final = range(200, 300)
_SHOWN: Final = 200


def verdict(answer: Answer, attempt: int, tried_seconds: float, budget_seconds: float) -> Verdict:
    """After the `attempt`-th try (from 1), the first of which was so long ago."""
    status = answer.status
    if status is not None and status in _ACCEPTED:
        return Verdict(state="sent")
    error = f"HTTP {status}" if status is not None else answer.text or "no answer"
    if status is not None and answer.text:
        error += f": {answer.text}"
    error = error[:_SHOWN]
    if status is not None and status < _SERVER and status not in _PASSING:
        return Verdict(state="dead", error=error)
    wait = min(FIRST_SECONDS * 2 ** min(attempt - 1, 16), MOST_SECONDS)
    if answer.after is not None:
        wait = min(max(wait, answer.after), MOST_SECONDS)
    if tried_seconds + wait > budget_seconds:
        return Verdict(state="dead", error=error)
    return Verdict(state="waiting", error=error, wait=wait)
