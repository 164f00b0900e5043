"""`snapshot --quit` on programs under the real panicwatch, and that without it no signal is ever sent."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from streams.adapters.proc import Proc
from streams.drivers.quit import quit_and_wait
from streams.drivers.supervised import supervised
from streams.model.crash import Crash
from streams.model.errors import BadInput
from tests.e2e.test_snapshot import PANICTRAIL, assert_equal_to_the_trace, panictrail, record
from tests.symbolize import trace

IN_NAMESPACES = ("unshare", "--pid", "--fork", "--mount-proc", "--mount")
SECRET = "hunter2" + "-the-third"
# A spool that only that mount namespace has.
HIDDEN = 'mount -t tmpfs none "$0" && exec "$@"'


class Watched:
    """A program under panicwatch that said that it is ready."""

    def __init__(self, process: subprocess.Popen[bytes], name: str, errors: Path) -> None:
        self.process = process
        self.errors = errors
        (self.pid,) = (each for each in below(process.pid) if Proc().status(each).name == name)

    def lives(self) -> bool:
        """Whether the program goes on."""
        return Path(f"/proc/{self.pid}/exe").exists()

    def ended(self) -> int:
        """The exit code of what was started."""
        return self.process.wait(60)


@contextmanager
def alone(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program without panicwatch, ready; whatever is left of it is killed afterwards."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            for pid in (*below(process.pid), process.pid):
                os.kill(pid, signal.SIGKILL)


def below(pid: int) -> list[int]:
    """Every process that a process started, and what these started."""
    found = list(Proc().children(pid))
    for each in found:
        found += Proc().children(each)
    return found


Start = Callable[..., Watched]


@pytest.fixture
def start(panicwatch: Path, live: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts a command under panicwatch, by default the program that parks goroutines; `before` starts panicwatch."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(
        *command: str,
        name: str = "live",
        before: tuple[str, ...] = (),
        spool: tuple[str, ...] = ("--spool", str(tmp_path / "spool")),
    ) -> Watched:
        errors = tmp_path / f"errors{len(started)}"
        with errors.open("wb") as stream:
            process = subprocess.Popen(
                [*before, str(panicwatch), *spool, "--", *(command or (str(live), "park", "50"))],
                env={**os.environ, "GOTRACEBACK": "system"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stream,
            )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", errors.read_text()
        return Watched(process, name, errors)

    yield begin
    for process in started:
        for pid in (*below(process.pid), process.pid):
            if process.poll() is None:
                os.kill(pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def assert_is_what_it_printed(found: Crash, it: Watched) -> None:
    """Goroutine by goroutine; panicwatch passes on what the program writes."""
    said = trace.parse(it.errors.read_text())
    # The stack of the thread that got the signal (goroutine 0) is none of a goroutine's.
    ours = tuple(one for one in found.goroutines if one.id)
    assert assert_equal_to_the_trace(ours, said) >= 63
    assert found.message == "SIGQUIT: quit"


def test_the_dump_of_a_direct_child_is_kept_and_shown(start: Start, tmp_path: Path) -> None:
    it = start()
    run = panictrail("snapshot", "--quit", "--yes", "--pid", it.pid, "--json", "--service", "shop")
    found = record(run)
    assert it.ended() == 2
    assert_is_what_it_printed(found, it)
    assert found.source.service == "shop"
    assert found.context.attributes["pid"] == str(it.pid)
    (segment,) = (tmp_path / "spool").glob("*.spool")
    assert (
        f"has ended, with exit code 2; its dump is in {segment}, at offset 0" in run.stderr.decode()
    )
    kept = panictrail("spool", "cat", tmp_path / "spool", "--json")
    assert orjson.loads(kept.stdout)["raw"] == it.errors.read_text()


@pytest.mark.parametrize(
    "script", ['"$0" park 50; exit $?', '"$0" park 50 & wait $!', 'sh -c "$0 park 50"']
)
def test_it_reaches_the_program_through_shells(
    start: Start, live: Path, tmp_path: Path, script: str
) -> None:
    it = start("sh", "-c", script, str(live))
    run = panictrail("snapshot", "--quit", "--yes", "--pid", it.pid, "--out", tmp_path / "kept")
    assert run.returncode == 0, run.stderr
    it.ended()
    (path,) = (tmp_path / "kept").iterdir()
    assert run.stdout.decode() == f"{path}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.name.startswith(f"live-{it.pid}-")


def test_it_reaches_into_a_container_whose_spool_nobody_else_sees(
    start: Start, tmp_path: Path
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    it = start(
        before=(*IN_NAMESPACES, "sh", "-c", HIDDEN, str(hidden)), spool=("--spool", str(hidden))
    )
    found = record(panictrail("snapshot", "--quit", "--yes", "--pid", it.pid, "--json"))
    assert it.ended() == 2
    assert_is_what_it_printed(found, it)
    assert not list(hidden.iterdir())


def test_on_a_terminal_too_and_secrets_do_not_leave_the_spool(
    panicwatch: Path, live: Path, tmp_path: Path
) -> None:
    ours, theirs = pty.openpty()
    command = [str(panicwatch), "--spool", str(tmp_path), "--", str(live), "park", "9"]
    with subprocess.Popen(
        [*command, f"password={SECRET}"], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        (pid,) = Proc().children(process.pid)
        assert Proc().open_files(pid)[2].startswith("/dev/pts/")
        run = panictrail("snapshot", "--quit", "--yes", "--pid", pid, "--json")
        assert process.wait(60) == 2
    os.close(ours)
    os.close(theirs)
    assert len(record(run).goroutines) > 22
    assert b"password=[scrubbed:" in run.stdout
    assert SECRET.encode() not in run.stdout + run.stderr


# ------------------------------------------------------------------------------------------------------- refusals


def test_a_person_is_asked_and_told_that_the_program_ends(start: Start) -> None:
    it = start()
    for typed, said in (
        (b"n\n", b"nothing was sent: the program goes on\n"),
        (b"y\n", b"SIGQUIT: quit"),
    ):
        ours, theirs = pty.openpty()
        assert it.lives()
        with subprocess.Popen(
            [PANICTRAIL, "snapshot", "--quit", "--pid", str(it.pid)],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            os.write(ours, typed)
            assert process.stdout is not None
            out = process.stdout.read()
            asked = os.read(ours, 65536)
        os.close(ours)
        assert process.returncode == 0
        assert said in out
        assert b"it prints its goroutines and ENDS" in asked
        assert b"end it? [y/N]" in asked
    assert it.ended() == 2


def test_without_yes_and_without_a_terminal_nothing_is_sent(start: Start) -> None:
    it = start()
    run = panictrail("snapshot", "--quit", "--pid", it.pid)
    assert run.returncode == 2
    assert b"SIGQUIT ENDS the program, and nobody is here to be asked: add --yes" in run.stderr
    assert it.lives()


def test_a_program_without_panicwatch_is_left_alone(live: Path) -> None:
    with alone(str(live), "park") as process:
        run = panictrail("snapshot", "--quit", "--yes", "--pid", process.pid)
        assert run.returncode == 2
        assert b"does not run under panicwatch" in run.stderr
        assert b"its dump would be kept nowhere: start it by `panicwatch --spool DIR" in run.stderr
        assert process.poll() is None


def test_a_name_alone_does_not_make_a_panicwatch(live: Path, tmp_path: Path) -> None:
    """The program above it is asked what it was built of."""
    false = tmp_path / "panicwatch"
    false.symlink_to("/bin/sh")
    script = '"$0" park; exit $?'
    with alone(str(false), "-c", script, str(live), "--spool", str(tmp_path)) as process:
        (pid,) = Proc().children(process.pid)
        run = panictrail("snapshot", "--quit", "--yes", "--pid", pid)
        assert run.returncode == 2
        assert b"does not run under panicwatch" in run.stderr
        assert Path(f"/proc/{pid}/exe").exists()


def test_a_panicwatch_without_a_spool_keeps_nothing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for spool in ((), ("--spool", str(tmp_path / "file"))):
        it = start(spool=spool)
        run = panictrail("snapshot", "--quit", "--yes", "--pid", it.pid)
        assert run.returncode == 2
        assert b"keeps no spool" in run.stderr
        assert it.lives()


def test_a_dump_that_goes_elsewhere_would_be_lost(start: Start, live: Path, tmp_path: Path) -> None:
    it = start("sh", "-c", f'"$0" park 2> {tmp_path}/else; exit $?', str(live))
    run = panictrail("snapshot", "--quit", "--yes", "--pid", it.pid)
    assert run.returncode == 2
    assert f"does not go to panicwatch (process {it.process.pid}) but to".encode() in run.stderr
    assert it.lives()


def test_of_two_programs_below_one_wrapper_none_is_ended(
    start: Start, live: Path, tmp_path: Path
) -> None:
    """Whose dump it is could not be told before both are gone."""
    other = Path(shutil.copy(live, tmp_path / "other"))
    script = '"$0" park > /dev/null & "$1" park; exit $?'
    it = start("sh", "-c", script, str(live), str(other), name="other")
    run = panictrail("snapshot", "--quit", "--yes", "--pid", it.pid)
    assert run.returncode == 2
    assert b"has other Go programs below it" in run.stderr
    assert it.lives()


def test_what_is_no_go_program_is_named_with_the_one_that_it_runs(start: Start, live: Path) -> None:
    it = start("sh", "-c", '"$0" park; exit $?', str(live))
    (shell,) = Proc().children(it.process.pid)
    for pid, what in ((shell, b"is no Go program"), (it.process.pid, b"is panicwatch itself")):
        run = panictrail("snapshot", "--quit", "--yes", "--pid", pid)
        assert run.returncode == 2
        assert what in run.stderr
        assert f"name the program that it runs: {it.pid} (live)".encode() in run.stderr
    assert it.lives()


def test_one_that_takes_the_signal_itself_lives_on_and_that_is_said(
    start: Start, crasher: Path
) -> None:
    it = start(str(crasher), "caught", name="crasher")
    run = panictrail("snapshot", "--quit", "--yes", "--timeout", "0.5", "--pid", it.pid)
    assert run.returncode == 2
    assert b"got SIGQUIT and lives on, without a dump within 0.5 s" in run.stderr
    assert it.lives()


def test_a_pid_that_comes_again_is_not_signalled(start: Start) -> None:
    """The handle is of the process that was looked at; its PID may be another's by then."""
    it = start()
    with supervised(it.pid) as found:
        os.kill(it.pid, signal.SIGKILL)
        it.ended()
        with pytest.raises(BadInput, match="has ended meanwhile: nothing was sent"):
            quit_and_wait(found)


def test_reading_sends_no_signal(start: Start, crasher: Path) -> None:
    """The program prints every signal that it gets, but for SIGURG, which the runtime sends itself."""
    it = start(str(crasher), "caught", name="crasher")
    for command in (
        ("snapshot",),
        ("snapshot", "--json"),
        ("goroutines",),
        ("goroutines", "--group"),
    ):
        assert panictrail(*command, "--pid", it.pid).returncode == 0
    os.kill(it.pid, signal.SIGTERM)
    assert it.process.stdout is not None
    assert it.process.stdout.read() == b"terminated\n"
    assert it.ended() == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--quit", "--core"), b"it goes with neither --core nor --freeze"),
        (("--quit", "--freeze", "1"), b"it goes with neither --core nor --freeze"),
        (("--yes",), b"--yes belongs to --quit"),
        (("--timeout", "1"), b"--timeout to --quit too"),
        (("--quit", "--timeout", "0"), b"want more than 0 seconds"),
    ],
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...], why: bytes) -> None:
    run = panictrail("snapshot", "--pid", os.getpid(), *arguments)
    assert run.returncode == 2
    assert why in run.stderr
