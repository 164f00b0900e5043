"""`snapshot` and `goroutines --pid` on programs that live. The oracle is the trace that SIGQUIT makes them print."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jsonschema
import msgspec
import orjson
import pytest

from streams.core.symbolize.marks import mark_goroutines
from streams.drivers.cores import read_core
from streams.drivers.live import read_live
from streams.drivers.mapped import open_binary
from streams.model.crash import Crash, Frame, Goroutine
from streams.model.message import decode
from streams.model.settings import PipelineSettings
from tests.symbolize import trace
from tests.waiting import until

PANICTRAIL = str(Path(sys.executable).with_name("panictrail"))
ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "schemas" / "crash.v1.json"
SETTINGS = PipelineSettings()
# In a mount namespace of its own, a file system that nobody else sees, with the program alone in it.
HIDDEN = """
mount -t tmpfs none "$2" && mkdir "$2/proc" && cp "$1" "$2/inner" && mount -t proc none "$2/proc"
root=$2; shift 2; exec chroot "$root" /inner "$@"
"""
# core(5): of all mappings only the first pages of ELF files. Go's own memory is a gigabyte for gdb.
HEADERS_ONLY = "0x10"
NOBODY: Final = 65534


@dataclass
class Running:
    """A program of ours; `pid` is the number that this PID namespace has for it."""

    process: subprocess.Popen[bytes]
    pid: int
    errors: Path

    def state(self) -> str:
        """As /proc has it."""
        text = Path(f"/proc/{self.pid}/stat").read_text()
        return text.rpartition(")")[2].split()[0]

    def traced(self) -> bool:
        """Whether a debugger is attached."""
        return "TracerPid:\t0\n" not in Path(f"/proc/{self.pid}/status").read_text()

    def trace(self) -> trace.Trace:
        """What it prints of itself; that ends it."""
        os.kill(self.pid, signal.SIGQUIT)
        self.process.wait(60)
        return trace.parse(self.errors.read_text())


Start = Callable[..., Running]


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """go/fixtures/live; it needs no library, so that it runs where nothing else is."""
    path = tmp_path_factory.mktemp("live") / "live"
    subprocess.run(
        ["go", "build", "-o", path, "."], cwd=ROOT / "go" / "fixtures" / "live", check=True
    )
    return path


@pytest.fixture
def start(binary: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts the program, or what it is given, and waits until it is ready."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str, inside: tuple[str, ...] = ()) -> Running:
        errors = tmp_path / f"errors{len(started)}"
        with errors.open("wb") as stream:
            process = subprocess.Popen(
                [*(inside or (str(binary),)), *arguments],
                env={**os.environ, "GOTRACEBACK": "system"},
                stdout=subprocess.PIPE,
                stderr=stream,
            )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", (
            f"{inside or binary} did not start; unshare needs root (CAP_SYS_ADMIN): {errors.read_text()}"
        )
        pid = _children(process.pid)[-1] if inside else process.pid
        return Running(process, pid, errors)

    yield begin
    for process in started:
        for pid in (*_children(process.pid), process.pid):
            if process.poll() is None:
                os.kill(pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _children(pid: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except FileNotFoundError:
        return []


def panictrail(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end."""
    return subprocess.run(
        [PANICTRAIL, *map(str, arguments)], capture_output=True, check=False, timeout=120
    )


def record(run: subprocess.CompletedProcess[bytes]) -> Crash:
    """The crash record that a run printed."""
    assert run.returncode == 0, run.stderr
    return decode(run.stdout, Crash)


def shown(frames: tuple[Frame, ...]) -> list[tuple[str, str | None, int | None]]:
    """As the oracle has them."""
    return [(frame.function, frame.file, frame.line) for frame in frames]


