"""A pipeline with replays beside it, for tests: filled without worker processes, read as consumers read it.

In: a broker, names. Out: a Pipeline: commands on it, and what is in its topics.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from streams.cli.main import main
from streams.config import Settings
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.prepare import prepare
from streams.drivers.kafka.replay import catch_up
from streams.drivers.kafka.replay_diff import reports
from streams.drivers.kafka.snapshot import parts_of, records
from streams.model.events import CiBuild, Deploy, GitPush, RawPanic
from streams.model.instant import Instant
from streams.model.message import Message, encode
from streams.model.report import Report
from streams.topology import stages
from tests.kafka.crashes import mixed, renamed
from tests.kafka.processes import cluster_of, create_topics, environment
from tests.kafka.traffic import newest, raw, send
from tests.kafka_broker import Broker
from tests.kafka_records import Record

PARTITIONS: Final = 2
# Another method: it does not look past helpers.
OTHER: Final = {"PANICTRAIL_METHOD": "plain1"}
_IN_LIBRARY: Final = """\
panic: boom

goroutine 1 [running]:
example.com/lib/pool.(*Pool).Get(0xc000012345)
	/src/lib/pool/pool.go:17 +0x1d
example.com/shop/caller{number}.Serve(0xc000012345)
	/src/shop/caller{number}/serve.go:31 +0x2c
main.main()
	/src/shop/main.go:12 +0x18
"""


def _in_library(count: int, start: int) -> Iterator[RawPanic]:
    """Crashes in a pool, of three callers: three clusters, or one by the other method."""
    for number in range(start, start + count):
        at = Instant((1_795_420_800 + number) * 10**9)
        text = _IN_LIBRARY.format(number=number % 3)
        yield RawPanic(text=text, at=at, service="service-1", event_id=f"library-{number}")


CRASHES: Final = (*mixed(150, bugs=13), *_in_library(9, 0))
LIVE: Final = tuple(
    renamed(crash, f"live-{number}")
    for number, crash in enumerate((*mixed(40, seed=2, bugs=13), *_in_library(6, 100)))
)
SIDE: tuple[tuple[str, Message], ...] = (
    ("git.pushed", GitPush(delivery_id="g1", repo="shop", after="a" * 40)),
    ("ci.finished", CiBuild(delivery_id="c1", repo="shop", build_id="b1")),
    ("deploys.changed", Deploy(delivery_id="d1", service="service-1", build_id="b1")),
)


class Pipeline(msgspec.Struct, frozen=True):
    """The default pipeline of a test."""

    broker: Broker
    names: Names
    folder: Path

    @property
    def cluster(self) -> Cluster:
        """Clients of its Kafka."""
        return cluster_of(self.broker)

    def replay(self, name: str) -> Names:
        """The names of a replay beside it."""
        return msgspec.structs.replace(self.names, name=name)

    def fill(self, **others: object) -> None:
        """Make its topics, send CRASHES and the side inputs, work everything out."""
        create_topics(self.broker, self.names, PARTITIONS)
        asyncio.run(send(self.cluster, self.names, [raw(*event) for event in SIDE]))
        self.send(CRASHES)
        self.work(**others)

    def send(self, crashes: Iterable[RawPanic]) -> None:
        """Have producers send crashes."""
        events = [raw("panics.raw", crash) for crash in crashes]
        asyncio.run(send(self.cluster, self.names, events))

    def settings(self, **others: object) -> Settings:
        """The settings of a worker of it."""
        chosen = Settings(
            broker=self.broker.bootstrap,
            topic_prefix=self.names.prefix,
            app_id=self.names.app,
            data=str(self.folder / "data"),
        )
        return msgspec.structs.replace(chosen, **others)

    def work(self, **others: object) -> None:
        """Work out everything that has come in."""
        settings = self.settings(**others)
        plan = prepare(settings, stages(settings.pipeline()), ["all"]).plan
        asyncio.run(catch_up(plan, lambda _behind: None))

    def command(self, *words: str, **more: str) -> int:
        """Run a command on it, in this process; its exit code."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment(**more).items():
                patch.setenv(name, value)
            return main(words)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a command."""
        here = {"PANICTRAIL_DATA": str(self.folder / "data")}
        return {**environment(self.broker, self.names), **here, **more}

    def table(self, name: str = "default") -> dict[str, Report]:
        """The reports of a pipeline as its table has them."""
        return asyncio.run(reports(self.cluster, self.replay(name)))

    def seen(self) -> dict[str, Report]:
        """What a consumer of reports.root_cause knows who keeps the highest (generation, revision)."""
        return newest((record.key, record.value) for record in self.values("reports.root_cause"))

    def values(self, topic: str) -> list[Record]:
        """What is committed in a topic of the default pipeline."""
        return asyncio.run(self._values(self.names.topic(topic)))

    async def _values(self, topic: str) -> list[Record]:
        found: list[Record] = []
        async for batch in records(self.cluster, await parts_of(self.cluster, topic)):
            found += batch
        return found

    def offsets(self) -> Mapping[str, int]:
        """How far everything of the default pipeline reaches that only it may write, and where its groups are."""
        return asyncio.run(self._offsets())

    async def _offsets(self) -> dict[str, int]:
        async with self.broker.admin() as admin:
            topics = [name for name in await admin.list_topics() if self._is_own(name)]
            groups = [name for name, *_ in await admin.list_consumer_groups()]
            found = {
                f"{group} {tp.topic} {tp.partition}": at.offset
                for group in groups
                if self._is_own(group)
                for tp, at in (await admin.list_consumer_group_offsets(group)).items()
            }
        consumer = self.cluster.consumer()
        await consumer.start()
        try:
            parts = await parts_of(self.cluster, *topics)
            ends: dict[TopicPartition, int] = await consumer.end_offsets(parts)
        finally:
            await consumer.stop()
        return found | {f"{tp.topic} {tp.partition}": end for tp, end in ends.items()}

    def forget_crashes(self, partition: int) -> None:
        """Have retention remove every crash record of a partition of the default pipeline."""
        asyncio.run(self._delete(TopicPartition(self.names.topic("crashes.symbolized"), partition)))

    async def _delete(self, part: TopicPartition) -> None:
        async with self.broker.admin() as admin:
            await admin.delete_records({part: RecordsToDelete(-1)})

    def _is_own(self, name: str) -> bool:
        plain = name.removeprefix(self.names.prefix)
        return (
            name.startswith(self.names.prefix)
            and "again" not in plain
            and plain != "pipeline.generations"
        )


def under(generation: int, found: Mapping[str, Report]) -> dict[str, Report]:
    """Reports as they are sent under a generation."""
    return {name: msgspec.structs.replace(r, generation=generation) for name, r in found.items()}


def content(found: Mapping[str, Report]) -> list[bytes]:
    """Reports without generation and revision: what has to be byte-identical."""
    bare = (msgspec.structs.replace(r, generation=0, revision=0) for _, r in sorted(found.items()))
    return [encode(report) for report in bare]


def count(found: Mapping[str, Report]) -> int:
    """Crashes in all reports."""
    return sum(report.occurrences for report in found.values())


def times() -> tuple[str, str]:
    """Two times with crashes of CRASHES before, between and after them."""
    known = sorted({crash.at for crash in CRASHES if crash.at})
    return str(known[len(known) // 3]), str(known[2 * len(known) // 3])
