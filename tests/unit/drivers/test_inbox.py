"""The inbox: in order, whole, after a kill, after damage, and when the disk is full."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from streams.drivers.inbox import Inbox, InboxError, Position, Reader, kept, records
from tests.docs.console import ROOT

SMALL = 2000


async def write(folder: Path, payloads: Iterable[bytes], *, segment_bytes: int = SMALL) -> None:
    """Put them, all at once."""
    inbox = Inbox(folder, segment_bytes=segment_bytes)
    await asyncio.gather(*map(inbox.put, payloads))
    await inbox.close()


def sizes(folder: Path) -> list[int]:
    """Of its segments, oldest first."""
    return [path.stat().st_size for path in sorted(folder.iterdir())]


def rows(count: int, size: int = 50) -> list[bytes]:
    """Payloads that differ."""
    return [b"%06d" % number + b"x" * size for number in range(count)]


def test_what_was_put_is_read_in_its_order_across_segments_and_runs(tmp_path: Path) -> None:
    for part in (rows(100)[:60], rows(100)[60:], []):
        asyncio.run(write(tmp_path, part))
    assert list(kept(tmp_path)) == rows(100)
    assert len(sizes(tmp_path)) == 3


def test_a_reader_goes_on_from_its_position(tmp_path: Path) -> None:
    async def read() -> list[bytes]:
        inbox = Inbox(tmp_path, segment_bytes=SMALL)
        await asyncio.gather(*map(inbox.put, rows(50)))
        found, position = [], Position()
        while batch := Reader(inbox, position).read(7):
            assert len(batch) <= 7
            found += [record.payload for record in batch]
            position = batch[-1].after
        assert inbox.backlog(position) == 0
        assert inbox.backlog(Position()) == sum(sizes(tmp_path))
        await inbox.put(b"one more")
        found += [record.payload for record in Reader(inbox, position).read()]
        await inbox.close()
        return found

    assert asyncio.run(read()) == [*rows(50), b"one more"]


def test_a_lost_folder_does_not_hide_what_comes_next(tmp_path: Path) -> None:
    """The position is kept elsewhere: segments begin behind it."""

    async def read() -> list[bytes]:
        done = Position(segment=41, offset=700)
        inbox = Inbox(tmp_path, after=done.segment)
        await inbox.put(b"new")
        found = [record.payload for record in Reader(inbox, done).read()]
        await inbox.close()
        return found

    assert asyncio.run(read()) == [b"new"]


def test_all_that_wait_share_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fdatasync

    def counting(handle: int) -> None:
        synced.append(handle)
        real(handle)

    monkeypatch.setattr(os, "fdatasync", counting)
    asyncio.run(write(tmp_path, rows(1000), segment_bytes=10**6))
    assert len(synced) == 1


def test_nobody_is_told_before_the_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    real = os.fdatasync

    def slow(handle: int) -> None:
        told.append("synced")
        real(handle)

    async def put() -> None:
        inbox = Inbox(tmp_path, on_durable=lambda: told.append("durable"))
        await inbox.put(b"x")
        told.append("answered")
        await inbox.close()

    monkeypatch.setattr(os, "fdatasync", slow)
    asyncio.run(put())
    assert told == ["synced", "durable", "answered"]


@pytest.mark.parametrize(
    ("slow_at", "in_loop"), [(0, [False, False, True]), (1, [False, True, False])]
)
def test_the_loop_itself_writes_only_while_the_disk_is_quick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow_at: int, in_loop: list[bool]
) -> None:
    """The first write goes to the thread, and the one after each that was slow."""
    clock = iter((0.0, 1.0, 1.0, 1.0, 1.0, 1.0) if slow_at == 0 else (0.0, 0.0, 0.0, 1.0, 1.0, 1.0))
    threads: list[bool] = []
    real = os.fdatasync

    def noting(handle: int) -> None:
        threads.append(threading.current_thread() is threading.main_thread())
        real(handle)

    async def put() -> None:
        inbox = Inbox(tmp_path)
        monkeypatch.setattr(os, "fdatasync", noting)
        with monkeypatch.context() as patched:
            patched.setattr("streams.drivers.inbox.monotonic", lambda: next(clock))
            for payload in rows(3):
                await inbox.put(payload)
        await inbox.close()

    asyncio.run(put())
    assert threads == in_loop
    assert list(kept(tmp_path)) == rows(3)


def test_a_torn_end_is_left_out_wherever_it_is_torn(tmp_path: Path) -> None:
    asyncio.run(write(tmp_path, rows(5)))
    path = next(tmp_path.iterdir())
    whole = path.read_bytes()
    size = len(whole) // 5
    for cut in range(1, size + 2):
        path.write_bytes(whole[:-cut])
        assert list(kept(tmp_path)) == rows(5)[: 4 if cut <= size else 3], cut
    asyncio.run(write(tmp_path, [b"after"]))
    assert list(kept(tmp_path)) == [*rows(5)[:3], b"after"]


def test_damage_in_the_midst_costs_the_damaged_record_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.run(write(tmp_path, rows(5)))
    path = next(tmp_path.iterdir())
    whole = path.read_bytes()
    size = len(whole) // 5
    for place in range(2 * size, 3 * size):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        found = [r.payload for r in records(path, Position(segment=1), len(whole))]
        assert found == [*rows(5)[:2], *rows(5)[3:]], place
    assert "damaged and left out" in caplog.text


def test_a_payload_that_looks_like_a_record_is_none(tmp_path: Path) -> None:
    asyncio.run(write(tmp_path, [b"inner"]))
    inner = next(tmp_path.iterdir()).read_bytes()
    other = tmp_path / "other"
    asyncio.run(write(other, [inner, inner * 3]))
    assert list(kept(other)) == [inner, inner * 3]


def test_segments_that_are_worked_off_are_removed_but_for_the_newest(tmp_path: Path) -> None:
    async def work() -> None:
        inbox = Inbox(tmp_path, segment_bytes=SMALL, kept_bytes=5000)
        for row in rows(300):
            await inbox.put(row)
        reader, before = Reader(inbox, Position()), len(sizes(tmp_path))
        while reader.read():
            pass
        inbox.forget(reader.position)
        left = sizes(tmp_path)
        assert len(left) < before
        assert sum(left[:-1]) <= 5000
        assert inbox.backlog(reader.position) == 0
        await inbox.put(b"on and on")
        assert [r.payload for r in reader.read()] == [b"on and on"]
        await inbox.close()

    asyncio.run(work())


_FULL = """
import asyncio, resource, signal, sys
from pathlib import Path
from streams.drivers.inbox import Inbox, InboxError

