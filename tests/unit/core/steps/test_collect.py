"""COLLECT: ids, ordinals, events in lines, dead letters, and the line from which it is safe to read again."""

from __future__ import annotations

import itertools
from base64 import b64decode

import msgspec
import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from streams.core.parse.record import MAX_RECORD_CHARS
from streams.core.scrub.patterns import load_patterns
from streams.core.steps.admit import admit
from streams.core.steps.collect import INPUTS, ORDINALS, collect
from streams.model.crash import Source
from streams.model.errors import Reason
from streams.model.events import CiBuild, CoreRef, DeadLetter, GitPush, LogLines, RawPanic, Tick
from streams.model.identity import crash_id
from streams.model.instant import Instant
from streams.model.message import Message, encode
from streams.model.step import Done, Note
from tests.unit.core.steps.bench import Rows, done, panic_text

ORDINARY = "2026/11/23 08:45:46 INFO request done path=/cart status=200\n"
SPOKEN = "password=hunter2-the-second"


class Reader:
    """One input, read run by run over a state of its own (or a given one)."""

    def __init__(self, state: Rows | None = None, line: int = 1, stream: str = "") -> None:
        self.state = state or Rows()
        self.line = line
        self.stream = stream
        self.step = collect(())
        self.sent: list[tuple[str, str, Message]] = []
        self.notes: list[Note] = []

    def feed(self, text: str) -> None:
        """A run of lines."""
        event = LogLines(
            input="app.log", data=text, line=self.line, stream=self.stream, path="app.log"
        )
        self._take(done(self.step, self.state, event))
        self.line += len(text.splitlines())

    def tick(self, *, end: bool = True) -> None:
        """The end of the input, or a quiet time."""
        self._take(done(self.step, self.state, Tick(input="app.log", end_of_input=end)))

    def _take(self, made: Done) -> None:
        self.state.apply(made.changes)
        self.notes.extend(made.notes)
        self.sent += [(s.topic, s.key, s.event) for s in made.outputs if s.event is not None]

    @property
    def restart(self) -> int:
        """From where it is safe to read again."""
        row = self.state.get(INPUTS, "app.log")
        return row.restart if row else 1

    def panics(self) -> list[RawPanic]:
        return [event for _, _, event in self.sent if isinstance(event, RawPanic)]

    def letters(self) -> list[DeadLetter]:
        return [event for _, _, event in self.sent if isinstance(event, DeadLetter)]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.tick()
    return reader


def test_the_id_comes_from_the_raw_text_and_the_text_is_published_scrubbed() -> None:
    text = panic_text(message=SPOKEN)
    (raw,) = read(text).panics()
    assert raw.event_id == crash_id("", "", text, 0)
    assert "hunter2" not in repr(raw)
    assert raw.scrubbed == {"password": 1}
    assert (raw.path, raw.line, raw.anonymous) == ("app.log", 1, True)


def test_the_id_names_stream_and_time_as_written() -> None:
    """Lines of `docker compose logs -t`: the container is the stream, the time is not normalised."""
    time = "2026-11-23T09:00:00.50+01:00"
    text = panic_text()
    prefixed = "".join(f"shop-1  | {time} {line}" for line in text.splitlines(keepends=True))
    (raw,) = read(prefixed).panics()
    assert raw.event_id == crash_id("shop-1", time, text, 0)
    assert (raw.service, raw.at, raw.anonymous) == (
        "shop",
        Instant(1763884800500000000 + 365 * 86400 * 10**9),
        False,
    )


def test_equal_records_of_an_input_are_told_apart_by_their_ordinal() -> None:
    text = panic_text()
    ids = [raw.event_id for raw in read((text + ORDINARY) * 3).panics()]
    assert ids == [crash_id("", "", text, n) for n in range(3)]


@pytest.mark.parametrize(("time", "count"), [("10:00:00.123456789Z", 1), ("10:00:00.5Z", 2)])
def test_equal_records_of_a_container_and_one_instant_arrived_twice(time: str, count: int) -> None:
    """A shipper sends again what it does not know to have arrived; an instant is finer than a microsecond."""
    text = "".join(
        f"[pod/shop-1/app] 2026-11-01T{time} {line}"
        for line in panic_text().splitlines(keepends=True)
    )
    panics = read((text + ORDINARY) * 2).panics()
    assert len(panics) == 2
    assert len({raw.event_id for raw in panics}) == count


