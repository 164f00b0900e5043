"""Who has which partitions: the members of consumer groups as the broker knows them.

In: a place, stages. Out: how many partitions each member of a group has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from benchmarks._pipeline_place import PARTITIONS, Place, Worker, until

_LOOK_SECONDS: Final = 0.3


async def partitions_of(at: Place, stage: str) -> tuple[int, ...]:
    """Different partition numbers of each member, fewest first; empty while the group settles."""
    async with at.cluster.admin() as admin:
        answers = await admin.describe_consumer_groups([at.names.group(stage)])
    for answer in answers:
        for _error, _name, state, _kind, _protocol, members, *_ in answer.groups:
            if state == "Stable":
                return tuple(sorted(_numbers(bytes(member[-1])) for member in members))
    return ()


def _numbers(assignment: bytes) -> int:
    """How many partition numbers an assignment names: those of all its topics are one task each."""
    found = ConsumerProtocolMemberAssignment.decode(assignment)
    return len({number for _topic, numbers in found.assignment for number in numbers})


async def until_settled(at: Place, workers: Sequence[Worker], *stages: str) -> None:
    """Until every worker is a member of each group, and all partitions are given out."""

    async def progress() -> float:
        await asyncio.sleep(_LOOK_SECONDS)
        found = [await partitions_of(at, stage) for stage in stages]
        return sum(len(parts) == len(workers) and sum(parts) == PARTITIONS for parts in found)

    await until(progress, len(stages), workers, "groups with all their members")
    for each in workers:
        await each.until_ready()
