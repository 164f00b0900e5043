"""One stage on one partition number: records in, everything that follows from them in one transaction.

In: records of a group. Out: commits of a ledger. The step itself runs wherever `ask` has it run (a Faust agent).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import msgspec

from streams.core.cluster.state import CLUSTERS
from streams.drivers.counting import count_all
from streams.drivers.interpret import MAX_ROUNDS
from streams.drivers.kafka.compute import Answer, Rules, compute
from streams.drivers.kafka.compute import Table as Rows
from streams.drivers.kafka.exact import POSITIONS, Ledger, Position
from streams.drivers.kafka.facts import Facts
from streams.drivers.kafka.held import Pacer
from streams.drivers.kafka.outgoing import Publicity, Router
from streams.drivers.kafka.records import Outgoing, Record
from streams.drivers.output_gauges import Gauges, PartOfGauges, shown
from streams.model.message import Value
from streams.model.metrics import MetricName
from streams.model.step import Count, Emit, Fact, Put, Request, Table, put
from streams.ports.meter import Meter
from streams.topology import Stage

log = logging.getLogger(__name__)

_CENTERS: Final[MetricName] = "clustering_centers_count"


class Adopted(Value, frozen=True, kw_only=True):
    """Whether this pipeline's reports go to the topic that everybody reads, and under which generation."""

    generation: int
    public: bool


ADOPTED: Final = Table("driver.generation", Adopted)


class Batch(msgspec.Struct, kw_only=True):
    """What an agent is given: one batch of one partition, and how to compute it."""

    stage: Stage
    partition: int
    records: tuple[Record, ...]
    table: Rows
    facts: Mapping[Request, Fact]
    rules: Rules
    last_round: bool

    def compute(self) -> Answer:
        """The pure part."""
        return compute(
            self.stage,
            self.records,
            self.table,
            facts=self.facts,
            rules=self.rules,
            last_round=self.last_round,
        )


Ask = Callable[[Batch], Awaitable[Answer]]
_Sending = tuple[tuple[Outgoing, ...], int, tuple[Count, ...]]


