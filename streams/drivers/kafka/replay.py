"""A replay: topics, tables and a database schema of its own, filled from the input that is kept.

In: a Cluster, the name of the replay, what it selects. Out: everything worked out that had come in when it began.
Writes nothing of another pipeline; goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.adapters.sqlite_store import lock_folder
from streams.drivers.database import schema_of
from streams.drivers.kafka import generations, topics
from streams.drivers.kafka.app import Member
from streams.drivers.kafka.caught_up import Behind, CatchUp, Ends, input_ends
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.compute import Answer
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.outgoing import REPORTS
from streams.drivers.kafka.snapshot import ends, parts_of
from streams.drivers.kafka.task import Ask, Batch
from streams.drivers.kafka.worker import Plan, members
from streams.model.errors import BadInput
from streams.model.events import Generation
from streams.model.instant import Instant
from streams.model.regrouping import Grouping
from streams.topology import Stage

# What a range selects from; everything else is read whole.
CRASHES: Final = ("panics.raw", "cores.refs")
_LOOK_SECONDS: Final = 0.3

Show = Callable[[Behind], None]


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The crashes that a replay is about, None has no bound; and how it groups them."""

    since: Instant | None = None
    until: Instant | None = None
    grouping: Grouping | None = None


async def begin(
    cluster: Cluster,
    names: Names,
    stages: Sequence[Stage],
    selection: Selection,
    replication: int = 1,
) -> Generation:
    """The row of the replay, new or as it was; its topics are there. Raises BadInput or ServiceMissing.

    Without a selection a replay that was begun goes on with the one that it has.
    """
    schema_of(names.name)
    rows = await generations.read(cluster, names)
    row = rows.get(names.name)
    asked = (selection.since, selection.until)
    if row is not None and asked not in ((None, None), (row.since, row.until)):
        message = (
            f"replay {names.name} was begun with {span(row)}: go on with it by panictrail replay --as {names.name}, "
            "or choose another name"
        )
        raise BadInput(message)
    await _topics(cluster, names, stages, replication)
    if row is not None:
        return row
    row = Generation(
        name=names.name,
        generation=0,
        state="replaying",
        since=selection.since,
        until=selection.until,
        live_from={} if asked == (None, None) else await _live_from(cluster, names),
        grouping=selection.grouping,
    )
    await generations.begin(cluster, names, row)
    return row


def span(row: Generation) -> str:
    """What a replay selects, for people."""
    if row.since is None and row.until is None:
        return "all crashes that are kept"
    start = "the beginning" if row.since is None else str(row.since)
    return f"the crashes from {start} to {'now' if row.until is None else row.until}"


async def _topics(
    cluster: Cluster, names: Names, stages: Sequence[Stage], replication: int
) -> None:
    """Make what is missing of the replay; the inputs must be there."""
    if wrong := await topics.problems(cluster, generations.base(names), stages=stages):
        text = "\n  ".join(wrong)
        message = f"the topics at {cluster.address} are not as they must be:\n  {text}"
        raise BadInput(message)
    created = await topics.create(cluster, names, replication=replication, stages=stages)
    if created.problems:
        text = "\n  ".join(created.problems)
        message = f"the topics of replay {names.name} are not as they must be:\n  {text}"
        raise BadInput(message)


async def _live_from(cluster: Cluster, names: Names) -> dict[str, tuple[int, ...]]:
    """Where the history ends that a range selects from, by topic and partition number."""
    found: dict[str, tuple[int, ...]] = {}
    for topic in CRASHES:
        reached = await ends(cluster, await parts_of(cluster, names.topic(topic)))
        found[topic] = tuple(end for _, end in sorted(reached.items()))
    return found


def locked(plan: Plan) -> int:
    """Hold the data folder; the handle frees it. Raises BadInput where another process has it."""
    return lock_folder(plan.folder)


async def _compute(batch: Batch) -> Answer:
    return batch.compute()


def _ask(_stage: Stage) -> Ask:
    return _compute


async def catch_up(plan: Plan, show: Show) -> None:
    """Run the stages of a plan until everything is worked out that has come in by now; then end in good order.

    Other workers of the same pipeline may run beside it. Raises BadInput or ServiceMissing.
    """
    async with plan.cluster.admin():  # its errors are words for people
        inputs = await input_ends(plan.cluster, plan.names, plan.stages)
        chosen = members(plan, PrometheusMeter(), _ask)
        running: list[Member] = []
        try:
            for member in chosen:
                running.append(member)
                await member.start()
            await _finish(plan, running, inputs, show)
        finally:
            await _stop(running, plan.drain_seconds)


async def _finish(plan: Plan, running: list[Member], inputs: Ends, show: Show) -> None:
    """Wait for the stages in two parts: what is held back goes out when `attribute` ends, and others read it."""
    before = [stage for stage in plan.stages if REPORTS not in stage.reads]
    await wait(CatchUp(plan.cluster, plan.names, before, inputs), show)
    first = {stage.name for stage in before}
    early = [member for member in running if member.label in first]
    running[:] = [member for member in running if member.label not in first]
    await _stop(early, plan.drain_seconds)
    after = [stage for stage in plan.stages if stage.name not in first]
    await wait(CatchUp(plan.cluster, plan.names, after, inputs), show)


async def wait(caught_up: CatchUp, show: Show) -> None:
    """Until nothing is behind; without a limit."""
    while behind := await caught_up.behind():
        show(behind)
        await asyncio.sleep(_LOOK_SECONDS)


async def _stop(running: Sequence[Member], seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.gather(*(member.stop(seconds) for member in running))
