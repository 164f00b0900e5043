"""The core_pattern handler, called as the kernel calls it: real cores, real processes, a bare environment."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import orjson
import pytest

from streams.core.capture.arguments import WANTED
from streams.drivers.core_reading import measured_file
from streams.model.events import CoreRef
from streams.model.message import decode, encode
from tests.cores import DIED, NOBODY, PANICTRAIL, Machine, names, words
from tests.tiny_go import Tiny
from tests.waiting import until

# Writes what it was given, words and standard input, as systemd-coredump would take both.
_PREVIOUS = """#!/bin/sh
printf '%s\\n' "$@" > {folder}/words
cat > {folder}/given
exit 7
"""


def path_of(uri: str | None) -> Path:
    assert uri is not None
    return Path(unquote(urlsplit(uri).path))


def previous(folder: Path) -> Path:
    """Another handler."""
    path = folder / "previous"
    path.write_text(_PREVIOUS.format(folder=folder))
    path.chmod(0o755)
    return path


def full_pipe() -> tuple[int, int]:
    """A pipe that whoever writes to it waits at."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    return reading, writing


def foreign_core(tiny: Tiny) -> bytes:
    """The core with every trace of Go's build ID overwritten, as of a program in C."""
    data = tiny.core("panic").read_bytes()
    return data.replace(b"\x04\0\0\0Go\0\0", b"\x04\0\0\0C!\0\0")


def test_a_core_is_kept_whole_and_is_the_crash_that_the_program_printed(
    tiny: Tiny, tmp_path: Path
) -> None:
    machine = Machine(tmp_path)
    with tiny.core("nested").open("rb") as core:
        done = machine.handle(core)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (ref,) = machine.waiting()
    stored = path_of(ref.core)
    assert stored.parent == machine.store
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    data = tiny.core("nested").read_bytes()
    found = measured_file(stored)
    assert (found.size, found.sha256, found.ended) == (
        len(data), hashlib.sha256(data).hexdigest(), True,
    )  # fmt: skip
    assert (ref.size, ref.sha256, ref.truncated) == (found.size, found.sha256, False)
    assert (ref.signal, ref.pid, ref.exe, ref.host) == (6, NOBODY, "/srv/tiny", "node1")
    assert str(ref.at) == "2026-11-27T08:00:00Z"
    # What the handler writes by hand is the event, with each of its fields.
    (written,) = machine.spool.glob("*.core.json")
    assert orjson.loads(written.read_bytes()) == orjson.loads(encode(ref))

    trace = tmp_path / "trace.txt"
    trace.write_text(tiny.trace("nested"))
    analyzed = subprocess.run(
        [PANICTRAIL, "analyze", written, trace, "--binary", tiny.binary("stripped"), "--json"],
        capture_output=True,
        check=True,
    )
    (report,) = map(orjson.loads, analyzed.stdout.splitlines())
    assert report["occurrences"] == 2


def test_the_process_that_died_says_what_it_was_and_its_program_is_kept(
    tiny: Tiny, tmp_path: Path
) -> None:
    """While the kernel pipes, the process is still there; here a live one of the same program is."""
    machine = Machine(tmp_path)
    reading, writing = full_pipe()
    living = subprocess.Popen([tiny.binary("stripped"), "pcs"], stdout=writing)
    try:
        until(
            lambda: Path(f"/proc/{living.pid}/exe").readlink() == tiny.binary("stripped"), "it runs"
        )
        for _ in range(2):
            with tiny.core("panic").open("rb") as core:
                arguments = words(pid=living.pid, at=int(time.time()), exe="/elsewhere")
                assert machine.handle(core, arguments).returncode == 0
        (binary,) = machine.store.glob("binaries/*.zst")
        for ref in machine.waiting():
            assert ref.exe == str(tiny.binary("stripped"))
            assert ref.nspid == living.pid
            assert path_of(ref.binary) == binary
            assert ref.build_id == binary.name.removesuffix(".zst")
            assert ref.cgroup
        data = tiny.binary("stripped").read_bytes()
        assert measured_file(binary).sha256 == hashlib.sha256(data).hexdigest()
    finally:
        living.kill()
        living.wait()
        os.close(reading)
        os.close(writing)
    # Its container is gone, and so is its program: the one in the store is enough.
    done = subprocess.run(
        [PANICTRAIL, "analyze", machine.spool, "--json"], capture_output=True, check=True
    )
    (report,) = map(orjson.loads, done.stdout.splitlines())
    assert report["occurrences"] == 1


