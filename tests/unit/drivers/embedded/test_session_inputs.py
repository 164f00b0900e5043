"""A session and what inputs do to it: kills, growth, rotation, damage, long lines, pipes, signals.

Kills of one file that stays as it is are in test_session.py.
"""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path

import orjson
import pytest
import zstandard

from streams.adapters.sqlite_store import SqliteStore
from streams.core.report.page import order
from streams.core.report.run import RunSummary
from streams.drivers.embedded.chunks import MAX_LINE_BYTES
from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.position import POSITIONS
from streams.drivers.embedded.reading import dead_letters, reports
from streams.drivers.embedded.session import Options, Session
from streams.model.message import encode
from streams.topology import STAGES
from tests.embedded import content, run
from tests.kept import kept
from tests.unit.core.steps.bench import panic_text

ORDINARY = "2026/11/23 08:45:46 INFO request done path=/cart status=200\n"


def crash(name: str, ending: str = "exit status 2\n") -> str:
    return panic_text(f"main.{name}") + ending


def pods(*names: str) -> str:
    """Crashes of several pods, line by line in turn."""
    texts = [[f"[pod/{n}-1/{n}] {x}" for x in crash(n).splitlines(keepends=True)] for n in names]
    return "".join(line for lines in zip(*texts, strict=True) for line in lines)


FIRST = ORDINARY + crash("a") + pods("b", "c") + crash("a") + ORDINARY * 3 + panic_text("main.d")
SECOND = ORDINARY * 2 + pods("c", "e") + crash("a") + panic_text("main.f")
SMALL = 200


class Killed(BaseException):
    """The process is gone; nothing catches it."""


class Mortal(SqliteStore):
    """A store whose process dies right before its n-th commit, or right after it."""

    def __init__(self, folder: Path, lives: int, *, after: bool) -> None:
        self.lives = lives
        self.after = after
        super().__init__(folder)

    def commit(self) -> None:
        """Commit, until the time has come."""
        self.lives -= 1
        if self.lives < 0 and not self.after:
            raise Killed
        super().commit()
        if self.lives < 0:
            raise Killed


def killed(paths: Iterable[Path], state: Path, lives: int, *, after: bool) -> bool:
    """Run with a kill; whether it came to that."""
    inputs, _ = find_inputs(tuple(map(str, paths)))
    with Mortal(state, lives, after=after) as store:
        try:
            session = Session(STAGES, store, Options(chunk_bytes=SMALL))
            for item in inputs:
                session.read(item)
            session.finish()
        except Killed:
            return True
    return False


