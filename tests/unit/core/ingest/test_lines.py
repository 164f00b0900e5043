"""Bodies of lines: every shape becomes what the reader of lines reads, each line with the key of its container."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.ingest.lines import read_lines
from streams.core.ingest.pushes import read_loki, read_otlp
from streams.core.ingest.said import NOTHING, Said, said_by
from streams.core.ingest.taken import MAX_LINES, Line, Lines
from streams.core.parse.assemble import close, feed
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.webhooks.delivery import UnreadableError
from streams.model.events import LogLines
from streams.model.text import from_bytes
from tests.golden.cases import HERE, Text, records, texts
from tests.shipping import OTHER_WRAPS, WRAPS, Container
from tests.unit.core.ingest.refused import refusal
from tests.unit.core.steps.bench import panic_text

SENDER = "http/10.0.0.9"
ONE, OTHER = Container("a" * 64), Container("b" * 64, pod="checkout-1", uid="u-2")
EVERY_WRAP = {**WRAPS, **OTHER_WRAPS}
CRASH = panic_text(message="boom").splitlines()
# Texts of other inputs than of shippers, and all shapes: what a golden case of each must give over HTTP, too.
GOLDEN = [
    text
    for text in texts()
    if text.name.startswith("shape-") or text.path.parent.name in ("nil-pointer", "panic-chain")
]


def read(body: bytes, said: Said = NOTHING, *, json: bool = False) -> Lines:
    return read_lines(body, said, SENDER, json=json)


def crashes(found: Lines) -> list[Assembled]:
    """What the reader of lines makes of it."""
    data = "".join(from_bytes(line.data) + "\n" for line in found.lines)
    state = feed(AssemblerState(), LogLines(input="x", data=data))
    ended = close(state.state, resumable=False)[1]
    return [each for each in (*state.found, *ended) if isinstance(each, Assembled)]


def _comparable(rows: list[bytes]) -> list[object]:
    """Crash records and reports without what comes from who sent the lines: ids, and where a line was read."""
    values = orjson.loads(b"[" + b",".join(rows) + b"]")
    for value in values:
        for key in ("id", "representative", "content_hash", "source", "unknown"):
            value.pop(key, None)
    return sorted(values, key=orjson.dumps)


@pytest.mark.parametrize("text", GOLDEN, ids=lambda text: text.name)
def test_a_golden_input_gives_over_http_what_it_gives_from_a_file(
    text: Text, tmp_path: Path
) -> None:
    found = read(text.data)
    assert not found.bad
    path = tmp_path / text.path.name
    path.write_bytes(b"".join(line.data + b"\n" for line in found.lines))
    wanted = orjson.loads(text.expected.read_bytes())
    given_rows = records(Text(text.name, path, path.read_bytes(), text.wrapped))
    assert _comparable(given_rows) == _comparable([orjson.dumps(value) for value in wanted])
    if "two-containers" in text.name:
        # Who says whose a line is has the same ids whichever way it came.
        ids = [value["id"] for value in wanted if "id" in value]
        assert [v["id"] for v in map(orjson.loads, given_rows) if "id" in v] == ids


@pytest.mark.parametrize("name", EVERY_WRAP)
def test_lines_of_two_containers_that_take_turns_are_two_crashes(name: str) -> None:
    wrap = EVERY_WRAP[name]
    body = "".join(
        f"{wrap(whose, line, 2 * n + k)}\n"
        for n, line in enumerate(CRASH)
        for k, whose in enumerate((ONE, OTHER))
    )
    found = read(body.encode(), json=name != "cri")
    assert found.count == 2 * len(CRASH)
    keys = {line.key for line in found.lines}
    if name in ("docker", "cri"):
        # They do not say whose they are: one sender's are one's.
        assert keys == {SENDER}
    elif name != "journald":
        assert len(keys) == 2
        assert [each.text for each in crashes(found)] == ["\n".join(CRASH) + "\n"] * 2


@pytest.mark.parametrize("json_said", [True, False])
def test_a_list_is_read_like_lines(*, json_said: bool) -> None:
    rows = [json.loads(WRAPS["vector"](ONE, line, n)) for n, line in enumerate(CRASH)]
    flat = read(json.dumps(rows).encode(), json=json_said)
    pretty = read(json.dumps(rows, indent=2).encode(), json=json_said)
    assert [each.text for each in crashes(flat)] == ["\n".join(CRASH) + "\n"]
    assert [json.loads(x.data) for x in flat.lines] == [json.loads(x.data) for x in pretty.lines]
    one = read(json.dumps(rows[0], indent=2).encode(), json=json_said)
    assert (one.count, one.bad) == (1, ())


def test_plain_lines_are_those_of_their_sender() -> None:
    found = read(("\n".join(CRASH) + "\n").encode())
    assert {line.key for line in found.lines} == {SENDER}
    (crash,) = crashes(found)
    assert (crash.text, crash.origin.stream) == ("\n".join(CRASH) + "\n", SENDER)
    assert crash.origin.source.container is None


def test_what_the_address_says_holds_for_lines_that_do_not() -> None:
    said = said_by(
        {
            "service": "cart",
            "namespace": "shop",
            "pod": "cart-0",
            "container": "c",
            "stream": "stderr",
        }
    )
    (crash,) = crashes(read(("\n".join(CRASH)).encode(), said))
    source = crash.origin.source
    assert crash.origin.stream == "shop/cart-0/c/stderr"
    assert (source.service, source.pod, source.namespace) == ("cart", "cart-0", "shop")
    assert (source.container, source.stream, source.host) == ("c", "stderr", None)
    (own,) = crashes(
        read("\n".join(WRAPS["vector"](ONE, x, n) for n, x in enumerate(CRASH)).encode(), said)
    )
    assert own.origin.stream == ONE.stream


@pytest.mark.parametrize(
    "query", [{"service": ""}, {"host": "a\nb"}, {"stream": "out"}, {"at": "now"}]
)
def test_an_address_that_says_nonsense_is_refused(query: dict[str, str]) -> None:
    assert refusal(lambda: said_by(query))[1] == "query"


@pytest.mark.parametrize(
    "body", [b"", b" \n\n", b"\x00\x01", b'{"cut', b'{"a":1', b"[1, 2]", b"{]\n{]\n"]
)
def test_a_body_in_which_nothing_can_be_read_is_refused(body: bytes) -> None:
    refusal(lambda: read(body))


def test_a_body_of_too_many_lines_is_refused_before_it_is_read() -> None:
    bodies = (b"\n" * (MAX_LINES + 1) + b"x", b"[" + b"1," * MAX_LINES + b"1]")
    for body in bodies:
        assert "send smaller bodies" in refusal(partial(read, body))[0]
    values = [["1", "x"]] * MAX_LINES
    push = {"streams": [{"stream": {"pod": "p"}, "values": part} for part in (values, values[:1])]}
    assert "send smaller bodies" in refusal(lambda: read_loki(push, SENDER))[0]


def test_where_json_is_said_a_body_without_any_is_refused() -> None:
    assert refusal(lambda: read(b"hello\nworld\n", json=True))[1] == "line 1"
    assert read(b"hello\nworld\n").count == 2


def test_bad_lines_among_good_ones_are_told_by_their_place() -> None:
    good = WRAPS["vector"](ONE, "ok", 1).encode()
    cut, wrong = b'{"kind": "deploy", "serv', b'{"kind": "deploy", "service": 1}'
    found = read(b"\n".join([good, b'{"message": "cut', b"no json", good, cut, wrong]), json=True)
    assert found.count == 2
    assert [bad.where for bad in found.bad] == ["line 2", "line 3", "line 5", "line 6"]
    # Where nothing is said of JSON, a line without a brace is a line.
    unsaid = read(b"\n".join([good, b'{"message": "cut', b"no json"]))
    assert (unsaid.count, [bad.where for bad in unsaid.bad]) == (2, ["line 2"])


def test_a_brace_in_a_plain_text_is_no_json() -> None:
    text = (
        "panic: main.Bad{\n{1 2}\n}\n\ngoroutine 1 [running]:\nmain.main()\n\t/x/main.go:3 +0x1\n"
    )
    found = read(text.encode())
    assert found.bad == ()
    direct = Lines((Line("", text.encode().removesuffix(b"\n")),), 1)
    assert [each.text for each in crashes(found)] == [each.text for each in crashes(direct)]


def test_programs_that_log_json_are_read() -> None:
    stack = "goroutine 7 [running]:\nmain.f()\n\t/x/main.go:3 +0x1\n"
    line = json.dumps({"level": "error", "msg": "recovered: boom", "stack": stack})
    (crash,) = crashes(read(line.encode(), json=True))
    assert crash.text == stack
    (event,) = read(b'{"text": "panic: x"}', json=True).lines
    assert msgspec.json.decode(event.data)["message"] == '{"text": "panic: x"}'


def test_a_push_is_cut_by_stream() -> None:
    streams = [
        {
            "stream": {"pod": pod, "container": "c", "stream": "stderr"},
            "values": [["1", line] for line in CRASH],
        }
        for pod in ("p-0", "p-1")
    ]
    found = read_loki({"streams": [*streams, {"stream": {}, "values": [["1", "x"]]}]}, SENDER)
    assert [line.key for line in found.lines] == ["p-0/c", "p-1/c", f"panictrail_from={SENDER}"]
    assert len(crashes(found)) == 2
    bad = read_loki(
        {"streams": [streams[0], 1, {"stream": {}, "values": [["1"], ["2", "y"]]}]}, SENDER
    )
    assert [each.where for each in bad.bad] == ["streams[1]", "streams[2].values[0]"]
    assert bad.count == len(CRASH) + 1


def test_log_records_of_one_resource_are_cut_by_container() -> None:
    def record(container: str, text: str) -> dict[str, object]:
        attributes = [{"key": "container.id", "value": {"stringValue": container}}]
        return {
            "timeUnixNano": "1793527200000000000",
            "body": {"stringValue": text},
            "attributes": attributes,
        }

    rows = [record(name, line) for line in CRASH for name in ("c-1", "c-2")]
    bare = {"body": {"stringValue": "x"}}
    body = {
        "resourceLogs": [
            {
                "resource": {"attributes": []},
                "scopeLogs": [{"logRecords": [*rows, bare, {"body": {}}]}],
            },
            {"scopeLogs": {}},
        ]
    }
    found = read_otlp(body, SENDER)
    assert [line.key for line in found.lines] == ["c-1", "c-2", SENDER]
    assert [each.where for each in found.bad] == [
        f"resourceLogs[0].scopeLogs[0].logRecords[{len(rows) + 1}]",
        "resourceLogs[1]",
    ]
    assert [each.text for each in crashes(found)] == ["\n".join(CRASH) + "\n"] * 2


def test_labels_that_alloy_made_attributes_say_whose_a_line_is() -> None:
    """otelcol.receiver.loki: labels are attributes of the log record, the resource has none."""
    rows = [
        {
            "timeUnixNano": str(1793527200000000000 + n),
            "body": {"stringValue": line},
            "attributes": [
                {"key": key, "value": {"stringValue": value}}
                for key, value in (("namespace", "shop"), ("pod", pod), ("container", "c"))
            ],
        }
        for n, line in enumerate(CRASH)
        for pod in ("p-0", "p-1")
    ]
    found = read_otlp({"resourceLogs": [{"scopeLogs": [{"logRecords": rows}]}]}, SENDER)
    made = crashes(found)
    assert [each.text for each in made] == ["\n".join(CRASH) + "\n"] * 2
    assert [(each.origin.source.pod, each.origin.source.service) for each in made] == [
        ("p-0", "c"),
        ("p-1", "c"),
    ]


@pytest.mark.parametrize("value", [1, [], {}, {"streams": 1}, {"resourceLogs": {}}])
def test_what_is_no_push_is_refused(value: object) -> None:
    assert refusal(lambda: read_loki(value, SENDER))[1] == "body"
    assert refusal(lambda: read_otlp(value, SENDER))[1] == "body"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["streams", "stream", "values", "resourceLogs", "scopeLogs", "logRecords",
                         "body", "attributes", "key", "value", "log", "message", "x"]), inner, max_size=4
    ),
    max_leaves=12,
)  # fmt: skip


@given(
    body=st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()),
    declared=st.booleans(),
)
def test_whatever_comes_is_read_or_refused(*, body: bytes, declared: bool) -> None:
    try:
        found = read(body, json=declared)
    except UnreadableError:
        return
    assert found.lines
    assert all(b"\n" not in line.data for line in found.lines)


@given(_JSON)
def test_whatever_is_pushed_is_read_or_refused(value: object) -> None:
    for take in (read_loki, read_otlp):
        try:
            found = take(value, SENDER)
        except UnreadableError:
            continue
        assert found.count >= len(found.lines)


def test_goldens_are_read_from_all_shapes() -> None:
    shapes = {path.name for path in HERE.glob("shape-*")}
    assert {text.path.parent.name for text in GOLDEN} >= shapes
