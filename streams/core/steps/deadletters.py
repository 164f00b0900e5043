"""What a step sends to the dead letter: scrubbed, with its place and reason (laws 5 and 8).

In: the bytes or message that could not be used. Out: an Emit for the topic `deadletter`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from streams.core.scrub.patterns import Pattern
from streams.core.scrub.scrub import scrub
from streams.core.scrub.value import scrub_value
from streams.model.errors import BadInput, Reason
from streams.model.events import DeadLetter
from streams.model.instant import Instant
from streams.model.message import DecodeError, loads
from streams.model.step import Emit
from streams.model.text import readable

T = TypeVar("T")

# A dead letter holds what is needed to try again; beyond this the bytes are cut and the error says so.
MAX_LETTER_CHARS: Final = 16 * 1024 * 1024


def _without_secrets(text: str, patterns: tuple[Pattern, ...]) -> tuple[str, dict[str, int]]:
    """The text scrubbed, with counts; an event in JSON stays JSON, so that it can be tried again."""
    try:
        value = loads(text)
    except DecodeError:
        value = None
    if isinstance(value, dict):
        clean = scrub_value(value, patterns)
        return msgspec.json.encode(clean.value).decode(), clean.counts
    plain = scrub(text, patterns)
    return plain.text, plain.counts


def dead_letter(  # noqa: PLR0913 - the fields of the record, all named
    *,
    topic: str,
    stage: str,
    reason: Reason,
    error: str,
    text: str,
    place: str | None = None,
    at: Instant | None = None,
    attempt: int = 1,
    patterns: tuple[Pattern, ...] | None = (),
) -> Emit:
    """The dead letter for `text`, the event or line that could not be processed.

    `patterns` are the user's own beside the built-in ones; None: the text is not scrubbed.
    """
    if len(text) > MAX_LETTER_CHARS:
        error = f"{error} (cut to {MAX_LETTER_CHARS} characters)"
        text = text[:MAX_LETTER_CHARS]
    body, counts = readable(text), dict[str, int]()
    if patterns is not None:
        body, counts = _without_secrets(body, patterns)
    letter = DeadLetter(
        topic=topic,
        stage=stage,
        reason=reason.value,
        error=scrub(readable(error), patterns or ()).text[:2000],
        attempt=attempt,
        bytes_base64=b64encode(body.encode("utf-8", "replace")).decode("ascii"),
        scrubbed=counts,
        at=at,
        place=None if place is None else scrub(readable(place), patterns or ()).text,
    )
    return Emit("deadletter", topic, letter)


def named(letters: Mapping[str, T], ids: Sequence[str]) -> dict[str, T]:
    """The letters whose ids begin so; all of them without ids. Raises BadInput for an id that no letter has."""
    for name in ids:
        if not any(key.startswith(name) for key in letters):
            message = f"no dead letter whose id begins with {name!r}: panictrail deadletter list"
            raise BadInput(message)
    return {k: v for k, v in letters.items() if not ids or any(k.startswith(i) for i in ids)}
