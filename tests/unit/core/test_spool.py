"""Records of a segment: what is in them, what is not one, and the event that each becomes."""

from __future__ import annotations

import secrets
import struct
import zlib

import msgspec

from streams.core.spool import Damage, Kept, identity, raw_panic, scan, shown
from streams.core.steps.admit import admit
from streams.core.steps.symbolize import crash_of
from streams.model.message import to_value
from streams.model.settings import PipelineSettings
from streams.model.text import to_bytes
from tests.spool_writer import MAGIC, at, crash, record


def scanned(data: bytes) -> list[Kept | Damage]:
    """Everything in a segment."""
    return list(scan(data, 0, len(data)))


def kept(data: bytes) -> Kept:
    """The one record in it."""
    (found,) = scanned(data)
    assert isinstance(found, Kept), found
    return found


def with_head(head: bytes, body: bytes = b"") -> bytes:
    """A record with a right checksum and any head."""
    return struct.pack(">4sIII", MAGIC, len(head), len(body), zlib.crc32(head + body)) + head + body


def test_raw_and_ring_are_the_bytes_that_were_written() -> None:
    raw = b"panic: \xff\xfe caf\xc3\xa9\n\ngoroutine 1 [running]:\n"
    found = kept(record(raw, ring="GET /käse\nPOST\n".encode()))
    assert found.raw == raw
    made = shown(found, "a.spool")
    assert to_bytes(made.raw) == raw
    assert made.ring == ("GET /käse", "POST")
    assert {"raw", "pid", "command", "at", "exit", "source"} <= to_value(made).keys()


def test_what_is_no_record_is_said_with_its_place() -> None:
    one = record(crash(1))
    middle = scanned(one + b"\xf5PS1 is no record" + one)
    assert [type(each) for each in middle] == [Kept, Damage, Kept]
    gap = middle[1]
    assert isinstance(gap, Damage)
    assert (gap.begin, gap.size, gap.open_end) == (len(one), len(b"\xf5PS1 is no record"), False)
    cut = scanned(one + one[:-3])[1]
    assert isinstance(cut, Damage)
    assert cut.open_end


def test_a_whole_record_that_cannot_be_understood_is_damage_with_the_reason() -> None:
    bad = (
        with_head(b"no json"),
        with_head(b'{"v":1}'),
        with_head(b'{"v":2,"raw":0,"ring":0}'),
        with_head(b'{"v":1,"raw":5,"ring":0}', b"four"),
        with_head(b'{"v":1,"raw":-5,"ring":5}'),
        with_head(b'{"v":1,"raw":0,"ring":0,"at":"soon"}'),
    )
    found = [each for data in bad for each in scanned(data)]
    assert all(isinstance(each, Damage) and each.why and not each.open_end for each in found)
    assert len(found) == len(bad)


def test_keys_that_are_not_known_are_passed_over() -> None:
    assert kept(record(crash(1), later={"deep": [1]})).head.pid == 17


def test_the_event_carries_process_place_build_end_and_ring() -> None:
    found = kept(
        record(
            crash(1),
            ring=b"GET /cart\n",
            at=at(1.5),
            container="c" * 64,
            exit={"code": None, "signal": 6, "core": True, "oom": None},
            build={"go": "go1.26.1", "revision": "a" * 40, "build_id": "b"},
        )
    )
    event = raw_panic(found, service="shop")
    assert to_bytes(event.text) == crash(1)
    assert (event.pid, event.host, event.container) == (17, "shopd-0", "c" * 64)
    assert (event.service, event.route, str(event.at)) == (
        "shop",
        "spool",
        "2026-11-27T20:00:01.5Z",
    )
    assert event.build.revision == "a" * 40
    assert event.exit is not None
    assert event.exit.signal == "SIGABRT"
    assert event.context.last_events == ("GET /cart",)
    assert event.context.attributes["command"] == "/app/shopd -v"


def test_equal_words_of_two_processes_in_one_instant_are_two_crashes() -> None:
    one, other = kept(record(crash(1), pid=1)), kept(record(crash(1), pid=2))
    assert identity(one) != identity(other)
    assert identity(one) == identity(kept(record(crash(1), pid=1)))


def test_nothing_of_a_record_is_sent_on_with_its_secrets() -> None:
    secret = secrets.token_hex(10)
    data = record(
        f"panic: password={secret}\n\ngoroutine 1 [running]:\n".encode(),
        ring=f"POST /pay password={secret}\n".encode(),
        command=["/app/shopd", f"--password={secret}"],
    )
    admitted = admit(raw_panic(kept(data)), ())
    assert secret not in repr(admitted)
    assert admitted.scrubbed
    assert not isinstance(admitted.context.last_events, msgspec.UnsetType)
    assert admitted.context.last_events[0].startswith("POST /pay")


def test_a_killed_process_is_a_crash_without_a_stack() -> None:
    ended = {"code": None, "signal": 9, "core": False, "oom": True}
    data = record(b"", ring=b"GET /cart\n", source="ring", exit=ended)
    found = crash_of(admit(raw_panic(kept(data)), ()), PipelineSettings())
    assert found is not None
    assert found.kind == "signal"
    assert found.message == "killed by SIGKILL, out of memory: shopd"
    assert found.goroutines == ()
    assert found.exit is not None
    assert (found.exit.signal, found.exit.oom) == ("SIGKILL", True)
    assert found.context.last_events == ("GET /cart",)


def test_without_text_and_signal_nothing_is_made_up() -> None:
    data = record(b"", ring=b"GET /cart\n", source="ring")
    assert crash_of(admit(raw_panic(kept(data)), ()), PipelineSettings()) is None
