"""Another way of grouping over all crashes that a state has kept: worked out beside it, compared, adopted at once.

In: a state, a Grouping with its stages. Out: a Regrouping; with `adopt` the grouping tables of the state in one
transaction. Crash records, positions, dead letters and side inputs stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import Final, Self

import msgspec

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.system_clock import SystemClock
from streams.core.cluster.assign import cluster_id_of
from streams.core.cluster.decisions import filed
from streams.core.cluster.difference import difference, told
from streams.core.cluster.draft import Draft
from streams.core.cluster.following import Kept, Whereabouts, followed
from streams.core.cluster.log import LOG, Log
from streams.core.cluster.state import POINTS, SEPARATOR, Point, point_key
from streams.core.join import given, keeping, ties
from streams.core.report.facts_text import words
from streams.drivers.cluster_facts import follow
from streams.drivers.compared import At, Where, by_stack, compared, crashes_of, example_of
from streams.drivers.embedded.engine import Engine
from streams.drivers.embedded.state import GROUPING, State, grouping_of
from streams.drivers.embedded.tails import TAILS
from streams.drivers.whereabouts import whereabouts
from streams.model.crash import Crash
from streams.model.events import (
    ClusterCommand,
    ClusterRedirected,
    Fingerprinted,
)
from streams.model.identity import content_id
from streams.model.message import decode
from streams.model.regrouping import FollowedDecision, Grouping, Regrouping
from streams.model.settings import PipelineSettings
from streams.model.step import Put, Table, put
from streams.model.step import State as Rows
from streams.model.view import (
    CRASHES,
    DEAD,
    DECISIONS,
    PRINTS,
    RATES,
    REDIRECTS,
    REPORTS,
    VARIANTS,
)
from streams.ports.facts import Resolver
from streams.topology import Stage, stages

# Decisions that were made about what is no more, as they were made; key: decision id.
ORIGINALS: Final = Table("driver.decided_first", ClusterCommand)

# Every table that grouping fills, by whatever method.
_GROUPED: Final = frozenset(
    (
        *(
            table.name
            for stage in stages(PipelineSettings(method="dual1"))
            if stage.name in ("decide", "cluster", "attribute")
            for table in stage.tables
        ),
        *(table.name for table in (REPORTS, RATES, PRINTS, REDIRECTS, VARIANTS, DECISIONS)),
        given.SERVICES.name,
    )
)
# What came from outside about services; SERVICES is made by grouping.
_GIVEN: Final = (
    *(given.PUSHES, given.BUILDS, given.DEPLOYS),
    *(*ties.TABLES, *keeping.TABLES),
)
_SIDE_TOPICS: Final = frozenset(("git.pushed", "ci.finished", "deploys.changed"))
_STAGES: Final = frozenset(("fingerprint", "cluster", "link", "attribute", "view"))
_BATCH: Final = 500


def _placed_in(store: State) -> Where:
    """Where the stacks of a store are."""

    def look(event: Fingerprinted) -> At:
        point: Point | None = store.get(POINTS, point_key(event.block, event.fingerprint))
        if point is None:
            usual: str = cluster_id_of(event)
            if not event.locus:
                # Before events said by which key they are grouped, their fingerprint was it.
                usual = content_id("cluster", event.block, event.fingerprint)
            return At(usual, usual, follow(store, usual))
        part = point.cluster
        return At(point.summary.cluster, part, follow(store, part))

    return by_stack(look)


def _scratch_stages(settings: PipelineSettings) -> tuple[Stage, ...]:
    """The stages that group; crash records and dead letters are kept where they are."""
    chosen = [stage for stage in stages(settings) if stage.name in _STAGES]
    return tuple(
        msgspec.structs.replace(
            stage, reads=tuple(topic for topic in stage.reads if topic != "crashes.symbolized")
        )
        if stage.name == "view"
        else stage
        for stage in chosen
    )


class Regroup:
    """All crashes of a state grouped otherwise, in a store of its own until they are adopted."""

    def __init__(
        self,
        state: State,
        wanted: Grouping,
        settings: PipelineSettings,
        resolver: Resolver,
        *,
        progress: Callable[[int], None] = lambda _done: None,
    ) -> None:
        """Group them; `settings` are those of `wanted`. The state stays as it is.

        `progress` is told how many crashes are done.
        """
        self._state = state
        self._wanted = wanted
        self._progress = progress
        self._scratch = State(None)
        self._engine = Engine(
            _scratch_stages(settings), self._scratch, resolver, SystemClock(), MemoryMeter()
        )
        self._kept: dict[str, Kept] = {}
        self._commands: dict[str, ClusterCommand] = {}
        self._redirects: tuple[ClusterRedirected, ...] = ()
        try:
            self.found = self._work_out()
        except BaseException:
            self._scratch.close()
            raise

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _at: TracebackType | None,
    ) -> None:
        """Throw the scratch store away."""
        self._scratch.close()

    # ---- worked out

    def _work_out(self) -> Regrouping:
        self._whole()
        tail = self._tail()
        self._kept = _decisions(self._state)
        if self._kept:
            # Where crashes go is known when all are grouped, those of open files included.
            self._grouped_tail(tail)
            where = self._whereabouts()
            self._scratch.undo_tail()
            self._commands = followed(self._kept, where)
            self._decide()
        self._grouped_tail(tail)
        return self._compared()

    def _whole(self) -> None:
        """Group the crashes that are there whatever becomes of open files."""
        self._state.undo_tail()
        try:
            for table in _GIVEN:
                _copy(self._state, self._scratch, table)
            self._submit(key for key, _ in self._state.scan(CRASHES))
        finally:
            self._state.rollback()
        self._scratch.commit()

    def _tail(self) -> tuple[str, ...]:
        """Crashes that the ends of files gave."""
        ids = (key for key, _ in self._state.scan(CRASHES))
        return tuple(key for key in ids if self._scratch.get(PRINTS, key) is None)

    def _grouped_tail(self, tail: Iterable[str]) -> None:
        """Group what the ends of files gave; undone by `undo_tail`."""
        self._scratch.commit()
        self._scratch.begin_tail(TAILS)
        for _, row in self._state.scan(TAILS):
            if row.topic in _SIDE_TOPICS:
                self._engine.submit(row.topic, row.key, row.message())
        self._submit(tail)
        self._scratch.commit()

    def _submit(self, crashes: Iterable[str]) -> None:
        for number, name in enumerate(crashes, 1):
            row = self._state.get(CRASHES, name)
            data = self._state.blob(row.blob) if row else None
            if data is not None:
                self._engine.submit("crashes.symbolized", name, decode(data, Crash))
            if self._scratch.get(PRINTS, name) is None:
                self._keep(name)
            if number % _BATCH == 0:
                self._scratch.commit()
                self._progress(number)

    def _keep(self, name: str) -> None:
        """A crash that cannot be worked out so stays where it is: it counts all the same."""
        row = self._state.get(PRINTS, name)
        if row is not None:
            self._engine.submit("crashes.fingerprinted", row.event.block, row.event)

    # ---- decisions

    def _whereabouts(self) -> Whereabouts:
        """Where everything went that decisions are about."""
        before, after = _placed_in(self._state), _placed_in(self._scratch)
        return whereabouts(
            self._kept,
            (self._state, lambda event: before(event).grouped),
            (self._scratch, lambda event: after(event).grouped),
        )

    def _decide(self) -> None:
        """Have decisions hold in the scratch store, under the ids that they have."""
        draft = Draft(self._scratch)
        for name, command in self._commands.items():
            for cluster in (*filed(command), *filed(self._kept[name].original)):
                draft.put(LOG, cluster + SEPARATOR + name, command)
        log = Log(draft)
        for command in self._commands.values():
            commands, seen, found = log.folded(command.cluster)
            for decided in log.decided(seen, found):
                self._engine.submit("clusters.decided", decided.cluster, decided)
            for made in log.made(commands, found):
                self._engine.submit("decisions.made", made.decision, made)
        self._scratch.apply(draft.changes())

    # ---- compared

    def _compared(self) -> Regrouping:
        found = compared(
            (self._state, _placed_in(self._state)), (self._scratch, _placed_in(self._scratch))
        )
        self._redirects = tuple(found.redirects())
        fates = difference(found.flows)
        held = grouping_of(self._state) or self._wanted
        return Regrouping(
            before=held,
            after=self._wanted,
            crashes=(crashes_of(self._state), crashes_of(self._scratch)),
            clusters=(self._state.count(REPORTS), self._scratch.count(REPORTS)),
            unchanged=fates.unchanged,
            changes=told(fates.fates, partial(example_of, self._scratch)),
            decisions=tuple(self._followed()),
            failed=self._scratch.count(DEAD),
        )

    def _followed(self) -> Iterator[FollowedDecision]:
        for name, command in sorted(self._commands.items()):
            one, other = words(self._kept[name].now), words(command)
            if one != other:
                yield FollowedDecision(decision=name, before=one, after=other)

    # ---- adopted

    def adopt(self) -> Regrouping:
        """Have the state be grouped so from now on, in one transaction."""
        self._state.exchange(_GROUPED, self._scratch)
        self._state.apply(tuple(self._rows()))
        self._state.commit()
        return msgspec.structs.replace(self.found, adopted=True)

    def _rows(self) -> Iterator[Put]:
        yield put(GROUPING, "", self._wanted)
        for row in self._redirects:
            yield put(REDIRECTS, row.cluster, row)
        for name, kept in self._kept.items():
            same = kept.original == self._commands[name]
            yield put(ORIGINALS, name, None if same else kept.original)


def _copy(one: State, other: State, table: Table) -> None:  # type: ignore[type-arg]  # of any value
    for key, row in one.scan(table):
        other.apply((put(table, key, row),))


def _decisions(store: Rows) -> dict[str, Kept]:
    """Everything that people decided, by decision id."""
    found: dict[str, Kept] = {}
    for key, command in store.scan(LOG, ""):
        name = key.rpartition(SEPARATOR)[2]
        if name not in found:
            found[name] = Kept(store.get(ORIGINALS, name) or command, command)
    return found
