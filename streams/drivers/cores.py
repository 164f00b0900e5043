"""A core file and its binary to a crash record.

In: the path of a core, an open Binary. Out: Crash, or what the core says without a binary. Raises NotReadable.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from streams.core.symbolize.allgs import Process
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.buildinfo import build_of
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.corehead import build_ids_at, head_of, program_of
from streams.core.symbolize.elf import Elf, NotReadable
from streams.core.symbolize.memory import Mapping, WithText, load_bias, whole
from streams.core.symbolize.postmortem import Postmortem
from streams.drivers.binaries import Binaries
from streams.drivers.mapped import mapped
from streams.model.crash import Crash
from streams.model.symbols import CoreHead

# A process maps some tens of files; every first page is looked at.
_MOST_FILES: Final = 1_000


def core_head(path: str | Path) -> CoreHead:
    """What a core says of itself."""
    return head_of(Core(mapped(path), str(path)))


class Libraries:
    """The shared objects of a process, by the paths that it had them at."""

    def __init__(self, root: Path | None = None) -> None:
        """`root`: where the file system of the process is, of a container or a sysroot; None: it is ours."""
        self._root = None if root is None else root.resolve()

    def __call__(self, path: str) -> Elf | None:
        """The file, if it is a regular one and ELF."""
        if not path.startswith("/"):
            return None
        try:
            place = Path(path) if self._root is None else self._root / path.lstrip("/")
            # A core is hostile: a path with `..` or a link in it may lead out of the root.
            place = place.resolve()
            if self._root is not None and not place.is_relative_to(self._root):
                return None
            # Opening is not tried on others: there are devices that act when they are opened.
            return Elf(mapped(place), path) if place.is_file() else None
        except (NotReadable, OSError, ValueError, RuntimeError):
            return None


def read_core(path: str | Path, binary: Binary, root: Path | None = None) -> Crash:
    """The crash record of a core, its frames without marks.

    `root`: where shared objects are looked for, None: where the core says.
    Raises NotReadable where the binary is not the one that ran.
    """
    core = Core(mapped(path), str(path))
    program = _mapping_of(core, binary)
    wanted = build_ids_at(core, program) if program else ()
    if wanted and binary.info.build_ids and not set(wanted) & set(binary.info.build_ids):
        raise NotReadable(
            f"{binary.name}: is not the program of {path}: its build ID is {binary.info.build_ids[0]}, "
            f"the core is of {wanted[0]}"
        )
    bias = load_bias(binary.elf, core.mappings, program.path if program else None)
    if bias is None:
        raise NotReadable(f"{binary.name}: is not mapped in {path}")
    table = binary.table
    header = whole(core, table.module.address + bias, 8)
    # The first word of the program's moduledata; it is written memory, and in every core.
    if len(header) == 8 and int.from_bytes(header, "little") != table.address + bias:  # noqa: PLR2004 - a pointer
        raise NotReadable(f"{binary.name}: is not the program of {path}: its data stands elsewhere")
    memory = WithText(core, binary.elf, bias)
    process = Process(binary, memory, bias, core.threads, None)
    post = Postmortem(process, Libraries(root))
    return post.crash(core, build_of(binary.info))


def _is_library(binary: Binary) -> bool:
    """Whether it is no program of its own, so that the build ID of the program says nothing of it."""
    return binary.info.settings.get("-buildmode") in ("c-shared", "plugin")


def _mapping_of(core: Core, binary: Binary) -> Mapping | None:
    """Where the binary is mapped: by its build ID, which finds a shared library too, else the program's place."""
    ids = set(binary.info.build_ids)
    starts = [mapping for mapping in core.mappings if mapping.offset == 0][:_MOST_FILES]
    found = (mapping for mapping in starts if ids & set(build_ids_at(core, mapping)))
    return next(found, None) or program_of(core)


def binary_of(head: CoreHead, binaries: Binaries, core: str | Path) -> Binary:
    """The binary of a core: by its build ID, else the only one that was named, else where the process had it.

    Raises NotReadable with what is wanted, and which files were mapped.
    """
    for build_id in head.build_ids:
        found = binaries.find(build_id)
        if found is not None:
            return binaries.open(found)
    only = binaries.only()
    given = binaries.open(only) if only is not None else None
    if given is not None and (not head.build_ids or _is_library(given)):
        return given
    # A core is hostile: the path may be one that no system takes.
    with contextlib.suppress(OSError, NotReadable):
        if head.executable and Path(head.executable).is_file():
            here = binaries.open(Path(head.executable))
            if set(here.info.build_ids) & set(head.build_ids):
                return here
    if given is not None:
        return given
    files = "\n  ".join(head.files[:10]) or "none"
    wanted = f" with build ID {head.build_ids[0]}" if head.build_ids else ""
    raise NotReadable(
        f"{core}: needs the program{wanted}: name it, or a folder that has it, with --binary\n"
        f"The core: {head.executable or 'an unnamed program'}, pid {head.pid}, ended by {head.signal}, "
        f"{head.threads} threads; files that were mapped:\n  {files}"
    )
