"""Records of one partition as lines: runs, Ticks by the clock of the partition, readers that follow one another."""

from __future__ import annotations

import itertools
from base64 import b64decode
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.parse.resume import Resume
from streams.core.steps.collect import collect
from streams.drivers.kafka.lines import Gathered, Moment, Pace, PartitionLines, Reading
from streams.drivers.kafka.records import Record
from streams.model.errors import Reason
from streams.model.events import DeadLetter, GitPush, LogLines, RawPanic, Tick
from streams.model.message import Message, decode, encode
from streams.model.step import Done, Facts, Need, State
from streams.topology import STAGES, Stage
from tests.shipping import WRAPS, Container, vector
from tests.unit.core.steps.bench import Rows, panic_text

COLLECT = next(stage for stage in STAGES if stage.name == "collect")
NOW = Moment(wall_ms=10**15, steady=0.0)
ORDINARY = b"2026/11/23 08:45:46 INFO request done path=/cart status=200"


class Partition:
    """A partition of a topic with its reader; what is kept of the reader survives it."""

    def __init__(self, stage: Stage = COLLECT, *, forget: float = 60.0) -> None:
        self.stage = stage
        self.pace = Pace(quiet_seconds=2.0, forget_seconds=forget)
        self.rows = Rows()
        self.kept: Resume | None = None
        self.sent: list[Message] = []
        self.reader = self.made()

    def made(self) -> PartitionLines:
        reading = Reading(stage=self.stage, name="lines", topic="logs.lines", pace=self.pace)
        return PartitionLines(reading, 3, self.rows, again=self.kept)

    def take(self, records: Iterable[Record], now: Moment = NOW) -> None:
        self._keep(self.reader.take(tuple(records), now))

    def idle(self, steady: float) -> None:
        self._keep(self.reader.idle(Moment(NOW.wall_ms, steady)))

    def _keep(self, gathered: Gathered) -> None:
        self.rows.apply(gathered.changes)
        self.sent += [sent.event for sent in gathered.outputs if sent.event is not None]
        self.kept = self.reader.resume

    def restart(self, records: list[Record]) -> None:
        """Another reader, with what was kept as bytes; it is fed from the line that it asks for."""
        if self.kept is None:
            return
        self.kept = decode(encode(self.kept), Resume)
        kept, before = self.kept, len(self.sent)
        self.reader = self.made()
        again = [r for r in records if kept.line - 1 <= r.offset < kept.done - 1]
        if again:
            self.take(again)
        assert self.sent[before:] == []
        assert self.kept.done == kept.done

    def panics(self) -> list[RawPanic]:
        return [event for event in self.sent if isinstance(event, RawPanic)]

    def letters(self) -> list[DeadLetter]:
        return [event for event in self.sent if isinstance(event, DeadLetter)]


def records(
    values: Iterable[bytes | str | None], *, first: int = 0, at: int = 0, every: int = 1
) -> list[Record]:
    """Records from offset `first` on, a millisecond apart."""
    return [
        Record(
            "logs.lines",
            3,
            first + n,
            at + n * every,
            None,
            value.encode() if isinstance(value, str) else value,
        )
        for n, value in enumerate(values)
    ]


def crash_lines(message: str = "boom") -> list[str]:
    return panic_text(message=message).splitlines()


def test_the_line_of_a_record_is_its_offset_and_one() -> None:
    partition = Partition()
    partition.take(records([ORDINARY, *crash_lines(), "exit status 2", ORDINARY], first=40))
    (raw,) = partition.panics()
    assert (raw.path, raw.line) == ("logs.lines/3", 42)
    assert raw.text == panic_text(message="boom") + "exit status 2\n"


def test_the_rest_of_a_crash_comes_with_a_later_batch() -> None:
    partition = Partition()
    lines = records([*crash_lines(), "exit status 2"])
    partition.take(lines[:3])
    partition.take(lines[3:])
    assert [raw.text for raw in partition.panics()] == [
        panic_text(message="boom") + "exit status 2\n"
    ]


