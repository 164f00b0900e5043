"""The facts of binaries and cores: what they are, the frames of pcs, what a core held.

In: a Request by content key. Out: Present or Absent with its reason. A core is read in a process of its own where the
driver asks for that: it is hostile input, and takes a processor for as long as it is large.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from queue import LifoQueue
from typing import Final

from streams.adapters.no_facts import NoFacts
from streams.config import Settings
from streams.core.steps.cores import SEPARATOR
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.buildinfo import build_of
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.lookup import symbolized
from streams.drivers.binaries import Binaries, IndexCache, cache_folder
from streams.drivers.causes import CauseFacts
from streams.drivers.core_cache import Bounds, CoreFiles
from streams.drivers.core_places import folder_of
from streams.drivers.cores import core_head, read_core
from streams.drivers.place_cache import PlaceCache
from streams.drivers.places import PlaceFacts
from streams.model.message import encode
from streams.model.step import Absent, Fact, Present, Request
from streams.model.symbols import BinaryHead, FramesAt
from streams.ports.facts import Resolver

_CORES_AT_ONCE: Final = 2
# A core of 100,000 goroutines takes some 20 s on a slow machine.
_CORE_SECONDS: Final = 300.0
_LOOP: Final = "it was read for five minutes without an end"


def _stacks(core: str, binary: str, cache: str | None) -> bytes:
    """In a process of its own: the crash record of a core."""
    index = IndexCache(Path(cache)) if cache else None
    opened = Binaries((binary,), (), index).open(Path(binary))
    return encode(read_core(core, opened))


class Pool:
    """Processes that read cores, a core each; one that dies or never ends is replaced, and costs no other core."""

    def __init__(self, workers: int) -> None:
        """No process is started before there is a core."""
        self._free: LifoQueue[ProcessPoolExecutor | None] = LifoQueue()
        for _ in range(workers):
            self._free.put(None)
        self._workers = workers

    def stacks(self, core: str, binary: str, cache: str | None) -> bytes:
        """Read a core; waits for its turn, which then may take its time. Raises NotReadable."""
        # Not forked: threads of a worker hold locks.
        process = self._free.get() or ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        broken = True
        try:
            found = process.submit(_stacks, core, binary, cache).result(_CORE_SECONDS)
        except TookTooLong:
            raise NotReadable(f"{core}: {_LOOP}") from None
        except BrokenProcessPool:
            raise NotReadable(f"{core}: reading it ended the process that did") from None
        except MemoryError:
            broken = False
            raise NotReadable(f"{core}: reading it takes more memory than there is") from None
        except NotReadable:
            broken = False
            raise
        else:
            broken = False
            return found
        finally:
            if broken:
                _end(process)
            self._free.put(None if broken else process)

    def close(self) -> None:
        """End the processes."""
        for _ in range(self._workers):
            process = self._free.get()
            if process is not None:
                process.shutdown(wait=True, cancel_futures=True)
            self._free.put(None)


def _end(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):  # noqa: SLF001 - Python 3.14 has kill_workers
        process.kill()
    pool.shutdown(wait=False, cancel_futures=True)


class SymbolFacts:
    """Implements the facts port for binaries and cores; other kinds are the `others`' business."""

    def __init__(
        self,
        binaries: Binaries,
        others: Resolver,
        *,
        cores: Iterable[Path] | CoreFiles | None = None,
        pool: Pool | None = None,
        cache: Path | None = None,
    ) -> None:
        """`cores`: the folders that cores may be in, or what opens them; None: anywhere. `pool`: None reads here."""
        self._binaries = binaries
        self._others = others
        if not isinstance(cores, CoreFiles):
            roots = None if cores is None else tuple(map(str, cores))
            cores = CoreFiles((cache or cache_folder()).parent, roots)
        self._files = cores
        self._pool = pool
        self._cache = cache
        self._lock = threading.Lock()

    def resolve(self, request: Request) -> Fact:
        """The fact, or Absent with its reason."""
        known = {
            "binary": self._binary,
            "core": self._core,
            "postmortem": self._postmortem,
            "frames": self._frames,
        }.get(request.kind)
        if known is None:
            return self._others.resolve(request)
        try:
            return Present(known(request.key))
        except NotReadable as problem:
            return Absent(str(problem))

    def _path(self, name: str) -> Path:
        """The file of a binary, by build ID, or by the path that a reference names; empty: the only one there is."""
        with self._lock:
            found = self._binaries.find(name) if name else self._binaries.only()
        if found is None and name.startswith(("file:", "/", "s3://")):
            found = self._files.local(name)
        if found is None:
            raise NotReadable("is in no folder of binaries: put it there, or name it with --binary")
        return found

    def _open(self, name: str) -> Binary:
        path = self._path(name)
        with self._lock:
            return self._binaries.open(path)

    def _binary(self, name: str) -> bytes:
        return encode(BinaryHead(build=build_of(self._open(name).info)))

    def _core(self, uri: str) -> bytes:
        return encode(core_head(self._files.local(uri)))

    def _postmortem(self, key: str) -> bytes:
        uri, _, name = key.partition(SEPARATOR)
        core, path = self._files.local(uri), self._path(name)
        if self._pool is not None:
            return self._pool.stacks(
                str(core), str(path), str(self._cache) if self._cache else None
            )
        return encode(read_core(core, self._open(name)))

    def _frames(self, key: str) -> bytes:
        name, *pcs = key.split(SEPARATOR)
        binary = self._open(name)
        with self._lock:
            rows = tuple(symbolized(binary, (int(pc, 16) for pc in pcs), back=1))
        return encode(FramesAt(rows=rows))


def bounds_of(settings: Settings) -> Bounds:
    """How much of cores is unpacked."""
    return Bounds(core_bytes=settings.core_limit_bytes, cache_bytes=settings.core_cache_bytes)


def facts_of(settings: Settings) -> Resolver:
    """What a worker looks facts up in; cores are read in two processes, from the folders of the settings only."""
    others: Resolver = NoFacts()
    if settings.repositories:
        repos = {name: Path(path) for name, path in settings.repositories.items()}
        others = CauseFacts(
            repos,
            PlaceFacts(repos, settings.source.substitute, NoFacts(), PlaceCache(cache_folder())),
        )
    store = folder_of(settings.core_store)
    if not settings.binaries and not settings.cores and store is not None and not store.exists():
        return others
    folder = cache_folder()
    return SymbolFacts(
        Binaries(settings.binaries, (), IndexCache(folder)),
        others,
        cores=CoreFiles(folder.parent, (*settings.cores, settings.core_store), bounds_of(settings)),
        pool=Pool(_CORES_AT_ONCE),
        cache=folder,
    )
