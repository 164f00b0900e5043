"""Cores and programs by the URIs that references name, as plain files that can be mapped into memory.

In: file:///…, a path, or s3://…. Out: a path: the file itself where it is plain, else a copy in the cache, unpacked,
sparse, bounded in size, the oldest removed first. Raises NotReadable for what may not be read, is not there or is too
large, PassingTrouble while a store is away.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from streams.core.symbolize.elf import NotReadable
from streams.drivers.core_places import folder_of
from streams.drivers.core_reading import PackingError, Unpacked, of_stream
from streams.drivers.core_store import store_of
from streams.model import capture
from streams.model.errors import BadInput, PassingTrouble
from streams.ports.blobs import Blobs

_FOLDER: Final = "cores"
_S3: Final = "s3://"
# Runs of zeros of this size are left out of the copy: most of a core is memory that nobody wrote.
_HOLE_BYTES: Final = 64 * 1024
_NOTHING: Final = bytes(_HOLE_BYTES)
_BLOCK_BYTES: Final = 512


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """`core_bytes`: the largest core; `cache_bytes`: of all copies."""

    core_bytes: int = capture.LIMIT_BYTES
    cache_bytes: int = capture.CACHE_BYTES


def path_of(uri: str) -> Path:
    """The file that a URI names. Raises NotReadable for what is no local file."""
    with contextlib.suppress(ValueError):  # a host in brackets that is no address
        parts = urlsplit(uri)
        path = os.fsdecode(unquote_to_bytes(parts.path)) if parts.scheme == "file" else uri
        if parts.netloc in ("", "localhost") and parts.scheme in ("", "file") and "\0" not in path:
            return Path(path)
    raise NotReadable(
        f"{uri[:200]}: only files are read (file:///… or s3://…): fetch it, and refer to the copy"
    )


class CoreFiles:
    """Opens what references name; safe with several threads and processes."""

    def __init__(
        self, folder: Path, roots: Iterable[str] | None = None, bounds: Bounds | None = None
    ) -> None:
        """`folder`: of caches. `roots`: folders and s3:// prefixes that may be read from; None: any."""
        self._folder = folder / _FOLDER
        self._bounds = bounds or Bounds()
        self._any = roots is None
        named = tuple(roots or ())
        self._buckets = tuple(_prefix(root) for root in named if root.startswith(_S3))
        folders = (folder_of(root) for root in named)
        self._roots = tuple(root.resolve() for root in folders if root is not None)
        self._stores: dict[str, Blobs] = {}
        self._lock = threading.Lock()

    def local(self, uri: str) -> Path:
        """A plain file with the bytes that the URI names."""
        if uri.startswith(_S3):
            return self._fetched(uri)
        path = self._allowed(path_of(uri))
        try:
            with path.open("rb") as stream:
                unpacked = Unpacked(of_stream(stream))
                if not unpacked.is_packed:
                    return path
                found = os.fstat(stream.fileno())
                key = f"{path.resolve()}\0{found.st_ino}\0{found.st_size}\0{found.st_mtime_ns}"
                return self._copy(key, unpacked, uri)
        except PackingError as error:
            raise NotReadable(f"{path}: {error}") from error
        except OSError as error:
            raise NotReadable(f"{path}: {error.strerror or error}: name a readable file") from error

    def _allowed(self, path: Path) -> Path:
        try:
            whole = path.resolve()
            whole.stat()
        except FileNotFoundError as error:
            raise NotReadable(f"{path}: {error.strerror}: name a readable file") from error
        except (OSError, RuntimeError) as error:  # too long a name, links in a circle
            raise NotReadable(f"{path}: {error}: name a readable file") from error
        if not self._any and not any(whole.is_relative_to(root) for root in self._roots):
            raise NotReadable(
                f"{path}: lies in no folder that cores may be read from: set `cores` in panictrail.toml"
            )
        # A FIFO would keep us waiting for a writer.
        if not whole.is_file():
            raise NotReadable(f"{path}: is no regular file, or is not there: name a readable file")
        return path

    def _fetched(self, uri: str) -> Path:
        if not self._any and not uri.startswith(self._buckets):
            raise NotReadable(
                f"{uri[:200]}: lies in no store that cores may be read from: set `core_store` or `cores`"
            )
        bucket, _, name = uri.removeprefix(_S3).partition("/")
        if not bucket or not name:
            raise NotReadable(f"{uri[:200]}: want s3://BUCKET/NAME")
        store = self._store(_S3 + bucket)
        there = store.look(name)
        if there is None:
            raise NotReadable(f"{uri[:200]}: is not there: it was removed, or never put")
        try:
            unpacked = Unpacked(store.read(name))
            key = f"{uri}\0{there.size}\0{there.at_seconds}"
            return self._copy(key, unpacked, uri)
        except KeyError:
            raise NotReadable(f"{uri[:200]}: is not there any more") from None
        except PackingError as error:
            raise NotReadable(f"{uri[:200]}: {error}") from error

    def _store(self, uri: str) -> Blobs:
        with self._lock:
            found = self._stores.get(uri)
            if found is None:
                try:
                    found = self._stores[uri] = store_of(uri)
                except BadInput as error:
                    raise NotReadable(str(error)) from error
            return found

    # ---- the cache

    def _copy(self, key: str, unpacked: Unpacked, uri: str) -> Path:
        path = self._folder / blake2b(key.encode("utf-8", "replace"), digest_size=20).hexdigest()
        with self._lock:
            if path.exists():
                os.utime(path)
                return path
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                handle, name = tempfile.mkstemp(dir=self._folder, suffix=".new")
                try:
                    with os.fdopen(handle, "wb") as stream:
                        self._write(stream.fileno(), unpacked, uri)
                    Path(name).replace(path)
                except BaseException:
                    Path(name).unlink(missing_ok=True)
                    raise
                self._bound(path)
            except OSError as error:
                # Room may be made: the core is not to blame.
                raise PassingTrouble(f"{self._folder}: {error.strerror or error}") from error
        return path

    def _write(self, handle: int, chunks: Iterable[bytes], uri: str) -> None:
        size = 0
        for chunk in chunks:
            if size + len(chunk) > self._bounds.core_bytes:
                limit = self._bounds.core_bytes
                raise NotReadable(f"{uri[:200]}: has more than {limit} bytes (core_limit_bytes)")
            for piece in _pieces(chunk):
                if piece != _NOTHING[: len(piece)]:
                    os.pwrite(handle, piece, size)
                size += len(piece)
        os.ftruncate(handle, size)

    def _bound(self, newest: Path) -> None:
        """Remove the copies that were not used for longest; one that is mapped stays until it is let go."""
        found = []
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_blocks * _BLOCK_BYTES, path))
        held = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if held <= self._bounds.cache_bytes:
                return
            if path != newest:
                path.unlink(missing_ok=True)
                held -= size


def _prefix(uri: str) -> str:
    return uri.rstrip("/") + "/"


def _pieces(chunk: bytes) -> Iterator[bytes]:
    for at in range(0, len(chunk), _HOLE_BYTES):
        yield chunk[at : at + _HOLE_BYTES]
