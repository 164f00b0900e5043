"""The switch: from now on the reports of another pipeline are the ones that everybody reads.

In: a Cluster, the pipeline to adopt. Out: its reports on reports.root_cause under the next generation, null records for
clusters that it lacks, a row of pipeline.generations. Partition by partition, exactly; cut short anywhere, it is run
again (ADR 0011). Stops no worker.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from streams.adapters.sqlite_store import SqliteStore
from streams.core.steps.attribute import ATTRIBUTED, Attributed
from streams.drivers.kafka import generations
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.exact import Ledger
from streams.drivers.kafka.generations import Register, Rows
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.outgoing import REPORTS, Publicity, Router
from streams.drivers.kafka.records import LostInputError, Outgoing, RetryLaterError
from streams.drivers.kafka.replay_diff import ATTRIBUTE, report_as_sent
from streams.drivers.kafka.snapshot import partitions, records
from streams.drivers.kafka.task import ADOPTED, Adopted
from streams.model.errors import BadInput
from streams.model.events import Generation, GenerationState
from streams.model.instant import Instant
from streams.model.message import decode
from streams.model.step import Emit, put

log = logging.getLogger(__name__)

_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.05

Act = Callable[[Ledger], Awaitable[None]]


class Switch:
    """One adoption of the pipeline `names`. `folder`: for copies of tables, thrown away afterwards."""

    def __init__(
        self, cluster: Cluster, names: Names, folder: Path, say: Callable[[str], None]
    ) -> None:
        """Nothing is done yet. `say` is told how far it is."""
        self._cluster = cluster
        self._names = names
        self._folder = folder
        self._say = say
        self._rows: Rows = {}
        self._generation = 0

    async def run(self) -> Generation:
        """Switch every partition; the new row. Raises BadInput where another adoption has taken over."""
        async with self._cluster.admin(), Register(self._cluster, self._names) as register:
            self._rows = await generations.read(self._cluster, self._names)
            self._generation = generations.next_generation(self._rows)
            public = self._public()
            began = self._row("adopting")
            await register.write([began])
            counts = await self._partitions()
            router = Router(self._names, counts)
            total = counts[self._names.public_reports]
            for partition in range(total):
                self._say(f"partition {partition + 1} of {total}")
                for names in public:
                    await self._silence(names, partition)
                await self._publish(register, router, partition, began)
            done = msgspec.structs.replace(
                began, state="adopted", adopted_at=Instant(time.time_ns())
            )
            others = [names for names in public if names != self._names]
            await register.write([*map(self._replaced, others), done])
            return done

    def _row(self, state: GenerationState) -> Generation:
        row = generations.row_of(self._rows, self._names.name)
        if row is None:
            raise AssertionError
        return msgspec.structs.replace(
            row, generation=self._generation, state=state, adopted_at=None
        )

    def _public(self) -> tuple[Names, ...]:
        """Pipelines of which some partition may be public: the adopted one, and what a cut-short adoption left."""
        default = generations.base(self._names).name
        known = {**self._rows, default: generations.row_of(self._rows, default)}
        return tuple(
            msgspec.structs.replace(self._names, name=name)
            for name, row in sorted(known.items())
            if row is not None and row.state in ("adopting", "adopted")
        )

    def _replaced(self, other: Names) -> Generation:
        row = generations.row_of(self._rows, other.name)
        if row is None:
            raise AssertionError
        return msgspec.structs.replace(row, state="replaced")

    async def _partitions(self) -> dict[str, int]:
        topics = (self._names.topic(REPORTS), self._names.public_reports)
        counts = await partitions(self._cluster, topics)
        if len(counts) < len(set(topics)):
            message = f"{' or '.join(sorted(set(topics)))} is missing: panictrail topics check"
            raise BadInput(message)
        return counts

    # ---- one partition

    async def _silence(self, names: Names, partition: int) -> None:
        """From here on nothing of the pipeline goes to the public topic: its worker is fenced and reads this row."""

        async def act(ledger: Ledger) -> None:
            row = ledger.store.get(ADOPTED, "")
            public = names.is_default if row is None else row.public
            if public:
                generation = 1 if row is None else row.generation
                change = put(ADOPTED, "", Adopted(generation=generation, public=False))
                ledger.store.apply((change,))
                await ledger.commit(())

        await self._as_owner(names, partition, act)

    async def _publish(
        self, register: Register, router: Router, partition: int, row: Generation
    ) -> None:
        """All reports in one transaction, then, as the owner, what changed meanwhile with the row that says public.

        The bulk is not sent as the owner: that may take seconds, in which its worker would take the partition back.
        """
        publicity = Publicity(self._generation, public=True)
        gone = await self._public_keys(partition)
        sent: dict[str, bytes] = {}

        def outgoing(store: SqliteStore) -> Iterator[Outgoing]:
            """What is not sent yet, by the bytes of its row: only what has changed is decoded."""
            for key, data in _clusters(store):
                digest = sha256(data).digest()
                report = (
                    None if sent.get(key) == digest else report_as_sent(decode(data, Attributed))
                )
                if report is not None:
                    sent[key] = digest
                    gone.discard(key)
                    yield from router.route((Emit(REPORTS, key, report),), ATTRIBUTE, publicity)

        def bulk(store: SqliteStore) -> Iterator[Outgoing]:
            yield from outgoing(store)
            nulls = (Emit(REPORTS, key, None) for key in sorted(gone))
            yield from router.route(nulls, ATTRIBUTE, publicity)

        ledger = self._ledger(self._names, partition)
        try:
            await ledger.look()
            await register.write([row], bulk(ledger.store))
        finally:
            await ledger.close()
        before = dict(sent)

        async def act(ledger: Ledger) -> None:
            # Asked after the fence and before the commit: a later adoption has the register, or fences us here.
            await register.write([row])
            sent.clear()  # of an earlier try nothing was committed
            sent.update(before)
            late = tuple(outgoing(ledger.store))
            change = put(ADOPTED, "", Adopted(generation=self._generation, public=True))
            ledger.store.apply((change,))
            await ledger.commit(late)

        await self._as_owner(self._names, partition, act)

    def _ledger(self, names: Names, partition: int) -> Ledger:
        folder = self._folder / names.group(ATTRIBUTE) / str(partition)
        return Ledger(
            self._cluster,
            names,
            ATTRIBUTE,
            partition,
            folder,
            reach=names.reach((REPORTS,)),
            transaction_seconds=60,
        )

    async def _as_owner(self, names: Names, partition: int, act: Act) -> None:
        """Do something as the owner of a partition; its worker may take it back in between, so again and again.

        Each try copies only what is new of the table, so the time in which we must not be fenced is short.
        """
        for number in range(_TRIES):
            ledger = self._ledger(names, partition)
            try:
                await ledger.look()
                await ledger.open()
                await act(ledger)
            except LostInputError as error:
                raise BadInput(str(error)) from error
            except (KafkaError, RetryLaterError) as error:
                await self._cluster.reach()
                log.debug(
                    "%s/%d: try %d", names.group(ATTRIBUTE), partition, number, exc_info=error
                )
                await asyncio.sleep(_PAUSE_SECONDS * number)
            else:
                return
            finally:
                await ledger.close()
        message = (
            f"{names.group(ATTRIBUTE)}/{partition} is taken back by its worker again and again: stop the workers of "
            f"attribute of {names.name}, then adopt again"
        )
        raise BadInput(message)

    async def _public_keys(self, partition: int) -> set[str]:
        """Clusters that a reader of the public partition knows."""
        keys: set[str] = set()
        part = TopicPartition(self._names.public_reports, partition)
        async with aclosing(records(self._cluster, [part])) as batches:
            async for batch in batches:
                for record in batch:
                    key = (record.key or b"").decode("utf-8", "surrogatepass")
                    (keys.discard if record.value is None else keys.add)(key)
        return keys


def _clusters(store: SqliteStore) -> Iterator[tuple[str, bytes]]:
    """The rows of ATTRIBUTE as bytes, by cluster."""
    for (table, key), data in store.dump():
        if table == ATTRIBUTED.name:
            yield key, data
