"""From folders of cores into the store or the spool, each once, with a reference that waits to be sent.

In: folders, what was taken so far. Out: references in the spool, files of cores. A file is taken when nobody changed it
for a while and its headers say that it is whole, or when it is still cut off long after. After a kill the same file
gets the same name: nothing is taken twice. What a killed handler left is put right: named, or marked as cut off.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.durable import sync_folder
from streams.core.capture.names import is_ours, named
from streams.core.capture.outline import PREFIX_BYTES, is_core
from streams.drivers import core_folder
from streams.drivers.core_folder import Glance, Source, Stamp, glance, program_here, sources
from streams.drivers.core_places import REFERENCE, binary_path
from streams.drivers.core_reading import PackingError, Unpacked, measured_file, of_stream
from streams.drivers.core_writer import (
    PARTIAL,
    SUFFIX,
    Limits,
    NoRoomError,
    Written,
    keep_program,
    write_core,
    write_whole,
)
from streams.drivers.positions import load, save
from streams.model.events import CoreRef
from streams.model.message import Value, encode

log = logging.getLogger(__name__)

# Writers of cores write without a pause; gcore does not write in order.
QUIET_SECONDS: Final = 2.0
# What is still cut off then will stay so.
CUT_SECONDS: Final = 60.0


class Taken(Value, frozen=True, kw_only=True):
    """A file that was taken, as it was then; `name`: its core's, empty where it was none of ours."""

    stamp: Stamp
    name: str = ""


class Known(Value, frozen=True, kw_only=True):
    """The file of what was taken: by path."""

    taken: dict[str, Taken] = {}


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where cores come from and go to; `store`: its folder, where it is one; `kept`: the file of what was taken."""

    spool: Path
    store: Path | None
    folders: tuple[Path, ...]
    kept: Path

    @property
    def ours(self) -> tuple[Path, ...]:
        """The folders that cores are written to."""
        return tuple(dict.fromkeys(p for p in (self.store, self.spool) if p is not None))


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Which are taken, and how: `programs` are patterns of paths; `delete`: what was sent is removed."""

    limits: Limits
    programs: tuple[str, ...] = ()
    service: str | None = None
    delete: bool = False