def test_a_record_that_is_read_again_has_its_ordinal_again() -> None:
    text = (panic_text() + ORDINARY) * 3
    first = read(text)
    again = Reader()
    again.state.rows["collect.ordinals"] = first.state.rows["collect.ordinals"]
    again.feed(text)
    again.tick()
    assert again.panics() == first.panics()
    assert again.state.all(ORDINALS) == first.state.all(ORDINALS)


def test_records_found_behind_those_that_are_read_again_count_on() -> None:
    one = panic_text() + ORDINARY * 20
    reader = Reader()
    reader.feed(one * 2)
    again = Reader(line=1 + len(one.splitlines()))
    again.state.rows["collect.ordinals"] = reader.state.rows["collect.ordinals"]
    again.feed(one * 2)
    ids = [raw.event_id for raw in (*reader.panics(), *again.panics())]
    text = panic_text()
    assert ids == [crash_id("", "", text, n) for n in (0, 1, 1, 2)]


def test_ordinals_are_per_input() -> None:
    """The k-th equal crash of *that* input: the same file under another name counts nothing."""
    state, step = Rows(), collect(())
    ids = []
    for name in ("a.log", "b.log"):
        for event in (
            LogLines(input=name, data=panic_text()),
            Tick(input=name, end_of_input=True),
        ):
            made = done(step, state, event)
            state.apply(made.changes)
            ids += [s.event.event_id for s in made.outputs if isinstance(s.event, RawPanic)]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_long_record_is_continued_by_a_part_that_names_the_first_after_a_quiet_time() -> None:
    head, rest = panic_text().split("main.main()")
    reader = Reader()
    reader.feed(head)
    reader.tick(end=False)
    reader.feed("main.main()" + rest)
    reader.tick(end=False)
    reader.feed("goroutine 7 [select]:\nmain.wait()\n\t/src/shop/main.go:4 +0x1\n")
    reader.tick()
    first, second, third = reader.panics()
    assert first.continues is None
    assert second.continues == third.continues == first.event_id


def test_a_tick_of_an_input_that_was_never_read_does_nothing() -> None:
    reader = Reader()
    reader.tick()
    assert reader.sent == []
    assert reader.state.rows == {}


def test_events_in_lines_go_to_their_topics_keyed_by_their_own_id() -> None:
    lines = [
        {"kind": "git.push", "delivery_id": "d1", "repo": "acme/shop"},
        {"kind": "ci.build", "delivery_id": "d2", "repo": "acme/shop", "build_id": "b"},
        {"core": "file:///core.7"},
        {"text": panic_text(), "event_id": "e1"},
    ]
    reader = read("".join(orjson.dumps(line).decode() + "\n" for line in lines))
    assert [(topic, key, type(event)) for topic, key, event in reader.sent] == [
        ("git.pushed", "d1", GitPush),
        ("ci.finished", "d2", CiBuild),
        ("cores.refs", "file:///core.7", CoreRef),
        ("panics.raw", "e1", RawPanic),
    ]


def test_a_producer_cannot_say_that_its_text_is_scrubbed() -> None:
    event = {"text": panic_text(message=SPOKEN), "event_id": "e", "scrubbed": {}, "path": "/x"}
    (raw,) = read(orjson.dumps(event).decode() + "\n").panics()
    assert "hunter2" not in repr(raw)
    assert (raw.scrubbed, raw.path, raw.line) == ({"password": 1}, "app.log", 1)