def test_markers_and_null_records_between_lines_are_no_lines() -> None:
    partition = Partition()
    values = [*crash_lines()[:4], None, *crash_lines()[4:], "exit status 2"]
    found = records(values)
    partition.take(
        [*found[:2], *(msgspec.structs.replace(r, offset=r.offset + 7) for r in found[2:])]
    )
    (raw,) = partition.panics()
    assert (raw.line, raw.text) == (1, panic_text(message="boom") + "exit status 2\n")
    kept = partition.kept
    assert kept is not None
    assert kept.done == len(values) + 8


def test_a_log_line_above_a_gap_is_found_under_its_own_number() -> None:
    block = ["goroutine 5 [running]:", "main.f()", "\t/a.go:9 +0x1", "exit status 2"]
    partition = Partition()
    partition.take(records(["recovered from panic: no cart"], first=10))
    partition.take(records(block, first=20))
    (raw,) = partition.panics()
    assert raw.line == 11
    assert raw.text.startswith("recovered from panic: no cart\ngoroutine 5")


def test_a_plain_record_of_several_lines_is_one_line() -> None:
    text = "2026/11/23 08:45:46 INFO x\n" + panic_text(message="boom") + "exit status 2\n"
    partition = Partition()
    partition.take(records([ORDINARY, text, *crash_lines("other"), "exit status 2"]))
    assert [(raw.line, raw.text.partition("\n")[0]) for raw in partition.panics()] == [
        (2, "panic: boom"),
        (3, "panic: other"),
    ]


def test_a_record_of_several_json_lines_is_read_line_by_line() -> None:
    one, two = Container("c0ffee01"), Container("c0ffee02")
    lines = zip(crash_lines("one"), crash_lines("two"), strict=True)
    values = ["\n".join((vector(one, a, 1), vector(two, b, 1))) for a, b in lines]
    partition = Partition()
    partition.take(records(values))
    partition.idle(2.0)
    assert [raw.text for raw in partition.panics()] == [
        panic_text(message="one"),
        panic_text(message="two"),
    ]


def test_bytes_that_are_no_text_do_not_stop_the_reader() -> None:
    partition = Partition()
    partition.take(records([b"\xff\xfe\x00", b"", b"\r\n", *crash_lines(), "exit status 2"]))
    assert [raw.line for raw in partition.panics()] == [4]


def test_input_events_go_on_and_broken_ones_are_dead_letters_with_their_coordinates() -> None:
    good = '{"kind":"git.push","delivery_id":"d","repo":"r"}'
    bad = '{"kind":"git.push","repo":7,"note":"password=hunter2-the-second"}'
    broken = '{"kind":"deploy","service":'
    partition = Partition()
    partition.take(records([ORDINARY, good, bad, ORDINARY, broken], first=5))
    (push,) = (event for event in partition.sent if isinstance(event, GitPush))
    assert push.delivery_id == "d"
    first, second = partition.letters()
    place = ("logs.lines", 3, 7, "3/7")
    assert (first.topic, first.partition, first.offset, first.place) == place
    assert (second.topic, second.offset, second.reason) == ("logs.lines", 9, Reason.UNDECODABLE)
    assert b"hunter2" not in b64decode(first.bytes_base64)


def test_equal_crashes_on_both_sides_of_a_gap_are_two() -> None:
    lines = [*crash_lines(), "exit status 2"]
    partition = Partition()
    partition.take([*records(lines), *records(lines, first=20)])
    assert len({raw.event_id for raw in partition.panics()}) == 2


# ---- quiet streams


def test_a_crash_ends_when_the_partition_is_idle_for_the_quiet_time() -> None:
    partition = Partition()
    partition.take(records(crash_lines()))
    partition.idle(1.9)
    assert partition.panics() == []
    partition.idle(2.0)
    assert [raw.text for raw in partition.panics()] == [panic_text(message="boom")]
    partition.idle(9.0)
    assert len(partition.sent) == 1


