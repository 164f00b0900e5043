"""The `git` program, run on a repository that is hostile input: by whoever reads one.

In: a folder that is a repository, arguments that were checked. Out: what git says, within so many bytes and seconds, or
GitTroubleError. No shell, no hook, no filter, no fetch; configuration of system and user is off, and nothing of the
repository's own is run.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from pathlib import Path
from typing import IO, ClassVar, Final, NamedTuple, NoReturn, cast

_READ_BYTES: Final = 1024 * 1024
# `%(objectname) %(objecttype) %(objectsize)`: https://git-scm.com/docs/git-cat-file#_batch_output
_HEADER: Final = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) ([a-z]+) (\d+)")

# Configuration of the system and the user is of no use here, and a repository's own could have git run things:
# GIT_ALLOW_PROTOCOL wins over protocol.*.allow, so that a partial clone fetches nothing (ext::, ssh).
_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": os.devnull,
    "LC_ALL": "C",
}


class GitTroubleError(Exception):
    """git cannot be used, or does not answer; the text says what is wrong."""


class Header(NamedTuple):
    """An object as `git cat-file` names it before its content; `size` in bytes."""

    id: str
    kind: str
    size: int


def header_of(line: bytes) -> Header | None:
    """What an answer of `git cat-file` names; None where there is no such object."""
    found = _HEADER.fullmatch(line)
    return Header(found[1].decode(), found[2].decode(), int(found[3])) if found else None


def _command(folder: Path, *arguments: str) -> list[str]:
    # A folder named by --git-dir may be anybody's (safe.directory is not asked), and none above it is looked at.
    return ["git", "--no-pager", "--literal-pathspecs", f"--git-dir={folder}", *arguments]


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT}


class Pipe:
    """One git process that answers on a pipe, within so many seconds."""

    # How many were started in this process, for whoever measures.
    started: ClassVar[int] = 0

    def __init__(self, folder: Path, seconds: float, *arguments: str) -> None:
        Pipe.started += 1
        self._seconds = seconds
        # What was read, and not taken yet; a bytearray gives away its beginning without a copy of the rest.
        self._buffer = bytearray()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program; what varies is a path and ids
                _command(folder, *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
                bufsize=0,
            )
        except OSError as error:
            message = f"git cannot be started: {error.strerror}"
            raise GitTroubleError(message) from None
        # Popen has both where they are asked for as pipes.
        self._in = cast("IO[bytes]", self._process.stdin)
        self._out = cast("IO[bytes]", self._process.stdout)

    def alive(self) -> bool:
        """Whether it still answers."""
        return self._process.poll() is None

    def ask(self, line: str) -> bytes:
        """Send a line and take the line that answers it, without its newline."""
        self.send(line + "\n")
        return self.line()

    def send(self, text: str) -> None:
        """Send lines, at most as many bytes as a pipe holds."""
        try:
            self._in.write(text.encode())
        except OSError:
            self._fail("git ended: is the repository whole?")

    def line(self) -> bytes:
        """The next line of what it answers, without its newline."""
        deadline = time.monotonic() + self._seconds
        while (end := self._buffer.find(b"\n")) < 0:
            self._more(deadline)
        return self._taken(end + 1)[:-1]

    def take(self, size: int) -> bytes:
        """So many bytes."""
        deadline = time.monotonic() + self._seconds
        while len(self._buffer) < size:
            self._more(deadline)
        return self._taken(size)

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def skip(self, size: int) -> None:
        """Leave so many bytes out."""
        while size > 0:
            size -= len(self.take(min(size, _READ_BYTES)))

    def rest(self, most: int) -> bytes:
        """All that it says until it ends."""
        deadline = time.monotonic() + self._seconds
        parts: list[bytes] = []
        size = 0
        while data := self._read(deadline):
            parts.append(data)
            size += len(data)
            if size > most:
                self._fail(f"the answer of git is larger than {most >> 20} MiB")
        if self._ended(deadline):
            self._fail("git failed: is the repository whole?")
        return b"".join(parts)

    def _ended(self, deadline: float) -> int:
        try:
            return self._process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._fail(f"git did not end within {self._seconds:g} seconds")

    def _more(self, deadline: float) -> None:
        data = self._read(deadline)
        if not data:
            self._fail("git ended: is the repository whole?")
        self._buffer += data

    def _read(self, deadline: float) -> bytes:
        ready, _, _ = select.select([self._out], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            self._fail(f"git did not answer within {self._seconds:g} seconds")
        return os.read(self._out.fileno(), _READ_BYTES)

    def _fail(self, message: str) -> NoReturn:
        self.close()
        raise GitTroubleError(message)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._in.close()
        self._out.close()
