"""Where markers stand in a record."""

from __future__ import annotations

from streams.core.scrub.where import fields_with_markers


def test_a_path_names_fields_and_keys_but_no_places_in_lists() -> None:
    record = {
        "message": "login [scrubbed:password] of [scrubbed:email]",
        "goroutines": [
            {"labels": {}, "frames": [{"args": "0x1"}]},
            {"labels": {"user": "[scrubbed:email]"}, "frames": [{"args": "[scrubbed:card]"}]},
        ],
        "context": {"attributes": {"[scrubbed:token]": "x"}, "last_events": ["[scrubbed:email]"]},
    }
    found = fields_with_markers(record, {"password", "email", "card", "token"})
    assert found == {
        ("password", "message"),
        ("email", "message"),
        ("email", "goroutines.labels.user"),
        ("card", "goroutines.frames.args"),
        ("token", "context.attributes"),
        ("email", "context.last_events"),
    }


def test_what_a_program_printed_itself_is_no_marker() -> None:
    assert fields_with_markers({"message": "[scrubbed:mine]"}, {"password"}) == set()


def test_a_long_key_is_cut() -> None:
    ((_, path),) = fields_with_markers({"k" * 999: "[scrubbed:a]"}, {"a"})
    assert path == "k" * 64 + "…"
