"""The spool collector is killed (kill -9) again and again, amid its work: what came of each record.

In: a broker, how many kills. Out: the events of panics.raw, and the ids of all records. As a program (make
capture-matrix) it does that 50 times on a broker of its own and prints a line.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from streams.adapters.sqlite_store import SqliteStore
from streams.core.spool import Kept, identity, scan
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.model.events import RawPanic
from streams.model.message import decode
from streams.topology import STAGES
from tests.kafka.processes import Running, cluster_of, create_topics, environment, ready
from tests.kafka.traffic import read_until
from tests.kafka_broker import Broker, OwnBroker
from tests.spool_writer import at, crash, record, write
from tests.waiting import until

KILLS: Final = 50
# Two batches of the collector.
RECORDS: Final = 400
_READ: Final = re.compile(r"^panictrail_spool_records_total (\d+)", re.MULTILINE)


def ids(*data: bytes) -> set[str]:
    """The ids of some records."""
    whole = b"".join(data)
    return {identity(each) for each in scan(whole, 0, len(whole)) if isinstance(each, Kept)}


def of_topic(broker: Broker, names: Names, wanted: set[str]) -> list[RawPanic]:
    """The events of panics.raw, once all of these are there."""

    def read(records: Iterable[tuple[bytes | None, bytes | None]]) -> list[RawPanic]:
        return [decode(value or b"", RawPanic) for _, value in records]

    def all_there(records: list[tuple[bytes | None, bytes | None]]) -> bool:
        return wanted <= {event.event_id for event in read(records)}

    topic = names.topic("panics.raw")
    return read(asyncio.run(read_until(cluster_of(broker), topic, all_there)))


def started(broker: Broker, names: Names, folder: Path, *words: object) -> Running:
    """`panictrail collect spool` with these words."""
    command = ["collect", "spool", *map(str, words)]
    return Running(command, folder, {**environment(broker, names), "PANICTRAIL_DRAIN_SECONDS": "5"})


@contextmanager
def following(broker: Broker, names: Names, folder: Path, *words: object) -> Iterator[Running]:
    """The collector; afterwards it ended with 0."""
    with ready(started(broker, names, folder, *words)) as it:
        yield it


def has_read(it: Running) -> bool:
    """Whether it has sent some records; it must not have ended."""
    assert it.process.poll() is None, it.said()
    found = _READ.search(it.get("/metrics")[1])
    return bool(found and int(found[1]))


def occurrences(events: Iterable[RawPanic]) -> int:
    """How many crashes the pipeline counts in them."""
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for event in events:
            session.engine.submit("panics.raw", event.event_id or "", event)
        return sum(report.occurrences for report in reports(store))


def killed(
    broker: Broker, names: Names, folder: Path, kills: int
) -> tuple[list[RawPanic], set[str]]:
    """New records before each kill, then what is left without one; every segment is removed in the end."""
    create_topics(broker, names, 2)
    spools = (folder / "one", folder / "two")
    written: list[bytes] = []
    for kill in range(kills):
        for number, spool in enumerate(spools):
            n = 2 * kill + number
            rows = [record(crash(i % 9), at=at(i / 10), pid=1000 * n + i) for i in range(RECORDS)]
            write(spool, *rows, number=n)
            written += rows
        it = started(broker, names, folder / "data", "--spool", spools[0], "--spool", spools[1])
        # Other programs may have the machine for themselves for a while.
        until(partial(has_read, it), "the collector sends", within=600.0)
        assert it.end(signal.SIGKILL) == -signal.SIGKILL
    wanted = ids(*written)
    words = itertools.chain(*(("--spool", spool) for spool in spools))
    with following(broker, names, folder / "data", "--delete", *words):
        events = of_topic(broker, names, wanted)
        until(lambda: not any(any(spool.glob("*.spool")) for spool in spools), "removed segments")
    return events, wanted


def main() -> int:
    """50 times."""
    with tempfile.TemporaryDirectory() as folder:
        broker = OwnBroker(Path(folder, "kafka"))
        try:
            events, wanted = killed(broker.start(), Names(prefix="kills."), Path(folder), KILLS)
        finally:
            broker.wipe()
    published = {event.event_id for event in events}
    counted = occurrences(events)
    sys.stdout.write(
        f"collector killed {KILLS} times: {len(wanted)} records, {len(wanted & published)} published, "
        f"{len(events) - len(published)} of them again, {counted} counted\n"
    )
    return int(published != wanted or counted != len(wanted))


if __name__ == "__main__":
    sys.exit(main())
