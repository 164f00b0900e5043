"""A core on its way from a pipe to a file: compressed, hashed and measured, in bounded memory, whole or marked.

In: a descriptor, folders in order of preference. Out: Written. The file is `.NAME.partial`, locked while it is written;
whoever calls gives it its name when the reference to it is safe. A folder that fails in the middle is left for the
next one, with all that came so far. Imports little: the kernel waits meanwhile.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import zstandard

from streams.adapters.durable import sync_folder, write_all
from streams.core.capture.outline import Outline, Verdict

SUFFIX: Final = ".core.zst"
PARTIAL: Final = ".partial"
CHUNK_BYTES: Final = 1024 * 1024
# 1 takes the memory of a Go program at several hundred MB/s; higher levels win little on it.
_LEVEL: Final = 1
# A program is packed once for each build.
_PROGRAM_LEVEL: Final = 3
_ROOM_BYTES: Final = 32 * 1024 * 1024


class NoRoomError(Exception):
    """No folder takes any of it; the text says of each why."""


class Written(NamedTuple):
    """`path`: the partial file, durable, locked as long as `handle` is open; `size`, `sha256`: of the core itself.

    `moved`: why it is not where it should be, or not all of it is there.
    """

    path: Path
    handle: int
    size: int
    sha256: str
    verdict: Verdict
    moved: tuple[str, ...]


class Limits(NamedTuple):
    """`core_bytes`: the largest core; `free_bytes`: what must stay free in a file system."""

    core_bytes: int
    free_bytes: int


def partial_of(folder: Path, name: str) -> Path:
    """Where a core is while it is written."""
    return folder / f".{name}{PARTIAL}"


class _File:
    """The file that is written; moves on to another folder when one fails."""

    def __init__(self, folders: Sequence[Path], name: str, free_bytes: int) -> None:
        self._left = list(folders)
        self._name = name
        self._free_bytes = free_bytes
        self._handle = -1
        self._unchecked = 0
        self.written = 0
        self.path = Path()
        self.trouble: list[str] = []
        self._next()

    def write(self, data: bytes) -> None:
        """Raises NoRoomError where no folder takes it; what came before stays in the last one."""
        while True:
            try:
                self._check(len(data))
                write_all(self._handle, data)
            except OSError as error:
                self._says(self.path.parent, error)
                self._next()
            else:
                self.written += len(data)
                return

    def finish(self) -> int:
        """Returns when it is on disk, with the descriptor that holds the lock. Raises OSError."""
        os.ftruncate(self._handle, self.written)
        os.fsync(self._handle)
        return self._handle

    def _next(self) -> None:
        while self._left:
            folder = self._left.pop(0)
            try:
                self._open(folder)
            except OSError as error:
                self._says(folder, error)
            else:
                return
        raise NoRoomError("; ".join(self.trouble))

    def _open(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _check_room(folder, self._free_bytes)
        path = partial_of(folder, self._name)
        handle = os.open(
            path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for data in self._so_far():
                write_all(handle, data)
        except OSError:
            path.unlink(missing_ok=True)
            os.close(handle)
            raise
        if self._handle >= 0:
            with suppress(OSError):
                self.path.unlink()
            os.close(self._handle)
        self._handle, self.path = handle, path

    def _so_far(self) -> Iterator[bytes]:
        at = 0
        while at < self.written:
            data = os.pread(self._handle, min(CHUNK_BYTES, self.written - at), at)
            if not data:
                raise OSError(f"{self.path}: what came so far is gone")
            yield data
            at += len(data)

    def _check(self, size: int) -> None:
        self._unchecked += size
        if self._unchecked >= _ROOM_BYTES:
            self._unchecked = 0
            _check_room(self.path.parent, self._free_bytes)

    def _says(self, folder: Path, error: OSError) -> None:
        self.trouble.append(f"{folder}: {error.strerror or error}")


def _check_room(folder: Path, free_bytes: int) -> None:
    found = os.statvfs(folder)
    if found.f_bavail * found.f_frsize < free_bytes:
        raise OSError(f"less than {free_bytes} bytes are free (core_free_bytes)")


def write_core(
    chunks: Iterator[bytes], folders: Sequence[Path], name: str, limits: Limits
) -> Written:
    """Write everything that comes. Raises NoRoomError where no folder takes even its beginning, OSError at the end."""
    file = _File(folders, name, limits.free_bytes)
    packer = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
    digest, outline, verdict = hashlib.sha256(), Outline(), None
    try:
        for chunk in chunks:
            if outline.size + len(chunk) > limits.core_bytes:
                verdict = Verdict("cut")
                file.trouble.append(f"larger than {limits.core_bytes} bytes (core_limit_bytes)")
                break
            file.write(packer.compress(chunk))
            digest.update(chunk)
            outline.feed(chunk)
        file.write(packer.flush())
    except NoRoomError:
        if not file.written:
            file.path.unlink(missing_ok=True)
            raise
        verdict = Verdict("cut")
    except BaseException:
        file.path.unlink(missing_ok=True)
        raise
    handle, verdict = file.finish(), verdict or outline.verdict()
    return Written(
        file.path, handle, outline.size, digest.hexdigest(), verdict, tuple(file.trouble)
    )


def chunks_of(handle: int, first: bytes = b"") -> Iterator[bytes]:
    """What can be read from a descriptor, behind what was read already."""
    if first:
        yield first
    with suppress(OSError, AttributeError):  # no pipe, or a limit of the user's
        fcntl.fcntl(handle, fcntl.F_SETPIPE_SZ, CHUNK_BYTES)
    buffer: list[bytes] = []
    held = 0
    while data := os.read(handle, CHUNK_BYTES):
        buffer.append(data)
        held += len(data)
        if held >= CHUNK_BYTES:
            yield buffer[0] if len(buffer) == 1 else b"".join(buffer)
            buffer, held = [], 0
    if buffer:
        yield b"".join(buffer)


def write_whole(path: Path, data: bytes | Callable[[int], None]) -> None:
    """A file for its owner only, there whole and durable or not at all. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    handle = os.open(
        beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
    )
    try:
        try:
            if callable(data):
                data(handle)
            else:
                write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        beside.replace(path)
        sync_folder(path.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def keep_program(path: Path, source: int) -> None:
    """Keep a program for as long as cores of it come: packed where it is not there yet, else renewed. Raises OSError.

    `source`: a descriptor of its file, from the beginning of which is read.
    """
    if path.exists():
        os.utime(path)
        return
    path.parent.mkdir(exist_ok=True, mode=0o700)
    packer = zstandard.ZstdCompressor(level=_PROGRAM_LEVEL, write_checksum=True)

    def pack(target: int) -> None:
        with os.fdopen(os.dup(source), "rb") as reading, os.fdopen(os.dup(target), "wb") as writing:
            reading.seek(0)
            packer.copy_stream(reading, writing)

    write_whole(path, pack)
