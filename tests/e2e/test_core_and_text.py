"""A real program that leaves a core and a text: one crash, whichever is read first; and with its log lines, too."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import orjson
import pytest

from streams.core.spool import Kept
from streams.drivers.spools import records, segments
from tests.e2e.test_cli import panictrail
from tests.e2e.test_spool import container_lines, occurrences
from tests.spool_writer import record, write
from tests.tiny_go import Tiny, leave

MODE = "nested"
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
        text = tiny.trace(MODE).encode()
        write(spool, record(text, pid=4711, nspid=4711, exit=ended, host=host, at=now))
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
    other.write_bytes(orjson.dumps({**reference, "nspid": 1 + (head.nspid or 0)}) + b"\n")
    log.write_bytes(b"".join(container_lines(head.at.ns, kept.raw)))
    spool = tmp_path / "spool"
    kept_in = ("--state", tmp_path / "state")
    for words in ((log, cores, spool), (cores, *kept_in), (spool, *kept_in)):
        found = panictrail("analyze", *words, "--json")
        assert occurrences(found.stdout) == 1, found.stderr
        assert len(found.stdout.splitlines()) == 1
    assert occurrences(panictrail("analyze", spool, other, "--json").stdout) == 2
