"""Crashes and lines over a real socket: who may post, what is kept, what is refused, what is hostile."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import time
from base64 import b64decode
from pathlib import Path

import pytest
import zstandard

from streams.drivers.http.ingest import PATHS
from streams.drivers.http.intake import Limits
from streams.drivers.inbox import Position
from streams.model.events import DeadLetter, RawPanic
from tests.made_secret import TOKEN
from tests.shipping import WRAPS, Container, loki, otlp
from tests.unit.core.steps.bench import panic_text
from tests.unit.drivers.http.serving import (
    CLOSED,
    LIMITS,
    Served,
    answer,
    play,
    request,
)

TEXT = panic_text(message="boom").encode()
WHO = Container("c" * 64)
LINES = [WRAPS["vector"](WHO, line, n) for n, line in enumerate(TEXT.decode().splitlines())]
NDJSON = "\n".join(LINES).encode()
GOOD = {
    "/v1/crashes": TEXT,
    "/v1/lines": NDJSON,
    "/loki/api/v1/push": loki(WHO, "panic: x", 1).encode(),
    "/v1/logs": otlp(WHO, "panic: x", 1).encode(),
}


def crashes(it: Served) -> list[RawPanic]:
    return [e.event for e in it.events() if isinstance(e.event, RawPanic)]


def letters(it: Served) -> list[DeadLetter]:
    return [e.event for e in it.events() if isinstance(e.event, DeadLetter)]


def lines(it: Served) -> list[bytes]:
    return [data for batch in it.batches() for _, data in batch.lines]


def is_empty(it: Served) -> bool:
    return not it.events() and not it.batches()


def test_crashes_are_kept_with_their_ids_before_the_answer(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        found = await it.post("/v1/crashes?service=cart", TEXT, Content_Type="text/plain")
        (crash,) = crashes(it)
        assert (found.status, found.json["ids"]) == (200, [crash.event_id])
        assert (crash.service, crash.text) == ("cart", TEXT.decode())
        body = [{"text": "panic: a"}, {"text": "panic: b"}, {"txt": 1}]
        counts = (await it.post("/v1/crashes", body)).json
        assert (counts["accepted"], counts["dead_letters"]) == (2, 1)
        assert [(letter.topic, letter.reason) for letter in letters(it)] == [
            ("panics.raw", "invalid")
        ]

    play(tmp_path, scene)


@pytest.mark.parametrize("path", ["/v1/lines", "/loki/api/v1/push", "/v1/logs"])
def test_lines_are_kept_as_they_came_with_the_key_of_their_container(
    tmp_path: Path, path: str
) -> None:
    async def scene(it: Served) -> None:
        found = await it.post(path, GOOD[path])
        assert found.status == (204 if "loki" in path else 200)
        (batch,) = it.batches()
        assert len({key for key, _ in batch.lines}) == 1
        assert abs(batch.at_ms - time.time() * 1000) < 60_000
        if path == "/v1/lines":
            assert lines(it) == [line.encode() for line in LINES]
            assert found.json["accepted"] == len(LINES)

    play(tmp_path, scene)


def test_bad_lines_of_a_body_are_dead_letters_and_counted(tmp_path: Path) -> None:
    body = NDJSON + f'\n{{"message": "cut, password={TOKEN}\n'.encode()
    bad_loki = json.loads(GOOD["/loki/api/v1/push"])
    bad_loki["streams"].append({"stream": {}, "values": [[1]]})
    bad_otlp = json.loads(GOOD["/v1/logs"])
    bad_otlp["resourceLogs"].append({"scopeLogs": [{"logRecords": [{}]}]})

    async def scene(it: Served) -> None:
        found = await it.post("/v1/lines", body, Content_Type="application/x-ndjson")
        assert (found.status, found.json["dead_letters"]) == (200, 1)
        pushed = await it.post("/loki/api/v1/push", bad_loki)
        assert (pushed.status, pushed.json["dead_letters"]) == (200, 1)
        logs = await it.post("/v1/logs", bad_otlp)
        assert logs.json["partialSuccess"]["rejectedLogRecords"] == "1"
        assert [bool(batch.letters) for batch in it.batches()] == [True] * 3
        kept = it.batches()[0].letters
        row = json.loads(kept)["rows"][0]
        assert row[0] == "deadletter"
        text = b64decode(row[2]["bytes_base64"]).decode()
        assert text.startswith('{"message": "cut')
        assert TOKEN.encode() not in kept
        assert TOKEN not in text

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/v1/crashes", b"", {}),
        ("/v1/crashes", b"no crash", {}),
        ("/v1/crashes", b'{"a": 1}', {}),
        ("/v1/crashes", b"[1", {"Content_Type": "application/json"}),
        ("/v1/lines", b"", {}),
        ("/v1/lines", b"\x00\x01\x02", {}),
        ("/v1/lines", b'{"cut', {"Content_Type": "application/x-ndjson"}),
        ("/v1/lines", NDJSON, {"Content_Encoding": "gzip"}),
        ("/v1/lines", NDJSON, {"Content_Encoding": "zstd"}),
        ("/v1/lines?stream=out", NDJSON, {}),
        ("/loki/api/v1/push", b"{}", {}),
        ("/loki/api/v1/push", b'{"streams": [1]}', {}),
        ("/v1/logs", b"{", {}),
        ("/v1/logs", b'{"resourceLogs": 1}', {}),
    ],
)
def test_where_nothing_can_be_read_the_sender_is_told_and_nothing_is_kept(
    tmp_path: Path, path: str, body: bytes, headers: dict[str, str]
) -> None:
    async def scene(it: Served) -> None:
        found = await it.post(path, body, **headers)
        assert found.status == 400
        assert set(found.json) == {"error", "where"}
        assert is_empty(it)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("path", "kind", "hint"),
    [
        ("/loki/api/v1/push", "application/x-protobuf", "snappy"),
        ("/v1/logs", "application/x-protobuf", "encoding json"),
        ("/v1/crashes", "image/png", "text/plain"),
        ("/v1/lines", "multipart/form-data; boundary=x", "application/x-ndjson"),
        ("/v1/logs", "text/plain", "application/json"),
    ],
)
def test_what_is_not_read_is_refused_by_its_name(
    tmp_path: Path, path: str, kind: str, hint: str
) -> None:
    async def scene(it: Served) -> None:
        found = await it.post(path, b"\x0a\x02", Content_Type=kind)
        assert (found.status, found.json["where"]) == (415, "header Content-Type")
        assert hint in found.json["error"]
        packed = await it.post(path, b"x", Content_Encoding="snappy")
        assert packed.status == 415
        assert "accept-encoding: gzip, zstd" in packed.head.lower()
        assert is_empty(it)

    play(tmp_path, scene)


@pytest.mark.parametrize("path", GOOD)
def test_whoever_does_not_know_the_token_leaves_nothing_behind(tmp_path: Path, path: str) -> None:
    async def scene(it: Served) -> None:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "the token"}):
            found = await it.post(path, GOOD[path], **headers)
            assert found.status == 401
            assert "www-authenticate: bearer" in found.head.lower()
        assert is_empty(it)
        assert (await it.post(path, GOOD[path], Authorization="Bearer the token")).status < 300

    play(tmp_path, scene, CLOSED)


@pytest.mark.parametrize("path", GOOD)
def test_without_a_token_only_this_machine_may_post(tmp_path: Path, path: str) -> None:
    async def local(it: Served) -> None:
        assert (await it.post(path, GOOD[path], X_Forwarded_For="10.0.0.1")).status == 403
        assert is_empty(it)

    async def open_to_all(it: Served) -> None:
        assert (await it.post(path, GOOD[path])).json["where"] == "PANICTRAIL_API_TOKEN"
        assert is_empty(it)

    play(tmp_path / "a", local)
    play(tmp_path / "b", open_to_all, host="::")


@pytest.mark.parametrize("path", GOOD)
def test_the_same_bytes_again_are_a_duplicate_also_after_a_restart(
    tmp_path: Path, path: str
) -> None:
    async def first(it: Served) -> None:
        both = await asyncio.gather(it.post(path, GOOD[path]), it.post(path, GOOD[path]))
        assert all(each.status < 300 for each in both)
        assert len(it.events()) + len(it.batches()) == 1

    async def again(it: Served) -> None:
        found = await it.post(path, gzip.compress(GOOD[path]), Content_Encoding="gzip")
        assert found.status < 300
        assert "loki" in path or found.json["duplicate"] is True
        assert len(it.events()) + len(it.batches()) == 1

    play(tmp_path, first)
    play(tmp_path, again)
    # Also when the lines themselves were worked off and removed.
    for segment in (tmp_path / "lines").iterdir():
        segment.unlink()

    async def later(it: Served) -> None:
        assert (await it.post(path, GOOD[path])).status < 300
        assert it.batches() == []

    play(tmp_path, later)


def test_a_single_plain_line_may_come_again(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        for _ in range(2):
            assert (await it.post("/v1/lines", b"main.main()\n")).json["duplicate"] is False
        assert len(lines(it)) == 2

    play(tmp_path, scene)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_packed_bodies_are_read_and_bombs_are_refused(tmp_path: Path, encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zstandard.ZstdCompressor().compress

    async def scene(it: Served) -> None:
        async def post(body: bytes) -> int:
            return (await it.post("/v1/lines", body, Content_Encoding=encoding)).status

        assert await post(pack(NDJSON)) == 200
        assert await post(pack(NDJSON + b"\n" + LINES[0].encode())[:-5]) == 400
        bomb = pack(b"x" * (100 * 1024 * 1024))
        assert len(bomb) < 2 * LIMITS.body_bytes
        began = time.process_time()
        held = _resident()
        assert set(await asyncio.gather(*(post(bomb[: LIMITS.body_bytes]) for _ in range(20)))) == {
            413
        }
        assert time.process_time() - began < 2.0
        assert _resident() - held < 64 * 1024 * 1024
        assert len(it.batches()) == 1

    play(tmp_path, scene)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_frames_of_zstd_that_follow_one_another_are_one_body(tmp_path: Path) -> None:
    half = NDJSON.index(b"\n") + 1
    compress = zstandard.ZstdCompressor().compress

    async def scene(it: Served) -> None:
        body = compress(NDJSON[:half]) + compress(NDJSON[half:])
        found = await it.post("/v1/lines", body, Content_Encoding="zstd")
        assert found.json["accepted"] == len(LINES)

    play(tmp_path, scene)


def test_a_full_inbox_refuses_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        assert (await it.post("/v1/lines", NDJSON)).status == 200
        for path, body in GOOD.items():
            found = await it.post(path, body + b"\n" if path == "/v1/lines" else body)
            assert found.status == 429
            assert "retry-after: 10" in found.head.lower()
        assert (len(it.batches()), it.events()[1:]) == (1, [])

    play(tmp_path, scene, limits=Limits(body_bytes=64 * 1024, inbox_bytes=100))


def test_a_disk_that_takes_nothing_is_told_and_asked_again(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        assert (await it.post("/v1/lines", b"hello")).status == 200
        # The next segment is on a disk that is full.
        inbox = it.lines.inbox
        (inbox.folder / f"{inbox.segment + 1:016d}.inbox").symlink_to("/dev/full")
        await inbox.roll()
        found = await it.post("/v1/lines", NDJSON)
        assert (found.status, found.json["where"]) == (503, "inbox")
        assert (await it.post("/v1/lines", NDJSON)).json["duplicate"] is False
        assert len(lines(it)) == 1 + len(LINES)

    play(tmp_path, scene)


def test_sizes_that_lie_and_bodies_that_do_not_come_are_bounded(tmp_path: Path) -> None:
    limits = Limits(body_bytes=64 * 1024, inbox_bytes=10**9, body_seconds=0.3)

    async def scene(it: Served) -> None:
        head = request("/v1/lines", b"", Content_Length=str(10**12))
        assert (await it.send(head)).status == 413
        for length in ("-1", "1x", "1, 2", ""):
            assert (await it.send(request("/v1/lines", b"", Content_Length=length))).status in (
                0,
                400,
            )
        assert (await it.send(request("/v1/lines", b"ab", Content_Length="5"))).status == 408
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(request("/v1/lines", b"", Content_Length="1000"))
        slow = asyncio.create_task(_trickle(writer))
        assert (await answer(reader)).status == 408
        slow.cancel()
        writer.close()
        # Others are served meanwhile and afterwards, and nothing is held for those that went.
        assert (await it.post("/v1/lines", NDJSON)).status == 200
        assert len(it.batches()) == 1

    play(tmp_path, scene, limits=limits)


async def _trickle(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever."""
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.05)


