"""Webhooks over a real socket: who is let in, what is kept before the answer, what comes again, what is hostile."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import time
import zlib
from base64 import b64decode
from pathlib import Path

import pytest

from streams.drivers.http.intake import Limits
from streams.drivers.inbox import InboxError, Position
from streams.model.events import DeadLetter, Deploy
from streams.model.message import to_value
from tests.unit.core.webhooks.cases import cases
from tests.unit.drivers.http.serving import (
    CLOSED,
    LIMITS,
    SECRET,
    Answer,
    Served,
    answer,
    every_case,
    play,
    request,
    signed,
)

PUSH = {"kind": "git.push", "repo": "acme/shop", "ref": "refs/heads/main"}


def test_golden_deliveries_are_kept_as_the_events_that_they_are(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        for name, case in every_case():
            if case.get("said"):
                continue
            before = len(it.events())
            found = await it.case(case)
            if case["provider"] in ("argocd", "kubernetes"):
                assert (found.status, name) == (401, name)  # the API token is theirs
                found = await it.case(case, authorization="Bearer the token")
            assert found.status == 200, (name, found)
            if found.json["duplicate"]:
                continue
            kept = [to_value(e.event) for e in it.events()[before:] if e.event is not None]
            for event, wanted in zip(kept, case["events"], strict=True):
                assert {**event, "received_at": None} == {**wanted, "received_at": None}, name

    play(tmp_path, scene, CLOSED)


@pytest.mark.parametrize("provider", ["github", "gitlab", "argocd", "kubernetes", "plain"])
def test_whoever_does_not_know_the_secret_leaves_nothing_behind(
    tmp_path: Path, provider: str
) -> None:
    case = next(case for _, case in every_case() if case["provider"] == provider)
    body = json.dumps(case["body"]).encode()

    async def scene(it: Served) -> None:
        path = f"/webhooks/{provider}"
        for headers in (
            {},
            signed(body, "wrong"),
            signed(b"other", "wrong"),
            {"Authorization": "x"},
        ):
            found = await it.post(path, body, X_GitHub_Event="push", **headers)
            assert found.status == 401
            assert found.json["where"].startswith("header ")
            assert "WWW-Authenticate" in found.head
        assert it.events() == []
        assert it.meter.by_label("panictrail_deliveries_total") == {provider: 4}

    play(tmp_path, scene, CLOSED)


@pytest.mark.parametrize("encoding", ["", "gzip", "zstd", "br"])
def test_a_body_of_whom_nobody_knows_is_never_read_as_json(tmp_path: Path, encoding: str) -> None:
    """Signatures come before everything else: what whoever knows the secret is told is not told to others."""

    async def scene(it: Served) -> None:
        for secret, status in (("no", {401}), (SECRET, {400, 415})):
            head = {"X_GitHub_Event": "push", "Content_Encoding": encoding}
            found = await it.post("/webhooks/github", b"{", **head, **signed(b"{", secret))
            assert found.status in status

    play(tmp_path, scene, CLOSED)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_without_a_secret_this_machine_may_post(tmp_path: Path, host: str) -> None:
    async def scene(it: Served) -> None:
        assert (await it.post("/webhooks/plain", PUSH)).status == 200

    play(tmp_path, scene, host=host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "example.com"])  # noqa: S104 - what is refused
def test_without_a_secret_nobody_else_may(tmp_path: Path, host: str) -> None:
    async def scene(it: Served) -> None:
        found = await it.post("/webhooks/plain", PUSH)
        assert (found.status, found.json["where"]) == (403, "PANICTRAIL_WEBHOOK_PLAIN_SECRET")
        assert it.events() == []

    play(tmp_path, scene, host=host)


@pytest.mark.parametrize("header", ["Origin", "X_Forwarded_For", "Forwarded"])
def test_without_a_secret_neither_a_proxy_nor_a_page_in_a_browser_may(
    tmp_path: Path, header: str
) -> None:
    async def scene(it: Served) -> None:
        assert (await it.post("/webhooks/plain", PUSH, **{header: "http://x"})).status == 403

    play(tmp_path, scene)


def test_a_delivery_that_comes_again_is_answered_and_not_kept_twice(tmp_path: Path) -> None:
    case = cases()["github-push"]

    async def first(it: Served) -> None:
        told = [(await it.case(case)).json["duplicate"] for _ in range(3)]
        assert told == [False, True, True]

    async def after_a_restart(it: Served) -> None:
        assert (await it.case(case)).json["duplicate"] is True
        assert len(it.events()) == 1

    play(tmp_path, first, CLOSED)
    play(tmp_path, after_a_restart, CLOSED)


def test_a_recorded_delivery_under_another_id_is_known(tmp_path: Path) -> None:
    """GitHub's signature does not cover the id."""
    case = cases()["github-push"]
    other = {**case, "headers": {**case["headers"], "X-GitHub-Delivery": "another"}}

    async def scene(it: Served) -> None:
        assert (await it.case(case)).json["duplicate"] is False
        assert (await it.case(other)).json["duplicate"] is True
        assert len(it.events()) == 1

    play(tmp_path, scene, CLOSED)