class Intake:
    """Looks through the folders; belongs to one thread at a time."""

    def __init__(self, places: Places, rules: Rules, monotonic: Callable[[], float]) -> None:
        """Raises BadInput where the file of what was taken cannot be read."""
        self.places = places
        self._rules = rules
        self._monotonic = monotonic
        known = load(places.kept, Known, "every core in the folders is taken again")
        self._taken = dict(known.taken) if known is not None else {}
        self._seen: dict[str, tuple[Stamp, float]] = {}
        self._said: set[str] = set()
        self._changed = False

    def look(self) -> None:
        """Take what is there and whole. Raises OSError where the spool cannot be written."""
        self.places.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in self.places.ours:
            if folder.is_dir():
                self._put_right(folder)
        there: set[str] = set()
        readable = True
        for folder in self.places.folders:
            try:
                for source in sources(folder, self.places.ours):
                    there.add(source.key)
                    self._source(source)
            except OSError as error:
                readable = False
                self.say(
                    f"{folder}: {error.strerror or error}: see that it is there and may be read"
                )
        if readable and not self._taken.keys() <= there:
            self._taken = {path: row for path, row in self._taken.items() if path in there}
            self._seen = {path: row for path, row in self._seen.items() if path in there}
            self._changed = True
        if self._changed:
            # Once: until then what was taken is known by its reference, which is not sent before.
            save(self.places.kept, Known(taken=self._taken))
            self._changed = False

    @property
    def is_settled(self) -> bool:
        """Whether no file was changed so lately that it is not known yet whether it is whole."""
        now = self._monotonic()
        return all(now - since > 2 * QUIET_SECONDS for _, since in self._seen.values())

    def is_waiting(self, name: str) -> bool:
        """Whether the reference to a core is still to be sent."""
        return self.reference_path(name).exists()

    def reference_path(self, name: str) -> Path:
        """Where a reference waits."""
        return self.places.spool / (name + REFERENCE)

    def say(self, text: str) -> None:
        """Once."""
        if text not in self._said:
            self._said.add(text)
            log.warning("%s", text)

    # ---- one file

    def _source(self, source: Source) -> None:
        known = self._taken.get(source.key)
        if known is not None and known.stamp == source.stamp:
            if known.name and self._rules.delete and not self.is_waiting(known.name):
                self._remove(source)
            return
        unchanged = self._unchanged(source)
        if unchanged < QUIET_SECONDS:
            return
        try:
            seen = glance(source)
            if seen is None or not self._is_wanted(source, seen):
                self._note(source, "")
            elif self.is_waiting(source.name) or self._take(source, seen, unchanged):
                self._note(source, source.name)
        except (OSError, PackingError, NoRoomError) as error:
            self.say(f"{source.path}: not taken: {getattr(error, 'strerror', None) or error}")

    def _unchanged(self, source: Source) -> float:
        """For how long it has been as it is."""
        now = self._monotonic()
        stamp, since = self._seen.get(source.key, (None, now))
        if stamp != source.stamp:
            since = now
        self._seen[source.key] = (source.stamp, since)
        return now - since

    def _is_wanted(self, source: Source, seen: Glance) -> bool:
        exe = core_folder.reference(source, seen.prefix, None).exe
        patterns = self._rules.programs
        if patterns and not any(fnmatchcase(exe or "", pattern) for pattern in patterns):
            return False
        return not core_folder.is_foreign(seen.prefix, exe)

    def _take(self, source: Source, seen: Glance, unchanged: float) -> bool:
        """Whether it was taken; not yet, where it is cut off and may still grow."""
        late = unchanged >= CUT_SECONDS
        if seen.verdict is not None and seen.verdict.kind != "whole" and not late:
            return False
        handle = os.open(source.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            unpacked = Unpacked(of_stream(stream))
            written = write_core(
                iter(unpacked), self.places.ours, source.name + SUFFIX, self._rules.limits
            )
            after = core_folder.stamp_of(os.fstat(handle))
        try:
            cut = written.verdict.kind == "cut" or not unpacked.ended
            if after != source.stamp or (cut and not late):
                written.path.unlink(missing_ok=True)
                return False
            self._stored(source, seen, written, cut=cut)
        finally:
            os.close(written.handle)
        return True

    def _stored(self, source: Source, seen: Glance, written: Written, *, cut: bool) -> None:
        """Name the core, with its reference."""
        ref = core_folder.reference(source, seen.prefix, self._rules.service)
        size, sha256 = written.size, written.sha256
        if cut:
            found = measured_file(written.path)
            size, sha256 = found.size, found.sha256
        for text in written.moved:
            self.say(text)
        ref = msgspec.structs.replace(ref, size=size, sha256=sha256, truncated=cut)
        self._named(written.path, source.name, self._with_program(ref, written.path.parent))

    def _with_program(self, ref: CoreRef, folder: Path) -> CoreRef:
        """The program too, if it is on this machine and the one that ran."""
        here = program_here(ref.exe)
        if here is None or here[0] is None or here[0] != ref.build_id:
            return ref
        path = binary_path(folder, here[0])
        try:
            with Path(ref.exe or "").open("rb") as stream:
                keep_program(path, stream.fileno())
        except OSError as error:
            self.say(f"{path}: {error.strerror or error}: the program is not kept")
            return ref
        return msgspec.structs.replace(ref, binary=path.absolute().as_uri())

    def _named(self, partial: Path, name: str, ref: CoreRef) -> None:
        """The reference first: where we are killed behind it, the partial file gets its name later."""
        path = partial.parent / (name + SUFFIX)
        ref = msgspec.structs.replace(ref, core=path.absolute().as_uri())
        write_whole(self.reference_path(name), encode(ref) + b"\n")
        partial.rename(path)
        sync_folder(path.parent)

    def _note(self, source: Source, name: str) -> None:
        self._taken[source.key] = Taken(stamp=source.stamp, name=name)
        self._seen.pop(source.key, None)
        self._changed = True

    def _remove(self, source: Source) -> None:
        """It is sent: the reference is in other hands, and the core in the store."""
        try:
            if core_folder.stamp_of(source.path.lstat()) == source.stamp:
                source.path.unlink(missing_ok=True)
        except OSError as error:
            self.say(f"{source.path}: stays where it is: {error.strerror or error}")

    # ---- what a kill left

    def _put_right(self, folder: Path) -> None:
        for partial in folder.glob(f".*{SUFFIX}{PARTIAL}"):
            with suppressed(partial, self.say), _closed(partial) as closed:
                if closed:
                    self._left(partial)

    def _left(self, partial: Path) -> None:
        name = partial.name.removeprefix(".").removesuffix(PARTIAL).removesuffix(SUFFIX)
        path = partial.with_name(name + SUFFIX)
        if self.is_waiting(name):
            partial.rename(path)
            sync_folder(path.parent)
        elif is_ours(name):
            self._salvage(partial, name)
        else:
            partial.unlink()  # of a folder: the file is still there, and taken again

    def _salvage(self, partial: Path, name: str) -> None:
        """What a handler could keep before it was killed."""
        prefix = bytearray()
        with partial.open("rb") as stream:
            for chunk in Unpacked(of_stream(stream)):
                prefix += chunk
                if len(prefix) >= PREFIX_BYTES:
                    break
        if not is_core(prefix):
            log.error(
                "%s: %d bytes in which no core begins: removed", partial, partial.stat().st_size
            )
            partial.unlink()
            return
        found, says = measured_file(partial), named(name)
        head = core_folder.head_in(bytes(prefix), name)
        ref = CoreRef(
            core="",
            build_id=head.build_ids[0] if head and head.build_ids else None,
            sha256=found.sha256,
            size=found.size,
            signal=core_folder.signal_in(bytes(prefix)),
            pid=says.pid,
            nspid=head.pid if head else None,
            exe=head.executable if head else None,
            truncated=not found.ended,
            at=says.at,
            service=self._rules.service,
        )
        log.error("%s: its handler was killed; %d bytes of the core are kept", partial, found.size)
        self._named(partial, name, ref)


@contextmanager
def suppressed(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Trouble with one file is said, and does not keep the others back."""
    try:
        yield
    except FileNotFoundError:
        return
    except (OSError, PackingError) as error:
        say(f"{path}: {getattr(error, 'strerror', None) or error}")


@contextmanager
def _closed(path: Path) -> Iterator[bool]:
    """Whether nobody writes to a file any more. A writer makes it and then locks it: an empty one may be new."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield os.fstat(handle).st_size > 0
    finally:
        os.close(handle)
