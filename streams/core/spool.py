r"""Segments of a spool: the supervisor's records, and each as an event of panics.raw (docs/spool.md).

In: bytes of a segment. Out: records, and the bytes between that are none; events with an id by content, NOT scrubbed:
whoever sends them on has them admitted first (law 8). Never raises.

    record   b"\xf5PS1" | u32 length of the head | u32 length of the body | u32 CRC-32 of both | head | body
    head     JSON (streams/model/spool.py)
    body     raw: the crash text, `head.raw` bytes | ring: a line per event, `head.ring` bytes
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from streams.core.frames import Data, Frame, Framing
from streams.core.symbolize.postmortem import signal_name
from streams.model.crash import Build, Context, Exit
from streams.model.events import RawPanic
from streams.model.identity import crash_id
from streams.model.message import DecodeError, decode
from streams.model.spool import SpoolHead, SpoolRecord
from streams.model.text import from_bytes

FRAMING: Final = Framing(b"\xf5PS1", 2)
# 16 hex digits of its time, the writer's pid, 8 random hex digits: names sort by time.
SEGMENT: Final = re.compile(r"[0-9a-f]{16}-\d{1,10}-[0-9a-f]{8}\.spool", re.ASCII)
_VERSION: Final = 1
_OF_RECORD: Final = (
    "pid", "command", "at", "exit", "source", "nspid", "host", "container", "exe", "build", "dump", "truncated",
)  # fmt: skip


class Kept(msgspec.Struct, frozen=True):
    """One record. `time`: `head.at` as the writer wrote it; `begin`, `after`: offsets of it and of the next one."""

    begin: int
    after: int
    head: SpoolHead
    time: str
    raw: bytes
    ring: bytes


class Damage(msgspec.Struct, frozen=True):
    """Bytes that are no record, and why. `open_end`: nothing whole follows; it may be written just now."""

    begin: int
    after: int
    why: str
    open_end: bool = False

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.after - self.begin


class _Time(msgspec.Struct):
    at: str | None = None


_TIME: Final = msgspec.json.Decoder(_Time)


def scan(data: Data, begin: int, size: int) -> Iterator[Kept | Damage]:
    """Everything in the first `size` bytes of a segment, from an offset on."""
    for found in FRAMING.scan(data, begin, size):
        if isinstance(found, Frame):
            yield _kept(found)
        elif found.last:
            yield Damage(found.begin, found.after, "no whole record", open_end=True)
        else:
            yield Damage(
                found.begin, found.after, "no record begins there, or its checksum is wrong"
            )


def _kept(frame: Frame) -> Kept | Damage:
    data, body = frame.parts
    try:
        head = decode(data, SpoolHead)
        time = _TIME.decode(data).at or ""
    except (DecodeError, msgspec.DecodeError) as error:
        return Damage(frame.begin, frame.after, f"its head cannot be read: {error}")
    if head.v != _VERSION:
        return Damage(
            frame.begin, frame.after, f"a record of version {head.v}: {_VERSION} is known"
        )
    if head.raw < 0 or head.ring < 0 or head.raw + head.ring > len(body):
        return Damage(frame.begin, frame.after, "its head states more bytes than its body has")
    raw, ring = body[: head.raw], body[head.raw : head.raw + head.ring]
    return Kept(frame.begin, frame.after, head, time, raw, ring)


def events_of(ring: bytes) -> tuple[str, ...]:
    """The last events before the end, oldest first."""
    return tuple(line for line in from_bytes(ring).split("\n") if line.strip())


def shown(kept: Kept, segment: str) -> SpoolRecord:
    """A record as it is printed, raw, for whoever may read the spool."""
    same = {name: getattr(kept.head, name) for name in _OF_RECORD}
    return SpoolRecord(
        raw=from_bytes(kept.raw),
        ring=events_of(kept.ring),
        segment=segment,
        offset=kept.begin,
        **same,
    )


def identity(kept: Kept) -> str:
    """Law 2. The stream is the process's own: two that die in the same instant with the same words are two crashes."""
    head = kept.head
    stream = f"spool/{head.container or head.host or ''}/{head.pid}/{' '.join(head.command)}"
    text = from_bytes(kept.raw or kept.ring)
    return crash_id(stream, kept.time, text, 0)


def raw_panic(kept: Kept, *, service: str | None = None) -> RawPanic:
    """The record as an event, not scrubbed yet."""
    head = kept.head
    return RawPanic(
        text=from_bytes(kept.raw),
        at=head.at,
        service=service,
        host=head.host,
        container=head.container,
        stream="stderr",
        build=head.build or Build(),
        context=Context(attributes=_attributes(head), last_events=_last_events(kept)),
        event_id=identity(kept),
        truncated=head.truncated,
        route="spool",
        pid=head.pid or None,
        nspid=head.nspid or None,
        exit=_exit(head),
    )


def _last_events(kept: Kept) -> tuple[str, ...] | msgspec.UnsetType:
    return events_of(kept.ring) or msgspec.UNSET


def _attributes(head: SpoolHead) -> dict[str, str]:
    found = {
        "pid": str(head.pid) if head.pid else "",
        "command": " ".join(head.command),
        "exe": head.exe or "",
    }
    return {key: value for key, value in found.items() if value}


def _exit(head: SpoolHead) -> Exit | None:
    ended = head.exit
    if ended.code is None and ended.signal is None:
        return None
    name = signal_name(ended.signal) if ended.signal else None
    return Exit(code=ended.code, signal=name, oom=msgspec.UNSET if ended.oom is None else ended.oom)
