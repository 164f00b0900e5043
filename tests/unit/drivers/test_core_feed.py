"""Following cores: each once, none before it is whole, nothing removed that is not in other hands."""

from __future__ import annotations

import asyncio
import gzip
import lzma
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import lz4.frame
import pytest
import zstandard

from streams.adapters.memory_meter import MemoryMeter
from streams.drivers.core_feed import CoreFeed
from streams.drivers.core_intake import CUT_SECONDS, QUIET_SECONDS, Intake, Places, Rules
from streams.drivers.core_places import folder_of
from streams.drivers.core_reading import measured
from streams.drivers.core_store import Keep, store_of
from streams.drivers.core_writer import Limits
from streams.model.events import CoreRef
from tests.s3_server import S3Server
from tests.tiny_go import Tiny

BOOT = "0123456789abcdef0123456789abcdef"


class BrokenError(Exception):
    """The sink did not take it."""


class Feeding:
    """A feed over one folder and a store, what its sink was given, and a clock that stands still."""

    def __init__(self, folder: Path, store: str | None = None, *, delete: bool = False) -> None:
        self.folder = folder / "watched"
        self.folder.mkdir(exist_ok=True)
        self.spool = folder / "spool"
        self.uri = store or (folder / "store").as_uri()
        self.rules = Rules(limits=Limits(1 << 40, 0), service="shop", delete=delete)
        self.keep = Keep(30, 1 << 40)
        self.taken: list[CoreRef] = []
        self.meter = MemoryMeter()
        self.breaks = False
        self.now = 0.0
        self.start()

    def start(self) -> None:
        """As after a kill: only files are left."""
        places = Places(
            spool=self.spool,
            store=folder_of(self.uri),
            folders=(self.folder,),
            kept=self.spool / "taken.json",
        )
        self.intake = Intake(places, self.rules, lambda: self.now)
        self.feed = CoreFeed(self.intake, store_of(self.uri), self.keep, self.meter)

    async def _sink(self, refs: Sequence[CoreRef]) -> None:
        if self.breaks:
            raise BrokenError
        self.taken.extend(refs)

    def look(self, after: float = 0.0) -> list[CoreRef]:
        """Once, so many seconds later; what came."""
        self.now += after
        before = len(self.taken)
        asyncio.run(self.feed.once(self._sink))
        return self.taken[before:]

    def settled(self) -> list[CoreRef]:
        """What comes when files have been left alone for long enough."""
        return [*self.look(), *self.look(QUIET_SECONDS)]


def data_of(it: Feeding, ref: CoreRef) -> tuple[int, str]:
    store = store_of(it.uri)
    name = store.name_of(ref.core)
    assert name is not None
    found = measured(store.read(name))
    return found.size, found.sha256


