"""What every keeper of the view must do; an adapter joins by a row in PLACES."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from hashlib import sha256, shake_256
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec
import pytest

from streams.adapters.postgres_reader import PostgresReader
from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_reader import SqliteReader
from streams.adapters.sqlite_views import SqliteViews
from streams.core.cluster.assign import cluster_id_of
from streams.core.steps.view import dead_letter_id, step
from streams.drivers.interpret import forgotten
from streams.model.crash import Crash
from streams.model.errors import Fenced
from streams.model.events import DeadLetter
from streams.model.message import Message, Value, decode, encode
from streams.model.report import Report, RootCause
from streams.model.step import Change, Keep, Put, Table, put
from streams.model.view import CRASHES, DEAD, LINKS, PRINTS, REPORTS, CrashRow, PrintRow
from streams.ports.reader import Reader
from streams.ports.views import Views
from streams.topology import STAGES
from tests.postgres_server import Server
from tests.unit.core.steps.bench import Rows, done
from tests.view_rows import BLOB, EVENT, LETTER, LINK, REPORT, everything, keys_of, rows_of

T = TypeVar("T")

VIEW = next(stage for stage in STAGES if stage.name == "view")
TOPIC = "t.crashes.symbolized"


class Keeper:
    """A place that keeps the view, asked without await."""

    def __init__(
        self,
        runner: asyncio.Runner,
        opens: Callable[[], Awaitable[Views]],
        reads: Callable[[], Reader],
    ) -> None:
        """Nothing is opened yet."""
        self._runner = runner
        self._opens = opens
        self.reads = reads
        self._views: list[Views] = []

    def run(self, work: Awaitable[T]) -> T:
        """What `work` gives."""

        async def wrapped() -> T:
            return await work

        return self._runner.run(wrapped())

    def open(self) -> Views:
        """A worker's view of the place."""
        self._views.append(self.run(self._opens()))
        return self._views[-1]

    def reopen(self) -> Views:
        """The same as a worker sees it that starts after all others have ended."""
        self.close()
        return self.open()

    def close(self) -> None:
        """End all workers."""
        while self._views:
            self.run(self._views.pop().close())


@pytest.fixture(params=("postgres", "sqlite"))
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    """A fresh place of each kind."""
    with asyncio.Runner() as runner:
        if request.param == "postgres":
            server: Server = request.getfixturevalue("postgres")
            url, schema = server.url(), f"views-{uuid4().hex}"
            made = Keeper(
                runner,
                lambda: PostgresViews.connect(url, schema, cluster_id_of),
                lambda: PostgresReader(url, schema),
            )
        else:

            async def opened() -> Views:
                return SqliteViews(tmp_path)

            made = Keeper(runner, opened, lambda: SqliteReader(tmp_path))
        yield made
        made.close()


def commit(
    keeper: Keeper, views: Views, changes: Sequence[Change], believed: int | None, new: int
) -> None:
    """Commit for partition 0 of the one topic."""
    keeper.run(views.commit("view", changes, {(TOPIC, 0): (believed, new)}))


def position(keeper: Keeper, views: Views, partition: int = 0) -> int | None:
    return keeper.run(views.position("view", TOPIC, partition))


def stored(keeper: Keeper, views: Views, table: Table[Value], key: str) -> Value | None:
    return keeper.run(views.rows(((table, key),)))[table.name, key]


def kept(keeper: Keeper, name: str) -> bytes | None:
    """A blob as a command reads it."""
    reader = keeper.reads()
    try:
        return reader.blob(name)
    finally:
        reader.close()


def test_rows_come_back_as_they_were_and_later_ones_take_their_place(keeper: Keeper) -> None:
    views = keeper.open()
    commit(keeper, views, everything("1"), None, 1)
    assert keeper.run(views.rows(keys_of(everything()))) == rows_of(everything("1"))
    commit(keeper, views, everything("2"), 1, 2)
    views = keeper.reopen()
    assert keeper.run(views.rows(keys_of(everything()))) == rows_of(everything("2"))
    assert kept(keeper, BLOB) == b"record"
    assert kept(keeper, "1" * 64) is None


def test_what_is_not_there_is_none(keeper: Keeper) -> None:
    views = keeper.open()
    assert keeper.run(views.rows(())) == {}
    assert keeper.run(views.rows(keys_of(everything()))) == dict.fromkeys(rows_of(everything()))
    assert position(keeper, views) is None