def test_a_pid_that_is_another_process_by_now_says_nothing(tiny: Tiny, tmp_path: Path) -> None:
    """This process began after the death."""
    machine = Machine(tmp_path)
    with tiny.core("panic").open("rb") as core:
        assert machine.handle(core, words(pid=os.getpid(), at=DIED - 10**9)).returncode == 0
    (ref,) = machine.waiting()
    assert (ref.exe, ref.cgroup, ref.binary) == ("/srv/tiny", None, None)


def test_what_is_not_go_goes_to_the_handler_before_whole(tiny: Tiny, tmp_path: Path) -> None:
    """By its program, unread; where that is gone, by what the core holds of it."""
    forward = [str(previous(tmp_path)), "%P", "%u", "%s", "%t", "%c", "%h", "%e", "%%"]
    machine = Machine(tmp_path, forward=forward)
    data = foreign_core(tiny)
    assert data != tiny.core("panic").read_bytes()
    for pid in (os.getpid(), NOBODY):
        arguments = words(pid=pid, at=int(time.time()))
        done = machine.handle(data, arguments)
        # The exit code is the other's, too.
        assert (done.returncode, done.stderr) == (7, "")
        assert (tmp_path / "given").read_bytes() == data
        said = (tmp_path / "words").read_text().splitlines()
        assert said == [str(pid), "1000", "6", arguments[5], "0", "node1", "tiny", "%"]
        (tmp_path / "given").unlink()
    assert machine.cores() == []


def test_without_a_handler_before_what_is_not_go_is_said_and_not_kept(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    done = machine.handle(b"", words(pid=os.getpid(), at=int(time.time())))
    assert done.returncode == 0
    assert "no Go program, and core_forward names nobody: not kept" in done.stderr
    assert machine.cores() == []


def test_a_handler_before_that_is_gone_loses_nothing(tiny: Tiny, tmp_path: Path) -> None:
    machine = Machine(tmp_path, forward=["/no/such/handler", "%P"])
    data = foreign_core(tiny)
    for pid in (os.getpid(), NOBODY):
        done = machine.handle(data, words(pid=pid, at=int(time.time())))
        assert done.returncode == 3
        assert "/no/such/handler: No such file or directory" in done.stderr
    assert [measured_file(path).size for path in machine.cores()] == [len(data)] * 2


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"programs": ["/srv/*"]}, 1),
        ({"programs": ["/app/*", "/opt/*"]}, 0),
        ({"cgroups": ["*kubepods*"]}, 0),
        ({"cgroups": ["*"]}, 1),
    ],
)
def test_patterns_say_which_are_ours(
    settings: dict[str, object],
    kept: int,
    tiny: Tiny,
    tmp_path: Path,
) -> None:
    machine = Machine(tmp_path, None, **settings, forward=[str(previous(tmp_path))])
    with tiny.core("panic").open("rb") as core:
        done = machine.handle(core)
    assert done.returncode == (0 if kept else 7)
    assert len(machine.cores()) == kept
    if not kept:
        assert (tmp_path / "given").read_bytes() == tiny.core("panic").read_bytes()


def test_a_core_that_is_cut_off_is_kept_and_marked(tiny: Tiny, tmp_path: Path) -> None:
    data = tiny.core("panic").read_bytes()
    for size in (1000, 200_000, len(data) - 1):
        folder = tmp_path / str(size)
        folder.mkdir()
        machine = Machine(folder)
        done = machine.handle(data[:size])
        assert done.returncode == 0
        assert "is cut off" in done.stderr
        (ref,) = machine.waiting()
        assert (ref.truncated, ref.size) == (True, size)
        assert ref.sha256 == hashlib.sha256(data[:size]).hexdigest()


