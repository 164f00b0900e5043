"""The core_pattern handler: what the kernel pipes into it is kept if a Go program died, else handed to who came before.

In: the kernel's words, the core on standard input, a settings file. Out: a core in the store, or in the spool where the
store is away; the reference to it in the spool; an exit code. The kernel waits until the core is read, and the process
with it: little is imported, nothing is fetched, and what is not Go's is not even read but handed over by exec.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final, NamedTuple

from streams.adapters.durable import sync_folder, write_all
from streams.core.capture.arguments import Died, expanded, known_in, read
from streams.core.capture.outline import PREFIX_BYTES, is_core
from streams.core.capture.program import Program, program_of, programs_in
from streams.drivers.core_places import REFERENCE, binary_path, file_name, folder_of
from streams.drivers.core_reading import measured_file
from streams.drivers.core_writer import (
    SUFFIX,
    Limits,
    NoRoomError,
    Written,
    chunks_of,
    keep_program,
    write_core,
    write_whole,
)
from streams.model.capture import FILE, CaptureSettings
from streams.model.capture import read as read_settings

DONE: Final = 0
BAD_INPUT: Final = 2
NOT_KEPT: Final = 3
_STDIN: Final = 0
_MOST_CGROUP: Final = 4096
Say = Callable[[str], None]


class _Process(NamedTuple):
    """What /proc says of who died; `handle`: of its program's file, -1 where it cannot be had."""

    exe: str | None = None
    handle: int = -1
    program: Program | None = None
    cgroup: str | None = None
    nspid: int | None = None


def settings_of(config: str | None) -> tuple[CaptureSettings, tuple[str, ...]]:
    """The settings, and what is wrong with them: where a file cannot be read, the defaults stand."""
    path = config or FILE
    values: dict[str, object] = {}
    wrong: list[str] = []
    try:
        with Path(path).open("rb") as stream:
            import tomllib  # noqa: PLC0415 - most of what a handler does needs it not

            values = tomllib.load(stream)
    except FileNotFoundError:
        wrong += [f"{path}: no such file: name a readable one with --config"] if config else []
    except OSError as error:
        wrong.append(f"{path}: {error.strerror}: name a readable file with --config")
    except ValueError as error:
        wrong.append(f"{path}: not TOML: {error}")
    settings, more = read_settings(values)
    problem = known_in(settings.forward)
    if problem:
        more += (f"core_forward: {problem}",)
        settings = settings._replace(forward=())
    return settings, (*wrong, *(f"{path}: {text}" for text in more))


