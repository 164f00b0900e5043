"""INPUT arguments to things that can be read: files, folders, stdin; gzip and zstd as they are.

In: arguments. Out: sources in a fixed order and problems (missing, unreadable, empty folder). Reads no content.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

import msgspec

from streams.core.report.run import Problem
from streams.drivers.embedded.chunks import GZIP_MAGIC, ZSTD_MAGIC, file_reader, inflated
from streams.drivers.spools import LOST, is_segment
from streams.model.text import from_bytes, readable

if TYPE_CHECKING:
    from typing_extensions import Buffer

STDIN: Final = "-"
# Compressed bytes taken at once: logs shrink 10 to 20 times, so about 1 MiB of text.
_COMPRESSED_BYTES: Final = 64 * 1024


class Input(msgspec.Struct, frozen=True):
    """One thing to read. `name` is its key in the state and its provenance; `path` None is stdin.

    `events`: named as a file of input events, which holds nothing else. `spool`: a segment of a spool.
    """

    name: str
    path: Path | None
    size: int = 0
    events: bool = False
    spool: bool = False

    @property
    def resumable(self) -> bool:
        """Whether it can be read again from where it was left: a regular file."""
        return self.path is not None and self.path.is_file()


def shown(path: Path) -> str:
    """A path as text that can be stored and printed."""
    return readable(from_bytes(os.fsencode(path)))


def _files_below(folder: Path) -> Iterator[Path]:
    """Files of a folder and its subfolders in name order; hidden ones and links out of it are left out."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _problem(thing: str, what: str, next_step: str) -> Problem:
    return Problem(thing=thing, what=what, next_step=next_step, fatal=True)


def _of_folder(folder: Path) -> tuple[list[Input], list[Problem]]:
    try:
        os.scandir(folder).close()
    except OSError as error:
        return [], [_problem(shown(folder), error.strerror or "cannot be read", "check its rights")]
    found = list(_files_below(folder))
    # In a spool it holds what could not be kept: `panictrail spool list` shows it.
    spool = any(map(is_segment, found)) or {path.name for path in found} == {LOST}
    names = [path for path in found if not (spool and path.name == LOST)]
    files = [_input(path, path.stat().st_size) for path in names]
    if files or found:
        return files, []
    step = "name the folder that holds the logs, or pipe them: … | panictrail analyze -"
    return [], [_problem(shown(folder), "the folder holds no files", step)]


def _of_path(argument: Path) -> tuple[list[Input], list[Problem]]:
    try:
        status = argument.stat()
    except OSError as error:
        step = "check the name; `-` reads standard input"
        return [], [_problem(shown(argument), error.strerror or "cannot be read", step)]
    if stat.S_ISDIR(status.st_mode):
        return _of_folder(argument)
    return [_input(argument, status.st_size)], []


def _input(path: Path, size: int) -> Input:
    return Input(shown(path), path, size, spool=is_segment(path))


def find_inputs(
    arguments: tuple[str, ...], *, events: bool = False
) -> tuple[tuple[Input, ...], tuple[Problem, ...]]:
    """Every input named, each once, in the order given; and what cannot be used."""
    inputs: dict[str, Input] = {}
    problems: list[Problem] = []
    for argument in arguments:
        found, wrong = ([Input(STDIN, None)], []) if argument == STDIN else _of_path(Path(argument))
        problems.extend(wrong)
        for item in found:
            inputs.setdefault(item.name, msgspec.structs.replace(item, events=events))
    return tuple(inputs.values()), tuple(problems)


def open_live(item: Input) -> IO[bytes]:
    """An unbuffered stream of stdin, a pipe or a device. Raises OSError."""
    if item.path is None:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    return item.path.open("rb", buffering=0)


class _Inflated(io.RawIOBase):
    """The decompressed bytes of a file; whatever can be read of a damaged one is given before the error.

    (A BufferedReader around GzipFile loses what it has when an error follows; zstandard's takes a cut file
    for a whole one.)
    """

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._next = inflated(file_reader(raw, _COMPRESSED_BYTES))
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill as much of `buffer` as there is at once. Raises OSError, and EOFError where it is cut off."""
        if not self._left:
            self._left = memoryview(self._next() or b"")
        room = memoryview(buffer).cast("B")
        size = min(len(room), len(self._left))
        room[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        """Close the file too."""
        self._raw.close()
        super().close()


def open_file(path: Path) -> IO[bytes]:
    """The decompressed bytes of a file. Raises OSError; reading raises EOFError where it is cut off."""
    raw = path.open("rb")
    head = raw.peek(4)[:4]
    if head.startswith((GZIP_MAGIC, ZSTD_MAGIC)):
        return cast("IO[bytes]", _Inflated(raw))
    return raw
