"""One chaos run: broker, database, workers, events, acts; then the drain and the check.

In: a setup. Out: a result with figures and failures. Everything that it starts ends with it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

from streams.drivers.kafka.names import Names
from tests.chaos import database
from tests.chaos.check import check
from tests.chaos.crashes import events
from tests.chaos.drain import Drain
from tests.chaos.feed import Feeder
from tests.chaos.fleet import Fleet
from tests.chaos.plan import POINTS, Act, Order
from tests.chaos.scene import Figure, Scene
from tests.chaos.services import Say, Services, make_topics
from tests.chaos.setup import Result, Setup, kills, too_tame
from tests.chaos.truth import Truth, truth_of
from tests.chaos.worker import MUTATION
from tests.kafka_broker import Broker

_LOOK_SECONDS: Final = 0.2
_ORDERS_SECONDS: Final = 40.0
OWN_NAMES: Final = Names(app="chaos", prefix="c.")


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
        self.services = Services(folder, database=setup.view, say=say)
        self.failures: list[str] = []
        self.seconds: dict[str, float] = {}
        self.count: Counter[str] = Counter()
        self.late = 0

    async def run(self, shared: Broker | None, names: Names) -> Result:
        """Do it."""
        began = monotonic()
        async with self.services.running(shared) as broker:
            scene = await make_topics(broker.bootstrap, names, compacting=self.setup.compacting)
            fleet = Fleet(
                self.folder / "fleet",
                self._environment(scene),
                seed=self.setup.seed,
                session_seconds=self.setup.session_seconds,
                say=self.say,
                away=self.services.away,
            )
            try:
                truth = await self._work(scene, fleet)
                figures = await self._check(scene, fleet, truth)
            finally:
                fleet.kill()
        self.seconds["all"] = monotonic() - began
        deeds = tuple(fleet.deeds())
        return Result(
            setup=self.setup,
            figures=(*figures, *self._durations()),
            deeds=deeds,
            failures=(*self.failures, *fleet.left, *too_tame(self.setup.wanted, deeds)),
        )

    def _environment(self, scene: Scene) -> dict[str, str]:
        told = {
            "PANICTRAIL_BROKER": scene.bootstrap,
            "PANICTRAIL_APP_ID": scene.names.app,
            "PANICTRAIL_TOPIC_PREFIX": scene.names.prefix,
            "PANICTRAIL_SESSION_TIMEOUT_SECONDS": str(self.setup.session_seconds),
        }
        if self.services.url is not None:
            told["PANICTRAIL_DATABASE"] = self.services.url
        if self.setup.mutation is not None:
            told[MUTATION] = self.setup.mutation
        return told

    # ---- work

    async def _work(self, scene: Scene, fleet: Fleet) -> Truth:
        for crew in self.setup.crews:
            for name in crew.workers():
                fleet.join(name, crew.stages)
        feeder = Feeder(scene.bootstrap, scene.topic("panics.raw"), self.setup.rate)
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(fleet.watch())
            await _until(fleet.at_work)
            self.say("every worker has a partition")
            await self._feed(fleet, feeder)
            truth = await truth_of(scene.bootstrap, scene.topic("panics.raw"))
            self.say(f"fed: {truth.records} records, {truth.distinct} crashes")
            if truth.distinct != self.setup.crashes:
                self.failures.append(f"{truth.distinct} crashes were fed")
            await self._drain(fleet, Drain(scene, self.services.url, truth))
            watch.cancel()
        self.failures += await fleet.end()
        self.late = feeder.late
        return truth

    async def _feed(self, fleet: Fleet, feeder: Feeder) -> None:
        began = monotonic()
        await asyncio.gather(
            feeder.feed(events(self.setup.seed, self.setup.crashes), self.setup.seed),
            self._act_all(fleet, feeder),
        )
        self.seconds["feeding"] = monotonic() - began

    async def _drain(self, fleet: Fleet, drain: Drain) -> None:
        """The last orders need records that pass; who did not obey in time is pardoned, and that is said."""
        began = monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(_ORDERS_SECONDS):
                await _until(lambda: not fleet.anybody_busy())
        for order in fleet.pardon():
            self.say(f"not obeyed: {order}")
        if not await drain.done(self.setup.quiet_seconds):
            self.failures.append("not drained")
            self.say("not drained")
        self.seconds["draining"] = monotonic() - began

    # ---- acts

    async def _act_all(self, fleet: Fleet, feeder: Feeder) -> None:
        """Every act when its share of the events is fed."""
        running: set[asyncio.Task[None]] = set()
        for act in self.setup.acts():
            await _until(partial(feeder.has_fed, int(act.at * self.setup.crashes)))
            running.add(asyncio.create_task(self._act(fleet, act)))
        await asyncio.gather(*running)

    async def _act(self, fleet: Fleet, act: Act) -> None:
        self.count[act.kind] += 1
        if act.kind == "broker":
            await self.services.broker_outage()
        elif act.kind == "postgres":
            await self.services.database_outage()
        elif act.kind == "join":
            self.say(f"{act.worker} joins")
            fleet.join(act.worker, self._stages(act.worker))
        elif act.kind == "leave":
            self.say(f"{act.worker} is to leave in mid-batch")
            fleet.leave(act.worker)
        elif act.order is not None:
            await self._order(fleet, act.worker, act.order, act.then)

    async def _order(self, fleet: Fleet, worker: str, order: Order, then: Order | None) -> None:
        """One order at a time; a worker that does not get to the point of the last one is let be."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ORDERS_SECONDS):
                await _until(lambda: not fleet.busy(worker))
            fleet.order(worker, order, then)
            return
        self.say(f"{worker} has no time for: {order}")

    def _stages(self, worker: str) -> tuple[str, ...]:
        crew = next(c for c in self.setup.crews if worker.startswith(f"{c.name}-"))
        return crew.stages

    # ---- check

    async def _check(self, scene: Scene, fleet: Fleet, truth: Truth) -> list[Figure]:
        began = monotonic()
        self.say("every worker has ended: checking")
        found = await check(scene, truth, fleet.data(), fleet.dead)
        figures = [
            *found.figures,
            Figure("late crashes", self.late, None),
        ]
        if self.services.url is not None:
            figures += await database.rows(self.services.url, truth, found.reports)
        figures += self._diary(fleet)
        self.seconds["checking"] = monotonic() - began
        return figures

    def _diary(self, fleet: Fleet) -> list[Figure]:
        deeds = tuple(fleet.deeds())
        killed = kills(deeds)
        done = {
            **{f"kill -9, {phase}": killed[phase] for phase in POINTS},
            "kill -9": killed.total(),
            "zombies woken": fleet.woken,
            "SIGTERM in mid-batch": sum(deed.deed == "term" for deed in deeds),
            "joins": self.count["join"],
            "broker killed": self.count["broker"],
            "PostgreSQL killed": self.count["postgres"],
            "changelogs compacted meanwhile": int(self.setup.compacting),
            "partitions that started over": fleet.logged(" starts over: "),
            "owners that were fenced": fleet.logged(" starts over: ", "Fenced"),
        }
        return [Figure(name, count, None) for name, count in done.items()]

    def _durations(self) -> list[Figure]:
        return [Figure(f"seconds: {k}", int(v), None) for k, v in self.seconds.items()]


async def run(
    setup: Setup,
    folder: Path,
    say: Say,
    *,
    shared: Broker | None = None,
    names: Names = OWN_NAMES,
) -> Result:
    """A whole run. `say` is told what happens. `shared`: on a broker of others, under names of its own."""
    return await _Run(setup, folder, say).run(shared, names)