def test_of_several_changes_of_a_row_the_last_wins(keeper: Keeper) -> None:
    views = keeper.open()
    other = msgspec.structs.replace(REPORT, revision=2)
    changes = (
        put(REPORTS, "c1", REPORT),
        put(REPORTS, "c1", other),
        put(DEAD, "d1", LETTER),
        put(DEAD, "d1", None),
        Keep(BLOB, b"record"),
        Keep(BLOB, b"record"),
    )
    commit(keeper, views, changes, None, 6)
    assert stored(keeper, views, REPORTS, "c1") == other
    assert stored(keeper, views, DEAD, "d1") is None


def test_a_row_is_removed(keeper: Keeper) -> None:
    views = keeper.open()
    commit(keeper, views, everything(), None, 1)
    commit(keeper, views, (put(DEAD, "d1", None), put(DEAD, "never there", None)), 1, 2)
    assert stored(keeper, views, DEAD, "d1") is None
    assert stored(keeper, views, REPORTS, "c1") == rows_of(everything())["view.reports", "c1"]


def test_a_link_that_goes_takes_its_row_along(keeper: Keeper) -> None:
    """As the view step and its driver make it: rows under their ids, and null records."""
    views = keeper.open()
    links = [msgspec.structs.replace(LINK, link=f"l{n}") for n in range(3)]
    made = [change for link in links for change in done(step, Rows(), link).changes]
    commit(keeper, views, (*made, *forgotten(VIEW, "links.changed", "l1")), None, 3)
    commit(keeper, views, forgotten(VIEW, "links.changed", "l2"), 3, 4)
    reader = keeper.reads()
    assert list(reader.scan(LINKS)) == [("l0", links[0])]
    assert reader.count(LINKS) == 1
    reader.close()


def test_the_first_record_of_a_crash_stays(keeper: Keeper) -> None:
    """As the view step wants it, run as a driver does: on rows that were asked for before."""
    views = keeper.open()
    first = Crash(id="e", kind="panic", message="boom")
    for offset, event in enumerate((first, msgspec.structs.replace(first, message="again"))):
        state = Rows()
        row = stored(keeper, views, CRASHES, "e")
        state.apply((Put(CRASHES, "e", row),))
        commit(keeper, views, done(step, state, event).changes, offset or None, offset + 1)
    row = stored(keeper, views, CRASHES, "e")
    assert isinstance(row, CrashRow)
    data = kept(keeper, row.blob)
    assert data is not None
    assert decode(data, Crash) == first


def test_positions_are_of_one_stage_topic_and_partition(keeper: Keeper) -> None:
    views = keeper.open()
    moves = {(TOPIC, 0): (None, 5), (TOPIC, 7): (None, 6), ("other", 0): (None, 7)}
    keeper.run(views.commit("view", (), moves))
    keeper.run(views.commit("link", (), {(TOPIC, 0): (None, 9)}))
    keeper.run(views.commit("view", (), {(TOPIC, 7): (6, 2**40)}))
    views = keeper.reopen()
    assert [position(keeper, views, n) for n in (0, 7, 1)] == [5, 2**40, None]
    assert keeper.run(views.position("view", "other", 0)) == 7
    assert keeper.run(views.position("link", TOPIC, 0)) == 9


def test_whoever_believes_another_position_writes_nothing(keeper: Keeper) -> None:
    views = keeper.open()
    commit(keeper, views, (), None, 5)
    for believed in (None, 4, 6):
        with pytest.raises(Fenced, match=rf"partition 0: position 5 is stored, not {believed}:"):
            commit(keeper, views, everything(), believed, 9)
    with pytest.raises(Fenced, match="partition 1: position None is stored, not 3:"):
        keeper.run(views.commit("view", everything(), {(TOPIC, 0): (5, 9), (TOPIC, 1): (3, 4)}))
    assert keeper.run(views.rows(keys_of(everything()))) == dict.fromkeys(rows_of(everything()))
    assert position(keeper, views) == 5
    assert kept(keeper, BLOB) is None
    commit(keeper, views, everything(), 5, 6)
    assert position(keeper, views) == 6


