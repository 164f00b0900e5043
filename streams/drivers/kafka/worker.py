"""A worker process: the chosen stages as Faust agents on their partitions, until a signal ends it.

In: settings, stages. Out: an exit code. Checks the topics first, binds its web pages to one address, drains on SIGTERM,
and leaves with a non-zero code when there is work and nothing moves.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import faust
import msgspec

from streams.adapters.no_facts import NoFacts
from streams.adapters.prometheus_meter import PrometheusMeter
from streams.adapters.sqlite_store import lock_folder
from streams.config import Settings
from streams.drivers.kafka.agents import add_agent
from streams.drivers.kafka.app import Member, add_member, add_pages, make_app
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.compute import Rules
from streams.drivers.kafka.exact import Ledger
from streams.drivers.kafka.facts import Facts
from streams.drivers.kafka.group import Group, Options, PartitionTask
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.outgoing import Router
from streams.drivers.kafka.task import Ask, StageTask
from streams.drivers.kafka.view_task import ViewTask
from streams.drivers.output_gauges import Gauges
from streams.drivers.sweeping import keep_sweeping
from streams.model.errors import BadInput
from streams.model.retention import Retention
from streams.ports.facts import Resolver
from streams.ports.views import Views
from streams.topology import Stage

log = logging.getLogger(__name__)

FACTS: Final = "facts.arrived"
VIEW: Final = "view"
_FACTS_AT_ONCE: Final = 8
STUCK_EXIT: Final = 3
# malloc.h of glibc
_M_TRIM_THRESHOLD: Final = -1
_M_ARENA_MAX: Final = -8


# Opened in the worker's own event loop.
Opening = Callable[[], Awaitable[Views]]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker runs. `partitions`: by name on the broker. `views`: None where `view` has no database."""

    stages: tuple[Stage, ...]
    cluster: Cluster
    names: Names
    partitions: Mapping[str, int]
    folder: Path
    listen: tuple[str, int]
    rules: Rules
    options: Options
    drain_seconds: float = 20.0
    resolver: Resolver = NoFacts()
    views: Opening | None = None
    retention: Retention = Retention()


def sources(stage: Stage) -> tuple[str, ...]:
    """The topics that a stage reads, and where facts arrive for one that may wait for some."""
    reads = tuple(topic for topic in stage.reads if topic != "ticks")
    return (*reads, FACTS) if stage.needs else reads


def leave(reason: str) -> None:
    """The watchdog: an orderly end needs what does not move, so there is none. State is safe: it is committed."""
    log.critical("%s: leaving, so that whoever started this process can start it again", reason)
    logging.shutdown()
    sys.stderr.flush()
    os._exit(STUCK_EXIT)


class _Maker:
    """Makes the groups and tasks of one worker."""

    def __init__(self, plan: Plan, meter: PrometheusMeter) -> None:
        self._plan = plan
        self._meter = meter
        self._router = Router(plan.names, plan.partitions)
        pool = ThreadPoolExecutor(_FACTS_AT_ONCE, "facts")
        self._facts = Facts(plan.resolver, pool, meter)
        self._gate = asyncio.Lock()
        self._gauges = Gauges(meter)

    def member(self, stage: Stage, ask: Ask) -> Member:
        """What runs a stage."""
        if stage.name == VIEW and self._plan.views is not None:
            return _ViewMember(self, stage, ask, self._plan.views)
        return self.group(stage, self._task(stage, ask))

    def group(self, stage: Stage, make: Callable[[int], PartitionTask]) -> Group:
        """The member of the stage's consumer group."""
        names = self._plan.names
        return Group(
            self._plan.cluster,
            name=names.group(stage.name),
            label=stage.name,
            topics={names.topic(topic): topic for topic in sources(stage)},
            make=make,
            meter=self._meter,
            options=self._plan.options,
            fatal=leave,
        )

    def _task(self, stage: Stage, ask: Ask) -> Callable[[int], PartitionTask]:
        plan = self._plan

        def make(partition: int) -> PartitionTask:
            labels = (stage.name, str(partition))

            def progress(done: int, end: int) -> None:
                ratio = done / end if end else 1.0
                self._meter.set("panictrail_recovery_progress_ratio", ratio, labels)

            ledger = Ledger(
                plan.cluster,
                plan.names,
                stage.name,
                partition,
                plan.folder / plan.names.group(stage.name) / str(partition),
                reach=plan.names.reach(stage.writes),
                on_progress=progress,
            )
            return StageTask(
                stage,
                partition,
                ledger=ledger,
                ask=ask,
                router=self._router,
                facts=self._facts,
                rules=plan.rules,
                meter=self._meter,
                gate=self._gate,
                default=plan.names.is_default,
                gauges=self._gauges,
            )

        return make

    async def swept(self, views: Views) -> None:
        """Retention of the view, until cancelled."""
        await keep_sweeping(views, self._plan.retention, self._meter)

    def view(self, stage: Stage, ask: Ask, views: Views) -> Group:
        """The member of the stage that writes to a database."""
        names = self._plan.names

        def make(partition: int) -> PartitionTask:
            return ViewTask(
                stage,
                partition,
                topics={topic: names.topic(topic) for topic in sources(stage)},
                views=views,
                ask=ask,
                rules=self._plan.rules,
                meter=self._meter,
            )

        return self.group(stage, make)


