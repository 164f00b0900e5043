"""A member of a group on the real broker: whatever a library does with a cancellation, it gives its partitions back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.config import Settings
from streams.drivers.kafka import client
from streams.drivers.kafka.group import Group, Options
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.records import Record
from tests.kafka_broker import Broker

_PARTITIONS = 2


class _Deaf:
    """A task whose opening takes long, and swallows a cancellation, as aiokafka's Fetcher.close does."""

    def __init__(self, opening: asyncio.Event) -> None:
        self._opening = opening

    async def open(self) -> None:
        self._opening.set()
        with suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()

    def start(self) -> Mapping[str, int]:
        return {}

    async def take(self, records: Sequence[Record]) -> None:
        del records

    async def idle(self, *, caught_up: bool) -> None:
        del caught_up

    async def drain(self) -> None:
        pass

    async def close(self) -> None:
        pass

    def forget(self) -> None:
        pass


def _member(broker: Broker, names: Names, opening: asyncio.Event, seconds: float = 120.0) -> Group:
    return Group(
        client.cluster(Settings(broker=broker.bootstrap)),
        name=names.group("symbolize"),
        label="symbolize",
        topics={names.topic("panics.raw"): "panics.raw"},
        make=lambda _: _Deaf(opening),
        meter=MemoryMeter(),
        options=Options(session_seconds=6, stuck_seconds=seconds),
        fatal=pytest.fail,
    )


async def _shared(first: Group, second: Group) -> None:
    """Wait until each has half of the partitions."""
    while True:
        if len(first.owned) == len(second.owned) == _PARTITIONS // 2:
            return
        await asyncio.sleep(0.1)


async def _second_joins(broker: Broker, names: Names) -> None:
    """Two members; the first one was at work when the second one came."""
    await broker.create(names.topic("panics.raw"), _PARTITIONS)
    opening = asyncio.Event()
    first, second = (_member(broker, names, event) for event in (opening, asyncio.Event()))
    await first.start()
    try:
        await opening.wait()
        await second.start()
        await _shared(first, second)
    finally:
        await first.stop(0)
        await second.stop(0)


def test_a_task_that_swallows_its_cancellation_does_not_keep_its_member_out_of_the_group(
    broker: Broker, names: Names
) -> None:
    async def within(seconds: float) -> None:
        async with asyncio.timeout(seconds):
            await _second_joins(broker, names)

    asyncio.run(within(30))


def test_a_member_that_does_not_get_into_its_group_is_stuck(broker: Broker, names: Names) -> None:
    member = _member(broker, names, asyncio.Event(), seconds=-1)
    assert member.stuck() is None

    async def revoked() -> None:
        await member.on_partitions_revoked(())

    asyncio.run(revoked())
    assert (member.stuck() or "").startswith("symbolize: not in its group for ")
