"""Reading again from a Resume: nothing is lost, nothing comes twice, wherever runs end and Ticks fall."""

from __future__ import annotations

import itertools

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.core.parse.resume import Resume
from streams.core.steps.collect import INPUTS, collect, resumed_input
from streams.model.events import LogLines, RawPanic, Tick
from streams.model.message import Message, decode, encode
from streams.model.step import put
from tests.shipping import WRAPS, Container
from tests.unit.core.steps.bench import Rows, done, panic_text

ORDINARY = "2026/11/23 08:45:46 INFO request done path=/cart status=200\n"
BLOCKS = (
    ORDINARY,
    ORDINARY * 15,
    "\n",
    "worker 7: recovered from panic, going on\n",
    "something failed with error 17\n",
    "runtime: goroutine stack exceeds 1000000000-byte limit\n",
    panic_text(),
    panic_text() + "exit status 2\n",
    panic_text() + "\ngoroutine 7 [select]:\nmain.wait()\n\t/src/shop/main.go:4 +0x1\n\n",
    "panic: cut\n",
    "panic: lines\nof | a\nvalue\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n",
    "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select]:\nmain.main()\n\t/a.go:1 +0x1\n",
    "goroutine 5 [running]:\nmain.f()\n\t/src/shop/main.go:9 +0x1\n",
    "2026/11/23 08:00:00 http: panic serving 1.2.3.4:5: boom\ngoroutine 5 [running]:\nmain.f()\n\t/a.go:9 +0x1\n",
    '{"msg":"panic","stack":"goroutine 1 [running]:\\nmain.main()\\n\\t/a.go:1 +0x1\\n"}\n',
    '{"kind":"git.push","delivery_id":"d","repo":"r"}\n',
    '{"kind":"git.push","deliver\n',
    "main.orphan()\n\t/src/shop/main.go:9 +0x1\n",
    # A log line of a panic, what stands between, and the block; a cut may fall anywhere.
    "worker 7: recovered from panic: no cart\nat work\nsince 9\ngoroutine 5 [running]:\nmain.f()\n\t/a.go:9 +0x1\n",
    # The second is a line of the first's value while that is open, and a crash of its own outside of it.
    "panic: x\nfree text\n\tpanic: y\nmore\n" + ORDINARY * 17,
    # Indented, it is a line of a panic value while the record is open, and an event outside of it.
    panic_text() + '  {"kind":"git.push","delivery_id":"e","repo":"r"}\n' + ORDINARY * 16,
    # Entries of a journal, of many lines each; the length of one lies, so that it is none.
    *(
        "".join(
            f"__CURSOR=s=1\n__REALTIME_TIMESTAMP=179395560000000{n}\n_HOSTNAME=h\n_PID=1\nSYSLOG_IDENTIFIER=shop\n"
            f"MESSAGE\n{chr(len(line) + lie)}\0\0\0\0\0\0\0{line}\n\n"
            for n, line in enumerate(
                ("recovered from panic: x", "goroutine 1 [running]:", "main.f()", "\t/a.go:9 +0x1")
            )
        )
        for lie in (0, 60)
    ),
)
# What may be woven into one topic: plain lines of one program, and lines that say whose they are.
CONTAINERS = (
    ("", ""),
    ("pod-a/app", ""),
    ("vector", "c0ffee01"),
    ("vector", "c0ffee02"),
    ("fluent-bit", "c0ffee03"),
    ("vector-docker", "c0ffee04"),
)


def lines_of(where: int, block: str, moment: int) -> list[str]:
    """The block as lines of a container, wrapped as its shipper does."""
    shape, name = CONTAINERS[where]
    wrap = WRAPS.get(shape)
    if wrap is None:
        prefix = f"[pod/{shape}] " if shape else ""
        return [prefix + line for line in block.splitlines()]
    return [wrap(Container(name), line, moment) for line in block.splitlines()]


def woven(parts: list[tuple[int, str, bool]], steps: list[int]) -> list[str]:
    """Lines of all parts: those of one container in order, those of several as `steps` says."""
    queues: dict[int, list[str]] = {}
    for moment, (where, block, joined) in enumerate(parts):
        shape, name = CONTAINERS[where]
        if joined and shape in WRAPS:
            lines = [WRAPS[shape](Container(name), block, moment)]
        else:
            lines = lines_of(where, block, moment)
        queues.setdefault(where, []).extend(lines)
    mixed: list[str] = []
    for step in itertools.chain(steps, itertools.repeat(0)):
        names = [name for name, queue in queues.items() if queue]
        if not names:
            return mixed
        queue = queues[names[step % len(names)]]
        count = 1 + step % 7
        mixed += queue[:count]
        del queue[:count]
    return mixed


STREAMS = ("", "pod-a/app", *(f"c0ffee0{n}/stderr" for n in range(1, 5)))
# What a Tick does to a stream: it was quiet, it will not go on, the one after the other.
KINDS = ((False,), (True,), (False, True))
Ticks = dict[int, list[tuple[str, bool]]]


