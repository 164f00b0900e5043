"""What follows cores, made of the settings: an intake and a store behind one lock, and a sink that is a file.

In: settings, folders. Out: CoreFeed. Raises BadInput where the spool is another process's, the store cannot be used, or
a folder is not there.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.durable import write_all
from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.sqlite_store import lock_folder
from streams.config import Settings
from streams.drivers.core_feed import CoreFeed
from streams.drivers.core_intake import Intake, Places, Rules
from streams.drivers.core_places import folder_of
from streams.drivers.core_store import Keep, store_of
from streams.drivers.core_writer import Limits
from streams.model.errors import BadInput
from streams.model.events import CoreRef
from streams.model.message import encode
from streams.model.step import Emit
from streams.ports.meter import Meter

log = logging.getLogger(__name__)

_KEPT: Final = "taken.json"
_IDLE_SECONDS: Final = 0.25


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is followed: the handler's spool, and these folders. `delete`: what was sent is removed from them."""

    folders: tuple[Path, ...] = ()
    delete: bool = False


@contextmanager
def following(settings: Settings, wanted: Wanted, meter: Meter) -> Iterator[CoreFeed]:
    """A feed, alone on the spool. Raises BadInput."""
    spool, store = Path(settings.core_spool), store_of(settings.core_store)
    for folder in wanted.folders:
        try:
            os.scandir(folder).close()
        except OSError as error:
            step = "name a folder that cores are written to with --folder"
            raise BadInput(f"{folder}: {error.strerror or error}: {step}") from error
    try:
        handle = lock_folder(spool)
    except OSError as error:
        step = "name a folder that can be written with core_spool"
        raise BadInput(f"{spool}: {error.strerror or error}: {step}") from error
    try:
        places = Places(
            spool=spool,
            store=folder_of(settings.core_store),
            folders=tuple(dict.fromkeys(Path(os.path.realpath(f)) for f in wanted.folders)),
            kept=spool / _KEPT,
        )
        rules = Rules(
            limits=Limits(settings.core_limit_bytes, settings.core_free_bytes),
            programs=settings.core_programs,
            service=settings.service,
            delete=wanted.delete,
        )
        keep = Keep(settings.core_keep_days, settings.core_keep_bytes)
        yield CoreFeed(Intake(places, rules, time.monotonic), store, keep, meter)
    finally:
        os.close(handle)


def emitted(ref: CoreRef) -> Emit:
    """The reference as an event."""
    return Emit("cores.refs", ref.core, ref)


def shown(settings: Settings, wanted: Wanted) -> str:
    """What is followed, for people."""
    return ", ".join(map(str, (settings.core_spool, *wanted.folders)))


def run_to_file(settings: Settings, wanted: Wanted, path: Path, *, once: bool) -> bool:
    """References to a file, a line each, until a signal, or until everything is sent; whether it is."""
    with following(settings, wanted, MemoryMeter()) as feed:
        return asyncio.run(_to_file(feed, path, once=once))


async def _to_file(feed: CoreFeed, path: Path, *, once: bool) -> bool:
    async def sink(refs: Sequence[CoreRef]) -> None:
        await asyncio.to_thread(append, path, b"".join(encode(ref) + b"\n" for ref in refs))

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, feed.stop)
    if not once:
        await feed.run(sink)
        return True
    while True:
        await feed.once(sink)
        if feed.is_done or feed.is_held_back:
            return feed.is_done
        with suppress(TimeoutError):
            await asyncio.wait_for(feed.stopped(), _IDLE_SECONDS)
            return feed.is_done


def append(path: Path, data: bytes) -> None:
    """Whole lines behind what is there, on disk, or none of them. Raises BadInput."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            begin = os.fstat(handle).st_size
            try:
                write_all(handle, data)
                os.fsync(handle)
            except OSError:
                # Half a line would spoil the next one.
                os.ftruncate(handle, begin)
                raise
        finally:
            os.close(handle)
    except OSError as error:
        step = "name a file that can be written with --refs"
        raise BadInput(f"{path}: {error.strerror or error}: {step}") from error
