"""Binaries by build ID, and their indexes on disk: damaged, foreign, of another file, written by two at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.index import Index, unpacked
from streams.drivers.binaries import Binaries, IndexCache, cache_folder
from streams.drivers.mapped import open_binary
from tests.made_elf import NOTE, TEXT, Func, Go, Part, elf, note
from tests.tiny_go import Tiny


def made(build_id: bytes, *names: str) -> bytes:
    """A program with a GNU build ID."""
    more = (Part(note(b"GNU", 3, build_id), kind=NOTE),)
    return Go(tuple(Func(name) for name in names), more=more).file()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_bytes(made(b"\xaa" * 20, "main.a"))
    return path


ID = "aa" * 20


# --------------------------------------------------------------------------------------------------------- find


def test_a_named_file_is_found_by_each_of_its_build_ids(tiny: Tiny) -> None:
    path = tiny.binary("stripped")
    binaries = Binaries((path,))
    for build_id in open_binary(path).info.build_ids:
        assert binaries.find(build_id) == path
    assert binaries.find("other") is None
    assert binaries.only() == path


def test_a_folder_is_looked_through(tmp_path: Path, tiny: Tiny, program: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    shutil.copy(tiny.binary("pie"), deep / "shop")
    (deep / "text").write_text("no binary")
    os.mkfifo(deep / "pipe")
    (deep / "dangling").symlink_to("nowhere")
    binaries = Binaries((tmp_path,))
    (gnu, go) = open_binary(tiny.binary("pie")).info.build_ids
    assert binaries.find(gnu) == binaries.find(go) == deep / "shop"
    assert binaries.find(ID) == program
    assert set(binaries.build_ids()) == {ID, gnu, go}
    assert binaries.only() is None


@pytest.mark.parametrize(
    "place",
    [ID, f"{ID}/executable", f".build-id/{ID[:2]}/{ID[2:]}", f".build-id/{ID[:2]}/{ID[2:]}.debug"],
)
def test_a_store_has_it_by_name(tmp_path: Path, place: str) -> None:
    path = tmp_path / "store" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(made(b"\xaa" * 20, "main.a"))
    assert Binaries((), (tmp_path / "store",)).find(ID) == path


def test_a_file_that_a_store_has_under_a_wrong_name_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / ID).write_bytes(made(b"\xbb" * 20, "main.a"))
    assert Binaries((), (tmp_path,)).find(ID) is None


@pytest.mark.parametrize(
    "name", ["", "a", "../program", "a/b", "x" * 5000, "\u0663" * 40, "a\0b", ".", "%2e%2e"]
)
def test_a_build_id_is_no_path(tmp_path: Path, program: Path, name: str) -> None:
    assert program.exists()
    assert Binaries((), (tmp_path,)).find(name) is None


def test_a_file_that_comes_later_is_found(tmp_path: Path) -> None:
    binaries = Binaries((), (tmp_path,))
    assert binaries.find(ID) is None
    path = tmp_path / "late"
    path.write_bytes(made(b"\xbb" * 20, "main.a"))
    assert binaries.find(ID) is None
    path.write_bytes(made(b"\xaa" * 20, "main.a", "main.b"))
    assert binaries.find(ID) == path


@pytest.mark.parametrize("content", [b"text", b"", b"\x7fELF", elf((Part(b"x", 1),))[:60]])
def test_a_named_file_that_is_no_binary_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(NotReadable):
        Binaries((path,))
    assert Binaries((), (tmp_path,)).build_ids() == ()


# --------------------------------------------------------------------------------------------------------- open


def test_a_binary_is_opened_once_and_again_when_it_changed(program: Path) -> None:
    binaries = Binaries((program,))
    first = binaries.open(program)
    assert binaries.open(program) is first
    fresh = program.with_name("fresh")
    fresh.write_bytes(made(b"\xaa" * 20, "main.changed"))
    fresh.replace(program)
    assert [f.name for f in binaries.open(program).table] == ["main.changed"]
    assert [f.name for f in first.table] == ["main.a"]


def test_a_binary_that_went_away_is_refused(program: Path) -> None:
    binaries = Binaries((program,))
    program.unlink()
    with pytest.raises(NotReadable, match="No such file"):
        binaries.open(program)


def test_few_binaries_stay_open(tmp_path: Path) -> None:
    binaries = Binaries()
    paths = [tmp_path / f"{n}" for n in range(20)]
    for n, path in enumerate(paths):
        path.write_bytes(made(bytes((n,)) * 20, f"main.f{n}"))
        binaries.open(path)
    last = binaries.open(paths[-1])
    assert binaries.open(paths[-1]) is last
    assert len(binaries._open) == 16  # noqa: SLF001 - what is kept is the point


# -------------------------------------------------------------------------------------------------------- cache


@pytest.fixture
def cache(tmp_path: Path) -> IndexCache:
    return IndexCache(tmp_path / "cache" / "indexes")


def opened(program: Path, cache: IndexCache) -> Binary:
    """As a new process opens it."""
    return Binaries((program,), (), cache).open(program)


def kept(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "cache" / "indexes").iterdir()
    return path


def test_the_second_time_a_binary_has_its_index(
    program: Path, cache: IndexCache, tmp_path: Path
) -> None:
    assert not opened(program, cache).indexed
    again = opened(program, cache)
    assert again.indexed
    assert again.at(TEXT) == Binary(program.read_bytes(), "plain").at(TEXT)
    assert kept(tmp_path).stat().st_mode & 0o077 == 0
    assert kept(tmp_path).parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "text", "longer"])
def test_damaged_bytes_are_no_index_and_are_replaced(
    program: Path, cache: IndexCache, tmp_path: Path, damage: str
) -> None:
    opened(program, cache)
    path = kept(tmp_path)
    good = path.read_bytes()
    path.write_bytes(
        {
            "flip": good[:100] + bytes((good[100] ^ 1,)) + good[101:],
            "cut": good[: len(good) // 2],
            "empty": b"",
            "text": b"panictrail-index-1\n" + b"x" * 100,
            "longer": good + b"x",
        }[damage]
    )
    assert not opened(program, cache).indexed
    assert path.read_bytes() == good
    assert opened(program, cache).indexed


def test_another_file_with_the_same_build_id_gets_its_own(program: Path, cache: IndexCache) -> None:
    opened(program, cache)
    other = program.with_name("other")
    other.write_bytes(made(b"\xaa" * 20, "main.other", "main.more"))
    found = opened(other, cache)
    assert not found.indexed
    assert [f.name for f in found.table] == ["main.other", "main.more"]
    assert not opened(program, cache).indexed


def test_an_index_of_somebody_else_is_not_believed(
    program: Path, cache: IndexCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(program, cache)
    assert opened(program, cache).indexed
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert not opened(program, cache).indexed


def test_a_pipe_in_the_folder_keeps_nobody_waiting(
    program: Path, cache: IndexCache, tmp_path: Path
) -> None:
    opened(program, cache)
    path = kept(tmp_path)
    path.unlink()
    os.mkfifo(path)
    assert not opened(program, cache).indexed
    path.unlink()
    path.mkdir()
    assert not opened(program, cache).indexed


def test_without_a_folder_that_can_be_written_all_works(program: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/self/none")):
        assert opened(program, IndexCache(folder)).at(TEXT)


def test_an_index_that_cannot_be_written_leaves_nothing(
    program: Path, cache: IndexCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        assert opened(program, cache).at(TEXT)
    assert list((tmp_path / "cache" / "indexes").iterdir()) == []


_WRITER = """
import sys
from pathlib import Path
from streams.drivers.binaries import Binaries, IndexCache
path, folder = map(Path, sys.argv[1:])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(30):
    cache = IndexCache(folder)
    binary = Binaries((path,), (), cache).open(path)
    cache.keep(binary.info.build_ids[0], binary.index())
    assert binary.table.functions > 1000
"""


def test_two_processes_that_write_at_once_leave_a_whole_index(tiny: Tiny, tmp_path: Path) -> None:
    path, folder = tiny.binary(), tmp_path / "cache"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    for writer in writers:
        writer.communicate(b"go\n")
        assert writer.returncode == 0
    (index,) = folder.iterdir()
    found: Index | None = unpacked(index.read_bytes(), open_binary(path).elf)
    assert found is not None


def test_a_binary_without_tables_is_opened_and_has_no_index(
    tmp_path: Path, cache: IndexCache
) -> None:
    path = tmp_path / "c"
    path.write_bytes(elf((Part(note(b"GNU", 3, b"\xcc" * 20), kind=NOTE), Part(b"x", 1))))
    binary = opened(path, cache)
    with pytest.raises(NotReadable, match="not built by Go"):
        _ = binary.table
    assert not (tmp_path / "cache").exists()


def test_the_cache_is_where_the_user_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/panictrail/indexes")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "panictrail" / "indexes"
