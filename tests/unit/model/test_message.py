"""`model.message`: tolerant reading, exact writing, upcasting, and nothing but DecodeError."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.model import message as codec
from streams.model.crash import Build, Context, Crash, Goroutine
from streams.model.events import RawPanic
from streams.model.instant import Instant
from streams.model.message import (
    DecodeError,
    Message,
    Value,
    decode,
    encode,
    from_value,
    loads,
    to_value,
    upcaster,
    version_of,
)
from streams.model.topics import TOPICS

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden_messages"
MESSAGE_OF = {topic.schema.partition(".")[0]: topic.message for topic in TOPICS}
# Every file, of today's versions and of older ones; never rewritten, so that old messages stay readable.
every_golden = pytest.mark.parametrize(
    "path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem
)
# What orjson reads: JSON has neither NaN nor infinity.
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("$extra"), inner),
    max_leaves=20,
)


def _kind(path: Path) -> type[Message]:
    return MESSAGE_OF[path.stem.partition(".")[0]]


def _golden(path: Path) -> dict[str, Any]:
    value = orjson.loads(path.read_bytes())
    assert isinstance(value, dict)
    return value


def _part(value: object, of: object) -> object:
    """What of a value is in another one too, at every level: later fields are left out."""
    if isinstance(value, dict) and isinstance(of, dict):
        return {key: _part(item, of[key]) for key, item in value.items() if key in of}
    if isinstance(value, list) and isinstance(of, list) and len(value) == len(of):
        return [_part(*pair) for pair in zip(value, of, strict=True)]
    return value


# What a message may hold that we do not look into: keys are data, so nothing in them is an unknown field.
FREE_MAPS = {
    *("labels", "registers", "attributes", "headers", "scrubbed", "live_from", "repositories"),
}


def _structs(value: object, name: str = "") -> Iterator[dict[str, Any]]:
    """Every object of a message that is a struct, at any depth."""
    if isinstance(value, dict) and name not in FREE_MAPS:
        yield value
        for key, item in value.items():
            yield from _structs(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _structs(item, name)


@every_golden
def test_a_golden_message_is_read_and_written_as_it_was(path: Path) -> None:
    """Later fields may be added by their defaults; what was there stays."""
    golden = _golden(path)
    written = to_value(decode(path.read_bytes(), _kind(path)))
    if golden["schema"] == version_of(_kind(path)):
        assert _part(written, golden) == golden
        assert [key for key in written if key in golden] == list(golden)


@every_golden
def test_a_golden_message_fits_its_schema(path: Path) -> None:
    schema = orjson.loads((ROOT / "schemas" / path.name).read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(_golden(path))


@every_golden
def test_unknown_fields_at_every_level_survive(path: Path) -> None:
    golden = _golden(path)
    for number, struct in enumerate(list(_structs(golden))):
        struct["from_the_future"] = {
            "number": number,
            "$extra": [1],
            "nested": {"$extra": {"x": None}},
        }
        struct["$extra"] = number
    again = to_value(from_value(golden, _kind(path)))
    assert _part(again, golden) == golden
    assert again == to_value(from_value(again, _kind(path)))
    schema = orjson.loads((ROOT / "schemas" / path.name).read_bytes())
    jsonschema.Draft202012Validator(schema).validate(golden)


@every_golden
def test_what_was_written_here_is_read_the_quick_way(path: Path) -> None:
    kind = _kind(path)
    message = from_value({**_golden(path), "schema": version_of(kind)}, kind)
    data = encode(message)
    assert codec.as_written(data, kind) == message
    assert codec.rows_as_written(b'[["k",' + data + b'],["",null]]', kind) == [
        ("k", message),
        ("", None),
    ]


@every_golden
@given(data=st.data())
def test_the_quick_way_reads_as_the_tolerant_one(path: Path, data: st.DataObject) -> None:
    """Changed anywhere: a key more or less, another value, another order, spaces, another version."""
    kind = _kind(path)
    raw = _golden(path)
    places = list(_structs(raw))
    place = data.draw(st.sampled_from(places))
    key = data.draw(st.sampled_from(sorted(place)) | st.text(max_size=3) | st.just("$extra"))
    change = data.draw(st.sampled_from(["add", "drop", "move", "none"]))
    if change == "drop":
        place.pop(key, None)
    elif change == "add":
        place[key] = data.draw(st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3))
    elif change == "move" and key in place:
        place[key] = place.pop(key)
    spaces = data.draw(st.sampled_from([0, orjson.OPT_INDENT_2]))
    written = orjson.dumps(raw, option=spaces)
    assert _read(lambda: decode(written, kind)) == _read(lambda: from_value(raw, kind))
    batch = b'[["k",' + written + b"]]"
    assert _read(lambda: codec.decode_rows(batch, kind)[0][1]) == _read(
        lambda: from_value(raw, kind)
    )


def _read(way: Callable[[], Value | None]) -> Value | str | None:
    try:
        return way()
    except DecodeError as error:
        return str(error)


@every_golden
def test_only_required_fields_are_needed(path: Path) -> None:
    schema = orjson.loads((ROOT / "schemas" / path.name).read_bytes())
    golden = _golden(path)
    least = {key: golden[key] for key in schema.get("required", ())}
    message = from_value(least, _kind(path))
    defaults = {
        key: item["default"] for key, item in schema["properties"].items() if "default" in item
    }
    written = to_value(message)
    assert _part(written, defaults | least) == defaults | least
    for key in least:
        with pytest.raises(DecodeError, match=key):
            from_value({k: v for k, v in least.items() if k != key}, _kind(path))


def test_keys_of_plain_maps_are_data_whatever_they_are_called() -> None:
    value = {"text": "x", "context": {"attributes": {"$extra": "a", "b": "c"}, "new": 1}}
    again = to_value(from_value(value, RawPanic))
    assert again["context"]["attributes"] == {"$extra": "a", "b": "c"}
    assert again["context"]["new"] == 1


def test_a_text_that_looks_like_the_internal_field_is_a_text() -> None:
    message = RawPanic(text="$extra", service='"$extra"')
    assert decode(encode(message), RawPanic) == message


def test_unknown_fields_never_win_over_known_ones() -> None:
    value = {"text": "x", "$extra": {"text": "y", "service": "z"}}
    again = to_value(from_value(value, RawPanic))
    assert (again["text"], again["service"]) == ("x", None)


def test_reading_does_not_change_what_it_reads() -> None:
    value = {"text": "x", "new": {"a": [1]}, "build": {"go": "1.26", "new": 2}}
    before = orjson.dumps(value)
    from_value(value, RawPanic)
    assert orjson.dumps(value) == before


def test_numbers_as_text_are_read_and_other_types_refused() -> None:
    assert decode(b'{"text":"x","line":"12"}', RawPanic).line == 12
    with pytest.raises(DecodeError, match=r"\$\.text"):
        decode(b'{"text":5}', RawPanic)


def test_a_null_says_nothing() -> None:
    """Absent facts are null: also where a field is an object, or has another default."""
    plain = from_value({"text": "panic: x"}, RawPanic)
    said = {"text": "panic: x", "build": None, "context": {"attributes": None, "trace_id": None}}
    assert from_value({**said, "at_zone_assumed": None}, RawPanic) == plain
    with pytest.raises(DecodeError, match="text"):
        from_value({"text": None, "build": None}, RawPanic)
    with pytest.raises(DecodeError, match="build"):
        from_value({"text": "panic: x", "build": 7, "context": None}, RawPanic)


@pytest.mark.parametrize("levels", [101, 250, 1000])
@pytest.mark.parametrize("unit", ["[", '{"a":'], ids=["lists", "objects"])
def test_unknown_fields_too_deep_to_be_written_again_are_refused(levels: int, unit: str) -> None:
    close = {"[": "]", '{"a":': "}"}[unit]
    inner = unit * levels + "1" + close * levels
    for text in (f'{{"text":"x","new":{inner}}}', f'{{"text":"x","build":{{"new":{inner}}}}}'):
        with pytest.raises(DecodeError, match="deep"):
            decode(text, RawPanic)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"1",
        b"[]",
        b'"x"',
        b"\xff",
        b"{",
        b'{"text":"x","at":NaN}',
        b'{"text":"\\ud800"}',
        b"[" * 10**6,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_no_message_is_a_decode_error(data: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(data, RawPanic)


@given(st.binary())
def test_arbitrary_bytes_raise_nothing_but_decode_error(data: bytes) -> None:
    for topic in TOPICS:
        with pytest.raises(DecodeError):
            decode(data, topic.message)


@given(st.text(st.characters()))
def test_arbitrary_text_raises_nothing_but_decode_error(text: str) -> None:
    """Lone surrogates included."""
    with pytest.raises(DecodeError):
        decode(text + "!", RawPanic)


@given(
    st.dictionaries(
        st.sampled_from(["schema", "text", "at", "build", "context", "$extra", "line", "x"]), JSON
    )
)
def test_arbitrary_json_is_read_and_written_or_a_decode_error(value: dict[str, object]) -> None:
    try:
        message = from_value(value, RawPanic)
    except DecodeError:
        return
    assert decode(encode(message), RawPanic) == message


@given(
    st.dictionaries(
        st.sampled_from(["goroutines", "panics", "labels", "frames", "id", "kind"]), JSON
    )
)
def test_arbitrary_crashes_are_read_and_written_or_a_decode_error(value: dict[str, object]) -> None:
    whole = {
        "id": "x",
        "kind": "panic",
        "message": "m",
        "goroutines": [{"id": 1, "state": "s", **value}],
    }
    try:
        message = from_value(whole, Crash)
    except DecodeError:
        return
    assert decode(encode(message), Crash) == message


def test_times_are_read_in_any_form_and_written_as_rfc_3339() -> None:
    message = decode(b'{"text":"x","at":"1795420800250"}', RawPanic)
    assert message.at == Instant(1_795_420_800_250_000_000)
    assert b'"at":"2026-11-23T08:00:00.25Z"' in encode(message)


def test_fields_are_written_in_their_declared_order_with_unknown_ones_last() -> None:
    data = encode(from_value({"new": 1, "text": "x", "schema": 1}, RawPanic))
    assert list(loads(data))[:2] == ["schema", "text"]
    assert list(loads(data))[-1] == "new"


def test_defaults_are_not_shared_between_messages() -> None:
    one, other = Context(), Context()
    assert one.attributes is not other.attributes
    assert Goroutine(id=1, state="x").labels is not Goroutine(id=1, state="x").labels
    assert Build() == Build()


# A message that has had three versions: `name` was split in version 2, `full` was added in version 3.
class _Lifted(Message, frozen=True, kw_only=True):
    schema: int = 3
    first: str
    full: str


class _Holder(Message, frozen=True, kw_only=True):
    items: dict[str, Value] = {}


class _Mark(Value, frozen=True, kw_only=True):
    """A row of which the key says all."""


def test_a_value_without_fields_is_written_and_read() -> None:
    assert encode(_Mark()) == b"{}"
    assert decode(b"{}", _Mark) == _Mark()
    assert encode(decode(b'{"more":1}', _Mark)) == b'{"more":1}'


@pytest.fixture
def lifted(monkeypatch: pytest.MonkeyPatch) -> type[_Lifted]:
    monkeypatch.setattr(codec, "_UPCASTERS", {})

    @upcaster("_Lifted", 1)
    def _from_1(raw: dict[str, Any]) -> dict[str, Any]:
        rest = {key: item for key, item in raw.items() if key != "name"}
        return {**rest, "first": raw["name"]}

    @upcaster("_Lifted", 2)
    def _from_2(raw: dict[str, Any]) -> dict[str, Any]:
        return {**raw, "full": raw["first"] + "!"}

    return _Lifted


def test_an_old_message_is_lifted_version_by_version(lifted: type[_Lifted]) -> None:
    wanted = _Lifted(first="ann", full="ann!")
    assert decode(b'{"schema":1,"name":"ann"}', lifted) == wanted
    assert decode(b'{"name":"ann"}', lifted) == wanted
    assert decode(b'{"schema":2,"first":"ann"}', lifted) == wanted
    assert to_value(decode(b'{"name":"ann"}', lifted)) == {
        "schema": 3,
        "first": "ann",
        "full": "ann!",
    }


def test_unknown_fields_of_an_old_message_survive_the_lift(lifted: type[_Lifted]) -> None:
    assert to_value(decode(b'{"name":"ann","new":1}', lifted))["new"] == 1


def test_a_message_of_a_later_version_is_read_as_far_as_it_is_known(lifted: type[_Lifted]) -> None:
    later = decode(b'{"schema":4,"first":"a","full":"b","third":"c"}', lifted)
    assert to_value(later) == {"schema": 4, "first": "a", "full": "b", "third": "c"}


@pytest.mark.parametrize(
    "data", [b'{"schema":1}', b'{"schema":1,"name":5}', b'{"schema":2,"first":null}']
)
def test_an_old_message_that_cannot_be_lifted_is_a_decode_error(
    data: bytes, lifted: type[_Lifted]
) -> None:
    with pytest.raises(DecodeError):
        decode(data, lifted)


def test_unknown_fields_inside_a_map_of_structs_survive() -> None:
    value = {"schema": 1, "items": {"$extra": {"new": 1}, "b": {"c": {}}}}
    assert to_value(from_value(value, _Holder)) == value
