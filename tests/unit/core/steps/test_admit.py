"""ADMIT: ids before scrubbing, nothing unscrubbed behind it, done once."""

from __future__ import annotations

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.scrub.patterns import load_patterns
from streams.core.steps.admit import admit, identified, stream_identity
from streams.model.crash import Build, Context
from streams.model.events import RawPanic
from streams.model.identity import crash_id
from streams.model.instant import Instant
from streams.model.message import decode, encode, to_value
from tests.unit.core.steps.bench import panic_text

SECRET = "hunter2-the-second"  # noqa: S105 - what must not come through
SPOKEN = f"password={SECRET}"

# Every text field that a producer can fill, at every depth, with a field that no version of ours knows.
FULL = {
    "text": panic_text(message=SPOKEN),
    "at": "2026-11-23T08:00:00Z",
    "service": "shop",
    "host": "node-1",
    "container": "c0ffee",
    "pod": "shop-1",
    "namespace": "prod",
    "stream": "stderr",
    "message": "m",
    "note": "n",
    "deep": {"list": [{"inner": "x"}]},
    "build": {
        "go": "go1.26.8",
        "module": "example.com/acme/shop",
        "version": "v1.2.3",
        "tag": "v1",
        "revision": "4f2a9c0d1e2b3c4d5e6f708192a3b4c5d6e7f809",
        "release": "r7",
        "build_id": "b-1",
        "goarch": "amd64",
        "gcflags": "-N",
        "mode": "exe",
        "ldflags": "-s",
    },
    "context": {
        "http_method": "POST",
        "http_path": "/cart",
        "trace_id": "00f067aa0ba902b7",
        "span_id": "f067aa0b",
        "attributes": {"user": "u"},
        "query": "q",
    },
}