def assert_equal_to_the_trace(found: tuple[Goroutine, ...], said: trace.Trace) -> int:
    """Goroutine by goroutine; the number of those that were compared."""
    ours = {one.id: one for one in found}
    ids = {one.id for one in (*said.goroutines, *said.unavailable, *said.innermost_only)}
    assert set(ours) == ids
    for one in said.goroutines:
        mine = ours[one.id]
        assert (mine.state, mine.wait_minutes or 0, mine.locked) == (
            one.state,
            one.wait_minutes,
            one.locked,
        )
        assert shown(mine.frames) == [(f.func, f.file, f.line) for f in one.frames], one.id
        by = mine.created_by
        assert (by and (by.function, by.file, by.line, by.goroutine)) == (
            one.created_by
            and (
                one.created_by.function,
                one.created_by.file,
                one.created_by.line,
                one.created_by.goroutine,
            )
        ), one.id
    return len(said.goroutines)


# ------------------------------------------------------------------------------------------------------ goroutines


def test_goroutines_of_a_live_process_equal_its_own_trace(start: Start) -> None:
    program = start("park", "200")
    first = record(panictrail("goroutines", "--pid", program.pid, "--json"))
    again = record(panictrail("snapshot", "--pid", program.pid, "--json"))
    assert first.goroutines == again.goroutines
    assert first.kind == "dump"
    assert not first.faults
    assert first.message == f"snapshot of process {program.pid} (live)"
    assert first.build.module == "example.com/acme/live"
    assert assert_equal_to_the_trace(first.goroutines, program.trace()) >= 213


@pytest.mark.parametrize("hidden", [False, True], ids=["PID namespace", "and mount namespace"])
def test_a_process_in_other_namespaces_is_read_from_outside(
    start: Start, binary: Path, tmp_path: Path, *, hidden: bool
) -> None:
    inside = ["unshare", "--pid", "--fork", "--mount-proc", str(binary)]
    if hidden:
        inside = ["unshare", "--pid", "--fork", "--mount", "sh", "-c", HIDDEN, "sh", str(binary)]
        inside.append(str(tmp_path))
    program = start("park", "50", inside=tuple(inside))
    found = record(panictrail("goroutines", "--pid", program.pid, "--json"))
    assert not hidden or not (tmp_path / "inner").exists()
    assert assert_equal_to_the_trace(found.goroutines, program.trace()) >= 63


def test_what_changes_all_the_time_is_whole_or_said_to_run(start: Start) -> None:
    program = start("churn", "100")
    whole, crash = 0, read_live(program.pid, SETTINGS).crash
    for _ in range(3):
        crash = read_live(program.pid, SETTINGS).crash
        assert len({one.id for one in crash.goroutines}) == len(crash.goroutines)
        parked = [one for one in crash.goroutines if any(f.file for f in one.frames)]
        for one in parked:
            assert one.frames[-1].function in ("runtime.goexit", "runtime.main"), one
            whole += 1
        for one in crash.goroutines:
            assert one.frames or one.state in ("running", "idle", "runnable"), one
    assert whole >= 3 * 200
    # Those that wait for ever were never hindered by the others.
    waiting = [one for one in crash.goroutines if "main.park.gowrap1" in str(one.created_by)]
    waiting += [
        one for one in crash.goroutines if any(f.function == "main.deep" for f in one.frames)
    ]
    assert len({one.id for one in waiting}) >= 113


def test_one_that_runs_is_said_to_run_and_has_no_stack(start: Start) -> None:
    program = start("spin")
    # A thread may be taken off its goroutine just now.
    states = until(
        lambda: [
            (one.state, one.frames)
            for one in read_live(program.pid, SETTINGS).crash.goroutines
            if one.state == "running"
        ],
        "the goroutine that never waits is seen running",
    )
    assert states == [("running", ())]


def test_a_short_freeze_is_measured_and_ends(start: Start) -> None:
    program = start("park", "20")
    run = panictrail("goroutines", "--pid", program.pid, "--group", "--freeze", "5")
    assert run.returncode == 0
    assert b"33 goroutines" not in run.stderr
    assert run.stderr.startswith(b"panictrail goroutines: the process stood still for ")
    assert program.state() != "T"


def test_a_freeze_beyond_its_limit_is_said(start: Start) -> None:
    program = start("park", "3000")
    run = panictrail("snapshot", "--pid", program.pid, "--freeze", "0.001", "--json")
    assert b"then the limit of 0.001 s was over" in run.stderr
    assert len(record(run).goroutines) > 3013
    until(lambda: program.state() != "T", "the process goes on")


