"""Bodies of crashes: the text as it was printed, events as JSON; ids by content, no secret left."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.ingest.crashes import (
    emits,
    ids,
    is_clean,
    looks_json,
    read_events,
    read_text,
    reassembled,
)
from streams.core.ingest.said import NOTHING, Said, said_by
from streams.core.ingest.taken import Crashes
from streams.core.parse.assemble import close, feed
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.webhooks.delivery import UnreadableError
from streams.model.events import Deploy, LogLines
from streams.model.text import from_bytes
from tests.golden.cases import Text, texts
from tests.made_secret import TOKEN
from tests.unit.core.ingest.refused import refusal
from tests.unit.core.steps.bench import panic_text

TEXT = panic_text(message="boom")
GOLDEN = [text for text in texts() if text.path.name == "input.go1.26.txt"]


def events(*values: object, said: Said = NOTHING) -> Crashes:
    return read_events("\n".join(map(json.dumps, values)).encode(), said, ())


@pytest.mark.parametrize("text", GOLDEN, ids=lambda text: text.name)
def test_a_golden_text_is_the_crashes_that_it_is_as_a_file(text: Text) -> None:
    wanted = [v for v in json.loads(text.expected.read_bytes()) if "goroutines" in v]
    if not wanted:
        refusal(lambda: read_text(text.data, NOTHING, ()))
        return
    found = read_text(text.data, NOTHING, ())
    assert sorted(ids(found.crashes)) == sorted(v["id"] for v in wanted)


@pytest.mark.parametrize("text", GOLDEN, ids=lambda text: text.name)
def test_what_is_clean_is_the_one_record_that_reassembly_makes_of_it(text: Text) -> None:
    said = Said(service="cart", container="c-1")
    quick = _or_refused(partial(read_text, text.data, said, ()))
    assert quick == _or_refused(partial(reassembled, from_bytes(text.data), said, ()))


def _or_refused(read: Callable[[], Crashes]) -> Crashes | None:
    try:
        return read()
    except UnreadableError:
        return None


def test_most_golden_panics_are_clean() -> None:
    panics = [text for text in GOLDEN if text.data.startswith(b"panic: ")]
    clean = [text for text in panics if is_clean(from_bytes(text.data))]
    assert len(clean) > len(panics) / 3


@given(
    st.lists(
        st.sampled_from([*TEXT.splitlines(), "log line", "exit status 2", "\tpanic: x", ""]),
        max_size=14,
    )
)
def test_lines_in_any_order_are_read_alike(lines: list[str]) -> None:
    """Whatever the short way takes, the long way makes one record of, with the same text."""
    text = "\n".join(lines) + "\n"
    if is_clean(text):
        read = feed(AssemblerState(), LogLines(input="x", data=text))
        ended = close(read.state, resumable=False)[1]
        assert [each.text for each in (*read.found, *ended) if isinstance(each, Assembled)] == [
            text
        ]


def test_the_same_text_is_the_same_crash_however_it_comes() -> None:
    (plain,) = ids(read_text(TEXT.encode(), NOTHING, ()).crashes)
    (event,) = ids(events({"text": TEXT}).crashes)
    assert plain == event
    said = said_by({"container": "c-1", "stream": "stderr", "at": "2026-11-23T08:00:00Z"})
    (placed,) = read_text(TEXT.encode(), said, ()).crashes
    stated = {"text": TEXT, "container": "c-1", "stream": "stderr", "at": "2026-11-23T08:00:00Z"}
    assert ids([placed]) == ids(events(stated).crashes) != [plain]
    assert (placed.container, str(placed.at)) == ("c-1", "2026-11-23T08:00:00Z")
    # What an event says itself counts.
    (own,) = events({"text": TEXT, "service": "cart"}, said=Said(service="shop", host="h")).crashes
    assert (own.service, own.host) == ("cart", "h")


def test_a_log_around_crashes_is_left_out() -> None:
    log = f"starting\n{TEXT}exit status 2\nstarting\n{panic_text(message='other')}exit status 2\n"
    found = read_text(log.encode(), NOTHING, ())
    assert [crash.text for crash in found.crashes] == [
        f"{TEXT}exit status 2\n",
        f"{panic_text(message='other')}exit status 2\n",
    ]


def test_one_event_a_list_and_lines_are_read() -> None:
    pair = [{"text": TEXT}, {"text": panic_text(message="other")}]
    bodies = [json.dumps(pair), json.dumps(pair, indent=1), "\n".join(map(json.dumps, pair))]
    read = [ids(read_events(body.encode(), NOTHING, ()).crashes) for body in bodies]
    assert read[0] == read[1] == read[2]
    assert len(set(read[0])) == 2


def test_bad_events_among_good_ones_are_told_by_their_place() -> None:
    body = b'{"text": "panic: a"}\n{"text"\n{"text": 1}\n7\n{"text": " "}\n{"kind": "deploy"}'
    found = read_events(body, NOTHING, ())
    assert len(found.crashes) == 1
    assert [bad.where for bad in found.bad] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5.text",
        "line 6",
    ]


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"[]", b"{}", b'{"text": ""}', b"[1]", b"nonsense", b'{"text']
)
def test_where_no_event_can_be_read_it_is_refused(body: bytes) -> None:
    refusal(lambda: read_events(body, NOTHING, ()))


@pytest.mark.parametrize("body", [b"", b"hello\n", b"panic", b"\x00panic: x\n", b"\xff\xfe"])
def test_a_text_without_a_crash_is_refused(body: bytes) -> None:
    assert refusal(lambda: read_text(body, NOTHING, ()))[1] == "body"


def test_nobody_can_say_that_a_text_was_scrubbed() -> None:
    forged = {"text": f"panic: {TOKEN}\n", "event_id": "e-1", "scrubbed": {}, "path": "/etc/x"}
    (crash,) = events(forged).crashes
    assert TOKEN not in crash.text
    assert (crash.path, crash.event_id) == (None, "e-1")
    (text,) = read_text(TEXT.replace("boom", TOKEN).encode(), NOTHING, ()).crashes
    assert TOKEN not in text.text
    assert text.scrubbed


def test_events_of_other_kinds_in_a_text_are_taken() -> None:
    deploy = json.dumps({"kind": "deploy", "service": "cart", "delivery_id": "d"})
    found = read_text(f"{deploy}\n{TEXT}".encode(), NOTHING, ())
    sent = list(emits(found))
    assert [each.topic for each in sent] == ["panics.raw", "deploys.changed"]
    assert isinstance(sent[1].event, Deploy)
    assert sent[0].key == found.crashes[0].event_id


@pytest.mark.parametrize(
    ("body", "json_like"),
    [
        (b' {"text"', True),
        (b'[{"text"', True),
        (b"[ ]", True),
        (b"[signal SIGSEGV", False),
        (TEXT.encode(), False),
    ],
)
def test_json_is_told_from_text(*, body: bytes, json_like: bool) -> None:
    assert looks_json(body) is json_like
