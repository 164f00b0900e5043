"""`panictrail serve` as shippers meet it: crashes and lines over real HTTP, kill -9 after the answer, many at once."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from secrets import token_hex

from streams.adapters.sqlite_store import SqliteStore
from streams.cli.main import main
from streams.drivers.embedded.reading import reports
from streams.model.report import Report
from tests.e2e.test_serve import Serving, serving
from tests.golden.cases import HERE
from tests.made_secret import TOKEN
from tests.shipping import WRAPS, Container, loki, otlp
from tests.unit.core.steps.bench import panic_text
from tests.unit.drivers.http.serving import Answer, answer, request
from tests.waiting import until

TEXTS = [
    (HERE / case / "input.go1.26.txt").read_text()
    for case in ("nil-pointer", "index-out-of-range", "panic-chain", "custom-error-value")
]


def found(state: Path) -> list[Report]:
    """What a state holds, without what it knows of the way that it came by."""
    with SqliteStore(state) as store:
        return sorted(reports(store), key=lambda report: report.cluster)


def crashes(state: Path) -> int:
    return sum(report.occurrences for report in found(state))


def posted(port: int, path: str, bodies: Iterable[bytes], **headers: str) -> list[Answer]:
    """Bodies one after the other on one connection, as shippers send them."""

    async def run() -> list[Answer]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with closing(writer):
            answers = []
            for body in bodies:
                writer.write(request(path, body, **headers))
                answers.append(await answer(reader))
            return answers

    return asyncio.run(run())


def blocks(lines: Sequence[str], size: int) -> list[bytes]:
    return ["\n".join(lines[at : at + size]).encode() for at in range(0, len(lines), size)]


def shipped(number: int, crash: int) -> list[str]:
    """A crash of a container of its own, in one of the shapes."""
    wrap = list(WRAPS.values())[(number + crash) % len(WRAPS)]
    who = Container(f"{number:032x}{crash:032x}", pod=f"p-{number}", uid=f"u-{number}-{crash}")
    return [wrap(who, line, n) for n, line in enumerate(TEXTS[crash % len(TEXTS)].splitlines())]


def test_ten_shippers_at_once_give_what_the_same_lines_give_from_files(tmp_path: Path) -> None:
    """The lines of one crash come in several bodies, those of others between them."""
    state, logs = tmp_path / "state", tmp_path / "logs"
    logs.mkdir()

    async def shipper(port: int, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with closing(writer):
            for crash in range(4):
                for body in blocks(shipped(number, crash), 5):
                    writer.write(request("/v1/lines", body))
                    assert (await answer(reader)).status == 200

    async def all_at_once(port: int) -> None:
        await asyncio.gather(*(shipper(port, number) for number in range(10)))

    with serving(state) as it:
        asyncio.run(all_at_once(it.port))
    for number in range(10):
        lines = [line for crash in range(4) for line in shipped(number, crash)]
        (logs / f"{number}.jsonl").write_text("\n".join(lines) + "\n")
    assert main(["analyze", str(logs), "--state", str(tmp_path / "files")]) == 0
    assert crashes(state) == 40
    assert [report.content_hash for report in found(state)] == [
        report.content_hash for report in found(tmp_path / "files")
    ]


def test_lines_that_were_answered_before_kill_9_are_a_crash_afterwards(tmp_path: Path) -> None:
    """Killed after each answer, in the midst of a crash; then a body comes again, whose answer was lost."""
    state = tmp_path / "state"
    bodies = blocks(shipped(1, 0), 4)
    for body in bodies:
        it = Serving(state)
        assert posted(it.port, "/v1/lines", [body])[0].json["duplicate"] is False
        assert it.end(signal.SIGKILL)[0] == -signal.SIGKILL
    with serving(state) as again:
        assert posted(again.port, "/v1/lines", [bodies[-1]])[0].json["duplicate"] is True
    (report,) = found(state)
    assert report.occurrences == 1
    assert not any(path.stat().st_size for path in (state / "lines").iterdir())


class Shippers:
    """Ten that post at once, and send again what was not answered; the server is killed amid them, now and then."""

    def __init__(self, state: Path, kill_at: Iterable[int]) -> None:
        self.state = state
        self.kill_at = list(kill_at)
        self.it = Serving(state)
        self.up = asyncio.Event()
        self.answered = 0

    async def run(self, crashes_each: int) -> None:
        self.up.set()
        await asyncio.gather(*(self._shipper(number, crashes_each) for number in range(10)))

    async def _shipper(self, number: int, count: int) -> None:
        for crash in range(count):
            for body in blocks(shipped(number, crash), 2 + number % 3):
                while not await self._is_taken(body):
                    pass

    async def _is_taken(self, body: bytes) -> bool:
        await self.up.wait()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.it.port)
        except OSError:
            return False
        with closing(writer):
            writer.write(request("/v1/lines", body))
            if (await answer(reader)).status != 200:
                return False
        self.answered += 1
        if self.kill_at and self.answered >= self.kill_at[0]:
            self.kill_at.pop(0)
            await self._killed()
        return True

    async def _killed(self) -> None:
        self.up.clear()
        self.it.end(signal.SIGKILL)
        self.it = await asyncio.to_thread(Serving, self.state)
        self.up.set()


def test_shippers_that_try_again_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    shippers = Shippers(tmp_path / "state", (15, 40, 65))
    try:
        asyncio.run(shippers.run(3))
        assert shippers.kill_at == []
        assert shippers.it.end()[0] == 0
    finally:
        shippers.it.end(signal.SIGKILL)
    assert crashes(tmp_path / "state") == 30


def test_crashes_that_were_answered_before_kill_9_are_there_once(tmp_path: Path) -> None:
    state = tmp_path / "state"
    bodies = [
        json.dumps({"text": panic_text(message=f"m{n}"), "event_id": f"e-{n}"}).encode()
        for n in range(20)
    ]
    it = Serving(state)
    answers = posted(it.port, "/v1/crashes", bodies)
    assert [each.json["ids"] for each in answers] == [[f"e-{n}"] for n in range(20)]
    it.end(signal.SIGKILL)
    with serving(state) as again:
        assert posted(again.port, "/v1/crashes", bodies[:3])[0].json["duplicate"] is True
        # The same crashes in another body are counted once, too.
        listed = b"[" + b",".join(bodies) + b"]"
        assert posted(again.port, "/v1/crashes", [listed])[0].json["accepted"] == 20
    assert crashes(state) == 20


def test_silence_ends_a_crash_while_it_serves_and_its_lines_are_removed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    secret = WRAPS["vector"](Container("d" * 64), f"login with token {TOKEN}", 1)
    with serving(state, PANICTRAIL_QUIET_SECONDS="0.5") as it:
        posted(it.port, "/v1/lines", blocks([secret, *shipped(1, 0)], 100))

        def is_gone() -> bool:
            return not any(path.stat().st_size for path in (state / "lines").iterdir())

        until(is_gone, "no line is kept")
        kept = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
        assert TOKEN.encode() not in kept
        code, _ = it.end(signal.SIGKILL)
        assert code == -signal.SIGKILL
        again = Serving(state)
        assert again.end()[0] == 0
        it.process = again.process
    assert crashes(state) == 1


def test_every_way_in_leads_to_the_same_cluster(tmp_path: Path) -> None:
    state = tmp_path / "state"
    text = TEXTS[0]
    one, other, third = (Container(name * 64, pod=f"p-{name}", uid=name) for name in "abc")
    push = {
        "streams": [
            stream
            for n, line in enumerate(text.splitlines())
            for stream in json.loads(loki(one, line, n))["streams"]
        ]
    }
    logs = {
        "resourceLogs": [
            resource
            for n, line in enumerate(text.splitlines())
            for resource in json.loads(otlp(other, line, n))["resourceLogs"]
        ]
    }
    vector = "\n".join(WRAPS["vector"](third, line, n) for n, line in enumerate(text.splitlines()))
    with serving(state) as it:
        ways = {
            "/v1/crashes": text.encode(),
            "/v1/lines": vector.encode(),
            "/loki/api/v1/push": json.dumps(push).encode(),
            "/v1/logs": json.dumps(logs).encode(),
            "/v1/lines?container=c-1&service=shop": text.encode(),
        }
        for path, body in ways.items():
            (found_answer,) = posted(it.port, path, [body])
            assert found_answer.status in (200, 204), path
    (report,) = found(state)
    assert report.occurrences == len(ways)


def test_the_token_of_the_environment_is_asked_for(tmp_path: Path) -> None:
    token = token_hex()
    with serving(tmp_path / "state", PANICTRAIL_API_TOKEN=token) as it:
        assert posted(it.port, "/v1/crashes", [TEXTS[0].encode()])[0].status == 401
        bearer = {"Authorization": f"Bearer {token}"}
        assert posted(it.port, "/v1/crashes", [TEXTS[0].encode()], **bearer)[0].status == 200
    assert crashes(tmp_path / "state") == 1


def test_an_inbox_that_is_full_keeps_nothing_of_a_body(tmp_path: Path) -> None:
    """What is behind it does not keep up: the limit is lower than one body."""
    state = tmp_path / "state"
    with serving(state, PANICTRAIL_INBOX_LIMIT_BYTES="1024", PANICTRAIL_QUIET_SECONDS="30") as it:
        lines = shipped(1, 0)
        first, *rest = posted(it.port, "/v1/lines", blocks(lines, 2))
        assert first.status == 200
        assert {each.status for each in rest} == {429}
        assert all("retry-after: 10" in each.head.lower() for each in rest)
        size = sum(path.stat().st_size for path in (state / "lines").iterdir())
        assert size < 2048
