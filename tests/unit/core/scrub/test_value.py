"""`scrub.value`: secrets anywhere in a JSON value go, its shape stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.scrub import load_patterns, scrub_value
from streams.core.scrub.value import MAX_DEPTH, secret_key

KEYS = st.sampled_from(["password", "msg", "token", "a", "user_token", "cookie"]) | st.text(
    max_size=5
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("password=hunter2"),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)


def test_values_of_secret_keys_and_secrets_in_texts_go() -> None:
    done = scrub_value(
        {
            "msg": "login password=hunter2",
            "password": "x",
            "nested": [{"Api-Key": "y", "user": "bob"}, "ann@example.com"],
            "tokens": 3,
        }
    )
    assert done.value == {
        "msg": "login password=[scrubbed:password]",
        "password": "[scrubbed:password]",
        "nested": [{"Api-Key": "[scrubbed:api_key]", "user": "bob"}, "[scrubbed:email]"],
        "tokens": 3,
    }
    assert done.counts == {"password": 2, "api_key": 1, "email": 1}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("password", "password"),
        ("DB_PASSWORD", "password"),
        ("userPassword", "password"),
        ("passwd", "password"),
        ("client_secret", "secret"),
        ("accessToken", "token"),
        ("X-Api-Key", "api_key"),
        ("Authorization", "authorization"),
        ("Set-Cookie", "cookie"),
        ("aws.secret.access.key", "secret"),
        ("token_type", None),
        ("author", None),
        ("key", None),
        ("", None),
    ],
)
def test_keys_are_judged_by_how_they_end(key: str, name: str | None) -> None:
    assert secret_key(key) == name


def test_lists_under_a_secret_key_go_and_other_types_stay() -> None:
    done = scrub_value(
        {"token": ["a", "b", 1, None], "password": 5, "secret": {"name": "db", "token": ""}}
    )
    assert done.value == {
        "token": ["[scrubbed:token]", "[scrubbed:token]", 1, None],
        "password": 5,
        "secret": {"name": "db", "token": ""},
    }
    assert done.counts == {"token": 2}


def test_secrets_in_keys_go_and_no_entry_is_lost() -> None:
    done = scrub_value({"ann@example.com": 1, "bob@example.com": 2})
    assert done.value == {"[scrubbed:email]": 1, "[scrubbed:email]#": 2}


def test_what_is_too_deep_to_look_at_is_replaced() -> None:
    value: object = "password=hunter2"
    for _ in range(MAX_DEPTH * 100):
        value = [value]
    done = scrub_value(value)
    assert done.counts == {"depth": 1}
    assert "hunter2" not in repr(done.value)


def test_extra_patterns_are_used() -> None:
    extra = load_patterns([{"name": "ticket", "regex": r"T-\d+"}])
    assert scrub_value({"a": ["T-1"]}, extra).value == {"a": ["[scrubbed:ticket]"]}


@given(VALUES)
def test_scrubbing_a_value_twice_changes_and_counts_nothing_more(value: object) -> None:
    once = scrub_value(value)
    again = scrub_value(once.value)
    assert again.value == once.value
    assert again.counts == {}


@given(VALUES)
def test_no_secret_is_left_and_the_input_is_not_changed(value: object) -> None:
    before = repr(value)
    assert "hunter2" not in repr(scrub_value(value).value)
    assert repr(value) == before
