"""What a pattern for secrets has replaced, where (schema scrubbed-pattern.v1, `scrub report --json`). Values only."""

from __future__ import annotations

from streams.model.message import Message


class MaskedPattern(Message, frozen=True, kw_only=True):
    """scrubbed-pattern.v1: one pattern. Never a secret, nor anything around one.

    `own`: it is of the settings in force (`scrub_patterns`). `secrets`: replacements in crash texts and what came with
    them. `crashes`: kept crash records that have some, and of these by field (a path in crash.v1 without numbers of
    elements; a secret may be in several; `…`: in a part of the text that the record does not keep) and by service
    (empty: none is stated; `…`: all beyond the first 64). `dead_letters`: kept letters that have some.
    """

    pattern: str
    own: bool = False
    secrets: int = 0
    crashes: int = 0
    dead_letters: int = 0
    fields: dict[str, int] = {}
    services: dict[str, int] = {}
