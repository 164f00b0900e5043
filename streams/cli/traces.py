"""TRACES.jsonl: lines {"id", "text", "build"?}. Read by `cluster` and `explain`.

In: a path or -. Out: rows in order. Raises BadInput naming file, line and what is wrong.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from streams.drivers.embedded.inputs import open_file
from streams.model.crash import Build
from streams.model.errors import BadInput
from streams.model.message import DecodeError, Value, decode
from streams.model.text import from_bytes


class Trace(Value, frozen=True, kw_only=True):
    """One row of TRACES.jsonl."""

    id: str | int
    text: str
    build: Build | None = None


def _rows(stream: IO[bytes], name: str) -> Iterator[Trace]:
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            yield decode(from_bytes(line), Trace)
        except DecodeError as error:
            message = f'{name}:{number}: {error}: want {{"id": …, "text": …}} on each line'
            raise BadInput(message) from None


def read_traces(path: str) -> Iterator[Trace]:
    """All rows of a file or of standard input."""
    if path == "-":
        yield from _rows(sys.stdin.buffer, "standard input")
        return
    try:
        with io.BufferedReader(cast("io.RawIOBase", open_file(Path(path)))) as stream:
            yield from _rows(stream, path)
    except (OSError, EOFError) as error:
        what = getattr(error, "strerror", None) or error
        message = f"{path}: {what}: name a readable file of JSON lines"
        raise BadInput(message) from None
