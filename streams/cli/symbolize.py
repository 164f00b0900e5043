"""Function, file and line of addresses in a Go binary, stripped or not, with what was inlined there.

An address is looked up exactly as given, as linked (that of a PIE without its load bias). Return addresses, such as
runtime.Callers gives, belong to the instruction before them: --return-addresses.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.options import add_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.model.symbols import SymbolizedPc

_HEX = 16
_MOST = 1 << 64
_LONGEST_LINE = 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("path", metavar="PATH", help="an executable for linux/amd64 or linux/arm64")
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--pc", metavar="HEX", nargs="+", help="addresses, with or without 0x")
    given.add_argument("--pcs", metavar="FILE", help="a file with an address a line, or -")
    parser.add_argument(
        "--return-addresses",
        action="store_true",
        help="look up the instruction before each: the call that returns there",
    )
    add_json(parser, "frames innermost first (schema symbolized-pc.v1)")


def _number(text: str, place: str) -> int:
    from streams.model.errors import BadInput

    try:
        pc = int(text, _HEX)
    except ValueError:
        pc = -1
    if not 0 <= pc < _MOST:
        raise BadInput(f"{place}: {text[:40]!r} is no address: want hex such as 0x47a2f1")
    return pc


def _pcs(options: argparse.Namespace) -> Iterator[int]:
    if options.pc:
        yield from (_number(text, "--pc") for text in options.pc)
        return
    for number, line in enumerate(_file_lines(options.pcs), start=1):
        if line.strip():
            yield _number(line.strip(), f"{options.pcs}:{number}")


def _file_lines(path: str) -> Iterator[str]:
    from pathlib import Path

    from streams.model.errors import BadInput

    try:
        if path == "-":
            yield from (line.decode("ascii", "replace") for line in sys.stdin.buffer)
            return
        with Path(path).open("rb") as stream:
            while line := stream.readline(_LONGEST_LINE):
                yield line.decode("ascii", "replace")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}: name a readable file") from error


def _lines(row: SymbolizedPc) -> Iterator[str]:
    if row.reason:
        yield f"{row.pc}  ?  ({row.reason})"
    for number, frame in enumerate(row.frames):
        place = f"{frame.file}:{frame.line}" if frame.file else "?"
        marks = [word for word, on in (("inlined", frame.inlined), ("native", frame.native)) if on]
        note = f"  ({', '.join(marks)})" if marks else ""
        yield f"{row.pc if not number else '':{len(row.pc)}}  {frame.function}  {place}{note}"


def run(options: argparse.Namespace) -> int:
    """Print frames for each address, in order."""
    from streams.core.report.words import visible
    from streams.core.symbolize.lookup import symbolized
    from streams.drivers.mapped import open_binary
    from streams.model.message import encode

    binary = open_binary(options.path)
    rows = symbolized(binary, _pcs(options), back=1 if options.return_addresses else 0)
    if options.json:
        for row in rows:
            sys.stdout.buffer.write(encode(row) + b"\n")
        return 0
    for row in rows:
        sys.stdout.writelines(visible(line) + "\n" for line in _lines(row))
    return 0
