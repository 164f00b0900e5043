"""A folder as a store of blobs: the embedded default.

In: names, files. Out: the blobs port. Files are for their owner only and appear whole: they are written beside, synced,
and named at last. A name never leads out of the folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote_to_bytes

from streams.adapters.durable import sync_folder
from streams.model.errors import PassingTrouble
from streams.ports.blobs import Blob

_CHUNK_BYTES: Final = 1024 * 1024
_NEW: Final = ".new"


class FileBlobs:
    """Implements the blobs port; safe with several processes."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when something is put."""
        self._folder = folder.absolute()

    def uri(self, name: str) -> str:
        """`file:///…`."""
        return self._path(name).as_uri()

    def name_of(self, uri: str) -> str | None:
        """Of a URI below the folder."""
        if not uri.startswith("file://"):
            return None
        path = os.fsdecode(unquote_to_bytes(uri.removeprefix("file://").removeprefix("localhost")))
        inside = str(self._folder) + os.sep
        name = path.removeprefix(inside)
        return name if path.startswith(inside) and ".." not in name.split("/") else None

    def put(self, name: str, source: Path) -> None:
        """A link where source and folder are in one file system, else a copy."""
        path = self._path(name)
        with source.open("rb") as reading, self._trouble():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside = path.with_name(f".{path.name}.{os.getpid()}{_NEW}")
            beside.unlink(missing_ok=True)
            try:
                self._copy(source, beside, reading.fileno())
                beside.replace(path)
                # Where both were the same file, replacing left the link.
                beside.unlink(missing_ok=True)
                sync_folder(path.parent)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise

    @staticmethod
    def _copy(source: Path, beside: Path, handle: int) -> None:
        if os.fstat(handle).st_uid == os.geteuid():
            try:
                os.link(source, beside, follow_symlinks=False)
            except OSError:
                pass  # another file system, or one without links
            else:
                beside.chmod(0o600)
                os.fsync(handle)
                os.utime(beside)
                return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(beside, flags, 0o600), "wb") as writing:
            while data := os.read(handle, _CHUNK_BYTES):
                writing.write(data)
            writing.flush()
            os.fsync(writing.fileno())

    def look(self, name: str) -> Blob | None:
        """What is there."""
        try:
            with self._trouble():
                found = self._path(name).stat()
        except FileNotFoundError:
            return None
        return Blob(name, found.st_size, found.st_mtime)

    def read(self, name: str) -> Iterator[bytes]:
        """Its bytes."""
        try:
            with self._trouble():
                stream = self._path(name).open("rb")
        except FileNotFoundError:
            raise KeyError(name) from None
        return self._chunks(stream)

    def _chunks(self, stream: IO[bytes]) -> Iterator[bytes]:
        with stream, self._trouble():
            while data := stream.read(_CHUNK_BYTES):
                yield data

    def listed(self) -> Iterator[Blob]:
        """All of them; what is being written is none."""
        with self._trouble():
            for root, folders, files in os.walk(self._folder):
                folders[:] = [name for name in folders if not name.startswith(".")]
                for file in files:
                    if file.startswith("."):
                        continue
                    path = Path(root, file)
                    blob = self.look(str(path.relative_to(self._folder)))
                    if blob is not None:
                        yield blob

    def remove(self, name: str) -> None:
        """Unlink it."""
        with self._trouble():
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if not name or "\0" in name or any(part in ("", ".", "..") for part in parts):
            raise ValueError(f"{name!r} is no name of a blob")
        return self._folder.joinpath(*parts)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            message = f"{self._folder}: {error.strerror or error}: see that it is mounted, writable and not full"
            raise PassingTrouble(message) from error