class StageTask:
    """Implements group.PartitionTask for a stage with a Kafka transaction.

    One task of a process at a time computes and encodes: the events of a batch take ten times the room of its bytes,
    and with those of several partitions at once a worker's memory grew by 13 % over a million crashes.
    """

    def __init__(  # noqa: PLR0913 - the parts of a task, each named
        self,
        stage: Stage,
        partition: int,
        *,
        ledger: Ledger,
        ask: Ask,
        router: Router,
        facts: Facts,
        rules: Rules,
        meter: Meter,
        gate: asyncio.Lock,
        default: bool,
        gauges: Gauges,
    ) -> None:
        """`gate`, `gauges`: all tasks of the process share them.

        `default`: whether this is the default pipeline, whose reports are public until a replay is adopted.
        """
        self._stage = stage
        self._partition = partition
        self._ledger = ledger
        self._ask = ask
        self._router = router
        self._facts = facts
        self._rules = rules
        self._meter = meter
        self._gate = gate
        self._default = default
        self._pacer: Pacer | None = None
        self._publicity = Publicity()
        self._clusters = 0
        self._gauges = gauges
        self._told: tuple[Emit, ...] = ()
        self._part: PartOfGauges | None = None

    async def open(self) -> None:
        """Fence, recover; then what was held back and how reports go out."""
        found = await self._ledger.open()
        labels = (self._stage.name, str(self._partition))
        self._meter.set("panictrail_recovery_seconds", found.seconds, labels)
        self._meter.set("panictrail_recovery_records", found.records, labels)
        log.info(
            "%s/%d is owned: %d changelog records in %.2f s",
            self._stage.name,
            self._partition,
            found.records,
            found.seconds,
        )
        self._pacer = Pacer(self._ledger.store)
        if any(table.name == CLUSTERS.name for table in self._stage.tables):
            self._count_clusters(self._ledger.store.count(CLUSTERS))
        self._part = PartOfGauges(self._gauges, self._ledger.store, self._stage.tables)
        row = self._ledger.store.get(ADOPTED, "")
        if row is None:
            self._publicity = Publicity(generation=1 if self._default else 0, public=self._default)
        else:
            self._publicity = Publicity(generation=row.generation, public=row.public)

    def start(self) -> Mapping[str, int]:
        """The positions of the last commit."""
        return {topic: row.offset for topic, row in self._ledger.store.scan(POSITIONS)}

    async def take(self, records: Sequence[Record]) -> None:
        """One batch: facts, step, one transaction."""
        last = {record.topic: record.offset + 1 for record in records}
        work = self._worked_out(tuple(records))
        # Other partitions compute while this one commits: what is not needed for it is not kept that long.
        del records
        sending, events, counts = await work
        self._ledger.store.apply(tuple(_position(topic, at) for topic, at in last.items()))
        await self._ledger.commit(sending)
        self._show()
        self._meter.observe(
            "panictrail_transaction_seconds",
            self._ledger.transaction_seconds,
            (self._stage.name,),
        )
        self._meter.add("panictrail_events_total", events, (self._stage.name,))
        self._count_clusters(sum(count.value for count in counts if count.name == _CENTERS))
        count_all(self._meter, (count for count in counts if count.name != _CENTERS))

    def _count_clusters(self, number: int) -> None:
        """So many clusters more; whoever owns the partition counts them, all partitions of a process in one gauge."""
        if number:
            self._clusters += number
            self._gauges.widths.exist(number)

    def _show(self) -> None:
        """What this batch told; what it is about is in the committed tables."""
        if self._part is not None:
            self._part.show(self._told)
        self._told = ()

    async def _worked_out(self, records: tuple[Record, ...]) -> _Sending:
        """What to send; the facts that it takes are waited for while other partitions compute."""
        facts: dict[Request, Fact] = {}
        spent = 0.0
        for number in range(MAX_ROUNDS + 1):
            batch = Batch(
                stage=self._stage,
                partition=self._partition,
                records=records,
                table=self._ledger.store,
                facts=facts,
                rules=self._rules,
                last_round=number == MAX_ROUNDS,
            )
            async with self._gate:
                began = time.perf_counter()
                answer = await self._ask(batch)
                spent += time.perf_counter() - began
                if not answer.lacking:
                    self._meter.observe("panictrail_stage_seconds", spent, (self._stage.name,))
                    self._told = tuple(sent for sent in answer.outputs if shown(sent))
                    return self._records(answer.outputs), answer.events, answer.counts
            facts.update(await self._facts.resolve(answer.lacking))
        raise AssertionError

    def _records(self, outputs: Sequence[Emit]) -> tuple[Outgoing, ...]:
        pacer = self._pacer
        if pacer is None:
            raise AssertionError
        going = pacer.pace(outputs, time.monotonic())
        return self._router.route(going, self._stage.name, self._publicity)

    async def idle(self, *, caught_up: bool) -> None:
        """Send the reports whose second is over."""
        del caught_up
        await self._flush(time.monotonic())
        await self._ledger.settle()

    async def drain(self) -> None:
        """Send every report that is held back."""
        await self._flush(float("inf"))

    async def _flush(self, now: float) -> None:
        if self._pacer is None:
            return
        due = self._pacer.due(now)
        if due:
            await self._ledger.commit(self._router.route(due, self._stage.name, self._publicity))

    async def close(self) -> None:
        """Close the ledger; what was shown of the partition is another's to show."""
        if self._clusters:
            self._count_clusters(-self._clusters)
        part, self._part = self._part, None
        try:
            if part is not None:
                part.close()
        finally:
            await self._ledger.close()

    def forget(self) -> None:
        """Remove the local store."""
        self._ledger.forget()


def _position(topic: str, offset: int) -> Put:
    return put(POSITIONS, topic, Position(offset=offset))