class Scene:
    """Files that change between two runs; the second run may be killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.state = folder / "state"
        self.log, self.other, self.old = (folder / n for n in ("app.log", "b.log", "app.log.1"))

    def before(self) -> list[Path]:
        self.log.write_text(FIRST)
        self.other.write_text(crash("g", "") + ORDINARY)
        return [self.log, self.other]

    def grown(self) -> list[Path]:
        self.log.write_text(FIRST + SECOND)
        return [self.log, self.other]

    def rotated(self) -> list[Path]:
        self.log.rename(self.old)
        self.log.write_text(SECOND)
        return [self.log, self.old, self.other]

    def rotated_away(self) -> list[Path]:
        self.log.write_text(SECOND)
        return [self.log]


CHANGES: dict[str, Callable[[Scene], list[Path]]] = {
    "grown": Scene.grown,
    "rotated": Scene.rotated,
    "rotated away": Scene.rotated_away,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=tuple(CHANGES))
@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
def test_a_kill_at_any_commit_over_changed_files_and_a_rerun_give_what_no_kill_gives(
    change: Callable[[Scene], list[Path]], tmp_path: Path, *, after: bool
) -> None:
    calm = Scene(tmp_path / "calm")
    run(calm.before(), calm.state, chunk_bytes=SMALL)
    wanted = content(run(change(calm), calm.state, chunk_bytes=SMALL))
    assert len(wanted) >= 6
    for lives in count():
        scene = Scene(tmp_path / str(lives))
        run(scene.before(), scene.state, chunk_bytes=SMALL)
        paths = change(scene)
        went_on = not killed(paths, scene.state, lives, after=after)
        assert content(run(paths, scene.state, chunk_bytes=SMALL)) == wanted
        if went_on:
            break
    assert lives > 5


def test_grown_files_give_the_reports_of_one_run_over_them(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "scene")
    run(scene.before(), scene.state, chunk_bytes=SMALL)
    paths = scene.grown()
    assert content(run(paths, scene.state, chunk_bytes=SMALL)) == content(run(paths))


@pytest.mark.parametrize("chunk", [1, 7, 50, 1000])
def test_the_size_of_runs_does_not_matter_nor_does_it_for_a_later_run(
    chunk: int, tmp_path: Path
) -> None:
    path, state = tmp_path / "app.log", tmp_path / "state"
    for text in (FIRST[:500], FIRST):
        path.write_text(text)
        run([path], state, chunk_bytes=chunk)
    path.write_text(FIRST + SECOND)
    assert content(run([path], state, chunk_bytes=chunk)) == content(run([path]))


def test_no_raw_text_is_on_the_disk_whenever_the_process_dies(tmp_path: Path) -> None:
    """Law 8: a secret in a crash whose end was not seen."""
    path = tmp_path / "app.log"
    path.write_text(FIRST + panic_text(message="password=hunter2-the-second") + ORDINARY * 9)
    for lives in count():
        state = tmp_path / f"state-{lives}"
        died = killed([path], state, lives, after=True)
        assert b"hunter2" not in kept(state)
        if not died:
            break
    assert lives > 5


# ---- inputs that are damaged, long, binary, gone


def read(
    *paths: Path,
    state: Path | None = None,
    options: Options | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> tuple[list[bytes], RunSummary]:
    """Reports and the summary of a run."""
    inputs, problems = find_inputs(tuple(map(str, paths)))
    assert problems == ()
    with SqliteStore(state) as store:
        session = Session(STAGES, store, options or Options(), stopping=stopping)
        for item in inputs:
            session.read(item)
        session.finish()
        found = [encode(report) for report in order(reports(store))]
        letters = dead_letters(store)
        summary = session.summary(
            crashes=len(found), dead_letters=len(letters), interrupted=stopping()
        )
    return found, summary


def occurrences(lines: list[bytes]) -> int:
    return sum(orjson.loads(line)["occurrences"] for line in lines)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACKERS = pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])


@PACKERS
def test_a_compressed_log_gives_what_the_plain_one_gives_also_when_it_grew(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    plain, packed, state = tmp_path / "a.log", tmp_path / "a.log.z", tmp_path / "state"
    for text in (FIRST, FIRST + SECOND):
        plain.write_text(text)
        packed.write_bytes(pack(FIRST.encode()) + pack(text.removeprefix(FIRST).encode()))
        found = run([packed], state, chunk_bytes=SMALL)
        assert content(found) == content(run([plain]))


@PACKERS
def test_a_cut_off_log_gives_the_crashes_before_the_cut_and_all_when_it_is_whole(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    noise = ["".join(f"{os.urandom(30).hex()}\n" for _ in range(9_000)) for _ in "12"]
    parts = (ORDINARY, crash("a"), noise[0], panic_text("main.b"), noise[1], crash("c"))
    text = "".join(parts).encode()
    path, plain, state = tmp_path / "app.log.z", tmp_path / "app.log", tmp_path / "state"
    plain.write_bytes(text)
    packed = pack(text)
    path.write_bytes(packed[: len(packed) * 3 // 4])
    found, summary = read(path, state=state)
    assert occurrences(found) == 2
    (problem,) = summary.problems
    assert (problem.thing, problem.fatal) == (str(path), True)
    assert "cut off" in problem.what
    path.write_bytes(packed)
    found, summary = read(path, state=state)
    assert summary.problems == ()
    assert content(found) == content(run([plain]))


def test_a_cut_off_log_shows_a_crash_that_is_open_at_the_cut(tmp_path: Path) -> None:
    text = (ORDINARY * 50 + panic_text("main.a")).encode()
    path = tmp_path / "app.log.gz"
    path.write_bytes(gzip.compress(text, compresslevel=0)[:-9])
    found, summary = read(path)
    assert occurrences(found) == 1
    assert len(summary.problems) == 1


def test_a_damaged_file_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    bad, good = tmp_path / "a.gz", tmp_path / "b.log"
    bad.write_bytes(gzip.compress(FIRST.encode())[:30] + b"\xff" * 30)
    good.write_text(crash("a"))
    found, summary = read(bad, good)
    assert occurrences(found) == 1
    assert [problem.thing for problem in summary.problems] == [str(bad)]


def test_a_file_that_cannot_be_read_this_time_keeps_what_was_found_in_it(tmp_path: Path) -> None:
    path, state = tmp_path / "app.log", tmp_path / "state"
    path.write_text(crash("a") + panic_text("main.b"))
    inputs, _ = find_inputs((str(path),))
    first, _ = read(path, state=state)
    path.unlink()
    path.mkdir()
    with SqliteStore(state) as store:
        session = Session(STAGES, store)
        session.read(inputs[0])
        session.finish()
        assert [encode(report) for report in order(reports(store))] == first
        summary = session.summary(crashes=0, dead_letters=0, interrupted=False)
    assert "cannot be read" in summary.problems[0].what


@pytest.mark.parametrize("chunk", [64 * 1024, 1024 * 1024])
def test_a_line_beyond_the_limit_is_said_and_everything_around_it_counted_once(
    chunk: int, tmp_path: Path
) -> None:
    """Also by later runs, which have to go on from the right line."""
    path, state = tmp_path / "app.log", tmp_path / "state"
    head = ORDINARY * 3 + crash("a") + ORDINARY + "x" * (2 * MAX_LINE_BYTES) + "\n"
    options = Options(chunk_bytes=chunk)
    for tail, crashes in (
        ("", 1),
        (panic_text("main.a"), 2),
        (crash("a") + ORDINARY * 30, 2),
        (crash("a") + ORDINARY * 30 + crash("a") + crash("b"), 4),
    ):
        path.write_text(head + tail)
        found, summary = read(path, state=state, options=options)
        assert occurrences(found) == crashes
        assert content(found) == content(read(path, options=options)[0])
        if not tail:
            assert summary.problems[0].what.startswith("a line longer than 8 MiB")


@pytest.mark.parametrize("chunk", [SMALL, 1024 * 1024])
@pytest.mark.parametrize("end", ["", "\n", "x" * 2 * MAX_LINE_BYTES, panic_text()])
def test_a_position_is_the_beginning_of_the_line_that_it_names(
    end: str, chunk: int, tmp_path: Path
) -> None:
    path, state = tmp_path / "app.log", tmp_path / "state"
    data = (FIRST + SECOND + ORDINARY * 60 + end).encode()
    path.write_bytes(data)
    read(path, state=state, options=Options(chunk_bytes=max(chunk, len(data) // 99)))
    with SqliteStore(state) as store:
        position = store.get(POSITIONS, str(path))
    assert position is not None
    assert position.offset > len(FIRST + SECOND) or chunk == SMALL
    assert position.line == data[: position.offset].count(b"\n")
    if position.offset < len(data) and len(end) < MAX_LINE_BYTES:
        assert data[position.offset - 1 : position.offset] == b"\n"


def test_a_position_in_an_events_file_with_a_line_beyond_the_limit_names_the_right_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"core":"c"}\n' * 3 + "x" * 2 * MAX_LINE_BYTES)
    inputs, _ = find_inputs((str(path),), events=True)
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        session.read(inputs[0])
        position = store.get(POSITIONS, str(path))
    assert position is not None
    data = path.read_bytes()
    assert position.line == data[: position.offset].count(b"\n") == 3


@pytest.mark.parametrize(
    ("head", "what"), [(b"\x7fELF\x02\x00\x00", "an ELF file"), (b"a\x00b", "not text")]
)
@pytest.mark.parametrize("newline", [b"", b"\n"])
def test_a_binary_is_said_and_searched_all_the_same(
    head: bytes, what: str, newline: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "core"
    path.write_bytes(head + b"\n" + crash("a").encode().rstrip() + newline)
    found, summary = read(path)
    assert occurrences(found) == 1
    (problem,) = summary.problems
    assert problem.what.startswith(what)
    assert not problem.fatal
    path.write_bytes(head + newline)
    assert len(read(path)[1].problems) == 1


def test_a_stop_keeps_what_was_read_and_the_next_run_goes_on(tmp_path: Path) -> None:
    path, state = tmp_path / "app.log", tmp_path / "state"
    path.write_text(FIRST + SECOND)
    asked = iter([False, False, *[True] * 99])
    options = Options(chunk_bytes=SMALL)
    _, summary = read(path, state=state, options=options, stopping=lambda: next(asked))
    assert summary.interrupted
    assert summary.bytes < path.stat().st_size / 2
    found, summary = read(path, state=state, options=options)
    assert summary.bytes <= path.stat().st_size
    assert content(found) == content(run([path]))


def test_a_summary_says_what_was_read(tmp_path: Path) -> None:
    paths = [tmp_path / "a.log", tmp_path / "b.log"]
    text = ORDINARY + crash("a") + "worker: recovered panic\n" + '{"kind":"git.push"\n'
    for path in paths:
        path.write_text(text + panic_text(message="password=hunter2-the-second"))
    _, summary = read(*paths, options=Options(state="somewhere"))
    assert (summary.files, summary.bytes) == (2, 2 * paths[0].stat().st_size)
    assert summary.lines == 2 * len(paths[0].read_text().splitlines())
    assert (summary.duplicates, summary.dead_letters) == (2, 1)
    assert summary.scrubbed == {"password": 2}
    assert [(miss.path, miss.line) for miss in summary.misses] == [
        (str(path), text.splitlines().index("worker: recovered panic") + 1) for path in paths
    ]
    assert summary.state == "somewhere"
    assert sum(summary.formats.values()) == summary.lines


# ---- live inputs


def test_a_pipe_is_read_to_its_end_and_a_quiet_time_closes_what_is_open(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    quiet = threading.Event()

    def write() -> None:
        with fifo.open("wb", buffering=0) as sink:
            sink.write(crash("a").encode() + panic_text("main.b").encode())
            assert quiet.wait(60)
            sink.write((ORDINARY * 20 + crash("c")).encode())

    seen: list[str] = []

    def tell(kind: str) -> None:
        seen.append(kind)
        if kind == "main.b":
            quiet.set()

    inputs, _ = find_inputs((str(fifo),))
    writer = threading.Thread(target=write)
    writer.start()
    with SqliteStore(None) as store:
        session = Session(STAGES, store, Options(quiet_seconds=0.01))
        session.engine.sinks["reports.root_cause"] = lambda report: tell(
            str(getattr(getattr(report, "root_cause", None), "function", None))
        )
        session.read(inputs[0])
        session.finish()
        found = sum(report.occurrences for report in reports(store))
    writer.join(60)
    assert seen == ["main.a", "main.b", "main.c"]
    assert found == 3


def test_a_pipe_that_is_read_again_is_another_input(tmp_path: Path) -> None:
    """Nothing of a pipe can be read twice: its ordinals begin anew, equal crashes are the same ones."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with SqliteStore(None) as store:
        for _ in range(2):
            writer = threading.Thread(target=lambda: fifo.write_text(crash("a") * 2))
            writer.start()
            inputs, _ = find_inputs((str(fifo),))
            session = Session(STAGES, store)
            session.read(inputs[0])
            session.finish()
            writer.join(60)
            assert [report.occurrences for report in reports(store)] == [2]


def test_a_wake_ends_a_pipe_and_closes_what_is_open(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    wake, waker = os.pipe()
    sink = os.open(fifo, os.O_RDWR)
    os.write(sink, panic_text().encode())
    try:
        inputs, _ = find_inputs((str(fifo),))
        with SqliteStore(None) as store:
            options = Options(quiet_seconds=60, wake=wake)
            stop = iter([False])
            session = Session(
                STAGES,
                store,
                options,
                progress=lambda _bytes: os.close(os.dup(waker)),
                stopping=lambda: next(stop, True) or not os.write(waker, b"."),
            )
            session.read(inputs[0])
            session.finish()
            assert [report.occurrences for report in reports(store)] == [1]
    finally:
        for end in (sink, wake, waker):
            os.close(end)
