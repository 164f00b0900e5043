"""What the in-container supervisor kept (panicwatch --spool DIR): a line per record, or the crash texts themselves.

The texts are printed as the runtime wrote them, with whatever secrets are in them: a spool is the only place where they
are not scrubbed. `panictrail analyze DIR` makes reports of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from streams.cli.options import add_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.spool import Kept
    from streams.model.spool import SpoolExit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    kinds = parser.add_subparsers(title="commands", dest="kind", metavar="COMMAND", required=True)
    told = (
        (
            "list",
            "a line per record",
            "Records in order of their segments: time, pid, how it ended, its first line.",
        ),
        (
            "cat",
            "the crash texts",
            "The crash texts, byte by byte as the runtime wrote them, one after the other.",
        ),
    )
    for name, text, more in told:
        kind = kinds.add_parser(name, help=text, description=more)
        kind.add_argument(
            "folder", metavar="DIR", type=Path, help="the spool, or a folder of spools"
        )
        add_json(kind, "records (spool-record.v1)")


def run(options: argparse.Namespace) -> int:
    """Print; what is damaged is said on stderr, and the rest goes on."""
    from streams.core.spool import shown
    from streams.model.message import encode

    out, number = sys.stdout.buffer, 0
    for path, kept in _records(options.folder):
        number += 1
        if options.json:
            out.write(encode(shown(kept, path.name)) + b"\n")
        elif options.kind == "cat":
            out.write(kept.raw if kept.raw.endswith(b"\n") or not kept.raw else kept.raw + b"\n")
        else:
            out.write((_line(kept) + "\n").encode("utf-8", "replace"))
    if not number:
        _say(f"{options.folder}: no records")
    _say_lost(options.folder)
    return 0


def _records(folder: Path) -> Iterator[tuple[Path, Kept]]:
    """Every record; damage is reported on the way."""
    from streams.core.spool import Kept
    from streams.drivers.spools import records, segments

    for path in segments(folder):
        try:
            for found in records(path):
                if isinstance(found, Kept):
                    yield path, found
                else:
                    _say(
                        f"{path}: {found.size} bytes from offset {found.begin} on are left out: {found.why}"
                    )
        except FileNotFoundError:
            continue  # removed meanwhile, by its writer's cap or a collector
        except OSError as error:
            _say(f"{path}: cannot be read: {error.strerror or error}")


def _line(kept: Kept) -> str:
    from streams.core.report.words import visible
    from streams.model.text import from_bytes, readable

    head = kept.head
    first = kept.raw.lstrip().split(b"\n", 1)[0] or kept.ring.rstrip().split(b"\n")[-1]
    command = head.command[0] if head.command else "?"
    words = (
        kept.time or "unknown time",
        f"pid {head.pid}",
        _ended(head.exit),
        head.source,
        f"{len(kept.raw)} bytes",
        command,
        readable(from_bytes(first[:200])),
    )
    return visible("  ".join(words))


def _ended(ended: SpoolExit) -> str:
    if ended.signal:
        from streams.core.symbolize.postmortem import signal_name

        return signal_name(ended.signal) + (" (out of memory)" if ended.oom else "")
    return "lives on" if ended.code is None else f"exit {ended.code}"


def _say_lost(folder: Path) -> None:
    from streams.drivers.spools import lost_lines

    for path, line in lost_lines(folder):
        _say(f"{path}: not kept, the disk was full: {line}")


def _say(line: str) -> None:
    from streams.core.report.words import visible

    sys.stdout.flush()
    sys.stderr.write(f"panictrail spool: {visible(line)}\n")