def test_a_core_above_the_limit_keeps_its_beginning(tiny: Tiny, tmp_path: Path) -> None:
    machine = Machine(tmp_path, limit_bytes=5_000_000)
    with tiny.core("panic").open("rb") as core:
        done = machine.handle(core)
    assert "larger than 5000000 bytes (core_limit_bytes)" in done.stderr
    (ref,) = machine.waiting()
    found = measured_file(path_of(ref.core))
    assert ref.truncated
    assert 0 < ref.size == found.size <= 5_000_000
    assert found.sha256 == ref.sha256


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "0 words behind --handler: want %P %i %u"),
        (("x", *words()[1:]), "'x' for %P: want a number"),
        (("-1", *words()[1:]), "'-1' for %P"),
        (("0", *words()[1:]), "0 for %P: want 1 to 4194304"),
        (("9" * 40, *words()[1:]), "for %P: want a number"),
        ((*words()[:4], "99", *words()[5:]), "99 for %s: want 0 to 64"),
        ((*words()[:5], "9" * 18, *words()[6:]), "for %t: want 0 to"),
        (("\N{ARABIC-INDIC DIGIT ONE}", *words()[1:]), "for %P: want a number"),
    ],
)
def test_garbage_for_words_is_said_and_the_core_is_not_lost(
    arguments: tuple[str, ...], said: str, tiny: Tiny, tmp_path: Path
) -> None:
    machine = Machine(tmp_path)
    with tiny.core("panic").open("rb") as core:
        done = machine.handle(core, arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    (ref,) = machine.waiting()
    assert (ref.size, ref.pid, ref.at) == (tiny.core("panic").stat().st_size, None, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "empty: want a core"),
        (b"garbage", "no ELF core: want a core"),
        (b"\x7fELF\x02\x01" + bytes(58), "no ELF core"),
        (b"garbage" * 500_000, "no ELF core"),
    ],
)
def test_garbage_for_a_core_leaves_nothing(given: bytes, said: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    done = machine.handle(given)
    assert done.returncode == 2
    assert said in done.stderr
    assert not machine.spool.exists()
    assert not machine.store.exists()


def test_headers_that_lie_cost_no_memory(tiny: Tiny, tmp_path: Path) -> None:
    head = bytearray(tiny.core("panic").read_bytes()[:4096])
    head[56:58] = b"\xff\xff"  # the number of program headers stands elsewhere
    head[40:48] = (1 << 63).to_bytes(8, "little")
    machine = Machine(tmp_path)
    assert machine.handle(bytes(head)).returncode == 0
    (ref,) = machine.waiting()
    assert ref.truncated


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("core_store = [", "not TOML"),
        ("core_store = 7\n", "core_store = '7': want a text"),
        ("core_forward = ['relative']\n", "want the whole path of the program"),
        ("core_forward = ['/x', '%z']\n", "%z is not known here"),
    ],
)
def test_a_settings_file_with_a_mistake_loses_no_core(
    text: str, said: str, tiny: Tiny, tmp_path: Path
) -> None:
    """The defaults stand for what cannot be read; here the test names the rest."""
    machine = Machine(tmp_path)
    good = machine.config.read_text()
    name = text.partition(" ")[0]
    rows = [row for row in good.splitlines(keepends=True) if not row.startswith(name)]
    machine.config.write_text("".join(rows) + text)
    if "core_store" in text or "TOML" in said:
        # Nothing is written to the machine's own folders.
        done = machine.handle(b"garbage")
    else:
        with tiny.core("panic").open("rb") as core:
            done = machine.handle(core)
        assert len(machine.waiting()) == 1
    assert done.returncode == 2
    assert said in done.stderr


def test_a_store_that_cannot_be_written_is_said_and_the_spool_has_the_core(
    tiny: Tiny, tmp_path: Path
) -> None:
    machine = Machine(tmp_path)
    machine.store.write_text("a file where the folder should be")
    with tiny.core("panic").open("rb") as core:
        done = machine.handle(core)
    assert done.returncode == 0
    assert f"{machine.store}: File exists" in done.stderr
    (ref,) = machine.waiting()
    assert path_of(ref.core).parent == machine.spool
    assert measured_file(path_of(ref.core)).sha256 == ref.sha256


def test_a_store_that_fills_up_in_the_middle_hands_on_what_it_had(tmp_path: Path) -> None:
    """A file system of 1 MiB of this test's own; a core of random memory, which does not shrink."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    script = f"""