def test_of_many_owners_at_the_same_moment_one_goes_on(keeper: Keeper) -> None:
    """Each tries to write a row of its own; the first round is also the first of the partition."""
    views = keeper.open()

    async def all_at_once(believed: int | None) -> list[BaseException | None]:
        # Connections that are open already: else the first owner is done before the second one can begin.
        await asyncio.gather(*(views.position("view", TOPIC, 9) for _ in range(8)))
        first = (believed or 0) + 1
        owners = (
            views.commit("view", (put(REPORTS, f"c{n}", REPORT),), {(TOPIC, 0): (believed, n)})
            for n in range(first, first + 4)
        )
        return await asyncio.gather(*owners, return_exceptions=True)

    believed, winners = None, []
    for _ in range(10):
        outcomes = keeper.run(all_at_once(believed))
        assert all(isinstance(outcome, Fenced) for outcome in outcomes if outcome is not None)
        (place,) = (place for place, outcome in enumerate(outcomes, 1) if outcome is None)
        believed = (believed or 0) + place
        winners.append(f"c{believed}")
    assert position(keeper, views) == believed
    rows = keeper.run(views.rows([(REPORTS, f"c{n}") for n in range(1, 50)]))
    assert [key for (_, key), row in rows.items() if row] == winners


def test_a_change_that_cannot_be_written_takes_the_others_with_it(keeper: Keeper) -> None:
    """A lone surrogate is no text: no message that was decoded has one."""
    views = keeper.open()
    commit(keeper, views, (), None, 5)
    bad = put(DEAD, "d2", msgspec.structs.replace(LETTER, error="\ud800"))
    with pytest.raises(ValueError, match="surrogates not allowed"):
        commit(keeper, views, (*everything(), bad), 5, 6)
    views = keeper.reopen()
    assert keeper.run(views.rows(keys_of(everything()))) == dict.fromkeys(rows_of(everything()))
    assert position(keeper, views) == 5
    commit(keeper, views, everything(), 5, 6)
    assert keeper.run(views.rows(keys_of(everything()))) == rows_of(everything())


ODD = (
    "\0",
    "a\0b\\u0000c\\\0",
    "\x1f\x7f\u2028\ufffd\U0010ffff\U0010feff",
    "'; DROP TABLE reports; --",
    '"}{$1 %s \\',
    "\r\n\t",
    "e\u0301 \u202e",
)


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_messages_come_back_byte_for_byte_whatever_their_texts(keeper: Keeper, text: str) -> None:
    views = keeper.open()
    changes: list[Change] = list(everything(text))
    unknown = (
        b'{"z":1.50,"a":{"k":[1e2,"' + encode(LETTER)[:0] + b'"]},"\\u0000":12345678901234567890}'
    )
    data = encode(REPORT)[:-1] + b',"later":' + unknown + b"}"
    report = decode(data, Report)
    odd = msgspec.structs.replace(
        report,
        services=(text,),
        builds=(text, text),
        root_cause=RootCause(function=text, package=text, file=text, line=2**63),
        content_hash=text,
    )
    changes.append(put(REPORTS, "odd", odd))
    changes.append(put(PRINTS, "odd", PrintRow(event=msgspec.structs.replace(EVENT, block=text))))
    commit(keeper, views, changes, None, 1)
    views = keeper.reopen()
    found = keeper.run(views.rows(keys_of(changes)))
    expected = rows_of(changes)
    assert found == expected
    written = {key: encode(value) for key, value in expected.items() if value}
    assert {key: encode(value) for key, value in found.items() if value} == written


def test_a_crash_of_16_mib_is_kept(keeper: Keeper) -> None:
    views = keeper.open()
    crash = Crash(id="big", kind="panic", message=shake_256(b"").hexdigest(8 * 1024 * 1024))
    made = done(step, Rows(), crash)
    assert len(encode(crash)) > 16 * 1024 * 1024
    commit(keeper, views, made.changes, None, 1)
    assert kept(keeper, sha256(encode(crash)).hexdigest()) == encode(crash)


def test_a_reader_sees_what_was_committed_in_key_order(keeper: Keeper) -> None:
    views = keeper.open()
    letters: list[Message] = [
        msgspec.structs.replace(LETTER, place=str(number)) for number in range(20)
    ]
    changes = [change for letter in letters for change in done(step, Rows(), letter).changes]
    commit(keeper, views, (*changes, put(REPORTS, "c1", REPORT)), None, 20)
    reader = keeper.reads()
    names = sorted(dead_letter_id(letter) for letter in letters if isinstance(letter, DeadLetter))
    assert [key for key, _ in reader.scan(DEAD)] == names
    assert [key for key, _ in reader.scan(DEAD, names[3][:9])] == [names[3]]
    assert reader.get(REPORTS, "c1") == REPORT
    assert reader.get(REPORTS, "c") is None
    assert (reader.count(DEAD), reader.count(REPORTS), reader.count(CRASHES)) == (20, 1, 0)
    reader.close()
