"""From settings to the plan of a worker: the broker is asked, topics, folder and database are checked.

In: settings, names of stages. Out: a Plan, and lines for people. Raises BadInput or ServiceMissing with the next step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from streams.config import Settings
from streams.drivers.database import open_views
from streams.drivers.kafka import client
from streams.drivers.kafka.compute import Rules
from streams.drivers.kafka.generations import selection
from streams.drivers.kafka.group import Options
from streams.drivers.kafka.names import DEFAULT, Names, replay_name
from streams.drivers.kafka.outgoing import REPORTS
from streams.drivers.kafka.topics import partition_counts, problems
from streams.drivers.kafka.worker import VIEW, Opening, Plan, claim_folder, rules_of
from streams.drivers.symbol_facts import facts_of
from streams.model.errors import BadInput
from streams.model.events import Generation
from streams.topology import Stage

ALL: Final = "all"
# What collectors do is not an agent's work.
COLLECT: Final = "collect"


def names_of(settings: Settings, replay: str | None = None) -> Names:
    """The names of the default pipeline, or of a replay. Raises BadInput."""
    name = DEFAULT if replay in (None, DEFAULT) else replay_name(str(replay))
    return Names(app=settings.app_id, prefix=settings.topic_prefix, name=name)


def chosen(stages: Iterable[Stage], wanted: Sequence[str]) -> tuple[Stage, ...]:
    """The stages that a worker was asked for, in the order of the topology. Raises BadInput."""
    agents = [stage for stage in stages if stage.name != COLLECT]
    known = [stage.name for stage in agents]
    for name in wanted:
        if name not in (*known, ALL):
            message = f"no stage {name!r}: known are {', '.join(known)}, or all"
            raise BadInput(message)
    return tuple(stage for stage in agents if ALL in wanted or stage.name in wanted)


def address_of(listen: str) -> tuple[str, int]:
    """HOST:PORT as two values; an empty host is loopback, never every interface. Raises BadInput."""
    host, _, port = listen.rpartition(":")
    if not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the last port
        message = f"listen = {listen!r}: want HOST:PORT"
        raise BadInput(message)
    return host.strip("[]") or "127.0.0.1", int(port)


def opening(settings: Settings, names: Names) -> Opening | None:
    """How to open the database of the view, or None without one."""
    url = settings.database
    return None if url is None else lambda: open_views(url, names.name)


def folder_of(settings: Settings, names: Names) -> Path:
    """Where a worker keeps its local copies: a replay's beside the pipeline's, so that both can run here."""
    folder = Path(settings.data)
    return folder if names.is_default else folder / "replays" / names.name


class Prepared(msgspec.Struct, frozen=True):
    """A plan, and what to say before it runs."""

    plan: Plan
    lines: tuple[str, ...]


def prepare(
    settings: Settings,
    stages: Sequence[Stage],
    wanted: Sequence[str],
    replay: str | None = None,
) -> Prepared:
    """Everything that a worker needs, checked. Raises BadInput or ServiceMissing."""
    names = names_of(settings, replay)
    views = opening(settings, names)
    lines: list[str] = []
    found = chosen(stages, wanted)
    if views is None and any(stage.name == VIEW for stage in found):
        found = tuple(stage for stage in found if stage.name != VIEW)
        lines.append("view is off: there is no --database (postgresql://… or sqlite:///FOLDER)")
        if not found:
            message = "view needs a database: name it with --database or PANICTRAIL_DATABASE"
            raise BadInput(message)
    cluster = client.cluster(settings)
    needed = views if VIEW in {stage.name for stage in found} else None
    seen = asyncio.run(_look(cluster, names, stages, needed))
    folder = folder_of(settings, names)
    claim_folder(folder, seen.cluster_id)
    plan = Plan(
        stages=found,
        cluster=cluster,
        names=names,
        partitions=seen.partitions,
        folder=folder,
        listen=address_of(settings.listen),
        rules=selecting(rules_of(settings), seen.row),
        options=Options(
            session_seconds=settings.session_timeout_seconds, stuck_seconds=settings.stuck_seconds
        ),
        drain_seconds=settings.drain_seconds,
        resolver=facts_of(settings),
        views=views,
        retention=settings.retention(),
    )
    return Prepared(plan, tuple(lines))


class _Seen(msgspec.Struct, frozen=True):
    """What the broker said."""

    cluster_id: str
    partitions: dict[str, int]
    row: Generation | None


def selecting(rules: Rules, row: Generation | None) -> Rules:
    """The rules with what a replay selects."""
    if row is None:
        return rules
    return msgspec.structs.replace(rules, since=row.since, until=row.until, live_from=row.live_from)


async def _look(
    cluster: client.Cluster, names: Names, stages: Sequence[Stage], views: Opening | None
) -> _Seen:
    """Ask the broker; the database is opened once, so that a person reads at once what is wrong with it."""
    row = None if names.is_default else await selection(cluster, names)
    if wrong := await problems(cluster, names, stages=stages):
        text = "\n  ".join(wrong)
        message = f"the topics at {cluster.address} are not as they must be:\n  {text}"
        raise BadInput(message)
    partitions = await partition_counts(cluster, names)
    partitions.setdefault(names.public_reports, partitions[names.topic(REPORTS)])
    async with cluster.admin() as admin:
        about = await admin.describe_cluster()
    if views is not None:
        opened = await views()
        await opened.close()
    return _Seen(str(about.get("cluster_id", "")), partitions, row)
