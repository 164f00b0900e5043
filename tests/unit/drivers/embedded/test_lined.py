"""Lines of an inbox as an input: what it gives however bodies are cut, readers that follow one another, what stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.sqlite_store import SqliteStore
from streams.core.ingest.lines import read_lines
from streams.core.ingest.said import NOTHING
from streams.core.ingest.taken import Line
from streams.core.steps.deadletters import dead_letter
from streams.drivers.embedded.lined import INPUT, HttpLines, Worked
from streams.drivers.http.delivered import packed
from streams.drivers.http.lined import LineInbox
from streams.drivers.kafka.lines import Moment, Pace, Reading
from streams.model.crash import Source
from streams.model.errors import Reason
from streams.model.events import DeadLetter, RawPanic
from streams.model.message import encode
from streams.topology import STAGES
from tests.made_secret import TOKEN
from tests.shipping import WRAPS, Container
from tests.unit.core.steps.bench import panic_text

COLLECT = next(stage for stage in STAGES if stage.name == "collect")
ONE, OTHER = Container("a" * 64), Container("b" * 64)
QUIET, FORGET = 2.0, 60.0


def shipped(who: Container, text: str, first: int = 0) -> list[str]:
    return [WRAPS["vector"](who, line, first + n) for n, line in enumerate(text.splitlines())]


CRASH = shipped(ONE, panic_text(message="boom"))
TURNS = [
    line
    for pair in zip(CRASH, shipped(OTHER, panic_text(message="boom")), strict=True)
    for line in pair
]


class Input:
    """A state folder, and the process that serves it: `again` is what kill -9 and a start leave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steady = 0.0
        self.sent: list[RawPanic] = []
        self.letters: list[DeadLetter] = []
        self.store = SqliteStore(folder)
        self._open()

    def _open(self) -> None:
        self.lines = HttpLines(
            Reading(
                stage=COLLECT,
                name=INPUT,
                topic=INPUT,
                pace=Pace(quiet_seconds=QUIET, forget_seconds=FORGET),
                defaults=Source(service="unnamed"),
            ),
            self.store,
            MemoryMeter(),
            clock=lambda: Moment(int(self.steady * 1000), self.steady),
        )
        self.inbox = LineInbox(
            self.folder / "lines",
            after=self.lines.position,
            next_line=self.lines.next_line,
            on_durable=lambda: None,
        )
        self.lines.start(self.inbox)

    async def again(self) -> None:
        """Another process, with what is on disk."""
        await self.inbox.close()
        self.store.close()
        self.store = SqliteStore(self.folder)
        self._open()

    async def put(self, lines: Iterable[str], letters: bytes = b"") -> None:
        rows = [Line("k", line.encode()) for line in lines]
        await self.inbox.put(rows, (), at_ms=int(self.steady * 1000), letters=letters)

    def work(self) -> None:
        while (worked := self.lines.take()) is not None:
            self._commit(worked)

    def wait(self, seconds: float) -> None:
        self.steady += seconds
        self._commit(self.lines.idle())

    async def end(self) -> None:
        await self.inbox.close()
        self._commit(self.lines.end())
        self.store.close()

    def _commit(self, worked: Worked) -> None:
        if not worked:
            return
        self.store.apply(tuple(worked.changes))
        self.store.commit()
        self.lines.committed()
        for each in worked.events:
            if isinstance(each.event, RawPanic):
                self.sent.append(each.event)
            elif isinstance(each.event, DeadLetter):
                self.letters.append(each.event)

    def on_disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted((self.folder / "lines").iterdir()))

    def rows_on_disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.glob("*.sqlite*"))


def parts(lines: Sequence[str], size: int) -> list[Sequence[str]]:
    return [lines[at : at + size] for at in range(0, len(lines), size)]


def ids(found: Iterable[RawPanic]) -> list[str]:
    return sorted(str(raw.event_id) for raw in found)


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("killed", [False, True])
def test_however_bodies_are_cut_the_crashes_are_the_same(
    tmp_path: Path, *, size: int, killed: bool
) -> None:
    async def scene() -> None:
        it = Input(tmp_path)
        for part in parts(TURNS, size):
            await it.put(part)
            it.work()
            if killed:
                await it.again()
        it.work()
        it.wait(QUIET + 1)
        await it.end()
        assert [raw.text for raw in it.sent] == [panic_text(message="boom")] * 2
        assert {raw.service for raw in it.sent} == {"shop"}
        whole = Input(tmp_path / "whole")
        await whole.put(TURNS)
        whole.work()
        await whole.end()
        assert ids(whole.sent) == ids(it.sent)

    asyncio.run(scene())


