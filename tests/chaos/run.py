"""One chaos run: broker, database, workers, events, acts; then the drain and the check.

In: a setup. Out: a result with figures and failures. Everything that it starts ends with it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from streams.drivers.kafka.names import Names
from streams.drivers.kafka.topic_plan import Asked
from tests.chaos import database
from tests.chaos.check import check
from tests.chaos.check_topics import Reports
from tests.chaos.crashes import events
from tests.chaos.feed import Feeder
from tests.chaos.fleet import Fleet
from tests.chaos.plan import CREWS, PHASE_OF, Act, Crew, Phase, Wanted, acts
from tests.chaos.reading import entries
from tests.chaos.scene import Figure, Scene
from tests.chaos.worker import MUTATION, Done
from tests.kafka_broker import OwnBroker
from tests.postgres_server import Server

PARTITIONS: Final = 4
_LOOK_SECONDS: Final = 0.2
# After an outage a worker may still find its service away.
_AFTER_OUTAGE_SECONDS: Final = 30.0
_BROKER_AWAY_SECONDS: Final = 3.0
_DATABASE_AWAY_SECONDS: Final = 6.0
_ORDERS_SECONDS: Final = 40.0
# Compaction as fast as a broker does it: while the workers write.
_COMPACTING: Final = {
    "segment.ms": "8000",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "5000",
}
Say = Callable[[str], None]


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is."""

    crashes: int
    seed: int
    wanted: Wanted
    rate: float = 200.0
    crews: tuple[Crew, ...] = CREWS
    plan: tuple[Act, ...] | None = None
    mutation: str | None = None
    compacting: bool = False
    session_seconds: int = 6
    quiet_seconds: float = 60.0

    @property
    def view(self) -> bool:
        """Whether the run has a database."""
        return any("view" in crew.stages for crew in self.crews)

    def acts(self) -> tuple[Act, ...]:
        """What happens."""
        return acts(self.wanted, self.crews, self.seed) if self.plan is None else self.plan


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a run gave."""

    setup: Setup
    figures: tuple[Figure, ...]
    deeds: tuple[Done, ...]
    failures: tuple[str, ...]

    def kills(self) -> Counter[Phase]:
        """By phase, as the killer's log has them."""
        return Counter(
            PHASE_OF[d.point] for d in self.deeds if d.deed == "kill" and d.point in PHASE_OF
        )

    @property
    def wrong(self) -> tuple[Figure, ...]:
        """Figures that are not what they have to be."""
        return tuple(figure for figure in self.figures if figure.wrong)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, and everything was done that was asked for."""
        return not (self.wrong or self.failures)


async def _until(question: Callable[[], bool]) -> None:
    """Wait for other processes: they have no way to tell us."""
    while True:
        if question():
            return
        await asyncio.sleep(_LOOK_SECONDS)


class _Run:
    def __init__(self, setup: Setup, folder: Path, say: Say) -> None:
        self.setup = setup
        self.folder = folder
        self.say = say
        self.names = Names(app="chaos", prefix="c.")
        self.broker = OwnBroker(folder / "broker")
        self.server = Server() if setup.view else None
        self.failures: list[str] = []
        self.seconds: dict[str, float] = {}
        self.count: Counter[str] = Counter()
        self._away_until = 0.0
        self._bootstrap = ""

    # ---- services

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Scene]:
        """Broker with topics, and the database."""
        try:
            started = await asyncio.to_thread(self.broker.start)
            self._bootstrap = started.bootstrap
            if self.server is not None:
                await asyncio.to_thread(self.server.start)
            await self._topics()
            yield Scene(started.bootstrap, self.names, PARTITIONS)
        finally:
            await asyncio.to_thread(self.broker.wipe)
            if self.server is not None:
                await asyncio.to_thread(self.server.remove)

    async def _topics(self) -> None:
        wanted = [
            NewTopic(
                topic.name,
                topic.partitions,
                1,
                topic_configs={
                    **topic.config,
                    **(_COMPACTING if topic.is_changelog and self.setup.compacting else {}),
                },
            )
            for topic in Asked(self.names).topics(PARTITIONS)
        ]
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        try:
            answer = await admin.create_topics(wanted)
        finally:
            await admin.close()
        refused = [row for row in answer.topic_errors if row[1]]
        assert not refused, refused

    def away(self) -> bool:
        """Whether a worker may miss its broker or database."""
        return monotonic() < self._away_until

    @asynccontextmanager
    async def _outage(self, what: str) -> AsyncIterator[None]:
        self.say(f"{what}: kill -9")
        self._away_until = float("inf")
        yield
        self.say(f"{what} is back")
        self._away_until = monotonic() + _AFTER_OUTAGE_SECONDS

    async def _broker(self) -> None:
        async with self._outage("broker"):
            await asyncio.to_thread(self.broker.kill)
            await asyncio.sleep(_BROKER_AWAY_SECONDS)
            await asyncio.to_thread(self.broker.start)

    async def _postgres(self) -> None:
        server = self.server
        if server is None:
            return
        async with self._outage("PostgreSQL"):
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(_DATABASE_AWAY_SECONDS)
            await asyncio.to_thread(server.start)

    def environment(self) -> dict[str, str]:
        """What the workers are told."""
        told = {
            "PANICTRAIL_BROKER": self._bootstrap,
            "PANICTRAIL_APP_ID": self.names.app,
            "PANICTRAIL_TOPIC_PREFIX": self.names.prefix,
            "PANICTRAIL_SESSION_TIMEOUT_SECONDS": str(self.setup.session_seconds),
        }
        if self.server is not None:
            told["PANICTRAIL_DATABASE"] = self.server.url()
        if self.setup.mutation is not None:
            told[MUTATION] = self.setup.mutation
        return told

    # ---- acts

    async def act_all(self, fleet: Fleet, feeder: Feeder) -> None:
        """Every act when its share of the events is fed; one worker has one order at a time."""
        running: set[asyncio.Task[None]] = set()
        for act in self.setup.acts():
            due = int(act.at * self.setup.crashes)
            await _until(partial(feeder.has_fed, due))
            running.add(asyncio.create_task(self._act(fleet, act)))
        await asyncio.gather(*running)

    async def _act(self, fleet: Fleet, act: Act) -> None:
        self.count[act.kind] += 1
        if act.kind == "broker":
            await self._broker()
        elif act.kind == "postgres":
            await self._postgres()
        elif act.kind == "join":
            self.say(f"{act.worker} joins")
            fleet.join(act.worker, self._stages(act.worker))
        elif act.kind == "leave":
            self.say(f"{act.worker} is to leave in mid-batch")
            fleet.leave(act.worker)
        elif act.order is not None:
            await _until(lambda: not fleet.busy(act.worker))
            fleet.order(act.worker, act.order, act.then)

    def _stages(self, worker: str) -> tuple[str, ...]:
        crew = next(c for c in self.setup.crews if worker.startswith(f"{c.name}-"))
        return crew.stages

    async def _orders_done(self, fleet: Fleet) -> None:
        """The last orders need records that pass; who did not obey in time is pardoned, and that is said."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ORDERS_SECONDS):
                await _until(lambda: not fleet.anybody_busy())
        for order in fleet.pardon():
            self.say(f"not obeyed: {order}")

    # ---- the drain

    async def drained(self, place: Scene, feeder: Feeder) -> bool:
        """Wait until everything has come out; False when nothing moves any more before that."""
        consumer = AIOKafkaConsumer(
            *(place.topic(name).name for name in ("reports.root_cause", "deadletter")),
            bootstrap_servers=place.bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        )
        await consumer.start()
        reports, letters, moved = Reports(), 0, monotonic()
        try:
            while monotonic() - moved < self.setup.quiet_seconds:
                for found in (await consumer.getmany(timeout_ms=500)).values():
                    moved = monotonic()
                    for record in found:
                        if record.topic.endswith("deadletter"):
                            letters += 1
                            continue
                        for key, report in entries(record):
                            reports.add(key, report)
                counted = sum(int(r["occurrences"]) for r in reports.last.values())
                if (counted, letters) == (feeder.crashes, feeder.poison) and await self._viewed(
                    feeder, reports
                ):
                    return True
        finally:
            with suppress(KafkaError):
                await consumer.stop()
        return False

    async def _viewed(self, feeder: Feeder, reports: Reports) -> bool:
        if self.server is None:
            return True
        revisions = {key: int(report["revision"]) for key, report in reports.last.items()}
        return await database.caught_up(self.server.url(), feeder.crashes, feeder.poison, revisions)

    # ---- all of it

    async def run(self) -> Result:
        """Do it."""
        began = monotonic()
        async with self.services() as place:
            fleet = Fleet(
                self.folder / "fleet",
                self.environment(),
                seed=self.setup.seed,
                session_seconds=self.setup.session_seconds,
                say=self.say,
                away=self.away,
            )
            fleet.folder.mkdir()
            try:
                feeder = await self._work(place, fleet)
                figures = await self._check(place, fleet, feeder)
            finally:
                fleet.kill()
        self.seconds["all"] = monotonic() - began
        return Result(
            setup=self.setup,
            figures=(
                *figures,
                *(Figure(f"seconds: {k}", int(v), None) for k, v in self.seconds.items()),
            ),
            deeds=tuple(fleet.deeds()),
            failures=(*self.failures, *fleet.left),
        )

    async def _work(self, place: Scene, fleet: Fleet) -> Feeder:
        for crew in self.setup.crews:
            for name in crew.workers():
                fleet.join(name, crew.stages)
        feeder = Feeder(place.bootstrap, place.topic("panics.raw"), self.setup.rate)
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(fleet.watch())
            await _until(fleet.at_work)
            self.say("every worker has a partition")
            await self._feed(fleet, feeder)
            began = monotonic()
            await self._orders_done(fleet)
            if not await self.drained(place, feeder):
                self.failures.append("not drained")
                self.say("not drained")
            self.seconds["draining"] = monotonic() - began
            watch.cancel()
        self.failures += await fleet.end()
        return feeder

    async def _feed(self, fleet: Fleet, feeder: Feeder) -> None:
        began = monotonic()
        await asyncio.gather(
            feeder.feed(events(self.setup.seed, self.setup.crashes), self.setup.seed),
            self.act_all(fleet, feeder),
        )
        self.seconds["feeding"] = monotonic() - began
        self.say(f"fed: {feeder.fed} records, {feeder.crashes} crashes")

    async def _check(self, place: Scene, fleet: Fleet, feeder: Feeder) -> list[Figure]:
        began = monotonic()
        found = await check(place, fleet.data(), fleet.dead)
        figures = [
            *found.figures,
            Figure("distinct crashes that were not fed", found.truth.distinct - feeder.crashes),
            Figure("late crashes", feeder.late, None),
        ]
        if self.server is not None:
            figures += await database.rows(self.server.url(), found.truth, found.reports)
        figures += self._diary(fleet)
        self.seconds["checking"] = monotonic() - began
        return figures

    def _diary(self, fleet: Fleet) -> list[Figure]:
        deeds = fleet.deeds()
        phases = Counter(PHASE_OF.get(d.point, d.point) for d in deeds if d.deed == "kill")
        logs = "".join(p.read_text("utf-8", "replace") for p in fleet.folder.glob("*.log"))
        return [
            *(Figure(f"kill -9, {phase}", count, None) for phase, count in sorted(phases.items())),
            Figure("kill -9", phases.total(), None),
            Figure("zombies woken", fleet.woken, None),
            Figure("SIGTERM in mid-batch", sum(d.deed == "term" for d in deeds), None),
            Figure("joins", self.count["join"], None),
            Figure("broker killed", self.count["broker"], None),
            Figure("PostgreSQL killed", self.count["postgres"], None),
            Figure("partitions that started over", logs.count(" starts over: "), None),
            Figure("owners that were fenced", logs.count("starts over: ProducerFenced"), None),
        ]


async def run(setup: Setup, folder: Path, say: Say) -> Result:
    """A whole run in a folder of its own. `say` is told what happens."""
    return await _Run(setup, folder, say).run()