class _ViewMember:
    """The group of `view` with the database that it writes to."""

    def __init__(self, maker: _Maker, stage: Stage, ask: Ask, opening: Opening) -> None:
        self.label = stage.name
        self._maker = maker
        self._stage = stage
        self._ask = ask
        self._opening = opening
        self._views: Views | None = None
        self._group: Group | None = None
        self._sweeping: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the group has its partitions."""
        return self._group is not None and self._group.ready

    async def start(self) -> None:
        """Open the database, join the group."""
        if self._views is None:
            self._views = await self._opening()
        self._group = self._maker.view(self._stage, self._ask, self._views)
        await self._group.start()
        self._sweeping = asyncio.create_task(self._maker.swept(self._views))

    async def stop(self, seconds: float) -> None:
        """Leave the group, let go of the database."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        if self._group is not None:
            await self._group.stop(seconds)
        if self._views is not None:
            await self._views.close()

    def stuck(self) -> str | None:
        """What the group says."""
        return self._group.stuck() if self._group is not None else None


def members(plan: Plan, meter: PrometheusMeter, ask: Callable[[Stage], Ask]) -> list[Member]:
    """What runs the stages of a plan, in their order; `ask` says who computes the batches of a stage."""
    maker = _Maker(plan, meter)
    return [maker.member(stage, ask(stage)) for stage in plan.stages]


def build(plan: Plan, extra: Sequence[Member] = ()) -> faust.App:
    """The app of a worker; `extra` members run beside the stages."""
    meter = PrometheusMeter()
    bootstrap = plan.cluster.brokers[0]
    app = make_app(plan.names.group("worker"), bootstrap, plan.folder / "faust", plan.listen)
    chosen = [*extra, *members(plan, meter, lambda stage: add_agent(app, stage.name))]
    for member in chosen:
        add_member(app, member, plan.drain_seconds)
    add_pages(app, chosen, meter)
    return app


def run(plan: Plan) -> int:
    """Run until SIGTERM or SIGINT. Raises BadInput where the data folder is another worker's or cluster's."""
    handle = lock_folder(plan.folder)
    try:
        return run_app(build(plan))
    finally:
        os.close(handle)


def run_app(app: faust.App) -> int:
    """Run an app until SIGTERM or SIGINT; the exit code."""
    # Batches make many objects and no cycles: what was imported is left out of collections, which come late.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    _keep_heap_small()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = faust.Worker(app, loglevel="info", loop=loop, redirect_stdouts=False)
    try:
        worker.execute_from_commandline()
    except SystemExit as leaving:
        return int(leaving.code or 0)


def _keep_heap_small() -> None:
    """Have glibc use one arena, and give back what batches took: 4 MiB of 84 (benchmarks/kafka_peers.py).

    Python's lock lets one thread work at a time anyway. mallopt(3); other C libraries have no such call.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_TRIM_THRESHOLD, 256 * 1024)


def claim_folder(folder: Path, cluster_id: str) -> None:
    """Tie a data folder to a Kafka cluster. Raises BadInput where it is tied to another one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "cluster"
    known = path.read_text("utf-8").strip() if path.exists() else ""
    if known and known != cluster_id:
        message = (
            f"data folder {folder} belongs to another Kafka cluster ({known}, this one is {cluster_id}): "
            "name another folder with --data, or remove this one: it only copies what the broker has"
        )
        raise BadInput(message)
    if not known:
        path.write_text(cluster_id + "\n", "utf-8")


def rules_of(settings: Settings) -> Rules:
    """What the settings say about input events."""
    from streams.topology import secret_patterns  # noqa: PLC0415 - beside its only use

    horizon = settings.dedupe_horizon_seconds
    return Rules(
        horizon_ns=None if horizon is None else int(horizon * 1e9),
        patterns=secret_patterns(settings.pipeline()),
    )