class Handler:
    """One call by the kernel."""

    def __init__(self, settings: CaptureSettings, say: Say) -> None:
        """Nothing is read yet."""
        self._settings = settings
        self._say = say
        self._died: Died | None = None
        self._process = _Process()

    def run(self, words: Sequence[str]) -> int:
        """Keep or hand over the core; the exit code."""
        code = DONE
        try:
            self._died = read(words)
        except ValueError as problem:
            self._say(f"{problem}: nothing that they say is used")
            code = BAD_INPUT
        else:
            self._process = _process_of(self._died)
        first = b""
        verdict = self._wanted(self._process.program)
        if verdict is None:
            first = _prefix()
            if not is_core(first):
                self._say(f"standard input: {'empty' if not first else 'no ELF core'}: want a core")
                return self._handed_over(first, BAD_INPUT)
            found = next((each for each in programs_in(first) if each.is_go), None)
            verdict = self._wanted(found or self._guess())
        if verdict:
            return self._handed_over(first, code, verdict)
        return max(code, self._keep(first))

    # ---- whose it is

    def _guess(self) -> Program:
        """Nothing says what it is: whoever came before has it, and where there is nobody it is kept."""
        return Program(not self._settings.forward, None)

    def _wanted(self, program: Program | None) -> str | None:
        """Why it is not ours, empty where it is, None where that is not known yet."""
        if program is not None and not program.is_go:
            return "no Go program"
        for patterns, text, name in (
            (self._settings.programs, self._exe(), "core_programs"),
            (self._settings.cgroups, self._process.cgroup, "core_cgroups"),
        ):
            if patterns and not any(fnmatchcase(text or "", pattern) for pattern in patterns):
                return f"not one of {name}"
        return "" if program is not None else None

    def _exe(self) -> str | None:
        return self._process.exe or (self._died.exe if self._died else None)

    def _who(self) -> str:
        died = self._died
        return f"{self._exe() or 'a program'} ({died.pid if died else 'pid not known'})"

    # ---- not ours

    def _handed_over(self, first: bytes, code: int, why: str = "") -> int:
        """Let the handler that was there before have it, from the first byte on."""
        forward = self._settings.forward
        if not forward:
            if why:
                self._say(f"{self._who()}: {why}, and core_forward names nobody: not kept")
            return code
        command = expanded(forward, self._died.words if self._died else {})
        if not first:
            try:
                os.execv(command[0], command)  # noqa: S606 - the settings of this machine name it
            except OSError as error:
                return self._keep_after_all(first, command[0], error)
        return self._piped(command, first) if first else code

    def _keep_after_all(self, first: bytes, name: str, error: OSError) -> int:
        self._say(f"core_forward: {name}: {error.strerror}: {self._who()} is kept here")
        return max(NOT_KEPT, self._keep(first))

    def _piped(self, command: tuple[str, ...], first: bytes) -> int:
        """With what was read already before what was not."""
        reading, writing = os.pipe()
        try:
            child = os.posix_spawn(
                command[0],
                command,
                os.environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, reading, _STDIN)],
                setsigdef=[13],
            )
        except OSError as error:
            os.close(writing)
            return self._keep_after_all(first, command[0], error)
        os.close(reading)
        with suppress(BrokenPipeError):
            for chunk in chunks_of(_STDIN, first):
                write_all(writing, chunk)
        os.close(writing)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    # ---- ours

    def _keep(self, first: bytes) -> int:
        os.umask(0o077)
        settings = self._settings
        name = self._name()
        spool = Path(settings.spool)
        store = folder_of(settings.store)
        folders = tuple(dict.fromkeys(folder for folder in (store, spool) if folder is not None))
        limits = Limits(settings.limit_bytes, settings.free_bytes)
        try:
            written = write_core(chunks_of(_STDIN, first), folders, name + SUFFIX, limits)
        except (NoRoomError, OSError) as error:
            self._say(f"{self._who()}: its core is lost: {error}")
            return NOT_KEPT
        # The process may end now.
        _end_reading()
        if written.verdict.kind == "no core":
            written.path.unlink(missing_ok=True)
            self._say(f"standard input: {written.size} bytes that are no ELF core: want a core")
            return BAD_INPUT
        for text in written.moved:
            self._say(text)
        return self._named(written, name, spool)

    def _named(self, written: Written, name: str, spool: Path) -> int:
        folder = written.path.parent
        if written.verdict.kind == "cut":
            self._say(
                f"{self._who()}: its core is cut off: {written.verdict.missing} bytes are missing"
            )
            written = _as_it_is(written)
        path = folder / (name + SUFFIX)
        reference = self._reference(written, path, self._binary(folder))
        try:
            spool.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(spool / (name + REFERENCE), json.dumps(reference).encode() + b"\n")
            written.path.rename(path)
            sync_folder(folder)
        except OSError as error:
            self._say(
                f"{spool}: {error.strerror}: the core is {written.path}, and nothing refers to it"
            )
            return NOT_KEPT
        return DONE

    def _name(self) -> str:
        died = self._died
        at = died.at_seconds if died else int(time.time())
        parts = (
            time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at)),
            file_name((self._exe() or "program").rpartition("/")[2]),
            str(died.pid if died else 0),
            os.urandom(4).hex(),
        )
        return "-".join(parts)

    def _reference(self, written: Written, path: Path, binary: Path | None) -> dict[str, object]:
        """The event, as CoreRef has it (a test compares)."""
        died, process = self._died, self._process
        return {
            "schema": 1,
            "core": path.absolute().as_uri(),
            "binary": binary.absolute().as_uri() if binary else None,
            "build_id": process.program.build_id if process.program else None,
            "sha256": written.sha256,
            "size": written.size,
            "signal": died.signal if died else None,
            "pid": died.pid if died else None,
            "nspid": process.nspid,
            "exe": self._exe(),
            "cgroup": process.cgroup,
            "truncated": written.verdict.kind == "cut",
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(died.at_seconds))
            if died
            else None,
            "service": self._settings.service,
            "host": died.host if died else None,
        }

    def _binary(self, folder: Path) -> Path | None:
        """The program, beside the cores, once for each build: its container may be gone before anybody looks."""
        process = self._process
        build_id = process.program.build_id if process.program else None
        if process.handle < 0 or not build_id:
            return None
        path = binary_path(folder, build_id)
        try:
            keep_program(path, process.handle)
        except OSError as error:
            self._say(f"{path}: {error.strerror}: the program is not kept")
            return None
        return path