def test_equal_bodies_of_a_sender_whose_token_says_who_it_is_are_two(tmp_path: Path) -> None:
    body = {"kind": "deploy", "service": "shop", "action": "restart"}

    async def scene(it: Served) -> None:
        for name in ("one", "two", "one"):
            await it.post("/webhooks/plain", body, webhook_id=name)
        assert [e.event.delivery_id for e in it.events() if isinstance(e.event, Deploy)] == [
            "one",
            "two",
        ]

    play(tmp_path, scene)


def test_the_same_delivery_at_the_same_time_is_kept_once(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        found = await asyncio.gather(*(it.post("/webhooks/plain", PUSH) for _ in range(20)))
        assert [a.status for a in found] == [200] * 20
        assert sum(a.json["accepted"] for a in found) == 1
        assert len(it.events()) == 1

    play(tmp_path, scene)


def test_what_the_disk_does_not_take_is_not_accepted_and_may_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(it: Served) -> None:
        with monkeypatch.context() as patch:

            async def full(_: bytes) -> None:
                raise InboxError

            patch.setattr(it.inbox, "put", full)
            found = await it.post("/webhooks/plain", PUSH)
            assert found.status == 503
            assert "Retry-After: " in found.head
        assert (await it.post("/webhooks/plain", PUSH)).json["accepted"] == 1

    play(tmp_path, scene)


def test_what_is_nothing_to_us_is_accepted_and_counted(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        for name in ("github-ping", "github-issues", "gitlab-note"):
            found = await it.case(cases()[name])
            assert (found.status, found.json["accepted"], found.json["ignored"]) == (200, 0, 1)
            assert found.json["why"]
        assert it.events() == []
        counts = it.meter.counts
        assert counts["panictrail_deliveries_total", ("github", "ignored")] == 2

    play(tmp_path, scene, CLOSED)


def test_bad_lines_among_good_ones_go_to_the_dead_letters_scrubbed(tmp_path: Path) -> None:
    key = "AKIAIOSFODNN7EXAMPLE"
    lines = [json.dumps(PUSH), f'{{"kind": "deploy", "aws": "{key}"}}', "{no json"]

    async def scene(it: Served) -> None:
        found = await it.post("/webhooks/plain", "\n".join(lines).encode())
        assert (found.status, found.json["accepted"], found.json["dead_letters"]) == (200, 1, 2)
        push, *dead = it.events()
        assert (push.topic, push.key) == ("git.pushed", "acme/shop")
        letters = [e.event for e in dead if isinstance(e.event, DeadLetter)]
        assert [letter.reason for letter in letters] == ["invalid", "undecodable"]
        texts = [b64decode(letter.bytes_base64).decode() for letter in letters]
        assert "deploy" in texts[0]
        assert key not in texts[0]
        assert texts[1] == "{no json"

    play(tmp_path, scene)


def test_the_address_says_what_bodies_leave_out(tmp_path: Path) -> None:
    case = cases()["kubernetes-deployment-complete"]

    async def scene(it: Served) -> None:
        path = "/webhooks/kubernetes?env=prod&region=eu-west&more=x"
        assert (await it.post(path, case["body"])).status == 200
        event = it.events()[0].event
        assert isinstance(event, Deploy)
        assert (event.env, event.region) == ("prod", "eu-west")
        for bad in ("env=", "env=" + "x" * 300, "region=%00"):
            assert (await it.post(f"/webhooks/kubernetes?{bad}", case["body"])).status == 400

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /webhooks/github HTTP/1.1", 405),
        (b"POST /webhooks/bitbucket HTTP/1.1", 404),
        (b"POST / HTTP/1.1", 404),
        (b"POST /webhooks/../webhooks/github HTTP/1.1", 404),
        (b"POST /webhooks/github HTTP/9.9", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
def test_other_requests_are_refused(tmp_path: Path, line: bytes, status: int) -> None:
    async def scene(it: Served) -> None:
        found = await it.send(line + b"\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert found.status == status
        if status in (404, 405):
            assert set(found.json) == {"error", "where"}

    play(tmp_path, scene)


def test_a_body_may_be_so_large_and_no_larger(tmp_path: Path) -> None:
    def padded(size: int) -> bytes:
        empty = json.dumps({**PUSH, "pad": ""}).encode()
        return json.dumps({**PUSH, "pad": "x" * (size - len(empty))}).encode()

    async def scene(it: Served) -> None:
        assert (await it.post("/webhooks/plain", padded(LIMITS.body_bytes))).status == 200
        found = await it.post("/webhooks/plain", padded(LIMITS.body_bytes + 1))
        assert (found.status, found.json["where"]) == (413, "body")
        # Told by its length before it is sent, and where no length is told.
        said = request("/webhooks/plain", b"", Content_Length=str(10**12))
        assert (await it.send(said)).status == 413
        head = request("/webhooks/plain", b"", Transfer_Encoding="chunked").replace(
            b"Content-Length: 0\r\n", b""
        )
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        assert (await it.send(head + chunk * 2)).status == 413
        assert len(it.events()) == 1

    play(tmp_path, scene)


def test_gzip_is_read_and_its_bombs_are_refused(tmp_path: Path) -> None:
    async def post(it: Served, body: bytes, encoding: str = "gzip") -> Answer:
        return await it.post("/webhooks/plain", body, Content_Encoding=encoding)

    async def scene(it: Served) -> None:
        data = json.dumps(PUSH).encode()
        assert (await post(it, gzip.compress(data))).json["accepted"] == 1
        bomb = gzip.compress(b"x" * (50 * 1024 * 1024))
        assert len(bomb) < LIMITS.body_bytes
        began = time.process_time()
        assert (await post(it, bomb)).status == 413
        assert (await post(it, gzip.compress(gzip.compress(data)))).status == 400
        assert (await post(it, gzip.compress(data)[:-9])).status == 400
        assert (await post(it, gzip.compress(data) * 2)).status == 400
        assert (await post(it, data)).status == 400
        assert (await post(it, zlib.compress(data), "deflate")).status == 415
        assert (await post(it, data, "br")).status == 415
        assert time.process_time() - began < 1.0

    play(tmp_path, scene)


def test_a_signature_is_of_the_body_as_it_was_sent(tmp_path: Path) -> None:
    body = gzip.compress(json.dumps(cases()["github-push"]["body"]).encode())

    async def scene(it: Served) -> None:
        head = {"Content_Encoding": "gzip", "X_GitHub_Event": "push", "X_GitHub_Delivery": "g"}
        found = await it.post("/webhooks/github", body, **head, **signed(body))
        assert (found.status, found.json["accepted"]) == (200, 1)

    play(tmp_path, scene, CLOSED)


def test_a_full_inbox_asks_senders_to_come_back(tmp_path: Path) -> None:
    limits = Limits(body_bytes=LIMITS.body_bytes, inbox_bytes=100)

    async def scene(it: Served) -> None:
        assert (await it.post("/webhooks/plain", PUSH)).status == 200
        found = await it.post("/webhooks/plain", {**PUSH, "ref": "refs/heads/other"})
        assert found.status == 429
        assert "Retry-After: 10" in found.head

    play(tmp_path, scene, limits=limits)


def test_what_was_worked_off_makes_room(tmp_path: Path) -> None:
    limits = Limits(body_bytes=LIMITS.body_bytes, inbox_bytes=100)

    async def scene(it: Served) -> None:
        for number in range(5):
            found = await it.post("/webhooks/plain", {**PUSH, "ref": f"refs/heads/{number}"})
            assert found.status == 200

    play(tmp_path, scene, limits=limits, done=Position(segment=99))


def test_more_than_memory_allows_at_once_asks_senders_to_come_back(tmp_path: Path) -> None:
    limits = Limits(body_bytes=4000, inbox_bytes=10**9, body_seconds=5)

    async def scene(it: Served) -> None:
        slow = []
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(request("/webhooks/plain", b"", Content_Length="4000") + b"x" * 3900)
            slow.append((reader, writer))
        found = [await asyncio.wait_for(answer(reader), 10) for reader, _ in slow[-1:]]
        assert [a.status for a in found] == [429]
        for _, writer in slow:
            writer.close()

    play(tmp_path, scene, limits=limits)


def test_a_body_that_trickles_in_is_not_waited_for(tmp_path: Path) -> None:
    limits = Limits(body_bytes=4000, inbox_bytes=10**9, body_seconds=0.2)

    async def scene(it: Served) -> None:
        found = await it.send(request("/webhooks/plain", b"", Content_Length="50") + b"{")
        assert found.status == 408

    play(tmp_path, scene, limits=limits)


def test_a_head_that_trickles_in_is_not_waited_for(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(b"POST /webhooks/plain HTTP/1.1\r\nHost: x\r\n")

        lines = 0
        while True:
            try:
                assert await asyncio.wait_for(reader.read(), 0.02) == b""
                break
            except TimeoutError:
                lines += 1
                assert lines < 1000
                writer.write(b"X-%d: y\r\n" % lines)
        writer.close()

    play(tmp_path, scene, head_seconds=0.3)


def test_a_head_may_not_be_of_any_size(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        assert (await it.post("/webhooks/plain", PUSH, X_Long="y" * 20_000)).status == 400
        many = {f"X_{number}": "y" for number in range(500)}
        assert (await it.post("/webhooks/plain", PUSH, **many)).status == 400

    play(tmp_path, scene)


def test_connections_too_many_are_closed_and_the_others_are_served(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        held = [await asyncio.open_connection("127.0.0.1", it.port) for _ in range(3)]
        assert await asyncio.wait_for(held[2][0].read(), 10) == b""
        held[0][1].write(request("/webhooks/plain", PUSH))
        assert (await answer(held[0][0])).status == 200
        for _, writer in held:
            writer.close()

    play(tmp_path, scene, most_connections=2)


def test_several_deliveries_on_one_connection(tmp_path: Path) -> None:
    async def scene(it: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        bodies = [{**PUSH, "ref": f"refs/heads/{number}"} for number in range(5)]
        writer.write(b"".join(request("/webhooks/plain", body) for body in bodies))
        assert [(await answer(reader)).status for _ in bodies] == [200] * 5
        writer.close()
        assert len(it.events()) == 5

    play(tmp_path, scene)


def test_a_defect_of_ours_is_told_without_what_came_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(delivery: object) -> None:
        message = f"cannot read {delivery}"
        raise RuntimeError(message)

    async def scene(it: Served) -> None:
        found = await it.post("/webhooks/plain", {**PUSH, "team": SECRET})
        assert found.status == 500
        assert it.events() == []

    monkeypatch.setattr("streams.drivers.http.webhooks.understand", broken)
    with caplog.at_level(logging.DEBUG):
        play(tmp_path, scene)
    assert "RuntimeError in " in caplog.text
    assert SECRET not in caplog.text
    assert "acme/shop" not in caplog.text


def test_nothing_of_a_delivery_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(it: Served) -> None:
        await it.case(cases()["github-push"])
        await it.post("/webhooks/github", b"{acme", X_GitHub_Event="push", **signed(b"{acme"))
        await it.post("/webhooks/plain", b"{acme", **signed(b""))
        await it.send(f"POST /acme {SECRET}\r\nAuthorization Bearer {SECRET}\r\n\r\n".encode())
        _, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(request("/webhooks/plain", b"", Content_Length="50", acme=SECRET) + b"{")
        writer.close()

    with caplog.at_level(logging.DEBUG):
        play(tmp_path, scene, CLOSED)
    assert "acme" not in caplog.text
    assert SECRET not in caplog.text
