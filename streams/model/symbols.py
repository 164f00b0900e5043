"""What `panictrail binary` and `panictrail symbolize` print (schemas binary.v1, symbolized-pc.v1).

Values only. Absent facts are None, never guessed.
"""

from __future__ import annotations

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