def test_a_core_is_taken_once_also_after_a_start(tiny: Tiny, tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    core = tiny.core("panic")
    shutil.copyfile(core, it.folder / "core.77")
    (it.folder / "app.log").write_text("no core\n")
    assert it.look() == []
    assert it.look(QUIET_SECONDS / 2) == []
    (ref,) = it.look(QUIET_SECONDS)
    assert (ref.pid, ref.signal, ref.service, ref.truncated) == (77, 6, "shop", False)
    assert ref.exe == str(tiny.binary("stripped"))
    assert data_of(it, ref) == (ref.size, ref.sha256) == measured_core(core)
    assert it.settled() == []
    it.start()
    assert it.settled() == []
    assert it.meter.total("panictrail_cores_total") == 1
    # Another one under the same name is another core.
    shutil.copyfile(tiny.core("nil"), it.folder / "core.77")
    (other,) = it.settled()
    assert other.core != ref.core


def measured_core(path: Path) -> tuple[int, str]:
    found = measured(iter([path.read_bytes()]))
    return found.size, found.sha256


def test_a_core_that_grows_is_waited_for(tiny: Tiny, tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    data = tiny.core("panic").read_bytes()
    path = it.folder / "core"
    for end in range(1, len(data), len(data) // 4):
        path.write_bytes(data[:end])
        assert it.settled() == []
        assert it.look(CUT_SECONDS / 2) == []
    path.write_bytes(data)
    (ref,) = it.settled()
    assert not ref.truncated
    assert (ref.size, ref.sha256) == measured_core(tiny.core("panic"))


def test_a_core_that_stays_cut_off_is_taken_and_marked(tiny: Tiny, tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    data = tiny.core("panic").read_bytes()[:5_000_000]
    (it.folder / "core").write_bytes(data)
    packed = zstandard.compress(tiny.core("panic").read_bytes())
    (it.folder / "core.7.zst").write_bytes(packed[: len(packed) // 2])
    assert it.settled() == []
    refs = it.look(CUT_SECONDS)
    assert [ref.truncated for ref in refs] == [True, True]
    assert {ref.size for ref in refs} & {5_000_000}
    for ref in refs:
        assert data_of(it, ref) == (ref.size, ref.sha256)
    assert it.look(CUT_SECONDS) == []


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        ("zst", zstandard.compress),
        ("lz4", lz4.frame.compress),
        ("xz", lzma.compress),
        ("gz", gzip.compress),
    ],
)
def test_packed_cores_are_those_of_systemd_with_what_it_notes(
    suffix: str, pack: Callable[[bytes], bytes], tiny: Tiny, tmp_path: Path
) -> None:
    it = Feeding(tmp_path)
    core = tiny.core("panic")
    name = f"core.a\\x2eb.1000.{BOOT}.4711.1795766400000000.{suffix}"
    path = it.folder / (name if suffix != "gz" else "core.4711.gz")
    path.write_bytes(pack(core.read_bytes()))
    for attribute, value in (("hostname", "node7"), ("signal", "11"), ("exe", "/usr/bin/shop")):
        os.setxattr(path, f"user.coredump.{attribute}", value.encode())
    (ref,) = it.settled()
    assert (ref.pid, ref.host, ref.signal, ref.exe) == (4711, "node7", 11, "/usr/bin/shop")
    if suffix != "gz":
        assert str(ref.at) == "2026-11-27T08:00:00Z"
    assert (ref.size, ref.sha256) == measured_core(core)
    assert data_of(it, ref) == measured_core(core)


def test_what_is_hidden_linked_or_no_file_is_passed_over(tiny: Tiny, tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    core = tiny.core("panic")
    shutil.copyfile(core, it.folder / ".#core.being.written")
    (it.folder / "core.link").symlink_to(core)
    (it.folder / "loop").symlink_to(it.folder)
    os.mkfifo(it.folder / "core.fifo")
    (it.folder / "core.dir").mkdir()
    (it.folder / "core.1.zst").write_bytes(b"no zstd")
    (it.folder / "core.2.zst").write_bytes(zstandard.compress(b"no core"))
    (it.folder / "core.3.lz4").write_bytes(b"\x04\x22\x4d\x18 damaged")
    (it.folder / os.fsdecode(b"core.\n\xff\x1b[31m")).write_bytes(core.read_bytes())
    (ref,) = it.settled()
    assert ref.core.endswith(".core.zst")
    assert "%" not in ref.core
    assert it.look(CUT_SECONDS) == []


def test_a_core_of_no_go_program_is_left_alone(tiny: Tiny, tmp_path: Path) -> None:
    it = Feeding(tmp_path, delete=True)
    data = tiny.core("panic").read_bytes()
    foreign = data.replace(b"\x04\0\0\0Go\0\0", b"\x04\0\0\0C!\0\0")
    # Its program is not on this machine either.
    program = str(tiny.binary("stripped")).encode()
    foreign = foreign.replace(program, b"/none" + program[5:])
    (it.folder / "core").write_bytes(foreign)
    assert it.settled() == []
    assert it.look(CUT_SECONDS) == []
    assert (it.folder / "core").exists()


def test_only_what_was_sent_is_deleted_and_only_when_told(tiny: Tiny, tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    path = it.folder / "core"
    shutil.copyfile(tiny.core("panic"), path)
    it.settled()
    it.settled()
    assert path.exists()
    it.rules = Rules(limits=it.rules.limits, delete=True)
    it.start()
    it.look()
    assert not path.exists()
    shutil.copyfile(tiny.core("nil"), path)
    it.breaks = True
    with pytest.raises(BrokenError):
        it.settled()
    it.start()
    with pytest.raises(BrokenError):
        it.settled()
    assert path.exists()
    it.breaks = False
    (ref,) = it.settled()
    assert data_of(it, ref) == measured_core(tiny.core("nil"))
    it.look()
    assert not path.exists()
    assert len(it.taken) == 2


def test_a_kill_between_any_two_steps_loses_nothing_and_sends_equal_references(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends at the n-th change of a file, for each n; the next one goes on."""

    class KilledError(BaseException):
        """Nothing catches it, as nothing catches SIGKILL."""

    step, sent, rounds = 0, [], 0
    real = {name: getattr(Path, name) for name in ("rename", "replace", "unlink")}
    while True:
        step += 1
        folder = tmp_path / str(step)
        folder.mkdir()
        it = Feeding(folder, delete=True)
        shutil.copyfile(tiny.core("panic"), it.folder / "core.7")
        os.utime(it.folder / "core.7", ns=(0, 1_795_766_400_000_000_000))
        left = step

        def ending(name: str) -> Callable[..., object]:
            def call(*words: object, **more: object) -> object:
                nonlocal left
                left -= 1
                if left == 0:
                    raise KilledError
                return real[name](*words, **more)

            return call

        it.look()
        with monkeypatch.context() as patch:
            for name in real:
                patch.setattr(Path, name, ending(name))
            try:
                it.look(QUIET_SECONDS)
                it.look()
                whole = True
            except KilledError:
                whole = False
        it.start()
        it.settled()
        it.settled()
        rounds += 1
        assert len({(ref.sha256, ref.size, ref.truncated, ref.at) for ref in it.taken}) == 1, step
        assert len({ref.core for ref in it.taken}) == 1
        assert data_of(it, it.taken[0]) == measured_core(tiny.core("panic"))
        assert not (it.folder / "core.7").exists()
        assert sorted(path.name for path in it.spool.iterdir()) == ["taken.json"]
        assert not list((folder / "store").glob(".*"))
        sent.append(len(it.taken))
        if whole:
            break
    assert rounds > 8
    # After some of the kills it was sent a second time; never more.
    assert set(sent) == {1, 2} or set(sent) == {1}


def test_into_s3_and_through_its_absence(
    tiny: Tiny, tmp_path: Path, bucket: str, s3_server: S3Server
) -> None:
    it = Feeding(tmp_path, bucket)
    shutil.copyfile(tiny.core("panic"), it.folder / "core.1")
    (ref,) = it.settled()
    assert ref.core.startswith(f"{bucket}/core.1-")
    assert ref.binary is not None
    assert ref.binary.startswith(f"{bucket}/binaries/")
    assert data_of(it, ref) == measured_core(tiny.core("panic"))
    assert not list(it.spool.glob("*.core.*"))
    s3_server.stop()
    try:
        shutil.copyfile(tiny.core("nil"), it.folder / "core.2")
        assert it.settled() == []
        (waits,) = it.spool.glob("*.core.zst")
        assert measured(iter([waits.read_bytes()])).size == tiny.core("nil").stat().st_size
    finally:
        s3_server.start()
    it.start()
    (ref,) = it.look()
    assert data_of(it, ref) == measured_core(tiny.core("nil"))
    assert not list(it.spool.glob("*.core.*"))


def test_a_core_that_changed_in_the_spool_is_sent_as_what_is_left(
    tiny: Tiny, tmp_path: Path, bucket: str
) -> None:
    it = Feeding(tmp_path, bucket)
    shutil.copyfile(tiny.core("panic"), it.folder / "core")
    it.breaks = True
    it.intake.look()
    it.now += QUIET_SECONDS
    it.intake.look()
    (core,) = it.spool.glob("*.core.zst")
    core.write_bytes(core.read_bytes()[:-20_000])
    it.breaks = False
    (ref,) = it.look()
    assert ref.truncated
    assert data_of(it, ref) == (ref.size, ref.sha256)
    assert ref.size < tiny.core("panic").stat().st_size


def test_a_reference_that_is_none_is_kept_aside(tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    it.look()
    (it.spool / "bad.core.json").write_text("{")
    (it.spool / "lost.core.json").write_text('{"core":"file:///nowhere/lost.core.zst"}')
    (it.spool / "evil.core.json").write_text('{"core":"file:///etc/passwd"}')
    assert it.look() == []
    assert sorted(path.name for path in it.spool.glob("*.corrupt")) == [
        "bad.core.json.corrupt", "evil.core.json.corrupt", "lost.core.json.corrupt",
    ]  # fmt: skip
    assert Path("/etc/passwd").exists()


def test_retention_removes_the_oldest_that_are_confirmed(tiny: Tiny, tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    for number in range(4):
        shutil.copyfile(tiny.core("panic"), it.folder / f"core.{number}")
    refs = it.settled()
    assert len(refs) == 4
    store = tmp_path / "store"
    for age, ref in enumerate(sorted(refs, key=lambda ref: ref.pid or 0)):
        path = store / ref.core.rpartition("/")[2]
        os.utime(path, (1_795_000_000 - age, 1_795_000_000 - age))
    unconfirmed = store / "other.core.zst"
    unconfirmed.write_bytes(b"of another collector")
    os.utime(unconfirmed, (1, 1))
    size = next(store.glob("core.1-*.zst")).stat().st_size
    programs = sum(path.stat().st_size for path in store.glob("binaries/*"))
    notes = sum(path.stat().st_size for path in store.glob("*.json"))
    it.keep = Keep(36_500, 2 * size + programs + notes + 100)
    it.start()
    it.look()
    # The highest number is the oldest.
    assert sorted(path.name[:6] for path in store.glob("core.*.zst")) == ["core.0", "core.1"]
    assert len(list(store.glob("*.core.json"))) == 2
    assert unconfirmed.exists()
    assert it.meter.total("panictrail_cores_removed_total") == 2
    it.keep = Keep(1, 1)
    it.start()
    it.look()
    assert [path.name for path in store.glob("*.zst")] == ["other.core.zst"]
    assert list(store.glob("binaries/*"))
