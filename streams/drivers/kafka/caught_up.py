"""Whether a pipeline has worked out everything that had come in: asked stage by stage, in the order of the flow.

In: a Cluster, names, stages, how far the inputs reached. Out: the stage that is behind, by how much, and whether
anybody works on it. Reads what groups have committed; joins none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Final

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata

from streams.drivers.kafka.client import LIMIT_SECONDS, Cluster
from streams.drivers.kafka.names import SHARED, Names
from streams.drivers.kafka.snapshot import ends, parts_of, records
from streams.drivers.kafka.worker import sources
from streams.topology import Stage

Ends = Mapping[TopicPartition, int]
_AGAIN_SECONDS: Final = 0.1
# A group in one of these has members, or had some a moment ago.
_AT_WORK: Final = frozenset(("Stable", "PreparingRebalance", "CompletingRebalance"))


class Behind(msgspec.Struct, frozen=True):
    """A stage that has records left to read. `total`: how many there were since the beginning of its topics."""

    stage: str
    group: str
    records: int
    total: int
    at_work: bool


async def input_ends(
    cluster: Cluster, names: Names, stages: Sequence[Stage]
) -> dict[TopicPartition, int]:
    """How far the inputs that others make reach now."""
    shared = {names.topic(t) for stage in stages for t in sources(stage) if t in SHARED}
    return await ends(cluster, await parts_of(cluster, *sorted(shared)))


class CatchUp:
    """Asks one stage after the other; a stage that has caught up once is not asked again.

    What a stage made of its inputs is in its outputs when its positions say that it has read them: both are one
    transaction. So the end of the next stage's topics, asked for afterwards, covers all of it.
    """

    def __init__(
        self, cluster: Cluster, names: Names, stages: Sequence[Stage], inputs: Ends
    ) -> None:
        """`stages` in the order of the flow; `inputs` as `input_ends` gave them."""
        self._cluster = cluster
        self._names = names
        self._left = list(stages)
        self._inputs = dict(inputs)
        self._wanted: dict[TopicPartition, int] | None = None
        self._idle: list[str] = []

    @property
    def idle(self) -> tuple[str, ...]:
        """Stages that had caught up and that nobody worked on."""
        return tuple(self._idle)

    async def behind(self) -> Behind | None:
        """The first stage that has something left to read, or None: everything is worked out."""
        while self._left:
            if self._wanted is None:
                self._wanted = await self._ends_of(self._left[0])
            if found := await self._missing(self._left[0], self._wanted):
                return found
            self._left.pop(0)
            self._wanted = None
        return None

    async def _ends_of(self, stage: Stage) -> dict[TopicPartition, int]:
        shared = {self._names.topic(t) for t in sources(stage) if t in SHARED}
        wanted = {tp: end for tp, end in self._inputs.items() if tp.topic in shared}
        own = [self._names.topic(t) for t in sources(stage) if t not in SHARED]
        return wanted | await ends(self._cluster, await parts_of(self._cluster, *own))

    async def _missing(self, stage: Stage, wanted: Ends) -> Behind | None:
        group = self._names.group(stage.name)
        async with self._cluster.admin() as admin:
            found = await _committed(admin, group)
            at_work = await _is_at_work(admin, group)
        have = {tp: found[tp].offset for tp in wanted if tp in found and found[tp].offset >= 0}
        late = {tp: end for tp, end in wanted.items() if have.get(tp, 0) < end}
        if not late or not await _any_record(self._cluster, late, have):
            self._idle += [] if at_work else [stage.name]
            return None
        left = sum(end - have.get(tp, 0) for tp, end in late.items())
        return Behind(stage.name, group, left, sum(wanted.values()), at_work)


async def _committed(
    admin: AIOKafkaAdminClient, group: str
) -> dict[TopicPartition, OffsetAndMetadata]:
    """Positions of a group; a Kafka that never had a group makes room for them first, which takes a moment."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                found: dict[TopicPartition, OffsetAndMetadata]
                found = await admin.list_consumer_group_offsets(group)
            except GroupCoordinatorNotAvailableError:
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return found


async def _any_record(cluster: Cluster, late: Ends, have: Ends) -> bool:
    """Whether there is more than markers of transactions between what was read and the end."""
    async with aclosing(records(cluster, list(late), have)) as batches:
        async for batch in batches:
            if any(r.offset < late[TopicPartition(r.topic, r.partition)] for r in batch):
                return True
    return False


async def _is_at_work(admin: AIOKafkaAdminClient, group: str) -> bool:
    for answer in await admin.describe_consumer_groups([group]):
        for _error, _name, state, *_ in answer.groups:
            return state in _AT_WORK
    return False
