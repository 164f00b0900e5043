"""Dead letters: scrubbed, bounded, with what is needed to try again."""

from __future__ import annotations

from base64 import b64decode

import orjson
import pytest

from streams.core.scrub.patterns import Pattern, load_patterns
from streams.core.steps.deadletters import MAX_LETTER_CHARS, dead_letter
from streams.model.errors import Reason
from streams.model.events import DeadLetter
from streams.model.instant import Instant
from streams.model.message import encode

SPOKEN = "password=hunter2-the-second"


def letter(
    text: str = "text",
    error: str = "error",
    place: str | None = None,
    patterns: tuple[Pattern, ...] | None = (),
) -> DeadLetter:
    sent = dead_letter(
        topic="logs.lines",
        stage="collect",
        reason=Reason.INVALID,
        error=error,
        text=text,
        place=place,
        at=Instant(7),
        patterns=patterns,
    )
    assert (sent.topic, sent.key) == ("deadletter", "logs.lines")
    assert isinstance(sent.event, DeadLetter)
    return sent.event


def test_a_letter_says_topic_stage_reason_place_and_time_and_holds_the_bytes() -> None:
    made = letter("größe \U0001f600", place="#1")
    assert (made.topic, made.stage, made.reason) == ("logs.lines", "collect", "invalid")
    assert (made.place, made.at, made.attempt) == ("#1", Instant(7), 1)
    assert b64decode(made.bytes_base64).decode() == "größe \U0001f600"


@pytest.mark.parametrize("field", ["text", "error", "place"])
def test_no_part_of_a_letter_keeps_a_secret(field: str) -> None:
    made = letter(**{field: SPOKEN})  # type: ignore[arg-type] # a text field
    assert b"hunter2" not in encode(made)
    assert b"hunter2" not in b64decode(made.bytes_base64)


def test_secrets_of_the_text_are_counted() -> None:
    assert letter(f"{SPOKEN} {SPOKEN}").scrubbed == {"password": 2}


def test_the_users_own_patterns_are_used() -> None:
    patterns = load_patterns([{"name": "order", "regex": "ORD-[0-9]+"}])
    made = letter("ORD-1", error="ORD-2", place="ORD-3", patterns=patterns)
    assert b"ORD-" not in encode(made) + b64decode(made.bytes_base64)
    assert made.scrubbed == {"order": 1}


def test_with_scrubbing_off_the_text_is_kept_so_that_it_can_be_tried_again() -> None:
    made = letter(SPOKEN, patterns=None)
    assert b64decode(made.bytes_base64).decode() == SPOKEN
    assert made.scrubbed == {}


def test_bytes_that_were_no_text_are_shown_as_such() -> None:
    assert b64decode(letter("a\U0010feffb").bytes_base64).decode() == "a\ufffdb"


def test_a_text_beyond_the_limit_is_cut_and_the_error_says_so() -> None:
    made = letter("x" * (MAX_LETTER_CHARS + 1), patterns=None)
    assert len(b64decode(made.bytes_base64)) == MAX_LETTER_CHARS
    assert made.error == f"error (cut to {MAX_LETTER_CHARS} characters)"


def test_a_long_error_is_cut() -> None:
    assert len(letter(error="e" * 3000).error) == 2000


@pytest.mark.parametrize(
    "text",
    [
        '{"kind":"git.push","password":"hunter2-the-second","token":[1,null]}',
        '{"text":"t","scrubbed":{"password":1},"note":"password=hunter2-the-second"}',
    ],
)
def test_an_event_in_json_stays_json_and_keeps_its_counts(text: str) -> None:
    made = letter(text)
    value = orjson.loads(b64decode(made.bytes_base64))
    assert value.keys() == orjson.loads(text).keys()
    assert value.get("scrubbed") == orjson.loads(text).get("scrubbed")
    assert "hunter2" not in repr(value)
    assert made.scrubbed == {"password": 1}
