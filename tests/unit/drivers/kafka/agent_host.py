"""An agent on a channel of ours in a process of its own: prints how many events each answer had.

Faust makes an event loop when it is imported and never closes it, which a test run takes for an error.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.kafka.agents import add_agent
from streams.drivers.kafka.app import make_app
from streams.drivers.kafka.compute import Rules
from streams.drivers.kafka.records import Record
from streams.drivers.kafka.task import Batch
from streams.model.message import Message
from streams.model.step import Done, Facts, Need, State
from streams.topology import Stage


def step(_state: State, event: Message, _facts: Facts) -> Done | Need:
    """Something that is no defect of a step's own kind: the agent has to live through it."""
    if getattr(event, "cluster", "") == "bad":
        raise OSError(event)
    return Done()


STAGE = Stage(
    name="stage", reads=("attribution.requests",), writes=(), key="any", tables=(), step=step
)


def batch(cluster: str) -> Batch:
    value = b'{"cluster":"%s","service":"s"}' % cluster.encode()
    return Batch(
        stage=STAGE,
        partition=0,
        records=(Record("attribution.requests", 0, 0, 0, None, value),),
        table=SqliteStore(None),
        facts={},
        rules=Rules(),
        last_round=False,
    )


async def run(folder: Path, port: int) -> None:
    """One good batch, three that fail, five at once."""
    app = make_app("agents", "127.0.0.1:1", folder, ("127.0.0.1", port))
    ask = add_agent(app, "stage")
    await app.start()
    try:
        answers = [await ask(batch("good"))]
        for _ in range(3):
            try:
                await ask(batch("bad"))
            except OSError as error:
                sys.stdout.write(f"failed: {type(error).__name__}\n")
        answers += await asyncio.gather(*(ask(batch(f"c{n}")) for n in range(5)))
        sys.stdout.write(f"events {[answer.events for answer in answers]}\n")
        sys.stdout.write(f"monitor {app.monitor.events_total}\n")
    finally:
        await app.stop()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))