mount -t tmpfs -o size=1m small {mounted} || exit 99
{sys.executable} - <<'X'
from pathlib import Path
from tests.e2e.test_core_handler import random_core
from tests.cores import Machine
machine = Machine(Path({str(tmp_path)!r}), store=Path({str(mounted)!r}, "store").as_uri())
done = machine.handle(random_core(8_000_000))
assert done.returncode == 0, done
assert "No space left on device" in done.stderr, done.stderr
(ref,) = machine.waiting()
assert not ref.truncated and ref.size == len(random_core(8_000_000))
assert list(Path({str(mounted)!r}, "store").iterdir()) == []
X
"""
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    assert done.returncode == 0, done.stderr
    (core,) = (tmp_path / "spool").glob("*.core.zst")
    found = measured_file(core)
    assert found.sha256 == hashlib.sha256(random_core(8_000_000)).hexdigest()


def random_core(size: int) -> bytes:
    """An ELF core with one segment of memory that nothing compresses, the same for every call."""
    memory = hashlib.shake_128(b"memory").digest(size)
    head = bytearray(120)
    head[:7] = b"\x7fELF\x02\x01\x01"
    head[16:20] = b"\x04\0\x3e\0"
    head[32:40] = (64).to_bytes(8, "little")
    head[52:58] = b"\x40\0\x38\0\x01\0"
    head[64:68] = b"\x01\0\0\0"
    head[72:80] = (120).to_bytes(8, "little")
    head[96:104] = head[104:112] = len(memory).to_bytes(8, "little")
    return bytes(head) + memory


def test_without_room_anywhere_it_says_that_the_core_is_lost(tiny: Tiny, tmp_path: Path) -> None:
    machine = Machine(tmp_path, free_bytes=1 << 60)
    with tiny.core("panic").open("rb") as core:
        done = machine.handle(core)
    assert done.returncode == 3
    assert "its core is lost" in done.stderr
    assert "core_free_bytes" in done.stderr
    assert machine.cores() == []
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".partial")]


def test_the_kernel_opens_neither_standard_output_nor_error(tiny: Tiny, tmp_path: Path) -> None:
    """What is said must not get into a core whose file has the number 1 or 2."""
    machine = Machine(tmp_path)
    data = tiny.core("panic").read_bytes()[:300_000]
    script = 'exec "$@" >&- 2>&-'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *machine.handler(*words())],
        input=data,
        check=False,
        cwd="/",
        env={},
    )
    assert done.returncode == 0
    (ref,) = machine.waiting()
    assert measured_file(path_of(ref.core)).sha256 == hashlib.sha256(data).hexdigest()


def test_killed_in_the_middle_it_loses_nothing_that_was_whole(tiny: Tiny, tmp_path: Path) -> None:
    """One core was whole, one was killed half way: that one is kept as far as it came, and marked."""
    machine = Machine(tmp_path)
    core = tiny.core("panic")
    with core.open("rb") as stream:
        assert machine.handle(stream).returncode == 0
    data = random_core(12_000_000)
    half = subprocess.Popen(machine.handler(*words(exe="/srv/half")), stdin=subprocess.PIPE)
    assert half.stdin is not None
    half.stdin.write(data[:10_000_000])
    half.stdin.flush()

    def written() -> bool:
        return any(path.stat().st_size > 4_000_000 for path in machine.store.glob(".*.partial"))

    until(written, "half of a core")
    half.send_signal(signal.SIGKILL)
    half.wait()
    half.stdin.close()
    for _ in range(2):
        done = machine.collect()
        assert done.returncode == 0, done.stderr
    by_cut = {ref.truncated: ref for ref in machine.sent()}
    assert len(machine.sent()) == 2
    assert by_cut[False].size == core.stat().st_size
    assert 4_000_000 < by_cut[True].size < len(data)
    kept = measured_file(path_of(by_cut[True].core))
    assert kept.sha256 == hashlib.sha256(data[: by_cut[True].size]).hexdigest()
    assert (by_cut[True].pid, str(by_cut[True].at)) == (NOBODY, "2026-11-27T08:00:00Z")
    assert machine.waiting() == []
    assert not list(machine.store.glob(".*"))


def test_many_at_once_are_all_kept(tiny: Tiny, tmp_path: Path) -> None:
    """The same words for each: names do not collide."""
    machine = Machine(tmp_path)
    running = []
    for _ in range(12):
        with tiny.core("panic").open("rb") as core:
            running.append(subprocess.Popen(machine.handler(*words()), stdin=core))
    assert [each.wait() for each in running] == [0] * 12
    assert len(set(names(machine.cores()))) == 12
    refs = machine.waiting()
    assert len({ref.core for ref in refs}) == 12
    assert {(ref.size, ref.truncated) for ref in refs} == {
        (tiny.core("panic").stat().st_size, False)
    }


def test_it_imports_little() -> None:
    """The kernel waits while it starts: nothing of the pipeline, no codec, no event loop."""
    code = (
        "import sys; sys.stdin.close(); from streams.drivers import core_pipe; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'msgspec', 'orjson', 'asyncio', 'aiohttp', 'aiokafka', 'elftools', 'sqlite3', 'ssl', 'logging'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_its_words_are_those_of_the_documentation() -> None:
    line = f"|/usr/bin/panictrail collect cores --handler {WANTED}"
    assert line in Path("docs/cores.md").read_text()
    # CORENAME_MAX_SIZE of the kernel, with the end of the text.
    assert len(line) < 128


def test_a_reference_is_read_by_what_reads_events(tiny: Tiny, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    with tiny.core("panic").open("rb") as core:
        machine.handle(core)
    (path,) = machine.spool.glob("*.core.json")
    assert decode(path.read_bytes(), CoreRef).core.startswith("file://")
    shutil.rmtree(machine.spool)
