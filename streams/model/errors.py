"""The error taxonomy: what may go wrong, and whether it is retried, dead-lettered or dropped and counted.

Drivers decide by `VERDICTS`, never by a bare `except`. A reason is a stable token; texts may change.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

Verdict = Literal["retry", "dead-letter", "drop-and-count"]


class Reason(StrEnum):
    """Every reason that a dead letter, a counter or a retry may carry."""

    UNDECODABLE = "undecodable"
    INVALID = "invalid"
    NO_CRASH = "no-crash-in-text"
    TOO_LARGE = "too-large"
    CORE_ABSENT = "core-absent"
    CORE_UNREADABLE = "core-unreadable"
    BINARY_ABSENT = "binary-absent"
    BEYOND_HORIZON = "beyond-horizon"
    STEP_FAILED = "step-failed"
    NEED_LOOP = "need-loop"
    RETRIES_EXHAUSTED = "retries-exhausted"
    PASSING = "passing-trouble"
    DUPLICATE = "duplicate"
    REPLAYED = "replayed"


class Row(msgspec.Struct, frozen=True):
    """One row of the table: what happens, and why it is so."""

    reason: Reason
    verdict: Verdict
    why: str


VERDICTS: tuple[Row, ...] = (
    Row(Reason.UNDECODABLE, "dead-letter", "the bytes are no JSON; a producer must be mended"),
    Row(Reason.INVALID, "dead-letter", "JSON, but not the message of its topic"),
    Row(Reason.NO_CRASH, "dead-letter", "a producer sent a text in which no crash is recognised"),
    Row(Reason.TOO_LARGE, "dead-letter", "beyond the size limit of its input"),
    Row(Reason.CORE_ABSENT, "dead-letter", "the file that a core reference names is not there"),
    Row(Reason.CORE_UNREADABLE, "dead-letter", "no core of a Go program, or damaged beyond use"),
    Row(
        Reason.BINARY_ABSENT,
        "dead-letter",
        "without its binary nothing can be said; it is worked out when the binary arrives",
    ),
    Row(Reason.BEYOND_HORIZON, "dead-letter", "too old to say whether it was counted (law 3)"),
    Row(Reason.STEP_FAILED, "dead-letter", "our own defect; the event is kept to try again"),
    Row(Reason.NEED_LOOP, "dead-letter", "a step asked for facts again and again"),
    Row(Reason.RETRIES_EXHAUSTED, "dead-letter", "an outside thing stayed away too long"),
    Row(
        Reason.REPLAYED, "dead-letter", "marks a letter whose event was sent again: listed no more"
    ),
    Row(Reason.PASSING, "retry", "an outside thing is away: try again with back-off"),
    Row(Reason.DUPLICATE, "drop-and-count", "the same crash id again: counted already (law 3)"),
)

VERDICT_OF: dict[Reason, Verdict] = {row.reason: row.verdict for row in VERDICTS}


class PassingTrouble(Exception):  # noqa: N818 - it is a state of the outside, not a defect
    """A port cannot answer now and may later; drivers retry."""


class BadInput(Exception):  # noqa: N818 - named for what the user must look at
    """An input that cannot be used; the text names the thing, the place and the next step."""


class ServiceMissing(Exception):  # noqa: N818 - named for what the user must look at
    """An outside service that a command cannot do without does not answer; exit 3. The text says what to do."""


class Fenced(Exception):  # noqa: N818 - it is a state of the outside, not a defect
    """Another owner of the same partition has moved on: whoever gets this wrote nothing and starts over."""


class NothingKept(BadInput):
    """A place that can be used and holds nothing yet; the text says what fills it."""
