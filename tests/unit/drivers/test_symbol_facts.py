"""The facts of binaries and cores: present, or absent with a reason, whatever a reference names."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streams.adapters.no_facts import NoFacts
from streams.config import Settings
from streams.core.steps.cores import SEPARATOR
from streams.core.symbolize.elf import NotReadable
from streams.drivers import symbol_facts
from streams.drivers.binaries import Binaries
from streams.drivers.core_cache import path_of
from streams.drivers.mapped import open_binary
from streams.drivers.symbol_facts import Pool, SymbolFacts, facts_of
from streams.model.crash import Crash
from streams.model.message import decode
from streams.model.step import Absent, Present, Request
from streams.model.symbols import BinaryHead, CoreHead, FramesAt
from tests.tiny_go import Tiny


def facts(tiny: Tiny, *cores: Path, pool: Pool | None = None) -> SymbolFacts:
    folders = cores or None
    return SymbolFacts(Binaries((tiny.binary("stripped"),)), NoFacts(), cores=folders, pool=pool)


def present(found: object) -> bytes:
    assert isinstance(found, Present), found
    return found.data


def absent(found: object) -> str:
    assert isinstance(found, Absent), found
    return found.reason


@pytest.fixture
def build_id(tiny: Tiny) -> str:
    return open_binary(tiny.binary("stripped")).info.build_ids[0]


def test_a_binary_says_how_it_was_built(tiny: Tiny, build_id: str) -> None:
    head = decode(present(facts(tiny).resolve(Request("binary", build_id))), BinaryHead)
    assert (head.build.module, head.build.build_id) == ("example.com/acme/tiny", build_id)


def test_a_core_says_which_binary_it_needs(tiny: Tiny, build_id: str) -> None:
    request = Request("core", tiny.core("panic").as_uri())
    head = decode(present(facts(tiny).resolve(request)), CoreHead)
    assert build_id in head.build_ids


def test_a_core_and_its_binary_are_a_crash(tiny: Tiny, build_id: str) -> None:
    request = Request("postmortem", SEPARATOR.join((str(tiny.core("panic")), build_id)))
    crash = decode(present(facts(tiny).resolve(request)), Crash)
    assert (crash.kind, crash.message) == ("panic", "told")


def test_addresses_have_frames_of_the_calls_before_them(tiny: Tiny, build_id: str) -> None:
    table = open_binary(tiny.binary("stripped")).table
    entry = next(f.entry for f in table if f.name == "main.deep")
    request = Request("frames", SEPARATOR.join((build_id, hex(entry + 40), "0x1")))
    first, second = decode(present(facts(tiny).resolve(request)), FramesAt).rows
    assert first.frames[-1].function == "main.deep"
    assert second.reason == "outside the Go text of this binary"


def test_without_a_name_the_only_binary_is_meant(tiny: Tiny) -> None:
    request = Request("frames", SEPARATOR.join(("", "0x1")))
    assert present(facts(tiny).resolve(request))
    none = SymbolFacts(Binaries(), NoFacts())
    assert "in no folder of binaries" in absent(none.resolve(request))


def test_another_kind_is_the_business_of_others(tiny: Tiny) -> None:
    assert "no source of source facts" in absent(facts(tiny).resolve(Request("source", "x")))


def test_a_core_of_another_binary_is_refused_by_build_id(tiny: Tiny, build_id: str) -> None:
    request = Request("postmortem", SEPARATOR.join((str(tiny.core("panic", "pie")), build_id)))
    reason = absent(facts(tiny).resolve(request))
    assert "is not the program of" in reason
    assert build_id in reason


@pytest.mark.parametrize(
    "uri",
    [
        "ftp://bucket/core", "https://host/core", "file://host/core", "http://[bad/core", "file:///a%00b", "a\0b",
        "data:,x",
    ],
)  # fmt: skip
def test_what_is_no_file_here_is_refused(tiny: Tiny, uri: str) -> None:
    with pytest.raises(NotReadable, match="only files are read"):
        path_of(uri)
    for kind in ("core", "postmortem", "binary"):
        assert absent(facts(tiny).resolve(Request(kind, uri)))


def test_files_are_named_by_path_or_uri() -> None:
    assert path_of("/a b/core") == path_of("file:///a%20b/core") == Path("/a b/core")
    assert path_of("file://localhost/core") == Path("/core")


def test_cores_are_read_from_their_folders_only(tiny: Tiny, tmp_path: Path) -> None:
    """Neither by `..` nor by a link nor as a binary."""
    folder = tmp_path / "cores"
    folder.mkdir()
    (folder / "core").write_bytes(b"no core")
    (folder / "link").symlink_to(tiny.core("panic"))
    (folder / "loop").symlink_to("loop")
    inside = facts(tiny, folder)
    assert "is no ELF file" in absent(inside.resolve(Request("core", str(folder / "core"))))
    for name in (
        str(tiny.core("panic")), f"{folder}/../other", str(folder / "link"), "/etc/passwd", f"{folder}/{'x' * 300}/y",
        str(folder / "loop"),
    ):  # fmt: skip
        for kind in ("core", "postmortem", "binary", "frames"):
            assert absent(inside.resolve(Request(kind, name)))
    assert "lies in no folder" in absent(inside.resolve(Request("core", "/etc/passwd")))


# --------------------------------------------------------------------------------------------------------- pool


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(1)
    yield made
    made.close()


def test_a_core_is_read_in_another_process(tiny: Tiny, pool: Pool, tmp_path: Path) -> None:
    core, binary = str(tiny.core("panic")), str(tiny.binary("stripped"))
    crash = decode(pool.stacks(core, binary, str(tmp_path / "cache")), Crash)
    assert crash.message == "told"
    assert list((tmp_path / "cache").iterdir())
    with pytest.raises(NotReadable, match="is no ELF file"):
        pool.stacks("/etc/passwd", binary, None)


def test_a_process_that_dies_over_a_core_is_replaced(tiny: Tiny, pool: Pool) -> None:
    """It is stopped before it gets the core, so that it dies while it has it."""
    core, binary = str(tiny.core("panic")), str(tiny.binary("stripped"))
    assert pool.stacks(core, binary, None)
    inner = pool._free.queue[-1]  # noqa: SLF001 - whose process is to die
    assert inner is not None
    (worker,) = inner._processes.values()  # noqa: SLF001 - as above
    assert worker.pid is not None
    with ThreadPoolExecutor(1) as thread:
        os.kill(worker.pid, signal.SIGSTOP)
        waiting = thread.submit(pool.stacks, core, binary, None)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(NotReadable, match="ended the process that did"):
            waiting.result()
    assert pool.stacks(core, binary, None)


def test_a_core_that_is_read_without_an_end_is_given_up(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, binary = str(tiny.core("panic")), str(tiny.binary("stripped"))
    monkeypatch.setattr(symbol_facts, "_CORE_SECONDS", 0.001)
    pool = Pool(1)
    with pytest.raises(NotReadable, match="without an end"):
        pool.stacks(core, binary, None)
    pool.close()


def test_a_worker_without_folders_has_no_facts(tiny: Tiny) -> None:
    assert isinstance(facts_of(Settings()), NoFacts)
    found = facts_of(Settings(binaries=(str(tiny.binary("stripped")),)))
    assert "lies in no folder" in absent(found.resolve(Request("core", str(tiny.core("panic")))))