def text_paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where the texts of a JSON value are."""
    if isinstance(value, dict):
        return [p for key, item in value.items() for p in text_paths(item, (*path, key))]
    if isinstance(value, list):
        return [p for n, item in enumerate(value) for p in text_paths(item, (*path, n))]
    return [path] if isinstance(value, str) else []


def with_text(value: object, path: tuple[str | int, ...], text: str) -> object:
    """A copy with another text in one place."""
    if not path:
        return text
    copy = value.copy() if isinstance(value, (dict, list)) else None
    assert copy is not None
    copy[path[0]] = with_text(copy[path[0]], path[1:], text)  # type: ignore[index] # a JSON value
    return copy


def raw(**fields: object) -> RawPanic:
    return decode(orjson.dumps({"text": panic_text(), **fields}), RawPanic)


@pytest.mark.parametrize(
    "path", [p for p in text_paths(FULL) if p != ("at",)], ids=lambda p: ".".join(map(str, p))
)
def test_no_text_of_any_field_keeps_a_secret(path: tuple[str | int, ...]) -> None:
    event = decode(orjson.dumps(with_text(FULL, path, SPOKEN)), RawPanic)
    admitted = admit(event, ())
    assert SECRET.encode() not in encode(admitted)
    assert (admitted.scrubbed or {})["password"] >= 1


@pytest.mark.parametrize(
    "fields",
    [
        {"context": {"attributes": {"db.password": SECRET}}},
        {"context": {"password": SECRET}},
        {"build": {"api_key": SECRET}},
        {"session": {"cookies": [SECRET]}},
        {"context": {"attributes": {SPOKEN: "x"}}},
    ],
)
def test_a_value_under_a_key_that_is_named_like_a_secret_goes_too(
    fields: dict[str, object],
) -> None:
    assert SECRET.encode() not in encode(admit(raw(**fields), ()))


def test_what_is_no_secret_stays_as_it_was() -> None:
    event = decode(orjson.dumps({**FULL, "text": panic_text()}), RawPanic)
    admitted = admit(event, ())
    assert admitted.scrubbed == {}
    assert msgspec.structs.replace(admitted, event_id=None, scrubbed=None) == event


def test_every_secret_is_counted_by_its_kind() -> None:
    event = raw(message=SPOKEN, context={"http_path": f"/login?{SPOKEN}"}, host=SPOKEN)
    assert admit(event, ()).scrubbed == {"password": 3}


def test_the_users_own_patterns_are_used() -> None:
    patterns = load_patterns([{"name": "order", "regex": "ORD-[0-9]+"}])
    admitted = admit(raw(message="order ORD-1234", extra_field="ORD-77"), patterns)
    assert admitted.scrubbed == {"order": 2}
    assert b"ORD-" not in encode(admitted)


def test_without_scrubbing_texts_stay_and_are_fit_to_publish() -> None:
    event = RawPanic(text=panic_text(message=SPOKEN + "\U0010feff"), message="\U0010fe80")
    admitted = admit(event, None)
    assert SPOKEN + "\ufffd" in admitted.text
    assert (admitted.message, admitted.scrubbed) == ("\ufffd", {})


def test_the_id_is_taken_from_the_text_before_scrubbing() -> None:
    """Two crashes that differ in a secret only are two crashes."""
    one, other = (RawPanic(text=panic_text(message=SPOKEN + end)) for end in ("1", "2"))
    assert admit(one, ()).text == admit(other, ()).text
    assert admit(one, ()).event_id == crash_id("", "", one.text, 0)
    assert admit(one, ()).event_id != admit(other, ()).event_id


@pytest.mark.parametrize("patterns", [(), None])
def test_a_producers_id_wins_whatever_the_text(patterns: tuple[()] | None) -> None:
    ids = {admit(raw(event_id="req-17", text=text), patterns).event_id for text in ("a", "b")}
    assert ids == {"req-17"}


def test_a_producers_id_that_is_no_token_is_hashed() -> None:
    ids = {admit(raw(event_id=name), ()).event_id or "" for name in ("two words", "two  words")}
    assert len(ids) == 2
    assert all(len(name) == 32 and name.isalnum() for name in ids)


def test_events_without_place_and_time_are_anonymous_and_those_with_one_are_not() -> None:
    assert identified(raw()).anonymous
    assert not identified(raw(container="c1")).anonymous
    assert not identified(raw(at="2026-11-23T08:00:00Z")).anonymous
    assert not identified(raw(event_id="e")).anonymous


@pytest.mark.parametrize(
    ("fields", "identity"),
    [
        ({}, ""),
        ({"stream": "stderr", "namespace": "prod"}, ""),
        ({"host": "h", "stream": "stderr"}, "h/stderr"),
        ({"host": "h", "pod": "p", "namespace": "n"}, "n/p/p"),
        ({"pod": "p", "container": "c", "stream": "stdout"}, "p/c/stdout"),
    ],
)
def test_the_stream_identity_is_the_nearest_place_that_the_event_names(
    fields: dict[str, object], identity: str
) -> None:
    assert stream_identity(raw(**fields)) == identity


def test_file_name_and_line_are_no_part_of_the_id() -> None:
    """Provenance (law 2)."""
    assert (
        identified(raw(path="a.log", line=3)).event_id
        == identified(raw(path="b.log", line=9)).event_id
    )


EVENTS = st.builds(
    RawPanic,
    text=st.sampled_from([panic_text(), panic_text(message=SPOKEN), SPOKEN, "x", ""]),
    at=st.none() | st.integers(0, 10**18).map(Instant),
    service=st.none() | st.sampled_from(["shop", SPOKEN]),
    container=st.none() | st.text(max_size=8),
    message=st.none() | st.text(max_size=8),
    event_id=st.none() | st.text(max_size=12),
    build=st.builds(Build, version=st.none() | st.sampled_from(["v1", SPOKEN])),
    context=st.builds(
        Context,
        attributes=st.dictionaries(st.sampled_from(["a", "token"]), st.text(max_size=8)),
        extra=st.just(msgspec.UNSET) | st.just({"note": SPOKEN}),
    ),
)


@given(event=EVENTS)
def test_admitting_twice_is_admitting_once(event: RawPanic) -> None:
    once = admit(event, ())
    assert admit(once, ()) is once
    again = admit(msgspec.structs.replace(once, scrubbed=None), ())
    assert msgspec.structs.replace(again, scrubbed=once.scrubbed) == once
    assert SECRET not in repr(to_value(once))