@pytest.mark.parametrize(
    ("line", "topic", "reason"),
    [
        (f'{{"kind":"git.push","note":"{SPOKEN}', "logs.lines", Reason.UNDECODABLE),
        (f'{{"kind":"git.push","repo":7,"note":"{SPOKEN}"}}', "git.pushed", Reason.INVALID),
    ],
)
def test_a_line_that_claims_to_be_an_event_and_is_none_is_kept_scrubbed(
    line: str, topic: str, reason: Reason
) -> None:
    first, second = read(f"{line}\n{ORDINARY}{line}\n").letters()
    assert (first.topic, first.reason, first.stage) == (topic, reason, "collect")
    assert b"hunter2" not in b64decode(first.bytes_base64)
    assert b"git.push" in b64decode(first.bytes_base64)
    assert (first.place, second.place) == (None, "#1")
    assert msgspec.structs.replace(second, place=None) == first


def test_the_users_own_patterns_hold_for_records_and_dead_letters() -> None:
    step = collect(load_patterns([{"name": "order", "regex": "ORD-[0-9]+"}]))
    bad = '{"kind":"git.push","note":"ORD-1"}\n'
    event = LogLines(input="a", data=bad + panic_text(message="ORD-2") + ORDINARY * 20)
    outputs = done(step, Rows(), event).outputs
    assert len(outputs) == 2
    for sent in outputs:
        assert sent.event is not None
        data = encode(sent.event)
        if isinstance(sent.event, DeadLetter):
            data += b64decode(sent.event.bytes_base64)
        assert b"ORD-" not in data


def test_with_scrubbing_off_texts_come_through_as_they_are() -> None:
    event = LogLines(input="a", data=panic_text(message=SPOKEN) + ORDINARY * 20)
    (sent,) = done(collect(None), Rows(), event).outputs
    assert isinstance(sent.event, RawPanic)
    assert sent.event.text == panic_text(message=SPOKEN)


def test_what_the_driver_knows_of_the_input_is_given_to_its_records() -> None:
    event = LogLines(
        input="a",
        data=panic_text() + ORDINARY * 20,
        stream="c0ffee/stderr",
        defaults=Source(service="shop", host="node-1"),
    )
    (sent,) = done(collect(()), Rows(), event).outputs
    assert isinstance(sent.event, RawPanic)
    assert (sent.event.service, sent.event.host) == ("shop", "node-1")
    assert sent.event.event_id == crash_id("c0ffee/stderr", "", panic_text(), 0)


def test_formats_and_near_misses_are_noted() -> None:
    notes = read(ORDINARY + "worker 7: recovered from panic, going on\n").notes
    assert [(note.text, note.count) for note in notes if note.kind == "format"] == [("plain", 2)]
    (miss,) = (note for note in notes if note.kind == "near-miss")
    assert (miss.path, miss.line) == ("app.log", 2)


def test_other_messages_are_none_of_its_business() -> None:
    assert done(collect(()), Rows(), GitPush(delivery_id="d", repo="r")) == Done()


def events_file(text: str) -> Reader:
    """A file of input events, which holds nothing else."""
    reader = Reader()
    event = LogLines(input="app.log", data=text, path="app.log", events=True)
    made = done(reader.step, reader.state, event)
    reader.state.apply(made.changes)
    reader.sent = [(s.topic, s.key, s.event) for s in made.outputs if s.event is not None]
    return reader


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_every_line_of_an_events_file_is_an_event(end: str) -> None:
    lines = (
        '{"kind":"git.push","delivery_id":"d1","repo":"a"}',
        '{"core":"c1"}',
        '{"text":"panic: x","event_id":"e1"}',
    )
    reader = events_file(end.join(lines) + end)
    assert [(topic, key) for topic, key, _ in reader.sent] == [
        ("git.pushed", "d1"),
        ("cores.refs", "c1"),
        ("panics.raw", "e1"),
    ]


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x0c", "\x1c"])
def test_only_a_newline_ends_a_line_of_an_events_file(separator: str) -> None:
    """str.splitlines knows ten more line ends, some of which may stand in a JSON string."""
    text = orjson.dumps({"kind": "git.push", "delivery_id": "d", "repo": f"a{separator}b"}).decode()
    reader = events_file(text + "\n" + text.replace('"d"', '"e"') + "\n")
    assert [key for _, key, _ in reader.sent] == ["d", "e"]