def test_ten_shippers_at_once_each_keep_their_order(tmp_path: Path) -> None:
    async def shipper(it: Served, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        who = Container(f"{number:064x}")
        for block in range(20):
            rows = [WRAPS["vector"](who, f"{number} {block} {n}", 10 * block + n) for n in range(5)]
            writer.write(request("/v1/lines", "\n".join(rows).encode()))
            assert (await answer(reader)).status == 200
        writer.close()

    async def scene(it: Served) -> None:
        await asyncio.gather(*(shipper(it, number) for number in range(10)))
        numbers = [batch.first for batch in it.batches()]
        assert numbers == sorted(numbers)
        by_key: dict[str, list[str]] = {}
        for batch in it.batches():
            for key, data in batch.lines:
                by_key.setdefault(key, []).append(json.loads(data)["message"])
        assert len(by_key) == 10
        for number in range(10):
            wanted = [f"{number} {block} {n}" for block in range(20) for n in range(5)]
            assert by_key[f"{number:064x}"] == wanted

    play(tmp_path, scene)


def test_lines_are_numbered_on_after_a_restart(tmp_path: Path) -> None:
    async def post(it: Served) -> None:
        body = f"{os.urandom(4).hex()}\nx\n".encode()
        assert (await it.post("/v1/lines", body)).status == 200

    for _ in range(3):
        play(tmp_path, post, done=Position())

    async def look(it: Served) -> None:
        assert [batch.first for batch in it.batches()] == [1, 3, 5]

    play(tmp_path, look)


def test_what_came_is_counted(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        for path, body in GOOD.items():
            await it.post(path, body)
            await it.post(path, body)
            await it.post(path, b"")
        counted = it.meter.counts
        for kind in PATHS:
            for result in ("accepted", "duplicate", "refused"):
                assert counted["panictrail_deliveries_total", (kind, result)] >= 1, (kind, result)

    play(tmp_path, scene)
