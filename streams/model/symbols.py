"""What is known of binaries and cores: printed by commands (binary.v1, symbolized-pc.v1), or a fact of a step.

Values only. Absent facts are None, never guessed.
"""

from __future__ import annotations

from streams.model.crash import Build
from streams.model.message import Message, Value


class BinaryFacts(Message, frozen=True, kw_only=True):
    """A Go binary as it describes itself. `pclntab`: the release since which its layout is in use."""

    path: str
    go: str | None = None
    main: str | None = None
    module: str | None = None
    version: str | None = None
    revision: str | None = None
    revision_time: str | None = None
    modified: bool | None = None
    go_build_id: str | None = None
    gnu_build_id: str | None = None
    arch: str
    mode: str
    cgo: bool | None = None
    trimpath: bool | None = None
    stripped: bool
    dwarf: bool
    pclntab: str | None = None
    pclntab_at: str | None = None
    functions: int | None = None
    text: tuple[str, str] | None = None
    settings: dict[str, str] = {}
    unknown: str | None = None


class FrameAt(Value, frozen=True, kw_only=True):
    """One frame of a pc; `native`: code that is not Go's."""

    function: str
    file: str | None = None
    line: int | None = None
    inlined: bool = False
    native: bool = False


class SymbolizedPc(Message, frozen=True, kw_only=True):
    """A pc and its frames, innermost first; without frames, the reason."""

    pc: str
    frames: tuple[FrameAt, ...] = ()
    reason: str | None = None


class BinaryHead(Message, frozen=True, kw_only=True):
    """The fact `binary`: what a binary says of its build."""

    build: Build


class CoreHead(Message, frozen=True, kw_only=True):
    """The fact `core`: what a core says of itself without its binary.

    `content` names it: a hash of its notes (registers, times, addresses), the same wherever the file is. `build_ids`
    are those of the program as far as the core holds them; `files` what was mapped; `missing` bytes were cut off.
    """

    content: str
    executable: str | None = None
    build_ids: tuple[str, ...] = ()
    signal: str | None = None
    pid: int | None = None
    threads: int = 0
    files: tuple[str, ...] = ()
    missing: int = 0


class FramesAt(Message, frozen=True, kw_only=True):
    """The fact `frames`: a row for each pc that was asked for, in that order."""

    rows: tuple[SymbolizedPc, ...]
