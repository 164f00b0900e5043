"""What the in-container supervisor keeps of a process that ended (docs/spool.md), and what `spool --json` prints of it.

Values only. Raw text is in none of what travels on: `SpoolRecord` is printed for whoever may read the spool itself.
"""

from __future__ import annotations

from typing import Literal

from streams.model.crash import Build
from streams.model.instant import Instant
from streams.model.message import Message, Value

# Where the text was had: standard error, the file of debug.SetCrashOutput, both; ring: no text, the ring alone.
SpoolSource = Literal["stderr", "crashoutput", "both", "ring"]


class SpoolExit(Value, frozen=True, kw_only=True):
    """How the process ended; all null: it lives on. `signal` is a number; `oom` None: not known."""

    code: int | None = None
    signal: int | None = None
    core: bool = False
    oom: bool | None = None


class SpoolHead(Value, frozen=True, kw_only=True):
    """The head of a record: JSON, keys that are not known are ignored. `raw`, `ring`: bytes of either in the body."""

    v: int
    at: Instant | None = None
    pid: int = 0
    nspid: int | None = None
    command: tuple[str, ...] = ()
    exit: SpoolExit = SpoolExit()
    source: SpoolSource = "stderr"
    raw: int
    ring: int
    host: str | None = None
    container: str | None = None
    truncated: bool = False
    exe: str | None = None
    build: Build | None = None
    dump: bool = False


class SpoolRecord(Message, frozen=True, kw_only=True):
    """`spool list | cat --json`: one record. `raw` is the text with the bytes that the runtime wrote (model/text.py).

    `ring`: the last events before the end, oldest first. `segment`, `offset`: where the record is.
    """

    raw: str
    pid: int
    command: tuple[str, ...]
    at: Instant | None
    exit: SpoolExit
    source: SpoolSource
    nspid: int | None = None
    host: str | None = None
    container: str | None = None
    exe: str | None = None
    build: Build | None = None
    ring: tuple[str, ...] = ()
    dump: bool = False
    truncated: bool = False
    segment: str = ""
    offset: int = 0
