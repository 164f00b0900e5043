"""The collector of log lines as a process: topics of shippers in, raw panics out, exactly once, until a signal ends it.

In: settings, names of topics. Out: an exit code. Lines pass through no Faust agent: Faust serves the web pages and
handles the signals. Raises BadInput or ServiceMissing with the next step before anything runs.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.adapters.sqlite_store import lock_folder
from streams.config import Settings
from streams.drivers.kafka import client
from streams.drivers.kafka.app import add_member, add_pages, make_app
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.exact import Ledger
from streams.drivers.kafka.group import Group, Options
from streams.drivers.kafka.lines import Pace, Reading
from streams.drivers.kafka.lines_task import LinesTask
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.outgoing import Router
from streams.drivers.kafka.prepare import COLLECT, address_of, names_of
from streams.drivers.kafka.snapshot import partitions as partitions_of
from streams.drivers.kafka.topic_plan import collector_changelog
from streams.drivers.kafka.topics import ensure, partition_counts, problems
from streams.drivers.kafka.worker import claim_folder, leave, rules_of, run_app
from streams.model.crash import Source
from streams.model.errors import BadInput
from streams.model.topics import BY_NAME
from streams.ports.meter import Meter
from streams.topology import Stage

LINES: Final = "logs.lines"
# A batch is closed at 2 MiB anyway; lines have a few hundred bytes.
_MAX_RECORDS: Final = 5000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a collector runs. `topics`: name on the broker by the name that was asked for."""

    readings: tuple[Reading, ...]
    topics: Mapping[str, str]
    cluster: Cluster
    names: Names
    partitions: Mapping[str, int]
    folder: Path
    listen: tuple[str, int]
    options: Options
    drain_seconds: float


def full_name(names: Names, topic: str) -> str:
    """The topic on the broker: ours with its prefix, a shipper's own as it is. Raises BadInput."""
    if topic == LINES:
        return names.topic(topic)
    if topic in BY_NAME:
        message = f"--topic {topic}: holds no log lines: name the topic that shippers write to"
        raise BadInput(message)
    return topic


def collector_name(topic: str) -> str:
    """What group, changelog and metrics of the collector of a topic are named by."""
    return COLLECT if topic == LINES else f"{COLLECT}-{topic}"


class Prepared(msgspec.Struct, frozen=True):
    """A plan, and what to say before it runs."""

    plan: Plan
    lines: tuple[str, ...]


def prepare(
    settings: Settings, stages: Sequence[Stage], topics: Sequence[str], format_name: str = ""
) -> Prepared:
    """Everything that a collector needs, checked; changelogs that are missing are made. `format_name`: of all lines."""
    names = names_of(settings)
    wanted = {topic: full_name(names, topic) for topic in topics}
    cluster = client.cluster(settings)
    seen = asyncio.run(_look(cluster, names, wanted, settings.replication))
    folder = Path(settings.data)
    claim_folder(folder, seen.cluster_id)
    stage = next(stage for stage in stages if stage.name == COLLECT)
    rules = rules_of(settings)
    readings = tuple(
        Reading(
            stage=stage,
            name=collector_name(topic),
            topic=topic,
            pace=Pace(quiet_seconds=settings.quiet_seconds),
            defaults=Source(service=settings.service),
            format=format_name,
            rules=rules,
        )
        for topic in wanted
    )
    plan = Plan(
        readings=readings,
        topics=wanted,
        cluster=cluster,
        names=names,
        partitions=seen.partitions,
        folder=folder,
        listen=address_of(settings.listen),
        options=Options(
            session_seconds=settings.session_timeout_seconds,
            stuck_seconds=settings.stuck_seconds,
            max_records=_MAX_RECORDS,
        ),
        drain_seconds=settings.drain_seconds,
    )
    return Prepared(plan, tuple(f"{name}: made" for name in seen.made))


class _Seen(msgspec.Struct, frozen=True):
    """What the broker said."""

    cluster_id: str
    partitions: dict[str, int]
    made: tuple[str, ...]


async def _look(
    cluster: Cluster, names: Names, wanted: Mapping[str, str], replication: int
) -> _Seen:
    if wrong := await problems(cluster, names, stages=()):
        text = "\n  ".join(wrong)
        message = f"the topics at {cluster.address} are not as they must be:\n  {text}"
        raise BadInput(message)
    counts = await partitions_of(cluster, wanted.values())
    for topic, full in wanted.items():
        if full not in counts:
            message = (
                f"--topic {topic}: no topic {full} at {cluster.address}: make it, or name another"
            )
            raise BadInput(message)
    changelogs = [
        collector_changelog(names, collector_name(topic), counts[full])
        for topic, full in wanted.items()
    ]
    made = await ensure(cluster, changelogs, replication)
    async with cluster.admin() as admin:
        about = await admin.describe_cluster()
    return _Seen(str(about.get("cluster_id", "")), await partition_counts(cluster, names), made)


def groups(plan: Plan, meter: Meter) -> list[Group]:
    """A member of the consumer group of each topic."""
    router = Router(plan.names, plan.partitions)
    return [_group(plan, reading, router, meter) for reading in plan.readings]


def _group(plan: Plan, reading: Reading, router: Router, meter: Meter) -> Group:
    return Group(
        plan.cluster,
        name=plan.names.group(reading.name),
        label=reading.name,
        topics={plan.topics[reading.topic]: reading.topic},
        make=_maker(plan, reading, router, meter),
        meter=meter,
        options=plan.options,
        fatal=leave,
    )


def _maker(
    plan: Plan, reading: Reading, router: Router, meter: Meter
) -> Callable[[int], LinesTask]:
    folder = plan.folder / plan.names.group(reading.name)

    def make(partition: int) -> LinesTask:
        labels = (reading.name, str(partition))

        def progress(done: int, end: int) -> None:
            ratio = done / end if end else 1.0
            meter.set("panictrail_recovery_progress_ratio", ratio, labels)

        ledger = Ledger(
            plan.cluster,
            plan.names,
            reading.name,
            partition,
            folder / str(partition),
            reach=plan.names.reach(reading.stage.writes),
            on_progress=progress,
        )
        return LinesTask(reading, partition, ledger=ledger, router=router, meter=meter)

    return make


def run(plan: Plan) -> int:
    """Run until SIGTERM or SIGINT. Raises BadInput where the data folder is another process's."""
    handle = lock_folder(plan.folder)
    try:
        meter = PrometheusMeter()
        app = make_app(
            plan.names.group(COLLECT), plan.cluster.brokers[0], plan.folder / "faust", plan.listen
        )
        members = groups(plan, meter)
        for member in members:
            add_member(app, member, plan.drain_seconds)
        add_pages(app, members, meter)
        return run_app(app)
    finally:
        os.close(handle)