def test_a_crash_ends_when_others_write_later_than_the_quiet_time() -> None:
    quiet, busy = Container("c0ffee01"), Container("c0ffee02")
    lines = [vector(quiet, line, 1) for line in crash_lines()]
    partition = Partition()
    partition.take(records(lines, at=1000))
    others = [vector(busy, "all is well", n) for n in range(40)]
    partition.take(records(others, first=len(lines), at=1100, every=100))
    (raw,) = partition.panics()
    assert raw.text == panic_text(message="boom")
    assert raw.event_id is not None


def test_a_crash_that_goes_on_in_the_same_batch_after_a_silence_is_continued() -> None:
    """The Tick falls where the clock of the partition says, not where the batch ends."""
    one = Container("c0ffee01")
    text = panic_text(message="boom") + "\ngoroutine 7 [select]:\nmain.wait()\n\t/a.go:4 +0x1\n"
    lines = [vector(one, line, 1) for line in text.splitlines()]
    found = [*records(lines[:7]), *records(lines[7:], first=7, at=5000)]
    partition = Partition()
    partition.take(found)
    partition.idle(2.0)
    first, second = partition.panics()
    assert (first.text, second.continues) == (panic_text(message="boom"), first.event_id)


def test_after_a_long_silence_lines_continue_nothing() -> None:
    one, other = Container("c0ffee01"), Container("c0ffee02")
    lines = [vector(one, line, 1) for line in crash_lines()]
    rest = [
        vector(one, line, 1) for line in ("goroutine 7 [select]:", "main.f()", "\t/a.go:4 +0x1")
    ]
    partition = Partition()
    partition.take(records(lines))
    partition.take(records([vector(other, "x", 1)], first=7, at=3000))
    partition.take(records([vector(other, "x", 1)], first=8, at=70_000))
    partition.take(records(rest, first=9, at=70_001))
    partition.idle(2.0)
    assert [raw.continues for raw in partition.panics()] == [None, None]


def test_what_is_closed_and_forgotten_leaves_nothing_to_read_again() -> None:
    partition = Partition()
    partition.take(records(crash_lines(), first=100))
    partition.idle(2.0)
    assert partition.kept is not None
    assert set(partition.kept.settled) == {""}
    partition.idle(63.0)
    assert partition.kept == Resume(line=108, done=108, settled={})


def test_a_clock_of_the_future_ends_nothing_before_its_time() -> None:
    """A producer whose clock is a day ahead: the partition's time is never ahead of ours."""
    partition = Partition()
    now = Moment(wall_ms=1_000_000, steady=0.0)
    lines = records([vector(Container("c0ffee01"), line, 1) for line in crash_lines()], at=999_000)
    partition.take(lines[:3], now)
    ahead = records([vector(Container("c0ffee02"), "x", 1)], first=3, at=90_000_000)
    partition.take(ahead, now)
    partition.take([msgspec.structs.replace(r, offset=r.offset + 1) for r in lines[3:]], now)
    partition.idle(2.0)
    assert [raw.text for raw in partition.panics()] == [panic_text(message="boom")]


# ---- defects of ours


def failing(word: str) -> Stage:
    """COLLECT, which cannot take lines with this word."""
    step = collect(())

    def broken(state: State, event: Message, facts: Facts) -> Done | Need:
        if isinstance(event, LogLines) and word in event.data:
            raise LookupError(word)
        if isinstance(event, Tick) and word == "tick":
            raise LookupError(word)
        return step(state, event, facts)

    return msgspec.structs.replace(COLLECT, step=broken)


def test_a_record_that_the_step_cannot_take_is_one_dead_letter_and_the_rest_goes_on() -> None:
    partition = Partition(failing("poison"))
    values = [*crash_lines(), "poison password=hunter2-the-second", "exit status 2"]
    partition.take(records(values))
    (letter,) = partition.letters()
    assert (letter.offset, letter.reason) == (7, Reason.STEP_FAILED)
    assert b"hunter2" not in b64decode(letter.bytes_base64)
    (raw,) = partition.panics()
    assert raw.text == panic_text(message="boom") + "\nexit status 2\n"
    found = records(values)
    partition.restart(found)
    assert len(partition.letters()) == 1


def test_a_record_that_cannot_be_ended_is_given_up_and_said() -> None:
    partition = Partition(failing("tick"))
    partition.take(records(crash_lines()))
    partition.idle(2.0)
    partition.idle(9.0)
    assert [letter.reason for letter in partition.letters()] == [Reason.STEP_FAILED]


