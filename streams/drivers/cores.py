"""A core file and its binary to a crash record.

In: the path of a core, an open Binary. Out: Crash, or what the core says without a binary. Raises NotReadable.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from streams.core.symbolize.allgs import Process
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.buildinfo import build_of
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.corehead import build_ids_at, head_of, program_of
from streams.core.symbolize.elf import Elf, NotReadable
from streams.core.symbolize.memory import WithText, load_bias
from streams.core.symbolize.postmortem import Postmortem
from streams.drivers.binaries import Binaries
from streams.drivers.mapped import mapped
from streams.model.crash import Crash
from streams.model.settings import PipelineSettings
from streams.model.symbols import CoreHead


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


def read_core(
    path: str | Path,
    binary: Binary,
    settings: PipelineSettings | None = None,
    root: Path | None = None,
) -> Crash:
    """The crash record of a core. Raises NotReadable where the binary is not the one that ran.

    `root`: where shared objects are looked for, None: where the core says.
    """
    core = Core(mapped(path), str(path))
    program = program_of(core)
    wanted = build_ids_at(core, program) if program else ()
    if wanted and binary.info.build_ids and not set(wanted) & set(binary.info.build_ids):
        raise NotReadable(
            f"{binary.name}: is not the program of {path}: its build ID is {binary.info.build_ids[0]}, "
            f"the core is of {wanted[0]}"
        )
    bias = load_bias(binary.elf, core.mappings, program.path if program else None)
    if bias is None:
        raise NotReadable(f"{binary.name}: is not mapped in {path}")
    memory = WithText(core, binary.elf, bias)
    process = Process(binary, memory, bias, core.threads, None)
    post = Postmortem(process, settings or PipelineSettings(), Libraries(root))
    return post.crash(core, build_of(binary.info))


def binary_of(head: CoreHead, binaries: Binaries, core: str | Path) -> Binary:
    """The binary of a core: by its build ID, else the only one that was named, else where the process had it.

    Raises NotReadable with what is wanted, and which files were mapped.
    """
    for build_id in head.build_ids:
        found = binaries.find(build_id)
        if found is not None:
            return binaries.open(found)
    only = binaries.only()
    if only is not None:
        return binaries.open(only)
    # A core is hostile: the path may be one that no system takes.
    with contextlib.suppress(OSError, NotReadable):
        if head.executable and Path(head.executable).is_file():
            here = binaries.open(Path(head.executable))
            if set(here.info.build_ids) & set(head.build_ids):
                return here
    files = "\n  ".join(head.files[:10]) or "none"
    wanted = f" with build ID {head.build_ids[0]}" if head.build_ids else ""
    raise NotReadable(
        f"{core}: needs the program{wanted}: name it, or a folder that has it, with --binary\n"
        f"The core: {head.executable or 'an unnamed program'}, pid {head.pid}, ended by {head.signal}, "
        f"{head.threads} threads; files that were mapped:\n  {files}"
    )
