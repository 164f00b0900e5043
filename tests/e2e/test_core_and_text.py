"""A real program that leaves a core and a text: one crash, whichever is read first; and with its log lines, too."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from streams.core.spool import Kept
from streams.drivers.cores import core_head
from streams.drivers.spools import records, segments
from tests.e2e.test_cli import panictrail
from tests.e2e.test_spool import container_lines, occurrences
from tests.spool_writer import record, write
from tests.tiny_go import Tiny, leave

MODE = "nested"
CONTAINER = "c0" * 32
START = 1_795_809_600 * 10**9
PATTERN = Path("/proc/sys/kernel/core_pattern")


def died(panicwatch: Path, tiny: Tiny, folder: Path) -> tuple[Kept, Path]:
    """What panicwatch kept of a program that died, and its core.

    Where the kernel gives cores to somebody else, the two are those of a program under gdb.
    """
    spool = folder / "spool"
    if "/" in PATTERN.read_text():
        core = tiny.core(MODE)
        ended = {"code": None, "signal": 6, "core": True, "oom": None}
        host, now = socket.gethostname(), at(time.time_ns())
        text, pid = tiny.trace(MODE).encode(), core_head(str(core)).pid
        write(spool, record(text, pid=pid, nspid=pid, exit=ended, host=host, at=now))
    else:
        (folder / "work").mkdir(parents=True)
        words = ("--spool", str(spool), "--", str(tiny.binary("stripped")), MODE)
        leave(panicwatch, words, folder / "work")
        core = folder / "work" / "core"
    ((path,),) = (segments(spool),)
    (kept,) = records(path)
    assert isinstance(kept, Kept)
    assert kept.head.exit.signal == 6
    return kept, core


def at(instant: int) -> str:
    """As panicwatch writes it."""
    seconds, rest = divmod(instant, 10**9)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:09d}Z"


@pytest.mark.timeout(300)
def test_a_core_and_its_text_are_one_crash(panicwatch: Path, tiny: Tiny, tmp_path: Path) -> None:
    kept, core = died(panicwatch, tiny, tmp_path)
    head = kept.head
    assert head.at is not None
    # The kernel states whole seconds (core(5), %t).
    reference = {
        "core": core.as_uri(),
        "binary": tiny.binary("stripped").as_uri(),
        "pid": head.pid,
        "nspid": head.nspid,
        "signal": 6,
        "host": head.host,
        "at": head.at.ns // 10**9,
    }
    cores, other, log = (tmp_path / name for name in ("cores.jsonl", "other.jsonl", "app.log"))
    cores.write_bytes(orjson.dumps(reference) + b"\n")
    other.write_bytes(orjson.dumps({**reference, "host": "elsewhere"}) + b"\n")
    log.write_bytes(b"".join(container_lines(head.at.ns, kept.raw)))
    spool = tmp_path / "spool"
    kept_in = ("--state", tmp_path / "state")
    for words in ((log, cores, spool), (cores, *kept_in), (spool, *kept_in)):
        found = panictrail("analyze", *words, "--json")
        assert occurrences(found.stdout) == 1, found.stderr
        assert len(found.stdout.splitlines()) == 1
    assert occurrences(panictrail("analyze", spool, other, "--json").stdout) == 2


@pytest.mark.timeout(300)
def test_references_to_one_core_are_one_crash(panicwatch: Path, tiny: Tiny, tmp_path: Path) -> None:
    """As the handler sends it, as a folder watcher does, of a copy an hour later, without a time."""
    kept, core = died(panicwatch, tiny, tmp_path)
    copy, at = tmp_path / "copy", kept.head.at
    copy.write_bytes(core.read_bytes())
    assert at is not None
    reference = {"core": core.as_uri(), "binary": tiny.binary("stripped").as_uri()}
    own = {**reference, "pid": kept.head.pid, "host": kept.head.host, "at": at.ns // 10**9}
    folder = {**own, "core": copy.as_uri(), "nspid": kept.head.nspid, "at": at.ns / 1e9 + 3.5}
    later = {**reference, "service": "shop", "at": at.ns // 10**9 + 3600}
    events = [own, folder, later, reference]
    files = [tmp_path / f"{n}.jsonl" for n in range(len(events))]
    for path, event in zip(files, events, strict=True):
        path.write_bytes(orjson.dumps(event) + b"\n")
    spool = tmp_path / "spool"
    whole = reports_of(*files)
    assert [each["occurrences"] for each in whole] == [1]
    assert reports_of(*reversed(files)) == whole
    assert reports_of(spool, *files) == reports_of(*files[::-1], spool)
    kept_in = ("--state", tmp_path / "state")
    steps = [
        reports_of(path, *kept_in)
        for path in (files[2], files[0], spool, files[1], files[3], files[2])
    ]
    assert [report["occurrences"] for found in steps for report in found] == [1] * len(steps)
    assert steps[-1] == reports_of(spool, *files)


class Died(NamedTuple):
    """A program that died without a supervisor: what a container runtime has of it, and its core."""

    lines: Path
    core: Path


def unwatched(tiny: Tiny, folder: Path, second: float) -> Died:
    """Let the program die, in a container by its lines, at this second."""
    folder.mkdir()
    leave(tiny.binary("stripped"), (MODE,), folder)
    text = (folder / "trace.txt").read_bytes().partition(b"Aborted")[0]
    instant = START + int(second * 1e9)
    lines, core = folder / "app.log", folder / "cores.jsonl"
    written = ({"log": f"{line}\n", "stream": "stderr"} for line in text.decode().splitlines())
    place = {"docker_id": CONTAINER, "pod_name": "shop-1", "container_name": "shop"}
    lines.write_bytes(
        b"".join(
            orjson.dumps({**row, "time": at(instant + n * 1000), "kubernetes": place}) + b"\n"
            for n, row in enumerate(written)
        )
    )
    reference = {
        "core": (folder / "core").as_uri(),
        "binary": tiny.binary("stripped").as_uri(),
        "cgroup": f"/kubepods.slice/cri-containerd-{CONTAINER}.scope",
        "host": "node-7",
        "at": instant // 10**9,
    }
    core.write_bytes(orjson.dumps(reference) + b"\n")
    return Died(lines, core)


@pytest.mark.timeout(300)
def test_log_lines_and_a_core_of_one_process_are_one_crash(tiny: Tiny, tmp_path: Path) -> None:
    """Lines say no process; what a traceback of this level says of the first goroutine is of one process alone."""
    one, two = (unwatched(tiny, tmp_path / f"{n}", n * 4.0) for n in range(2))
    whole = reports_of(one.lines, one.core)
    assert [each["occurrences"] for each in whole] == [1]
    assert reports_of(one.core, one.lines) == whole
    for order in ((one.core, one.lines), (one.lines, one.core)):
        state = ("--state", tmp_path / f"state-{order[0].name}")
        assert [each["occurrences"] for each in reports_of(order[0], *state)] == [1]
        assert reports_of(order[1], *state) == whole
        assert reports_of(*order, *state) == whole
    # Two of a loop, in one container, within ten seconds.
    loops: tuple[tuple[Path, ...], ...] = (
        (one.lines, two.core),
        (one.lines, two.lines, two.core),
        (two.core, one.core, one.lines),
        (two.core, one.core, one.lines, two.lines),
    )
    for words in loops:
        for paths in (words, words[::-1]):
            assert [each["occurrences"] for each in reports_of(*paths)] == [2]


def reports_of(*words: object) -> list[dict[str, object]]:
    """The reports of `analyze`, without their envelope."""
    found = panictrail("analyze", *map(str, words), "--json")
    return [{**orjson.loads(line), "revision": 0} for line in found.stdout.splitlines()]
