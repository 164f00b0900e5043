"""The golden cases: every `input.<variant>.txt` below this folder, and what it must become.

In: nothing. Out: Text values in name order; the expected file beside each. Volatile fields (the path) are
written as the file's own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import orjson

from streams.core.report.page import order
from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Options, Session
from streams.drivers.embedded.state import open_state
from streams.model.message import Message, encode
from streams.topology import STAGES

HERE = Path(__file__).parent
WRAPPINGS = ("kubectl", "compose", "journald")


class Text(msgspec.Struct, frozen=True):
    """One recorded input."""

    name: str
    path: Path
    data: bytes
    wrapped: bool

    @property
    def expected(self) -> Path:
        """The file that holds what this input must become."""
        variant = self.path.name.removeprefix("input.").removesuffix(".txt")
        return self.path.with_name(f"expected.{variant}.json")


def texts() -> Iterator[Text]:
    """All recorded inputs."""
    for path in sorted(HERE.glob("*/input.*.txt")):
        variant = path.name.removeprefix("input.").removesuffix(".txt")
        wrapped = any(variant.endswith(name) for name in WRAPPINGS)
        yield Text(f"{path.parent.name}/{variant}", path, path.read_bytes(), wrapped)


def records(text: Text) -> list[bytes]:
    """Crash records in order of their first line, then reports, as the embedded driver makes them."""
    crashes: list[Message] = []
    inputs, _ = find_inputs((str(text.path),))
    with open_state(None) as store:
        session = Session(STAGES, store, Options())
        session.engine.sinks["crashes.symbolized"] = crashes.append
        session.read(inputs[0])
        session.finish()
        made = [encode(report) for report in order(reports(store))]
    lines = [
        encode(crash).replace(str(text.path).encode(), text.path.name.encode()) for crash in crashes
    ]
    return [*sorted(lines, key=lambda line: orjson.loads(line)["source"]["line"]), *made]


def rendered(found: list[bytes]) -> bytes:
    """One record per line inside a JSON array, so that a diff shows which record changed."""
    return b"[\n" + b",\n".join(found) + b"\n]\n" if found else b"[]\n"
