"""INPUT arguments to things that can be read: files, folders, stdin; gzip and zstd as they are.

In: arguments. Out: sources in a fixed order and problems (missing, unreadable, empty folder). Reads no content.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

import msgspec
import zstandard

from streams.core.report.run import Problem
from streams.drivers.embedded.chunks import GZIP_MAGIC, ZSTD_MAGIC
from streams.model.text import from_bytes, readable

STDIN: Final = "-"


class Input(msgspec.Struct, frozen=True):
    """One thing to read. `name` is its key in the state and its provenance; `path` None is stdin."""

    name: str
    path: Path | None
    size: int = 0

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
    files = [Input(shown(p), p, p.stat().st_size) for p in _files_below(folder)]
    if files:
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
    return [Input(shown(argument), argument, status.st_size)], []


def find_inputs(arguments: tuple[str, ...]) -> tuple[tuple[Input, ...], tuple[Problem, ...]]:
    """Every input named, each once, in the order given; and what cannot be used."""
    inputs: dict[str, Input] = {}
    problems: list[Problem] = []
    for argument in arguments:
        if argument == STDIN:
            inputs.setdefault(STDIN, Input(STDIN, None))
            continue
        found, wrong = _of_path(Path(argument))
        problems.extend(wrong)
        for item in found:
            inputs.setdefault(item.name, item)
    return tuple(inputs.values()), tuple(problems)


def open_live(item: Input) -> IO[bytes]:
    """An unbuffered stream of stdin, a pipe or a device. Raises OSError."""
    if item.path is None:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    return item.path.open("rb", buffering=0)


def open_file(path: Path) -> IO[bytes]:
    """The decompressed bytes of a file. Raises OSError."""
    raw = path.open("rb")
    head = raw.peek(4)[:4]
    if head.startswith(GZIP_MAGIC):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if head == ZSTD_MAGIC:
        reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        return cast("IO[bytes]", io.BufferedReader(cast("io.RawIOBase", reader)))
    return raw
