"""Binaries by build ID: those that were named, and those in folders; what is found out about each is kept on disk.

In: paths, a cache folder. Out: open Binary values. A file that is no readable binary is passed over; one that was named
raises NotReadable.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.buildinfo import read_buildinfo
from streams.core.symbolize.elf import Elf, NotReadable
from streams.core.symbolize.index import Index, packed, unpacked
from streams.drivers.mapped import mapped

_MOST_FILES: Final = 100_000
_LARGEST_INDEX: Final = 1 << 28
_LONGEST_ID: Final = 240
# Binaries stay open: their tables are decoded piece by piece as crashes need them.
_MOST_OPEN: Final = 16


class _Seen(msgspec.Struct, frozen=True):
    """A file as it was when its build IDs were read."""

    stamp: tuple[int, int, int]
    ids: tuple[str, ...]


class IndexCache:
    """Indexes in a folder, a file for each build ID; safe with several processes, and against damaged files."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when something is kept in it."""
        self._folder = folder

    def _path(self, build_id: str) -> Path:
        return self._folder / f"{blake2b(build_id.encode(), digest_size=16).hexdigest()}.index"

    def load(self, build_id: str, elf: Elf) -> Index | None:
        """What is kept of this file; None where nothing is, or nothing that can be used."""
        path = self._path(build_id)
        try:
            # A FIFO would keep us waiting for a writer.
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as stream:
                status = os.fstat(handle)
                # Whoever may write there may say where our tables are.
                if status.st_uid != os.geteuid() or not stat.S_ISREG(status.st_mode):
                    return None
                if status.st_size > _LARGEST_INDEX:
                    return None
                return unpacked(stream.read(), elf)
        except OSError:
            return None

    def keep(self, build_id: str, index: Index) -> None:
        """Keep it; a folder that cannot be written is none."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=".new")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(packed(index))
                Path(name).replace(self._path(build_id))
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise


def cache_folder() -> Path:
    """Where indexes are kept: XDG_CACHE_HOME, else ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "panictrail" / "indexes"


class Binaries:
    """Finds and opens binaries."""

    def __init__(
        self,
        named: Iterable[str | Path] = (),
        folders: Iterable[str | Path] = (),
        cache: IndexCache | None = None,
    ) -> None:
        """Raises NotReadable for a named file that is no ELF binary. Folders are looked through when asked."""
        self._folders = tuple(map(Path, folders))
        self._cache = cache
        self._seen: dict[Path, _Seen] = {}
        self._open: dict[Path, tuple[_Seen | None, Binary]] = {}
        self.named: dict[Path, tuple[str, ...]] = {}
        for path in map(Path, named):
            if path.is_dir():
                self._folders += (path,)
            else:
                self.named[path] = _ids_of(path)

    # --------------------------------------------------------------------------------------------------- find

    def find(self, build_id: str) -> Path | None:
        """The file with this GNU or Go build ID."""
        for path, ids in self.named.items():
            if build_id in ids:
                return path
        for folder in self._folders:
            direct = _by_name(folder, build_id)
            if direct is not None and build_id in self._ids(direct):
                return direct
        return next((path for path in self._files() if build_id in self._ids(path)), None)

    def only(self) -> Path | None:
        """The one that was named, where exactly one was."""
        return next(iter(self.named)) if len(self.named) == 1 else None

    def build_ids(self) -> tuple[str, ...]:
        """All that can be found now."""
        known = [*self.named.values(), *(self._ids(path) for path in self._files())]
        return tuple(dict.fromkeys(name for ids in known for name in ids))

    def _files(self) -> Iterator[Path]:
        left = _MOST_FILES
        for folder in self._folders:
            for parent, folders, names in os.walk(folder):
                folders.sort()
                for name in sorted(names):
                    left -= 1
                    if left < 0:
                        return
                    yield Path(parent, name)

    def _ids(self, path: Path) -> tuple[str, ...]:
        try:
            stamp = _stamp(path)
        except OSError:
            return ()
        seen = self._seen.get(path)
        if seen is None or seen.stamp != stamp:
            try:
                ids = _ids_of(path)
            except NotReadable:
                ids = ()
            seen = self._seen[path] = _Seen(stamp, ids)
        return seen.ids

    # --------------------------------------------------------------------------------------------------- open

    def open(self, path: Path) -> Binary:
        """The binary, opened once. Raises NotReadable."""
        try:
            stamp = _stamp(path)
        except OSError as error:
            raise NotReadable(f"{path}: {error.strerror}: name a readable file") from error
        known = self._open.get(path)
        if known is not None and known[0] is not None and known[0].stamp == stamp:
            return known[1]
        binary = self._opened(path)
        if len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        self._open[path] = (_Seen(stamp, ()), binary)
        return binary

    def _opened(self, path: Path) -> Binary:
        cache = self._cache
        if cache is None:
            return Binary(mapped(path), str(path))

        def kept(elf: Elf) -> Index | None:
            ids = read_buildinfo(elf).build_ids
            return cache.load(ids[0], elf) if ids else None

        binary = Binary(mapped(path), str(path), kept)
        if not binary.indexed and binary.info.build_ids:
            # What has no tables has no index; whoever asks for its tables gets the reason.
            with contextlib.suppress(NotReadable):
                cache.keep(binary.info.build_ids[0], binary.index())
        return binary


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _ids_of(path: Path) -> tuple[str, ...]:
    if not _is_elf(path):
        raise NotReadable(
            f"{path}: is no ELF file; name a Go binary for linux/amd64 or linux/arm64"
        )
    elf = Elf(mapped(path), str(path))
    text = elf.sections.get(".text")
    # A file of debug information has the ids of its binary, and none of its code.
    return () if text is not None and not text.bits else read_buildinfo(elf).build_ids


def _is_elf(path: Path) -> bool:
    """Without waiting for the writer of a FIFO."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as stream:
            return stream.read(4) == b"\x7fELF"
    except OSError as error:
        raise NotReadable(f"{path}: {error.strerror}: name a readable file") from error


def _by_name(folder: Path, build_id: str) -> Path | None:
    """Where stores put it: the id as a name, or .build-id/ab/cdef… as gdb and debuginfod have it."""
    # Two for the folder; no name of a file is longer than 255 bytes, and `.debug` may come behind it.
    if not build_id.isascii() or not build_id.isalnum() or not 2 < len(build_id) < _LONGEST_ID:  # noqa: PLR2004
        return None
    two, rest = build_id[:2], build_id[2:]
    places = (
        folder / build_id,
        folder / build_id / "executable",
        folder / ".build-id" / two / rest,
        folder / ".build-id" / two / f"{rest}.debug",
    )
    return next((place for place in places if place.is_file()), None)
