"""Notifications of `panictrail serve` at a real receiver: once each, signed, tried again, given up, after kill -9."""

from __future__ import annotations

import json
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streams.cli.main import main
from streams.core.webhooks.signature import refusal
from streams.model.instant import Instant
from tests.e2e.test_http_ingest import posted
from tests.e2e.test_serve import Serving, serving
from tests.receiver import Receiver, Reply, Request, receiving
from tests.unit.core.steps.bench import panic_text
from tests.waiting import until

SECRET = "a secret of this test"  # noqa: S105 - of a process that lives for one test
BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def crash(number: int, bug: str = "boom", seconds: float = 0.0, message: str = "") -> bytes:
    """A crash of its own of a bug."""
    message = message or bug
    at = (BEGIN + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    event = {
        "text": panic_text(f"main.{bug}", message=message),
        "at": at,
        "service": "shop",
        "event_id": f"{bug}-{number}",
    }
    return json.dumps(event).encode()


def told(receiver: Receiver, **more: str) -> dict[str, str]:
    """Settings of a process that tells the receiver."""
    return {
        "PANICTRAIL_NOTIFY_WEBHOOK_URL": f"{receiver.url}/hook",
        "PANICTRAIL_NOTIFY_WEBHOOK_SECRET": SECRET,
        "PANICTRAIL_NOTIFY_SUMMARY_SECONDS": "0.5",
        **more,
    }


def events(requests: list[Request]) -> list[str]:
    return [request.json["event"] for request in requests]


def test_a_new_cluster_is_told_once_with_a_signature_that_holds(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with receiving() as receiver:
        settings = told(receiver)
        for _ in range(2):
            with serving(state, **settings) as it:
                posted(it.port, "/v1/crashes", [crash(1), crash(1), crash(2, seconds=60)])
                receiver.wait(1)
        with serving(state, **settings) as it:
            posted(it.port, "/v1/crashes", [crash(3, "other")])
            first, second = receiver.wait(2)
    assert len(receiver.requests) == 2
    assert first.path == "/hook"
    assert events([first, second]) == ["new", "new"]
    body = first.json
    assert body["cluster"] == body["report"]["cluster"]
    assert (body["title"], body["services"], body["at"]) == (
        body["report"]["title"],
        ["shop"],
        "2026-11-23T08:00:00Z",
    )
    assert first.headers["webhook-id"] == first.headers["x-panictrail-id"] == body["id"]
    at = Instant(int(first.headers["webhook-timestamp"]) * 10**9)
    assert refusal("plain", SECRET, first.headers, first.body, at) is None
    assert refusal("plain", SECRET, first.headers, first.body + b" ", at) is not None
    github = {"x-hub-signature-256": first.headers["x-panictrail-signature"]}
    assert refusal("github", SECRET, github, first.body, at) is None


def test_fifteen_hundred_crashes_of_a_bug_are_one_message_and_a_summary(tmp_path: Path) -> None:
    # One delivery is one transaction, so that no summary is sent in the middle however slow the machine is.
    body = b"\n".join(crash(n, seconds=n * 0.05) for n in range(1500))
    with (
        receiving() as receiver,
        serving(tmp_path / "state", **told(receiver)) as it,
    ):
        answers = posted(it.port, "/v1/crashes", [body], **{"Content-Type": "application/x-ndjson"})
        assert [each.status for each in answers] == [200]
        until(lambda: "summary" in events(receiver.requests), "a summary", within=120)
        new, summary = receiver.requests
    assert events([new, summary]) == ["new", "summary"]
    assert summary.json["crashes"] == summary.json["report"]["occurrences"] == 1500


def test_a_receiver_that_fails_is_tried_again_under_the_same_id(tmp_path: Path) -> None:
    def answer(number: int, _request: Request) -> Reply:
        return Reply(status=500 if number < 2 else 200)

    with (
        receiving(answer) as receiver,
        serving(tmp_path / "state", **told(receiver)) as it,
    ):
        posted(it.port, "/v1/crashes", [crash(1)])
        tries = receiver.wait(3)
    assert {each.headers["webhook-id"] for each in tries} == {tries[0].json["id"]}
    assert len({each.body for each in tries}) == 1


def test_a_receiver_that_hangs_is_given_up_and_holds_up_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, never = tmp_path / "state", threading.Event()
    with receiving(lambda _n, _r: Reply(hold=never)) as stuck, receiving() as other:
        settings = told(
            stuck,
            PANICTRAIL_NOTIFY_TIMEOUT_SECONDS="5",
            PANICTRAIL_NOTIFY_RETRY_SECONDS="20",
            PANICTRAIL_NOTIFY_SLACK_URL=other.url,
        )
        with serving(state, **settings) as it:
            posted(it.port, "/v1/crashes", [crash(1, message="<!channel> & co")])
            text = other.wait(1)[0].json["text"]
            stuck.wait(2)
            until(lambda: "given up" in doctor(state, settings, capsys), "given up")
        never.set()
    assert "&lt;!channel&gt; &amp; co" in text
    assert main(["deadletter", "list", "--state", str(state)]) == 0
    assert "notifications" in capsys.readouterr().out
    with receiving() as mended:
        settings["PANICTRAIL_NOTIFY_WEBHOOK_URL"] = mended.url
        assert main(["deadletter", "replay", "--state", str(state)]) == 0
        assert "1 of 1 went through" in capsys.readouterr().out
        with serving(state, **settings):
            assert mended.wait(1)[0].json["event"] == "new"


def doctor(state: Path, settings: dict[str, str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        main(["doctor", "--state", str(state)])
    return capsys.readouterr().out


def test_a_process_that_is_killed_before_it_notes_sends_again_under_the_same_id(
    tmp_path: Path,
) -> None:
    state, held = tmp_path / "state", threading.Event()

    def answer(number: int, _request: Request) -> Reply:
        return Reply(hold=held) if number == 0 else Reply()

    with receiving(answer) as receiver:
        it = Serving(state, **told(receiver))
        posted(it.port, "/v1/crashes", [crash(1)])
        receiver.wait(1)
        it.end(signal.SIGKILL)
        held.set()
        with serving(state, **told(receiver)):
            first, second = receiver.wait(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_nobody_is_told_of_what_analyze_read(tmp_path: Path) -> None:
    state, log = tmp_path / "state", tmp_path / "old.jsonl"
    log.write_bytes(crash(1, "old") + b"\n" + crash(2, "older") + b"\n")
    assert main(["analyze", str(log), "--state", str(state), "--json"]) == 0
    with receiving() as receiver, serving(state, **told(receiver)) as it:
        posted(it.port, "/v1/crashes", [crash(1, "old"), crash(9, "old", 5), crash(1, "fresh")])
        receiver.wait(1)
    assert [each.json["title"].split()[0] for each in receiver.requests] == ["fresh"]