@pytest.mark.parametrize(
    ("line", "topic", "reason"),
    [
        ("not json", "logs.lines", Reason.UNDECODABLE),
        ("[]", "logs.lines", Reason.INVALID),
        ('{"kind":"git.pull"}', "logs.lines", Reason.INVALID),
        ('{"kind":7,"text":"t"}', "logs.lines", Reason.INVALID),
        ("{}", "logs.lines", Reason.INVALID),
        ('{"kind":"deploy"}', "deploys.changed", Reason.INVALID),
        ("panic: no event", "logs.lines", Reason.UNDECODABLE),
    ],
)
def test_a_line_of_an_events_file_that_is_no_event_is_a_dead_letter(
    line: str, topic: str, reason: Reason
) -> None:
    first, second = events_file(f"{line}\n\n{line}").letters()
    assert (first.topic, first.reason) == (topic, reason)
    assert b64decode(first.bytes_base64).decode() == line
    assert (first.place, second.place) == (None, "#1")


def test_an_events_file_is_never_read_again_from_before_its_last_line() -> None:
    assert events_file('{"core":"c"}\n' * 3).restart == 4


# ---- restart: design law 9 and docs/adr/0008

BLOCKS = (
    ORDINARY,
    ORDINARY * 15,
    "\n",
    "worker 7: recovered from panic, going on\n",
    "something failed with error 17\n",
    "runtime: goroutine stack exceeds 1000000000-byte limit\n",
    panic_text(),
    panic_text("example.com/acme/shop/stock.Reserve", message="x"),
    panic_text() + "exit status 2\n",
    panic_text() + "\ngoroutine 7 [select]:\nmain.wait()\n\t/src/shop/main.go:4 +0x1\n\n",
    "panic: cut\n",
    "panic: first\n\tpanic: second\n\ngoroutine 1 [running]:\nmain.main()\n",
    "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select]:\nmain.main()\n\t/a.go:1 +0x1\n",
    "goroutine 5 [running]:\nmain.f()\n\t/src/shop/main.go:9 +0x1\n",
    "2026/11/23 08:00:00 http: panic serving 1.2.3.4:5: boom\ngoroutine 5 [running]:\nmain.f()\n\t/a.go:9 +0x1\n",
    '{"msg":"panic","stack":"goroutine 1 [running]:\\nmain.main()\\n\\t/a.go:1 +0x1\\n"}\n',
    '{"kind":"git.push","delivery_id":"d","repo":"r"}\n',
    "main.orphan()\n\t/src/shop/main.go:9 +0x1\n",
)
PREFIXES = ("", "shop-1  | ", "cart-1  | ", "[pod/a/b] ")


def woven(parts: list[tuple[str, str]], steps: list[int]) -> list[str]:
    """Lines of all parts: those of one prefix in order, those of different ones as `steps` says."""
    queues: dict[str, list[str]] = {}
    for prefix, block in parts:
        lines = (prefix + line for line in block.splitlines(keepends=True))
        queues.setdefault(prefix, []).extend(lines)
    mixed: list[str] = []
    for step in itertools.chain(steps, itertools.repeat(0)):
        names = [name for name, queue in queues.items() if queue]
        if not names:
            break
        queue = queues[names[step % len(names)]]
        count = 1 + step % 7
        mixed += queue[:count]
        del queue[:count]
    return mixed


def by_line(reader: Reader) -> dict[int | None, str]:
    """The raw identity of each record by its first line."""
    return {raw.line: f"{raw.event_id} {raw.text} {raw.message}" for raw in reader.panics()}


def assert_restart_is_safe(lines: list[str], edges: list[int]) -> list[int]:
    """After every run: a fresh state fed from `restart` gives what the whole gives from there, no more."""
    whole = read("".join(lines))
    ordinals = whole.state.rows.get("collect.ordinals", {})
    assert len(by_line(whole)) == len(whole.panics())
    reader, restarts = Reader(), [1]
    for start, stop in itertools.pairwise([0, *edges, len(lines)]):
        if start == stop:
            continue
        reader.feed("".join(lines[start:stop]))
        restart = reader.restart
        assert restarts[-1] <= restart <= stop + 1
        done_with = {n: text for n, text in by_line(whole).items() if n and n < restart}
        assert done_with.items() <= by_line(reader).items()
        if restart != restarts[-1]:
            again = Reader(line=restart)
            again.state.rows["collect.ordinals"] = dict(ordinals)
            again.feed("".join(lines[restart - 1 :]))
            again.tick()
            wanted = {n: text for n, text in by_line(whole).items() if n and n >= restart}
            assert by_line(again) == wanted
        restarts.append(restart)
    return restarts