def test_out_keeps_the_record_for_its_owner(start: Start, tmp_path: Path) -> None:
    program = start("park")
    out = tmp_path / "kept"
    run = panictrail("snapshot", "--pid", program.pid, "--out", out, "--service", "shop/eu")
    (path,) = out.iterdir()
    assert run.stdout.decode() == f"{path}\n"
    assert path.name.startswith(f"shop-eu-{program.pid}-")
    assert path.name.endswith(".goroutines.json")
    assert path.stat().st_mode & 0o777 == 0o600
    schema = orjson.loads(SCHEMA.read_bytes())
    jsonschema.Draft202012Validator(schema).validate(orjson.loads(path.read_bytes()))
    kept = decode(path.read_bytes(), Crash)
    assert kept.source.service == "shop/eu"
    assert kept.goroutines == read_live(program.pid, SETTINGS).crash.goroutines


# ------------------------------------------------------------------------------------------------------ refusals


def test_what_is_no_go_program_is_named_with_what_it_started() -> None:
    with subprocess.Popen(
        ["sh", "-c", "sleep 600 & echo ready; wait"], stdout=subprocess.PIPE
    ) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        run = panictrail("goroutines", "--pid", shell.pid)
        for child in _children(shell.pid):
            os.kill(child, signal.SIGKILL)
        shell.kill()
    assert run.returncode == 2
    assert b"is no Go program: name a Go program's PID; it started " in run.stderr
    assert b"(sleep)" in run.stderr


def test_without_the_rights_the_capability_is_named(start: Start) -> None:
    program = start("park")
    # That user may not read our files: it becomes that once the code is loaded.
    code = (
        "import os; from streams.drivers.live import read_live; from streams.config import Settings\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        f"read_live({program.pid}, Settings().pipeline())"
    )
    assert os.geteuid() == 0, "this test changes its user: run it as root"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT)
    assert (
        b"belongs to user 0, we are 65534: run as that user, or with CAP_SYS_PTRACE" in run.stderr
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("goroutines", "--pid", 1 << 22), b"there is none with this PID"),
        (("goroutines", "--pid", "0"), b"is no PID"),
        (("goroutines", "--pid", "7", "dump.txt"), b"one of them"),
        (("goroutines", "--freeze", "1", "dump.txt"), b"--freeze belongs to --pid"),
        (("snapshot", "--pid", "7", "--freeze", "0"), b"want seconds"),
        (("snapshot", "--pid", "7", "--force"), b"belong to --core"),
        (("snapshot", "--pid", "7", "--core", "--freeze", "1"), b"of no use with --core"),
        (("snapshot", "--pid", "7", "--core", "--timeout", "-1"), b"want more than 0"),
    ],
)
def test_wrong_usage_exits_2(arguments: tuple[object, ...], why: bytes) -> None:
    run = panictrail(*arguments)
    assert run.returncode == 2
    assert why in run.stderr


# ----------------------------------------------------------------------------------------------------------- cores


def test_a_core_of_a_live_process_tells_what_the_snapshot_told(
    start: Start, binary: Path, tmp_path: Path
) -> None:
    program = start("park", "100")
    alive = read_live(program.pid, SETTINGS).crash
    out = tmp_path / "cores"
    run = panictrail("snapshot", "--core", "--pid", program.pid, "--out", out, "--json")
    assert run.returncode == 0, run.stderr
    ref = orjson.loads(run.stdout)
    path = Path(ref["core"].removeprefix("file://"))
    try:
        crash = read_core(path, open_binary(binary))
        size = path.stat().st_size
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
        mode = path.stat().st_mode & 0o777
    finally:
        path.unlink()  # a gigabyte
    assert program.state() == "S"
    assert (crash.kind, crash.signal, crash.exit, crash.truncated) == ("dump", None, None, False)
    marked = mark_goroutines(crash.goroutines, crash.build, SETTINGS)
    by_id = {one.id: one for one in marked}
    assert by_id == {
        one.id: msgspec.structs.replace(one, wait_minutes=None) for one in alive.goroutines
    }
    assert (ref["size"], ref["sha256"], mode) == (size, digest.hexdigest(), 0o600)
    assert (ref["pid"], ref["nspid"], ref["exe"]) == (program.pid, program.pid, str(binary))
    assert (ref["binary"], ref["signal"], ref["truncated"]) == (binary.as_uri(), None, False)
    assert ref["build_id"] == open_binary(binary).info.gnu_build_id
    assert [one.name for one in out.iterdir()] == [f"{path.name}.json"]
    assert (out / f"{path.name}.json").read_bytes() == run.stdout
    assert_equal_to_the_trace(alive.goroutines, program.trace())


