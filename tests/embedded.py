"""The embedded pipeline as tests use it: files in, report lines out.

In: bytes of files, ways to divide them. Out: report.v1 JSON lines as `analyze --json` writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson

from streams.adapters.sqlite_store import SqliteStore
from streams.core.report.page import order
from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.reading import dead_letters, reports
from streams.drivers.embedded.session import Options, Session
from streams.model.message import encode
from streams.topology import STAGES


def run(
    inputs: Iterable[Path], state: Path | None = None, *, chunk_bytes: int = 1024 * 1024
) -> list[bytes]:
    """Analyze files; with `state`, go on from the last run."""
    found, problems = find_inputs(tuple(map(str, inputs)))
    assert not problems, problems
    with SqliteStore(state) as store:
        session = Session(STAGES, store, Options(chunk_bytes=chunk_bytes))
        for item in found:
            session.read(item)
        session.finish()
        assert not dead_letters(store), dead_letters(store)
        return [encode(report) for report in order(reports(store))]


def content(lines: Iterable[bytes]) -> list[bytes]:
    """Reports without their envelope (law 4): what must not depend on order or partition."""
    found = []
    for line in lines:
        value = orjson.loads(line)
        del value["generation"], value["revision"]
        found.append(orjson.dumps(value))
    return found
