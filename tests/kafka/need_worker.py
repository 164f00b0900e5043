"""A worker with a stage that exists only here: it needs a fact that a test puts into a file.

In: FOLDER and the worker's options. The fact is Absent without FOLDER/fact; `trouble` in it is passing trouble.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from streams.config import load
from streams.drivers.kafka.prepare import prepare
from streams.drivers.kafka.worker import run
from streams.model.errors import PassingTrouble
from streams.model.events import AttributionRequest, LinkChanged
from streams.model.message import Message, Value
from streams.model.step import (
    Absent,
    Done,
    Emit,
    Fact,
    Facts,
    Need,
    Present,
    Request,
    State,
    Table,
    put,
)
from streams.topology import Stage

WANTED = Request("test", "sha-1")


class Told(Value, frozen=True, kw_only=True):
    """What the stage has been told, in order."""

    texts: tuple[str, ...]


TOLD = Table("asking.told", Told)


def ask(state: State, event: Message, facts: Facts) -> Done | Need:
    """Ask for one fact; emit everything that it said so far."""
    if not isinstance(event, AttributionRequest):
        return Done()
    fact = facts.get(WANTED)
    if fact is None:
        return Need((WANTED,))
    text = fact.data.decode() if isinstance(fact, Present) else f"absent: {fact.reason}"
    before = state.get(TOLD, event.cluster)
    texts = (*(before.texts if before else ()), text)
    told = LinkChanged(service=event.cluster, commit_sha=" | ".join(texts))
    emitted = Emit("links.changed", event.cluster, told)
    return Done((put(TOLD, event.cluster, Told(texts=texts)),), (emitted,))


ASKING = Stage(
    name="asking",
    reads=("attribution.requests",),
    writes=("links.changed",),
    key="cluster id",
    tables=(TOLD,),
    step=ask,
    needs=("test",),
)


class FileFact:
    """Implements the facts port over one file."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet."""
        self._path = path

    def resolve(self, request: Request) -> Fact:
        """What the file says now."""
        if not self._path.exists():
            return Absent(f"no {request.key}")
        text = self._path.read_text()
        if text == "trouble":
            message = "the store does not answer"
            raise PassingTrouble(message)
        return Present(text.encode())


def main() -> int:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--listen")
    parser.add_argument("--data")
    options = parser.parse_args()
    settings = load({"listen": options.listen, "data": options.data}).settings
    plan = prepare(settings, (ASKING,), ("all",)).plan
    return run(msgspec.structs.replace(plan, resolver=FileFact(options.folder / "fact")))


if __name__ == "__main__":
    sys.exit(main())