# ---- the law: batches, readers, and how the time passes between them do not matter

BLOCKS = (
    "all is well\n" * 3,
    panic_text(),
    panic_text() + "exit status 2\n",
    panic_text() + "\ngoroutine 7 [select]:\nmain.wait()\n\t/a.go:4 +0x1\n",
    "worker 7: recovered from panic: no cart\nat work\ngoroutine 5 [running]:\nmain.f()\n\t/a.go:9 +0x1\n",
    "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select]:\nmain.main()\n\t/a.go:1 +0x1\n",
    '{"kind":"git.push","delivery_id":"d","repo":"r"}\n',
)
WHO = ("", "vector", "fluent-bit", "vector-docker")


def spoken(parts: list[tuple[int, int, int]], steps: list[tuple[int, int]]) -> list[Record]:
    """Records of several containers in turn; a step says who speaks, and for how long nobody did before."""
    queues: dict[int, list[str]] = {}
    for who, number, block in parts:
        wrap = WRAPS.get(WHO[who])
        lines = BLOCKS[block].splitlines()
        if wrap is not None:
            lines = [wrap(Container(f"c0ffee{who}{number}"), line, 7) for line in lines]
        queues.setdefault(who * 10 + number, []).extend(lines)
    found: list[Record] = []
    at, offset = 0, 0
    for step, pause in itertools.chain(steps, itertools.repeat((0, 0))):
        names = [name for name, queue in queues.items() if queue]
        if not names:
            return found
        at += pause
        offset += pause % 3
        queue = queues[names[step % len(names)]]
        taken, queue[: 1 + step % 7] = queue[: 1 + step % 7], []
        found += records(taken, first=offset, at=at)
        offset += len(taken)
        at += len(taken)
    return found


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, len(BLOCKS) - 1)),
        min_size=1,
        max_size=7,
    ),
    steps=st.lists(
        st.tuples(st.integers(0, 50), st.sampled_from((0, 0, 1, 1500, 2500, 40_000))), max_size=25
    ),
    cuts=st.lists(st.integers(0, 10_000), max_size=5),
    again=st.lists(st.integers(0, 10_000), max_size=5),
    idle=st.lists(st.integers(0, 10_000), max_size=3),
)
def test_however_batches_are_cut_and_readers_follow_the_panics_are_the_same(
    parts: list[tuple[int, int, int]],
    steps: list[tuple[int, int]],
    cuts: list[int],
    again: list[int],
    idle: list[int],
) -> None:
    found = spoken(parts, steps)
    places = len(found) + 1
    idle_at = {place % places for place in idle}

    def read(edges: set[int], changes: set[int]) -> list[Message]:
        # Marks are not forgotten here: the time for that begins anew with a new reader.
        partition = Partition(forget=1e6)
        for start, stop in itertools.pairwise(sorted({0, len(found), *edges, *changes, *idle_at})):
            partition.take(found[start:stop])
            if stop in idle_at:
                partition.idle(partition_time(stop))
            if stop in changes:
                partition.restart(found)
        partition.idle(1e9)
        return partition.sent

    def partition_time(stop: int) -> float:
        return 1000.0 * stop

    changed = {cut % places for cut in again} | {
        p for p in (*idle_at, *(i + 1 for i in idle_at)) if p < places
    }
    assert read({cut % places for cut in cuts}, changed) == read(set(), set())


@pytest.mark.parametrize("every", [1, 2, 5])
def test_a_batch_of_one_record_is_as_good_as_any(every: int) -> None:
    one, other = Container("c0ffee01"), Container("c0ffee02")
    lines = [
        wrapped
        for line in panic_text().splitlines()
        for wrapped in (vector(one, line, 1), vector(other, "all is well", 1))
    ]
    partition = Partition()
    found = records(lines)
    for start in range(0, len(found), every):
        partition.take(found[start : start + every])
        partition.restart(found)
    partition.idle(2.0)
    assert [raw.text for raw in partition.panics()] == [panic_text()]
