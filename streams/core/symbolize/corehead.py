"""What a core says of itself, without its binary: which program, which build, how it ended, what was mapped.

In: a Core. Out: CoreHead. The build ID stands in the first page of the program's file, which the kernel writes to the
core by default (coredump_filter bit 4, core(5)).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from streams.core.elf_format import GNU, GO, NT_GNU_BUILD_ID, NT_GO_BUILD_ID
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.elf import Elf, NotReadable
from streams.core.symbolize.memory import Mapping, whole
from streams.core.symbolize.postmortem import signal_name
from streams.model.crash import Crash, Exit, Fault, Signal
from streams.model.symbols import CoreHead

_PAGE: Final = 4096
# A note header: the owner's 4 bytes, a description of 20 bytes (SHA-1), type 3.
_GNU_NOTE: Final = b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0"
_SHA1: Final = 20
_MOST_FILES: Final = 200
_LONGEST_ID: Final = 512
_LONGEST_GNU_ID: Final = 64


def build_ids_at(core: Core, mapping: Mapping) -> tuple[str, ...]:
    """The GNU and Go build IDs of a mapped file, as far as the core holds its first page."""
    page = bytes(whole(core, mapping.start, _PAGE))
    if len(page) < _PAGE or not page.startswith(b"\x7fELF"):
        return ()
    found: list[str] = []
    at = page.find(_GNU_NOTE)
    if at >= 0:
        start = at + len(_GNU_NOTE)
        found.append(page[start : start + _SHA1].hex())
    try:
        elf = Elf(page, mapping.path)
        gnu, go = elf.note(GNU, NT_GNU_BUILD_ID), elf.note(GO, NT_GO_BUILD_ID)
    except NotReadable:
        return tuple(found)
    if gnu is not None and not found:
        found.append(bytes(gnu[:_LONGEST_GNU_ID]).hex())
    if go is not None:
        found.append(bytes(go[:_LONGEST_ID]).decode("utf-8", "replace"))
    return tuple(found)


def program_of(core: Core) -> Mapping | None:
    """The mapping of the program's file: that of the process's name, else the first."""
    first: dict[str, Mapping] = {}
    for mapping in core.mappings:
        if mapping.offset == 0:
            first.setdefault(mapping.path, mapping)
    named = (m for path, m in first.items() if path.rpartition("/")[2][:15] == core.command)
    return next(named, None) or next(iter(first.values()), None)


def _content(core: Core) -> str:
    """A name by content: registers, times, addresses and mappings of the process, not where the file is."""
    digest = blake2b(digest_size=16)
    for note in core.elf.notes():
        digest.update(note.type.to_bytes(4, "little"))
        digest.update(core.elf.view[note.offset : note.offset + note.size])
    return digest.hexdigest()


def without_binary(head: CoreHead, why: str) -> Crash:
    """The record of a core of which no more is known than what it says of itself; `why` stands first of its faults."""
    files = f"files that were mapped: {', '.join(head.files) or 'none'}"
    return Crash(
        id="",
        kind="dump" if head.signal in (None, "SIGQUIT") else "signal",
        message=head.signal or "",
        signal=Signal(name=head.signal) if head.signal else None,
        exit=Exit(signal=head.signal) if head.signal else None,
        truncated=head.missing > 0,
        faults=tuple(Fault(line=0, reason=reason) for reason in (why, files)),
    )


def head_of(core: Core) -> CoreHead:
    """Everything that needs no binary."""
    program = program_of(core)
    files = dict.fromkeys(mapping.path for mapping in core.mappings)
    return CoreHead(
        content=_content(core),
        executable=program.path if program else None,
        build_ids=build_ids_at(core, program) if program else (),
        signal=signal_name(core.signal.number) if core.signal else None,
        pid=core.pid,
        threads=len(core.threads),
        files=tuple(files)[:_MOST_FILES],
        missing=core.missing,
    )