def test_nothing_that_was_answered_is_lost_where_nothing_was_committed(tmp_path: Path) -> None:
    async def scene() -> None:
        it = Input(tmp_path)
        for part in parts(CRASH, 4):
            await it.put(part)
        await it.again()
        it.lines.take()  # worked off, and killed before the commit
        await it.again()
        it.work()
        it.wait(QUIET + 1)
        assert [raw.text for raw in it.sent] == [panic_text(message="boom")]
        await it.end()

    asyncio.run(scene())


def test_raw_lines_are_removed_as_soon_as_it_is_silent(tmp_path: Path) -> None:
    async def scene() -> None:
        it = Input(tmp_path)
        await it.put(shipped(ONE, panic_text(message=TOKEN)))
        it.work()
        assert TOKEN.encode() in it.on_disk()
        it.wait(QUIET + 1)
        await it.lines.roll()
        it.work()
        it.wait(1.5)
        assert it.on_disk() == b""
        assert not it.lines.can_roll
        assert TOKEN.encode() not in it.rows_on_disk()
        (raw,) = it.sent
        assert TOKEN not in encode(raw).decode()
        await it.end()

    asyncio.run(scene())


def test_an_orderly_end_gives_what_is_open_and_the_rest_continues_it(tmp_path: Path) -> None:
    async def scene() -> None:
        it = Input(tmp_path)
        await it.put(CRASH[:5])
        it.work()
        assert it.sent == []
        await it.end()
        (first,) = it.sent
        assert it.on_disk() == b""
        again = Input(tmp_path)
        await again.put(CRASH[5:])
        again.work()
        again.wait(QUIET + 1)
        (rest,) = again.sent
        assert rest.continues == first.event_id
        assert first.text + rest.text == panic_text(message="boom")
        await again.end()

    asyncio.run(scene())


def test_a_slow_crash_is_one_while_its_stream_is_not_silent(tmp_path: Path) -> None:
    async def scene() -> None:
        it = Input(tmp_path)
        for part in parts(CRASH, 2):
            await it.put(part)
            it.work()
            it.wait(QUIET - 0.5)
        assert it.sent == []
        it.wait(QUIET)
        assert [raw.text for raw in it.sent] == [panic_text(message="boom")]
        it.wait(FORGET + 1)
        assert not it.lines.can_roll or it.on_disk()
        await it.end()

    asyncio.run(scene())


def test_a_body_that_comes_again_makes_no_second_crash(tmp_path: Path) -> None:
    """A shipper of many lines may send some again in other bodies, which no id of a body tells."""

    async def scene() -> None:
        it = Input(tmp_path)
        await it.put(CRASH)
        await it.put(CRASH)
        it.work()
        it.wait(QUIET + 1)
        await it.put(CRASH)
        it.work()
        it.wait(QUIET + 1)
        assert len(set(ids(it.sent))) == 1
        await it.end()

    asyncio.run(scene())


def test_dead_letters_of_a_body_are_given_once(tmp_path: Path) -> None:
    letter = dead_letter(
        topic="logs.lines", stage="http", reason=Reason.UNDECODABLE, error="not JSON", text="{x"
    )

    async def scene() -> None:
        it = Input(tmp_path)
        await it.put(CRASH[:3], packed((), [letter]))
        it.work()
        await it.again()
        it.work()
        assert [found.reason for found in it.letters] == ["undecodable"]
        await it.end()

    asyncio.run(scene())


def test_a_folder_of_lines_that_is_gone_costs_only_its_lines(tmp_path: Path) -> None:
    async def scene() -> None:
        it = Input(tmp_path)
        await it.put(CRASH[:5])
        it.work()
        it.wait(0.5)
        for path in (tmp_path / "lines").iterdir():
            path.unlink()
        await it.again()
        await it.put(shipped(OTHER, panic_text(message="boom")))
        it.work()
        it.wait(QUIET + 1)
        assert [raw.text for raw in it.sent] == [panic_text(message="boom")]
        await it.end()

    asyncio.run(scene())


def test_plain_lines_of_two_senders_do_not_mix(tmp_path: Path) -> None:
    texts = [panic_text(message=name).encode() for name in ("one", "two")]
    rows = [
        read_lines(text, NOTHING, f"http/10.0.0.{n}", json=False) for n, text in enumerate(texts)
    ]

    async def scene() -> None:
        it = Input(tmp_path)
        for pair in zip(*(found.lines for found in rows), strict=True):
            for line in pair:
                await it.inbox.put([line], (), at_ms=0)
        it.work()
        it.wait(QUIET + 1)
        assert sorted(raw.text.encode() for raw in it.sent) == texts
        await it.end()

    asyncio.run(scene())
