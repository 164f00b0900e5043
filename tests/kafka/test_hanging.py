"""A broker that ends a transaction without its markers, as Kafka 4.3.1 may when it is killed: nothing is there twice.

The real broker, told to trust its clients (`transaction.partition.verification.enable=false`), and a ledger whose
coordinator does not know of all partitions: it commits, and the markers are lost as they are after such a kill.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest
from aiokafka import TopicPartition

from streams.drivers.kafka import exact
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.exact import POSITIONS, Ledger, Position, Rows
from streams.drivers.kafka.hanging import written
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.records import Outgoing
from streams.drivers.kafka.snapshot import ends
from streams.drivers.kafka.task import ADOPTED, Adopted
from streams.model.step import Change, put
from tests.chaos.reading import Topic, records
from tests.kafka.processes import cluster_of
from tests.kafka_broker import Broker, OwnBroker

_NAMES: Final = Names()
_STAGE: Final = "symbolize"
_CHANGELOG: Final = TopicPartition(_NAMES.changelog(_STAGE), 0)
_OUT: Final = "crashes.symbolized"
_TOLD: Final = "services.seen"
_OUTS: Final = (TopicPartition(_OUT, 0), TopicPartition(_OUT, 1))


@pytest.fixture
def trusting(tmp_path: Path) -> Iterator[Broker]:
    """A broker that takes records of a transaction for partitions that its coordinator was not told of."""
    own = OwnBroker(tmp_path / "kafka")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAFKA_LOCAL_PROPS", "transaction.partition.verification.enable=false")
        broker = own.start()
    asyncio.run(broker.create(_CHANGELOG.topic, config={"cleanup.policy": "compact"}))
    asyncio.run(broker.create(_OUT, partitions=2))
    for topic in (_TOLD, "deadletter"):
        asyncio.run(broker.create(topic))
    yield broker
    own.wipe()


class _Unmarked(Ledger):
    """The coordinator hears of what goes to another topic alone, and commits that."""

    loses: bool = True

    async def _transact(self, outputs: Iterable[Outgoing], rows: Rows) -> int | None:
        producer = self._producer
        assert producer is not None
        if not self.loses:
            return await super()._transact(outputs, rows)
        begin = producer.begin_transaction

        async def begun() -> None:
            await begin()
            manager = producer._txn_manager  # noqa: SLF001 - aiokafka tells its coordinator of every partition
            manager.txn_partitions.update((_CHANGELOG, *_OUTS))

        producer.begin_transaction = begun
        told = Outgoing(_TOLD, 0, b"", b"")
        end = await super()._transact((*outputs, told), rows)
        producer.begin_transaction = begin
        return end

    def lose_connections(self) -> None:
        """As a broker that dies does."""
        assert self._producer is not None
        for connection in self._producer.client._conns.values():  # noqa: SLF001 - aiokafka tells it nowhere
            connection.close()


def _ledger(cluster: Cluster, folder: Path, kind: type[Ledger] = Ledger) -> Ledger:
    return kind(cluster, _NAMES, _STAGE, 0, folder, reach=_NAMES.reach((_OUT,)))


async def _commit(
    ledger: Ledger, offset: int, *changes: Change, outs: Iterable[TopicPartition] = _OUTS
) -> None:
    """One batch: an event in each partition of the output, and the position."""
    name = str(offset).encode()
    ledger.store.apply((put(POSITIONS, "panics.raw", Position(offset=offset)), *changes))
    await ledger.commit([Outgoing(place.topic, place.partition, b"", name) for place in outs])


async def _until_ended(cluster: Cluster) -> None:
    """Until the markers are written; the coordinator does not hear of what follows, so it would not wait for them."""
    async with asyncio.timeout(30):
        while not await _is_ended(cluster):
            pass


async def _is_ended(cluster: Cluster) -> bool:
    """Whether nothing is open in the changelog."""
    return await written(cluster, _CHANGELOG) == (await ends(cluster, [_CHANGELOG]))[_CHANGELOG]


async def _read(broker: Broker) -> list[bytes | None]:
    return [record.value async for record in records(broker.bootstrap, Topic(_OUT, 2))]


def _position(ledger: Ledger) -> int:
    row = ledger.store.get(POSITIONS, "panics.raw")
    assert row is not None
    return row.offset


def test_what_hangs_is_undone_by_the_next_owner_and_by_stores_that_have_it(
    trusting: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = cluster_of(trusting)

    async def run() -> None:
        first = _ledger(cluster, tmp_path / "first")
        await first.open()
        await _commit(first, 1)
        await first.close()
        await _until_ended(cluster)

        losing = _ledger(cluster, tmp_path / "first", _Unmarked)
        await losing.open()
        # It is told that this is committed, and its store has it.
        await _commit(losing, 2, put(ADOPTED, "", Adopted(generation=7, public=True)))
        await losing.close()
        assert not await _is_ended(cluster)
        assert await _read(trusting) == [b"1", b"1"]

        second = _ledger(cluster, tmp_path / "second")
        await second.open()
        assert _position(second) == 1
        assert second.store.get(ADOPTED, "") is None
        assert await _is_ended(cluster)
        await _commit(second, 2)
        await second.close()
        await _until_ended(cluster)
        assert await _read(trusting) == [b"1", b"2", b"1", b"2"]

        again = _ledger(cluster, tmp_path / "first")
        await again.open()
        assert _position(again) == 2
        assert again.store.get(ADOPTED, "") is None
        await _commit(again, 3)
        await again.close()
        await _until_ended(cluster)
        assert await _read(trusting) == [b"1", b"2", b"3", b"1", b"2", b"3"]

    asyncio.run(run())
    # Once each; nothing is said where nothing hangs.
    said = [row.getMessage() for row in caplog.records if "undone" in row.getMessage()]
    assert len(said) == 2
    assert f"of {_CHANGELOG.topic} although it has ended" in said[0]
    assert "it is read again" in said[1]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_producer_that_lives_on_ends_what_hangs(
    trusting: Broker, tmp_path: Path, *, quiet: bool
) -> None:
    cluster = cluster_of(trusting)

    async def run() -> None:
        ledger = _Unmarked(
            cluster, _NAMES, _STAGE, 0, tmp_path / "one", reach=_NAMES.reach((_OUT,))
        )
        await ledger.open()
        await _commit(ledger, 1)
        ledger.loses = False
        await ledger.settle()
        assert await _read(trusting) == []
        ledger.lose_connections()
        if quiet:
            await ledger.settle()
        else:
            await _commit(ledger, 2, outs=_OUTS[:1])
        await _until_ended(cluster)
        assert await _read(trusting) == ([b"1", b"1"] if quiet else [b"1", b"2", b"1"])
        assert await _is_ended(cluster)
        await ledger.close()

    asyncio.run(run())


class _BrokerIsAwayError(Exception):
    """Of the next transaction."""


def test_what_hangs_is_undone_with_the_transaction_that_was_to_end_it(
    trusting: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = cluster_of(trusting)

    def fail(point: str) -> None:
        if point == "sent":
            raise _BrokerIsAwayError

    async def run() -> None:
        ledger = _Unmarked(
            cluster, _NAMES, _STAGE, 0, tmp_path / "one", reach=_NAMES.reach((_OUT,))
        )
        await ledger.open()
        ledger.loses = False
        await _commit(ledger, 1)
        await _until_ended(cluster)
        ledger.loses = True
        await _commit(ledger, 2)
        ledger.loses = False
        ledger.lose_connections()
        with monkeypatch.context() as patch:
            patch.setattr(exact, "probe", fail)
            with pytest.raises(_BrokerIsAwayError):
                await _commit(ledger, 3, outs=_OUTS[:1])
        await ledger.close()

        again = _ledger(cluster, tmp_path / "one")
        await again.open()
        assert _position(again) == 1
        await _commit(again, 2)
        await again.close()
        await _until_ended(cluster)
        assert await _read(trusting) == [b"1", b"2", b"1", b"2"]

    asyncio.run(run())