@settings(max_examples=400, deadline=None)
@given(
    parts=st.lists(
        st.tuples(st.sampled_from(PREFIXES), st.sampled_from(BLOCKS)), min_size=1, max_size=9
    ),
    steps=st.lists(st.integers(0, 50), max_size=30),
    cuts=st.lists(st.integers(0, 10_000), max_size=6),
)
def test_reading_again_from_restart_gives_the_records_from_there_and_no_others(
    parts: list[tuple[str, str]], steps: list[int], cuts: list[int]
) -> None:
    lines = woven(parts, steps)
    assert_restart_is_safe(lines, sorted({cut % (len(lines) + 1) for cut in cuts}))


@settings(max_examples=200, deadline=None)
@given(
    blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=9),
    cuts=st.lists(st.integers(0, 10_000), max_size=6),
)
def test_the_same_for_one_stream(blocks: list[str], cuts: list[int]) -> None:
    lines = "".join(blocks).splitlines(keepends=True)
    assert_restart_is_safe(lines, sorted({cut % (len(lines) + 1) for cut in cuts}))


@settings(max_examples=30, deadline=None)
@given(
    blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=5),
    prefix=st.sampled_from(PREFIXES),
)
def test_restart_moves_on_when_a_log_goes_on(blocks: list[str], prefix: str) -> None:
    """Without this the whole file would be read again for ever."""
    lines = [prefix + line for line in "".join(blocks).splitlines(keepends=True)]
    lines += [prefix + ORDINARY] * 100
    restarts = assert_restart_is_safe(lines, list(range(5, len(lines), 5)))
    assert restarts[-1] > len(lines) - 40


def test_restart_is_the_first_line_of_the_open_record() -> None:
    reader = Reader()
    reader.feed(ORDINARY * 30 + panic_text())
    assert reader.restart == 31
    reader.feed(ORDINARY)
    assert reader.restart == 31
    reader.feed(ORDINARY * 40)
    assert reader.restart == reader.line - 12


def test_behind_a_finished_record_of_one_stream_nothing_above_it_is_needed() -> None:
    reader = Reader()
    reader.feed(panic_text() + "exit status 2\n")
    assert reader.restart == reader.line
    reader.feed(ORDINARY * 3)
    assert reader.restart == reader.line - 3


def test_interleaved_streams_hold_restart_at_the_oldest_open_record() -> None:
    panic = panic_text().splitlines(keepends=True)
    reader = Reader()
    reader.feed(ORDINARY * 20 + "shop-1  | " + "shop-1  | ".join(panic) + "cart-1  | " + panic[0])
    for _ in range(5):
        reader.feed("".join("cart-1  | " + line for line in panic) * 2 + "other-1  | fine\n" * 20)
        assert reader.restart <= 21


def test_the_rest_of_a_record_beyond_the_limit_is_never_read_without_its_beginning() -> None:
    """16 MiB of one goroutine block: the part behind the limit is one record with `continues`."""
    frame = f"main.f({'x' * 60_000})\n\t/src/main.go:9 +0x1\n"
    head = "panic: big\n\ngoroutine 1 [running]:\n"
    whole = head + frame * (MAX_RECORD_CHARS // len(frame) + 1)
    reader = Reader()
    reader.step = collect(None)
    reader.feed(whole)
    reader.feed(frame)
    (first,) = reader.panics()
    assert first.truncated
    assert reader.restart == 1
    reader.tick()
    _, rest = reader.panics()
    assert rest.continues == first.event_id


@given(st.text(max_size=200))
def test_no_line_makes_it_raise_and_admitting_its_output_again_changes_nothing(text: str) -> None:
    assume(text.isprintable() or "\n" in text)
    for raw in read(text + "\n" + panic_text()).panics():
        assert admit(raw, ()) == raw
