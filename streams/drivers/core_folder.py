"""Folders that cores are written to: which files are cores, whether one is whole, what it says of its process.

In: a folder. Out: sources with a stamp, and the reference to each. Files are only read; links and what is no regular
file are passed over. What an attribute or a name says is a label, and never a path that is opened, but for the
program's, whose build ID has to be the core's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

import msgspec

from streams.core.capture.names import may_be_packed, named
from streams.core.capture.outline import PREFIX_BYTES, Outline, Verdict, is_core
from streams.core.capture.program import program_of, programs_in
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.corehead import head_of
from streams.core.symbolize.elf import NotReadable
from streams.drivers.core_places import file_name
from streams.drivers.core_reading import Unpacked, of_stream
from streams.model.events import CoreRef
from streams.model.instant import Instant, parse_instant
from streams.model.symbols import CoreHead

_ATTRIBUTES: Final = "user.coredump."
_LONGEST_LABEL: Final = 4096
_MOST_DIGITS: Final = 9

Stamp = tuple[int, int, int, int]


class Source(msgspec.Struct, frozen=True):
    """A file that may be a core: which one it is, as long as nobody changes it."""

    path: Path
    stamp: Stamp

    @property
    def key(self) -> str:
        """Its path as a text that can be written, whatever bytes it is of."""
        return os.fsencode(self.path).decode("utf-8", "backslashreplace")

    @property
    def name(self) -> str:
        """The name that its core gets: the same as long as the file is."""
        digest = blake2b(repr((self.key, self.stamp)).encode(), digest_size=8).hexdigest()
        return f"{file_name(self.path.name)}-{digest}"


class Glance(msgspec.Struct, frozen=True):
    """The beginning of a core. `verdict`: by its headers and its size; None: it is packed, and not known yet."""

    prefix: bytes
    verdict: Verdict | None


def stamp_of(found: os.stat_result) -> Stamp:
    """Which file it is, and in which state."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def sources(folder: Path, without: tuple[Path, ...]) -> Iterator[Source]:
    """Regular files below a folder; hidden ones are still being written. Raises OSError where it cannot be read."""
    os.scandir(folder).close()
    for root, folders, files in os.walk(folder):
        here = Path(root)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and here / f not in without)
        if here in without:
            continue
        for file in sorted(files):
            if file.startswith("."):
                continue
            with suppress(OSError):
                found = (here / file).lstat()
                if stat.S_ISREG(found.st_mode) and found.st_size:
                    yield Source(here / file, stamp_of(found))


def glance(source: Source) -> Glance | None:
    """Look at a file's beginning; None: it is no core. Raises OSError, PackingError."""
    handle = os.open(source.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        start = stream.read(64)
        stream.seek(0)
        if is_core(start):
            outline = Outline()
            while outline.size < source.stamp[2] and (data := stream.read(PREFIX_BYTES)):
                outline.feed(data)
                if outline.segments() is not None:
                    break
            outline.size = source.stamp[2]
            return Glance(bytes(outline.prefix), outline.verdict())
        if not may_be_packed(source.path.name):
            return None
        found = bytearray()
        for chunk in Unpacked(of_stream(stream)):
            found += chunk
            if len(found) >= PREFIX_BYTES:
                break
        return Glance(bytes(found[:PREFIX_BYTES]), None) if is_core(found) else None


def is_foreign(prefix: bytes, exe: str | None) -> bool:
    """Whether a core is of no Go program; false where that cannot be said."""
    programs = tuple(programs_in(prefix))
    if not programs or any(program.is_go for program in programs):
        return False
    here = program_here(exe)
    return here is None or not here[1]


def program_here(exe: str | None) -> tuple[str | None, bool] | None:
    """The build ID of the program at a path on this machine, and whether it is Go's; None where there is none."""
    if exe is None or not exe.startswith("/") or "\0" in exe:
        return None
    try:
        handle = os.open(exe, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        with suppress(OSError, ValueError), mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
            program = program_of(data)
            return (program.build_id, program.is_go) if program else None
    return None


def reference(source: Source, prefix: bytes, service: str | None) -> CoreRef:
    """What is known of the process before its core is read; `core` is where the file is now."""
    labels = _labels(source.path)
    name = named(source.path.name)
    head = head_in(prefix, source.path.name)
    return CoreRef(
        core=source.path.absolute().as_uri(),
        build_id=head.build_ids[0] if head and head.build_ids else None,
        signal=_number(labels.get("signal")) or signal_in(prefix),
        pid=_number(labels.get("pid")) or name.pid,
        nspid=head.pid if head else None,
        exe=labels.get("exe") or (head.executable if head else None),
        at=_time(labels.get("timestamp")) or name.at or Instant(max(0, source.stamp[3])),
        service=service,
        host=labels.get("hostname"),
    )


def head_in(prefix: bytes, name: str) -> CoreHead | None:
    """What the notes say, which stand first in a core."""
    try:
        return head_of(Core(prefix, name))
    except NotReadable:
        return None


def signal_in(prefix: bytes) -> int | None:
    """The number of the signal."""
    try:
        found = Core(prefix, "core").signal
    except NotReadable:
        return None
    return found.number if found else None


def _labels(path: Path) -> Mapping[str, str]:
    """What systemd-coredump notes in attributes of the file."""
    found = {}
    for name in ("pid", "signal", "timestamp", "hostname", "exe"):
        with suppress(OSError):
            value = os.getxattr(path, _ATTRIBUTES + name, follow_symlinks=False)
            found[name] = value[:_LONGEST_LABEL].decode("utf-8", "replace")
    return found


def _number(text: str | None) -> int | None:
    return (
        int(text)
        if text and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        else None
    )


def _time(text: str | None) -> Instant | None:
    with suppress(ValueError):
        return parse_instant(text) if text else None
    return None
