"""A worker that ends or stops itself at a named point, when its folder holds an order to do so.

In: the environment (folder of orders, its own name, a mutation), then the words of `panictrail worker`. Out: its exit
code, and a line in the killer's log before each deed. Changes nothing else, unless a mutation is asked for.
"""

from __future__ import annotations

import ctypes
import inspect
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from time import time
from typing import Final

import msgspec

from streams.adapters.postgres_views import PostgresViews
from streams.cli.main import main
from streams.drivers.kafka import exact
from streams.drivers.kafka import worker as kafka_worker
from streams.drivers.kafka.compute import Answer
from streams.drivers.kafka.task import Batch
from streams.model.step import Change
from streams.ports.views import Moves
from tests.chaos.mutations import MUTATIONS
from tests.chaos.plan import Deed, Order

FOLDER: Final = "CHAOS_FOLDER"
NAME: Final = "CHAOS_NAME"
MUTATION: Final = "CHAOS_MUTATION"
_PR_SET_PDEATHSIG: Final = 1
KILLER_LOG: Final = "killer.jsonl"
_SIGNALS: Final[dict[Deed, signal.Signals]] = {
    "kill": signal.SIGKILL,
    "stop": signal.SIGSTOP,
    "term": signal.SIGTERM,
}


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the killer's log: written before the deed, by the process that does it to itself."""

    at: float
    worker: str
    pid: int
    deed: Deed
    point: str
    passes: int
    where: str


def order_file(folder: Path, name: str) -> Path:
    """Where a worker finds its order; it removes it when it obeys."""
    return folder / f"{name}.order"


class Killer:
    """The probe of a worker."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._file = order_file(folder, name)
        self._order: Order | None = None
        self._passed = 0

    def __call__(self, point: str) -> None:
        """Called at every named point."""
        try:
            order = msgspec.json.decode(self._file.read_bytes(), type=Order)
        except FileNotFoundError:
            return
        if order != self._order:
            self._order, self._passed = order, 0
        if point != order.point:
            return
        self._passed += 1
        if self._passed >= order.passes:
            self._file.unlink()
            self._log(order, _owner())
            os.kill(os.getpid(), _SIGNALS[order.deed])

    def _log(self, order: Order, where: str) -> None:
        done = Done(
            at=time(),
            worker=self._name,
            pid=os.getpid(),
            deed=order.deed,
            point=order.point,
            passes=order.passes,
            where=where,
        )
        with (self._folder / KILLER_LOG).open("ab") as log:
            log.write(msgspec.json.encode(done) + b"\n")


def _owner() -> str:
    """The stage and partition whose code called the probe, for the log."""
    for frame in inspect.stack(0):
        found = frame.frame.f_locals
        if isinstance(ledger := found.get("self"), exact.Ledger):
            folder = ledger._folder  # noqa: SLF001 - the only place that names stage and partition
            return f"{folder.parent.name}/{folder.name}"
        if isinstance(batch := found.get("batch"), Batch):
            return f"{batch.stage.name}/{batch.partition}"
    return ""


def _more_points() -> None:
    """Points that exact.py does not have: inside the agent, and around the SQL commit of `view`."""
    compute, commit = Batch.compute, PostgresViews.commit

    def computing(batch: Batch) -> Answer:
        answer = compute(batch)
        exact.probe("computing")
        return answer

    async def storing(
        views: PostgresViews, stage: str, changes: Sequence[Change], moves: Moves
    ) -> None:
        exact.probe("storing")
        await commit(views, stage, changes, moves)
        exact.probe("stored")

    setattr(Batch, "compute", computing)  # noqa: B010 - a method is replaced: the point of this program
    setattr(PostgresViews, "commit", storing)  # noqa: B010 - as above


def _die_with_parent() -> None:
    """Whatever ends the harness ends its workers."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def run() -> int:
    """Put the probe in, then be a worker."""
    _die_with_parent()
    exact.probe = Killer(Path(os.environ[FOLDER]), os.environ[NAME])
    _more_points()
    if mutation := os.environ.get(MUTATION):
        setattr(kafka_worker, "Ledger", MUTATIONS[mutation])  # noqa: B010 - the point of this program
    return main(["worker", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(run())