async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    inbox = Inbox(Path(sys.argv[1]))
    await inbox.put(b"a" * 1000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))
    for payload in (b"b" * 1000, b"c" * 2000):
        try:
            await inbox.put(payload)
            print("kept")
        except InboxError as error:
            print("refused", str(error).endswith("or name another folder"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await inbox.put(b"d")
    await inbox.close()

asyncio.run(main())
"""


def test_a_full_disk_is_said_and_leaves_no_part_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    # The first does not fit behind what is there and is refused; the second fits nowhere.
    assert done.stdout == "refused True\nrefused True\n"
    assert list(kept(tmp_path)) == [b"a" * 1000, b"d"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InboxError, match="name another folder"):
        Inbox(tmp_path / "file" / "inbox")


_PUTS = """
import asyncio, os, sys
from pathlib import Path
from streams.drivers.inbox import Inbox

async def main():
    inbox = Inbox(Path(sys.argv[1]), segment_bytes=20000)
    async def one(start):
        number = start
        while True:
            await inbox.put(b"%d" % number * 10)
            os.write(1, b"%d\\n" % number)
            number += 8
    await asyncio.gather(*map(one, range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 40, 200])
def test_nothing_that_was_said_to_be_kept_is_lost_by_kill_9(tmp_path: Path, after: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _PUTS, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    found = set(kept(tmp_path))
    whole = [line for line in said if line.endswith(b"\n")]
    assert len(whole) >= after
    assert {line.strip() * 10 for line in whole} <= found


def test_a_segment_that_is_worked_off_can_be_left_and_removed(tmp_path: Path) -> None:
    async def work() -> None:
        inbox = Inbox(tmp_path, kept_bytes=0)
        await inbox.put(b"secret")
        reader = Reader(inbox, Position())
        assert [record.payload for record in reader.read()] == [b"secret"]
        # One more came before the segment was left: it is not passed over.
        await inbox.put(b"late")
        await inbox.roll()
        assert [record.payload for record in reader.read()] == [b"late"]
        assert reader.read() == []
        inbox.forget(reader.position)
        assert sizes(tmp_path) == [0]
        await inbox.roll()
        assert len(sizes(tmp_path)) == 1
        await inbox.put(b"new")
        assert [record.payload for record in reader.read()] == [b"new"]
        await inbox.close()

    asyncio.run(work())
