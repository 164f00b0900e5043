"""Batches: what is packed comes out again, one event is plain JSON, and bad bytes are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.drivers.kafka import batch
from streams.drivers.kafka.batch import Entry, is_batch, pack, single, unpack
from streams.model.events import ServiceSeen
from streams.model.message import DecodeError, encode

events = st.builds(ServiceSeen, service=st.text(max_size=5), cluster=st.text(max_size=5))


@given(rows=st.lists(st.tuples(st.text(max_size=4), events | st.none()), max_size=30))
def test_what_is_packed_comes_out_in_order(rows: list[tuple[str, ServiceSeen | None]]) -> None:
    packed = pack((key, None if e is None else encode(e)) for key, e in rows)
    out = [e for p in packed for e in unpack(p.value, p.key, p.headers, ServiceSeen)]
    assert out == [Entry(key, event) for key, event in rows]


def test_a_record_is_closed_by_events_and_by_bytes() -> None:
    small = ((str(n), b"{}") for n in range(batch.MAX_EVENTS + 1))
    assert len(list(pack(small))) == 2
    large = b'"' + b"x" * batch.MAX_BYTES + b'"'
    sizes = [len(p.value or b"") for p in pack([("a", large), ("b", b"1"), ("c", b"2")])]
    assert len(sizes) == 2
    assert sizes[0] > batch.MAX_BYTES > sizes[1]


def test_one_event_is_plain_json_under_its_key_and_a_null_stays_one() -> None:
    event = ServiceSeen(service="s", cluster="c")
    packed = single("c", event)
    assert (packed.value, packed.key, packed.headers) == (encode(event), b"c", ())
    assert not is_batch(packed.headers)
    assert unpack(packed.value, packed.key, (), ServiceSeen) == (Entry("c", event),)
    assert unpack(None, b"c", (), ServiceSeen) == (Entry("c", None),)


@pytest.mark.parametrize("value", [b"", b"{", b"{}", b"[1]", b'[["k"]]', b"[[1, {}]]", b"\xff"])
def test_bytes_that_are_no_batch_are_said(value: bytes) -> None:
    with pytest.raises(DecodeError):
        unpack(value, None, (batch.HEADER,), ServiceSeen)


@pytest.mark.parametrize("value", [b"", b"[]", b"{}", b"7", b"\xff{"])
def test_bytes_that_are_no_event_are_said(value: bytes) -> None:
    with pytest.raises(DecodeError):
        unpack(value, None, (), ServiceSeen)
