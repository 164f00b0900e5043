"""Follows cores: what the handler keeps and what lies in folders goes to the store, their references to a sink.

In: an intake, a store, a sink that returns when what it took is safe. Out: CoreRef events, after a kill maybe again:
equal ones. A reference waits in the spool until it is sent; a core in the spool stays until the store has it, read back
and equal. While the store or the sink is away everything waits, and that is said.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from streams.drivers.core_intake import Intake
from streams.drivers.core_places import BINARIES, REFERENCE, folder_of
from streams.drivers.core_reading import PackingError, measured, measured_file
from streams.drivers.core_store import Keep, beside, clean, fault_of, put_bytes
from streams.drivers.core_writer import SUFFIX, partial_of, write_whole
from streams.model.errors import PassingTrouble
from streams.model.events import CoreRef
from streams.model.message import DecodeError, decode, encode
from streams.ports.blobs import Blobs
from streams.ports.meter import Meter

log = logging.getLogger(__name__)

_POLL_SECONDS: Final = 0.5
_AWAY_SECONDS: Final = 5.0
_CLEAN_SECONDS: Final = 600.0
_LARGEST_REFERENCE: Final = 1024 * 1024
# A program in the store is put again when it is older than this share of the days that cores are kept.
_RENEWED: Final = 0.5
ASIDE: Final = ".corrupt"
Sink = Callable[[Sequence[CoreRef]], Awaitable[None]]


class CoreFeed:
    """Takes, stores, sends, remembers; belongs to one event loop."""

    def __init__(self, intake: Intake, store: Blobs, keep: Keep, meter: Meter) -> None:
        """Nothing is looked at yet."""
        self._intake = intake
        self._store = store
        self._keep = keep
        self._meter = meter
        self._stopping = asyncio.Event()
        self._away = False
        self._left = False
        self._sent = 0
        self._cleaned: float | None = None

    def stop(self) -> None:
        """Take no further."""
        self._stopping.set()

    async def stopped(self) -> None:
        """Returns after `stop`."""
        await self._stopping.wait()

    @property
    def is_done(self) -> bool:
        """Whether the last look found nothing to send, and no core that may still grow."""
        return not self._left and not self._sent and not self._away and self._intake.is_settled

    @property
    def is_held_back(self) -> bool:
        """Whether the store was away at the last look, or something could not be sent."""
        return self._away or (self._left and self._intake.is_settled)

    async def run(self, sink: Sink) -> None:
        """Follow until `stop`. After an error of the sink it can be run again: nothing is lost."""
        while not self._stopping.is_set():
            await self.once(sink)
            with suppress(TimeoutError):
                pause = _AWAY_SECONDS if self._away else _POLL_SECONDS
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def once(self, sink: Sink) -> None:
        """Everything that is there now."""
        try:
            await asyncio.to_thread(self._intake.look)
            waiting = await asyncio.to_thread(self._waiting)
        except OSError as error:
            self._intake.say(f"{self._intake.places.spool}: {error.strerror or error}")
            self._left = True
            return
        self._left, self._sent = False, 0
        for path in waiting:
            if self._stopping.is_set():
                return
            try:
                await self._send(path, sink)
            except PassingTrouble as trouble:
                if not self._away:
                    log.warning("%s: cores wait in %s until it is back", trouble, path.parent)
                self._away = True
                return
            except FileNotFoundError:
                continue
            except OSError as error:
                self._left = True
                self._intake.say(f"{path}: {error.strerror or error}")
        await self._clean()
        if self._away:
            log.warning("the store is back")
            self._away = False

    # ---- one core

    def _waiting(self) -> list[Path]:
        """References that are to be sent, oldest first."""
        spool = self._intake.places.spool
        found = sorted(spool.glob(f"*{REFERENCE}"))
        held = sum(path.stat().st_size for path in spool.glob(f"*{SUFFIX}"))
        self._meter.set("panictrail_core_spool_bytes", held, ())
        return [path for path in found if not path.name.startswith(".")]

    async def _send(self, path: Path, sink: Sink) -> None:
        ref = await asyncio.to_thread(self._read, path)
        if ref is None:
            return
        stored = await asyncio.to_thread(self._stored, path, ref)
        if stored is None:
            return
        await sink((stored,))
        await asyncio.to_thread(self._confirmed, path, stored)
        self._sent += 1
        self._meter.add("panictrail_cores_total", 1, ("cut" if stored.truncated else "whole",))

    def _read(self, path: Path) -> CoreRef | None:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST_REFERENCE)
        try:
            return decode(data, CoreRef)
        except DecodeError as error:
            path.rename(path.with_name(path.name + ASIDE))
            log.warning("%s: no reference to a core: %s: kept aside as *%s", path, error, ASIDE)
            return None

    def _stored(self, path: Path, ref: CoreRef) -> CoreRef | None:
        """The reference to the core in the store, where it was read back. Raises PassingTrouble."""
        name = self._store.name_of(ref.core)
        if _is_coming(ref.core):
            return None
        if name is None:
            here = self._here(path, ref)
            if here is None:
                return None
            name = here.name
            ref = self._as_it_is(here, ref)
            self._store.put(name, here)
        fault = fault_of(self._store, name, ref)
        if fault is not None:
            right = self._faulty(path, ref, name, fault)
            if right is None:
                return None
            ref = right
        binary = self._binary(ref)
        sent = msgspec.structs.replace(ref, core=self._store.uri(name), binary=binary)
        if sent != ref:
            write_whole(path, encode(sent) + b"\n")
        return sent

    def _here(self, path: Path, ref: CoreRef) -> Path | None:
        """The core in the spool, or in a folder that was the store when it was kept."""
        core = _file_of(ref.core)
        # Nothing but what is named like its reference is taken: somebody else may have written that.
        if (
            core is not None
            and core.name == path.name.removesuffix(REFERENCE) + SUFFIX
            and core.is_file()
        ):
            return core
        self._lost(path, f"{ref.core} is not there")
        return None

    @staticmethod
    def _as_it_is(core: Path, ref: CoreRef) -> CoreRef:
        """The reference, put right where the disk has less of the core than was written."""
        try:
            found = measured_file(core)
        except PackingError:
            return ref
        if (found.size, found.sha256) == (ref.size, ref.sha256):
            return ref
        log.error("%s: has changed since it was written: %d bytes are left", core, found.size)
        return msgspec.structs.replace(
            ref, size=found.size, sha256=found.sha256, truncated=not found.ended or ref.truncated
        )

    def _faulty(self, path: Path, ref: CoreRef, name: str, fault: str) -> CoreRef | None:
        where = self._store.uri(name)
        if ref.core != where:
            # Ours is right, the store's is not: it is put again.
            raise PassingTrouble(f"{where}: is not what was put there: {fault}")
        try:
            found = measured(self._store.read(name))
        except (KeyError, PackingError):
            self._lost(path, f"{where}: {fault}")
            return None
        log.error("%s: %s: it is kept as one that was cut off", where, fault)
        return msgspec.structs.replace(ref, size=found.size, sha256=found.sha256, truncated=True)

    @staticmethod
    def _lost(path: Path, why: str) -> None:
        path.rename(path.with_name(path.name + ASIDE))
        log.error("%s: its core is lost: %s: kept aside as *%s", path, why, ASIDE)

    def _binary(self, ref: CoreRef) -> str | None:
        """Where the program is in the store; it is put there, or renewed."""
        binary = ref.binary or ""
        path = _file_of(binary)
        if path is None or path.parent.name != BINARIES or self._store.name_of(binary) is not None:
            return ref.binary
        name = f"{BINARIES}/{path.name}"
        there = self._store.look(name)
        oldest = time.time() - _RENEWED * self._keep.days * 86_400
        if path.is_file() and (there is None or there.at_seconds < oldest):
            self._store.put(name, path)
        elif there is None:
            return ref.binary
        return self._store.uri(name)

    def _confirmed(self, path: Path, ref: CoreRef) -> None:
        """Whoever takes references has it: its core may be removed from the spool now, later from the store."""
        name = self._store.name_of(ref.core) or ""
        put_bytes(self._store, beside(name), encode(ref) + b"\n", path.parent)
        here = (path.parent / name).absolute()
        if self._store.name_of(here.as_uri()) is None:
            here.unlink(missing_ok=True)
        path.unlink()

    # ---- what is kept

    async def _clean(self) -> None:
        now = time.monotonic()
        if self._cleaned is not None and now - self._cleaned < _CLEAN_SECONDS:
            return
        self._cleaned = now
        try:
            removed = await asyncio.to_thread(clean, self._store, self._keep, time.time())
        except PassingTrouble as trouble:
            self._intake.say(str(trouble))
            return
        cores = sum(blob.name.endswith(SUFFIX) for blob in removed)
        if cores:
            self._meter.add("panictrail_cores_removed_total", cores, ())


def _is_coming(uri: str) -> bool:
    """Whether a core has no name yet: its reference is written first."""
    core = _file_of(uri)
    if core is None or core.exists():
        return False
    # It may have got its name meanwhile: the next look finds it.
    return partial_of(core.parent, core.name).exists() or core.exists()


def _file_of(uri: str) -> Path | None:
    """The file that a URI names; None where it names none."""
    return folder_of(uri) if uri.startswith("file:") else None
