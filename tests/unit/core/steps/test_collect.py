"""COLLECT: where an input can be read again from, ids before scrubbing, what becomes of bad lines."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.adapters.sqlite_store import SqliteStore
from streams.core.steps.collect import INPUTS, collect
from streams.model.events import DeadLetter, LogLines, RawPanic, Tick
from streams.model.step import Done

STEP = collect(())


def crash(value: str) -> list[str]:
    """Lines of a crash."""
    return [
        f"panic: {value}",
        "",
        "goroutine 1 [running]:",
        "main.main()",
        "\t/src/main.go:9 +0x1d",
    ]


def served(number: int) -> list[str]:
    """An ordinary line, often with words of a crash."""
    return [f"2026/11/23 08:00:0{number % 10} recovered panic {number}" if number % 3 else "GET /"]


PARTS = st.one_of(st.sampled_from("abcd").map(crash), st.integers(0, 20).map(served))
PODS = st.sampled_from(["", "[pod/a-1/app] ", "[pod/b-2/app] "])


class Reader:
    """One input, read run by run into a store."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.records: list[tuple[str | None, int | None, str]] = []

    def take(self, lines: list[str], first: int) -> None:
        """Read lines; the first has this number."""
        self._keep(LogLines(input="log", data="".join(f"{x}\n" for x in lines), line=first))

    def end(self) -> None:
        """The input is over."""
        self._keep(Tick(input="log", end_of_input=True))

    def _keep(self, event: LogLines | Tick) -> None:
        done = STEP(self.store, event, {})
        assert isinstance(done, Done)
        self.store.apply(done.changes)
        raws = [output.event for output in done.outputs]
        self.records += [(r.event_id, r.line, r.text) for r in raws if isinstance(r, RawPanic)]

    @property
    def restart(self) -> int:
        """The line to go on from."""
        state = self.store.get(INPUTS, "log")
        return state.restart if state else 1


def interleaved(streams: list[tuple[str, list[list[str]]]], order: list[int]) -> list[str]:
    """Lines of several streams, each in its order, mixed as `order` says."""
    queues = [[prefix + x for part in parts for x in part] for prefix, parts in streams]
    lines = []
    for turn in order:
        queue = queues[turn % len(queues)]
        if queue:
            lines.append(queue.pop(0))
    return lines + [line for queue in queues for line in queue]


@settings(max_examples=150, deadline=None)
@given(
    streams=st.lists(st.tuples(PODS, st.lists(PARTS, max_size=6)), min_size=1, max_size=3),
    order=st.lists(st.integers(0, 2), max_size=60),
    runs=st.lists(st.integers(1, 25), min_size=1, max_size=12),
    stop=st.integers(0, 12),
)
def test_reading_on_from_the_restart_line_gives_the_records_of_one_reading(
    streams: list[tuple[str, list[list[str]]]], order: list[int], runs: list[int], stop: int
) -> None:
    """Law 9 across a restart: what was in memory is lost, the store and the restart line are not."""
    lines = interleaved(streams, order)
    with SqliteStore(None) as store:
        whole = Reader(store)
        whole.take(lines, 1)
        whole.end()
    with SqliteStore(None) as store:
        before, at = Reader(store), 0
        for number, size in enumerate(runs):
            if number >= stop or at >= len(lines):
                break
            before.take(lines[at : at + size], at + 1)
            at += size
        restart = before.restart
        store.commit()
        store.rollback()
        after = Reader(store)
        after.take(lines[restart - 1 :], restart)
        after.end()
    assert restart <= min(at, len(lines)) + 1
    assert set(before.records) | set(after.records) == set(whole.records)


def test_ids_are_of_the_raw_text_and_published_text_is_scrubbed() -> None:
    with SqliteStore(None) as store:
        reader = Reader(store)
        reader.take([*crash("password=hunter2-one"), *crash("password=hunter2-two")], 1)
        reader.end()
    (one, _, text), (two, _, other) = reader.records
    assert one != two
    assert text == other
    assert "hunter2" not in text


def test_equal_crashes_of_one_input_are_told_apart_by_their_place_in_it() -> None:
    with SqliteStore(None) as store:
        reader = Reader(store)
        reader.take([*crash("boom"), "GET /", *crash("boom")], 1)
        reader.end()
        first = [name for name, _, _ in reader.records]
        again = Reader(store)
        again.take([*crash("boom"), "GET /", *crash("boom")], 1)
        again.end()
    assert len(set(first)) == 2
    assert [name for name, _, _ in again.records] == first


def test_a_line_that_claims_to_be_an_event_and_is_none_is_kept_scrubbed() -> None:
    with SqliteStore(None) as store:
        line = '{"kind":"git.push","token":"abcdef0123456789"'
        done = STEP(store, LogLines(input="log", data=line + "\n"), {})
    assert isinstance(done, Done)
    (letter,) = (output.event for output in done.outputs)
    assert isinstance(letter, DeadLetter)
    assert letter.topic == "logs.lines"
    assert "abcdef0123456789" not in repr(letter)