class Topic:
    """One input of which only a Resume and the ordinals are kept when its reader goes."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.step = collect(())
        self.kept = Resume(line=1, done=1)
        self.found: list[Message] = []
        self.most = 0

    def lines(self, all_lines: list[str], start: int, stop: int) -> None:
        """Read the lines with indices from `start` to before `stop`."""
        if start < stop:
            data = "".join(line + "\n" for line in all_lines[start:stop])
            self._take(LogLines(input="t/0", data=data, line=start + 1))

    def tick(self, stream: str, *, end: bool) -> None:
        self._take(Tick(input="t/0", stream=stream, end_of_input=end))

    def end(self) -> None:
        self._take(Tick(input="t/0", end_of_input=True))

    def restart(self, all_lines: list[str]) -> None:
        """Another reader takes over, with what was kept as bytes."""
        state = self.rows.get(INPUTS, "t/0")
        if state is None:
            return
        kept = decode(encode(state.to_resume()), Resume)
        self.most = max(self.most, kept.done - kept.line)
        self.rows.apply((put(INPUTS, "t/0", resumed_input(kept)),))
        before = len(self.found)
        self.lines(all_lines, kept.line - 1, kept.done - 1)
        assert self.found[before:] == []
        again = self.rows.get(INPUTS, "t/0")
        if again is not None:
            shown = ("open", "closed")
            for name in shown:
                assert getattr(again.assembler, name) == getattr(state.assembler, name), name

    def _take(self, event: Message) -> None:
        made = done(self.step, self.rows, event)
        self.rows.apply(made.changes)
        self.found += [sent.event for sent in made.outputs if sent.event is not None]


def read(lines: list[str], ticks: Ticks, cuts: set[int], again: set[int]) -> Topic:
    """One reader, or those that follow one another at `again`."""
    topic = Topic()
    edges = sorted({0, len(lines), *cuts, *ticks, *again})
    for start, stop in itertools.pairwise(edges):
        topic.lines(lines, start, stop)
        for stream, end in ticks.get(stop, []):
            topic.tick(stream, end=end)
        if stop in again:
            topic.restart(lines)
    topic.end()
    return topic


# A line of another stream amid what only looks like an entry of a journal: both are given as one line.
@example(
    parts=[
        (0, next(block for block in BLOCKS if block.startswith("__CURSOR")), False),
        (
            1,
            next(
                block for block in BLOCKS if block.startswith("worker 7: recovered from panic: no")
            ),
            False,
        ),
        (0, panic_text(), False),
    ],
    steps=[0, 1],
    cuts=[],
    again=[],
    ticks=[(36, 0, (False,))],
)
@settings(max_examples=250, deadline=None)
@given(
    parts=st.lists(
        st.tuples(st.integers(0, len(CONTAINERS) - 1), st.sampled_from(BLOCKS), st.booleans()),
        min_size=1,
        max_size=7,
    ),
    steps=st.lists(st.integers(0, 50), max_size=30),
    cuts=st.lists(st.integers(0, 10_000), max_size=4),
    again=st.lists(st.integers(0, 10_000), max_size=6),
    ticks=st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from(KINDS)),
        max_size=8,
    ),
)
def test_whoever_reads_again_finds_what_one_reader_finds(
    parts: list[tuple[int, str, bool]],
    steps: list[int],
    cuts: list[int],
    again: list[int],
    ticks: list[tuple[int, int, tuple[bool, ...]]],
) -> None:
    lines = woven(parts, steps)
    places = len(lines) + 1
    ticked: Ticks = {}
    for place, which, kinds in ticks:
        stream = STREAMS[parts[which % len(parts)][0]]
        ticked.setdefault(place % places, []).extend((stream, end) for end in kinds)
    one = read(lines, ticked, set(), set())
    # Readers change where they can find something amiss: beside a Tick, too.
    beside = {place for place in (*ticked, *(p + 1 for p in ticked)) if place < places}
    changed = {cut % places for cut in again} | beside
    many = read(lines, ticked, {cut % places for cut in cuts}, changed)
    assert many.found == one.found


def test_a_busy_input_is_read_again_from_its_oldest_open_record() -> None:
    """A storm: records of 200 containers overlap all the time, closed by Ticks; each leaves a mark."""
    crash = panic_text().splitlines()
    lines: list[str] = []
    topic = Topic()
    far = 0
    for n in range(200):
        begun = len(lines)
        lines += [WRAPS["vector"](Container(f"{n:08x}"), line, n) for line in crash[:4]]
        lines += [WRAPS["vector"](Container(f"{n - 1:08x}"), line, n) for line in crash[4:]]
        topic.lines(lines, begun, len(lines))
        topic.tick(f"{n - 1:08x}/stderr", end=False)
        topic.restart(lines)
        far = max(far, topic.most)
    assert far <= 270
    texts = [event.text for event in topic.found if isinstance(event, RawPanic)]
    assert texts[2:] == [panic_text()] * (len(texts) - 2)
    assert len(texts) >= 199


def test_what_is_kept_of_an_input_holds_none_of_its_text() -> None:
    topic = Topic()
    lines = [f"[pod/a-1/app] {line}" for line in panic_text(message="hunter2").splitlines()]
    topic.lines(lines, 0, len(lines))
    topic.tick("a-1/app", end=False)
    state = topic.rows.get(INPUTS, "t/0")
    assert state is not None
    kept = msgspec.json.encode(state.to_resume()).decode()
    assert "a-1/app" in kept
    assert all(word not in kept for word in ("hunter2", "goroutine", "cart", "main"))
