"""A transaction that the broker ended without its markers: ended by its producer, or undone by the next owner.

In: a producer, the partitions that it or its predecessor may have written to. Out: nothing is left open there.

After InitProducerId no transaction of the same id is open: that is Kafka's contract (KIP-98), and nobody else writes to
a changelog. A broker may break it. With 4.3.1, killed between the decision and the markers, the coordinator goes on
before the partitions have a leader again; `KRaftMetadataCache.getPartitionLeaderEndpoint` then answers as for a topic
that is gone, and `TransactionMarkerChannelManager` leaves the markers out ("likely deleted already and hence can be
skipped"). The records stay open, no reader gets past them, and the next marker of the same producer id ends them with
its own: committed beside what the next owner has worked out again, they would be there twice.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.client import ConnectionGroup
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import UnknownTopicOrPartitionError

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.stopping import stop
from streams.model.message import Value
from streams.model.step import Table

_STOP_SECONDS: Final = 2.0
# Markers take milliseconds; a coordinator that is there after so long has written them.
_WRITTEN_SECONDS: Final = 60.0
_NO_CONNECTION: Final = object()


class Undone(Value, frozen=True, kw_only=True):
    """From `start` on the changelog had records that were undone: a local store that copied any of them is wrong."""

    start: int


# By the offset, so that compaction keeps each: nobody knows which hosts have an old store.
UNDONE: Final = Table("driver.undone", Undone)


async def written(cluster: Cluster, place: TopicPartition) -> int:
    """The offset after the last record of a partition, committed or not."""
    reader = cluster.consumer(isolation_level="read_uncommitted", enable_auto_commit=False)
    try:
        await reader.start()
        # Without it aiokafka learns where the partition is only after a tenth of a second.
        reader.assign([place])
        end: int = (await reader.end_offsets([place]))[place]
        return end
    finally:
        await stop(reader, _STOP_SECONDS)


class Markers:
    """Sees to it that every transaction of a producer's id ends in every partition.

    Kafka answers EndTxn when the decision is kept, and writes the markers after that. Where the connection to the
    coordinator was lost since, it may have died between the two. Then the next transaction covers every partition that
    the last one may have written to: it was decided to commit that, and the markers of this one do so.
    """

    def __init__(
        self, producer: AIOKafkaProducer, changelog: TopicPartition, topics: Sequence[str]
    ) -> None:
        """`topics`: on the broker, where outputs may go. The producer is started."""
        self._producer = producer
        self._changelog = changelog
        self._topics = topics
        # The connection over which the last transaction was decided; None once its markers are written.
        self._over: object | None = None
        self._decided = 0.0

    async def undo(self) -> None:
        """End as aborted whatever the id has open. Raises KafkaError."""
        await self._producer.begin_transaction()
        await self._cover()
        await self._producer.abort_transaction()

    def are_uncertain(self) -> bool:
        """Whether those of the last transaction may never be written."""
        return self._over is not None and self._over is not _coordinator(self._producer)

    async def ensure(self) -> None:
        """In a transaction: let it end the last one, too, where that is uncertain."""
        if self.are_uncertain():
            await self._cover()

    def deciding(self) -> None:
        """The transaction is about to be committed."""
        self._over = _coordinator(self._producer) or _NO_CONNECTION
        self._decided = time.monotonic()

    def settle(self) -> None:
        """The same connection after so long: the markers are written. Later it may be closed for being idle."""
        if not self.are_uncertain() and time.monotonic() - self._decided > _WRITTEN_SECONDS:
            self._over = None

    async def _cover(self) -> None:
        manager = self._producer._txn_manager  # noqa: SLF001 - aiokafka has no transaction without a record
        for place in await self._places():
            manager.maybe_add_partition_to_txn(place)

    async def _places(self) -> list[TopicPartition]:
        places = [self._changelog]
        for topic in self._topics:
            # A topic that is not there has nothing open.
            with contextlib.suppress(UnknownTopicOrPartitionError):
                numbers = await self._producer.partitions_for(topic)
                places += [TopicPartition(topic, number) for number in numbers]
        return places


def _coordinator(producer: AIOKafkaProducer) -> AIOKafkaConnection | None:
    """The connection to the coordinator of a producer's transactions; None where there is none now."""
    found = producer.client._conns.items()  # noqa: SLF001 - aiokafka tells it nowhere
    for (_, group), connection in found:
        if group == ConnectionGroup.COORDINATION and connection.connected():
            return connection
    return None