def _as_it_is(written: Written) -> Written:
    """Of a core that was cut: what can be read back of it."""
    found = measured_file(written.path)
    return written._replace(size=found.size, sha256=found.sha256)


def _prefix() -> bytes:
    """The first bytes of standard input."""
    found = bytearray()
    while len(found) < PREFIX_BYTES and (data := os.read(_STDIN, PREFIX_BYTES - len(found))):
        found += data
    return bytes(found)


def _end_reading() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _STDIN)
    os.close(nothing)


def _process_of(died: Died) -> _Process:
    """What /proc says, if that is still the process that died."""
    folder = Path("/proc", str(died.pid))
    try:
        if _began(folder) > died.at_seconds + 1:
            return _Process()
        cgroup = _cgroup(folder)
        nspid = _own_id(folder)
    except (OSError, ValueError, IndexError):
        return _Process()
    try:
        exe: str | None = str((folder / "exe").readlink()).removesuffix(" (deleted)")
        handle = os.open(folder / "exe", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return _Process(cgroup=cgroup, nspid=nspid)
    try:
        with mmap(handle, 0, access=ACCESS_READ) as data:
            program = program_of(data) or Program(is_go=False, build_id=None)
    except (OSError, ValueError):
        program = None
    return _Process(exe, handle, program, cgroup, nspid)


def _began(folder: Path) -> float:
    """When the process began, in seconds since 1970."""
    ticks = int((folder / "stat").read_bytes().rpartition(b")")[2].split()[19])
    for line in Path("/proc/stat").read_bytes().splitlines():
        if line.startswith(b"btime "):
            return int(line[6:]) + ticks / os.sysconf("SC_CLK_TCK")
    raise ValueError("no btime")


def _cgroup(folder: Path) -> str | None:
    """Its path of the unified hierarchy, else of the first one."""
    with (folder / "cgroup").open("rb") as stream:
        rows = stream.read(_MOST_CGROUP).decode("utf-8", "replace").splitlines()
    paths = [row.split(":", 2)[2] for row in sorted(rows) if row.count(":") >= 2]  # noqa: PLR2004 - two colons
    return paths[0] if paths else None


def _own_id(folder: Path) -> int | None:
    """The PID that it has in its own namespace."""
    for line in (folder / "status").read_bytes().splitlines():
        if line.startswith(b"NSpid:"):
            return int(line.split()[-1])
    return None


def handle(words: Sequence[str], config: str | None, say: Say) -> int:
    """Be the handler for one core; the exit code."""
    settings, wrong = settings_of(config)
    for text in wrong:
        say(text)
    code = Handler(settings, say).run(words)
    return code or (BAD_INPUT if wrong else DONE)


def sayer() -> Say:
    """Says a line on standard error; the kernel gives a handler none, so in the system's log then."""
    if sys.stderr is not None:
        stream = sys.stderr

        def say(line: str) -> None:
            with suppress(OSError):
                stream.write(f"panictrail collect: {line}\n")
                stream.flush()

        return say
    import syslog  # noqa: PLC0415 - where there is no standard error

    syslog.openlog("panictrail", 0, syslog.LOG_DAEMON)
    return lambda line: syslog.syslog(syslog.LOG_WARNING, line)
