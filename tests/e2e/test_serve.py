"""`panictrail serve` as users start it: one state with analyze, kill -9, signals, and what stands in its way."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.cli.main import main
from streams.core.join.given import DEPLOYS, PUSHES
from streams.drivers.embedded.reading import reports
from streams.model.message import encode
from tests.golden.cases import texts
from tests.unit.core.webhooks.cases import Case, cases
from tests.unit.drivers.http.serving import answer, request
from tests.waiting import until

SECRET = "open sesame"  # noqa: S105 - of a process that lives for one test


class Serving:
    """A process of `panictrail serve`."""

    def __init__(self, folder: Path, *words: str, **settings: str) -> None:
        """Start it; it is ready when it says where it listens."""
        command = [sys.executable, "-m", "streams.cli.main", "serve", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [*command, "--state", str(folder), *words],
            env={**os.environ, **settings},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.said = self._line()
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.said)
        self.port = int(found[1]) if found else 0

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def post(self, case: Case, **headers: str) -> tuple[int, dict[str, object]]:
        """A golden delivery."""
        data = json.dumps(case["body"]).encode()
        url = f"http://127.0.0.1:{self.port}/webhooks/{case['provider']}"
        asked = Request(url, data, {**case["headers"], **headers}, method="POST")
        try:
            with urlopen(asked, timeout=30) as found:  # noqa: S310 - loopback
                return found.status, json.load(found)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def get(self, path: str) -> int:
        """The status of a page."""
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as found:
            return int(found.status)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; the exit code and what else was said."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        rest = self.process.communicate(timeout=60)[0]
        return self.process.returncode, rest


@contextmanager
def serving(folder: Path, *words: str, **settings: str) -> Iterator[Serving]:
    """Inside the block it runs; afterwards it ended in order."""
    it = Serving(folder, *words, **settings)
    try:
        yield it
        code, said = it.end()
        assert code == 0, said
    finally:
        if it.process.poll() is None:
            it.end(signal.SIGKILL)


def rows(folder: Path) -> tuple[list[str], list[str]]:
    """Repositories that were pushed to and services that were deployed, by the state."""
    with SqliteStore(folder) as store:
        pushed = [push.repo for _, push in store.scan(PUSHES, "")]
        return pushed, [deploy.service for _, deploy in store.scan(DEPLOYS, "")]


def listed(folder: Path) -> list[bytes]:
    """Reports of a state."""
    with SqliteStore(folder) as store:
        return [encode(report) for report in reports(store)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_answered_is_in_the_state_when_it_ended(tmp_path: Path, number: int) -> None:
    it = Serving(tmp_path / "state")
    assert [it.get(path) for path in ("/healthz", "/readyz", "/metrics")] == [200] * 3
    for name in ("github-push", "plain-deploy", "kubernetes-deployment-ramp"):
        assert it.post(cases()[name])[0] == 200
    assert it.end(number)[0] == 0
    assert rows(tmp_path / "state") == (["acme/shop"], ["shop", "shop"])


def test_what_analyze_found_stays_and_is_not_counted_anew(tmp_path: Path) -> None:
    """The last crash of a file is provisional: it is there before, while it serves, and after."""
    state, log = tmp_path / "state", tmp_path / "app.log"
    log.write_bytes(b"\nok\n".join(text.data for text in islice(texts(), 3)))
    assert main(["analyze", str(log), "--state", str(state)]) == 0
    before = listed(state)
    assert before
    for name in ("github-push", "plain-deploy"):
        with serving(state) as it:
            assert it.post(cases()[name])[0] == 200
        assert listed(state) == before
    assert main(["analyze", str(log), "--state", str(state)]) == 0
    assert listed(state) == before
    assert rows(state) == (["acme/shop"], ["shop"])


def test_a_secret_of_the_environment_is_asked_for(tmp_path: Path) -> None:
    case = cases()["gitlab-push"]
    with serving(tmp_path / "state", PANICTRAIL_WEBHOOK_GITLAB_SECRET=SECRET) as it:
        assert it.post(case)[0] == 401
        assert it.post(case, **{"X-Gitlab-Token": SECRET})[0] == 200
        assert "SECRET" not in it.said
    assert rows(tmp_path / "state")[0] == ["acme/shop"]


def test_an_address_that_others_reach_takes_nothing_without_a_secret(tmp_path: Path) -> None:
    with serving(tmp_path / "state", "--listen", "0.0.0.0:0") as it:
        it.port = int(it.said.rpartition(":")[2])
        assert it.post(cases()["github-push"])[0] == 403


def test_what_was_answered_before_kill_9_is_there_once_afterwards(tmp_path: Path) -> None:
    state = tmp_path / "state"

    async def post_all(it: Serving) -> set[str]:
        """Post without end on some connections; the ids that were answered. The kill comes from the first hundred."""
        answered: set[str] = set()
        numbers = iter(range(100_000))

        async def connection() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            with closing(writer):
                for number in numbers:
                    name = f"d-{number}"
                    body = {"kind": "deploy", "service": "shop", "batch": name, "delivery_id": name}
                    writer.write(request("/webhooks/plain", body))
                    if (await answer(reader)).status != 200:
                        return
                    answered.add(name)
                    if len(answered) == 100:
                        it.process.send_signal(signal.SIGKILL)

        await asyncio.gather(*(connection() for _ in range(8)), return_exceptions=True)
        return answered

    it = Serving(state)
    answered = asyncio.run(post_all(it))
    assert it.end()[0] == -signal.SIGKILL
    assert len(answered) >= 100
    with serving(state) as again:
        # One that was answered comes again, as senders do that lost the answer.
        name = min(answered)
        body = {"kind": "deploy", "service": "shop", "batch": name, "delivery_id": name}
        case = {"provider": "plain", "headers": {}, "body": body}
        assert again.post(case)[1]["duplicate"] is True
    with SqliteStore(state) as store:
        found = [key for key, _ in store.scan(DEPLOYS, "")]
    assert answered <= set(found)
    assert len(found) == len(set(found))


def test_deliveries_in_any_order_are_seen_while_it_serves(tmp_path: Path) -> None:
    """What is behind the inbox works it off while others come in; the state is its own until it ends."""
    with serving(tmp_path / "state") as it:
        for name, case in cases().items():
            if not case.get("said"):
                assert it.post(case)[0] == 200, name
        busy = main(["clusters", "list", "--state", str(tmp_path / "state")])
        assert busy == 2
        inbox = tmp_path / "state" / "inbox"
        until(lambda: any(inbox.iterdir()), "an inbox")
    assert set(rows(tmp_path / "state")[0]) == {"acme/shop"}


def test_an_address_that_is_taken_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        assert main(["serve", "--listen", place, "--state", str(tmp_path / "state")]) == 2
    assert f"{place}: Address already in use" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["8088", "host", "127.0.0.1:70000", ":8088", "127.0.0.1:x"])
def test_an_address_that_is_none_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    assert main(["serve", "--listen", place, "--state", str(tmp_path / "state")]) == 2
    assert "want HOST:PORT" in capsys.readouterr().err


def test_a_state_that_another_one_has_is_said(tmp_path: Path) -> None:
    with serving(tmp_path / "state"):
        second = Serving(tmp_path / "state")
        assert second.process.wait(60) == 2
        assert "is in use by process" in second.said + second.end()[1]


@pytest.mark.parametrize("text", ["", " x", "x "])
def test_a_secret_that_is_empty_is_not_taken_for_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("PANICTRAIL_WEBHOOK_GITHUB_SECRET", text)
    assert main(["serve", "--state", str(tmp_path / "state")]) == 2
    said = capsys.readouterr().err
    assert "PANICTRAIL_WEBHOOK_GITHUB_SECRET=********: want a secret" in said


def test_secrets_are_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [
        f"WEBHOOK_{name}_SECRET" for name in ("GITHUB", "GITLAB", "ARGOCD", "KUBERNETES", "PLAIN")
    ]
    for name in (*names, "API_TOKEN"):
        monkeypatch.setenv(f"PANICTRAIL_{name}", SECRET)
    main(["doctor"])
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert said.out.count("********") == len(names) + 1