def test_a_core_from_a_hidden_file_system_has_its_program_beside_it(
    start: Start, binary: Path, tmp_path: Path
) -> None:
    """And the filter that the process has is heeded: without it the core would have a gigabyte."""
    root, out = tmp_path / "root", tmp_path / "cores"
    root.mkdir()
    command = ("unshare", "--pid", "--fork", "--mount", "sh", "-c", HIDDEN, "sh", str(binary))
    program = start("park", inside=(*command, str(root)))
    Path(f"/proc/{program.pid}/coredump_filter").write_text(HEADERS_ONLY)
    run = panictrail("snapshot", "--core", "--pid", program.pid, "--out", out, "--json")
    assert run.returncode == 0, run.stderr
    assert program.state() == "S"
    ref = orjson.loads(run.stdout)
    assert (ref["pid"], ref["nspid"]) == (program.pid, 1)
    assert ref["size"] < 20_000_000
    beside = Path(ref["binary"].removeprefix("file://"))
    assert beside.parent == out
    assert beside.read_bytes() == binary.read_bytes()


def test_a_core_from_another_pid_namespace_has_the_stack_of_what_ran(
    start: Start, binary: Path, tmp_path: Path
) -> None:
    """The debugger writes the thread ids of its own namespace; the runtime knows those of the process's."""
    inside = ("unshare", "--pid", "--fork", "--mount-proc", str(binary))
    program, out = start("spin", inside=inside), tmp_path / "cores"
    run = panictrail("snapshot", "--core", "--pid", program.pid, "--out", out, "--json")
    assert run.returncode == 0, run.stderr
    ref = orjson.loads(run.stdout)
    assert (ref["pid"], ref["nspid"]) == (program.pid, 1)
    path = Path(ref["core"].removeprefix("file://"))
    try:
        crash = read_core(path, open_binary(binary))
    finally:
        path.unlink()  # a gigabyte
    (spinning,) = (
        one
        for one in crash.goroutines
        if "main.main" in str(one.created_by)
        and any(frame.function == "main.spin" for frame in one.frames)
    )
    assert spinning.state in {"running", "runnable"}
    assert crash.faults == ()


def _gcore(program: Running, out: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            PANICTRAIL,
            "snapshot",
            "--core",
            "--pid",
            str(program.pid),
            "--out",
            str(out),
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_amid_the_core_leaves_nothing_and_the_process_goes_on(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    program = start("park")
    out = tmp_path / "cores"
    with _gcore(program, out) as command:
        until(program.traced, "gdb is attached")
        command.send_signal(number)
        assert command.wait(60) == 128 + number
    assert not program.traced()
    assert program.state() == "S"
    assert not list(out.iterdir())


def test_a_timeout_ends_gcore_and_the_process_goes_on(start: Start, tmp_path: Path) -> None:
    program = start("park")
    out = tmp_path / "cores"
    with _gcore(program, out, "--timeout", "0.2") as command:
        _, errors = command.communicate(timeout=60)
    assert command.returncode == 2
    assert b"gcore was not done after 0.2 s and was ended; the process goes on" in errors
    assert not program.traced()
    assert program.state() == "S"
    assert not list(out.iterdir())


def test_a_process_with_a_debugger_is_said_to_have_one(start: Start, tmp_path: Path) -> None:
    program = start("park")
    with _gcore(program, tmp_path / "first") as command:
        until(program.traced, "gdb is attached")
        run = panictrail("snapshot", "--core", "--pid", program.pid, "--out", tmp_path / "second")
        command.terminate()
        command.communicate(timeout=60)
    assert run.returncode == 2
    assert b"is traced by process " in run.stderr
