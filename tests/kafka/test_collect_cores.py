"""`panictrail collect cores` on a real broker: from the kernel's pipe to the report, killed on the way."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.binaries import Binaries
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.drivers.symbol_facts import SymbolFacts
from streams.model.events import CoreRef
from streams.model.message import decode, encode
from streams.topology import STAGES
from tests.cores import DIED, PANICTRAIL, Machine
from tests.embedded import content
from tests.kafka.processes import cluster_of, create_topics, environment, worker
from tests.kafka.traffic import read_until, reports_like
from tests.kafka_broker import Broker
from tests.tiny_go import Tiny
from tests.waiting import until


@contextmanager
def collecting(
    broker: Broker, names: Names, machine: Machine, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The collector; it ends with 0 if nobody killed it."""
    words = ["collect", "cores", "--config", str(machine.config), "--folder", str(folder)]
    running = subprocess.Popen(
        [PANICTRAIL, *words], env={**os.environ, **environment(broker, names)}
    )
    try:
        yield running
    finally:
        running.terminate()
    assert running.wait() in {0, -signal.SIGKILL}


def of_topic(broker: Broker, names: Names, count: int) -> list[CoreRef]:
    """What is on cores.refs, once so many different ones are."""

    def read(records: Iterable[tuple[bytes | None, bytes | None]]) -> list[CoreRef]:
        return [decode(value or b"", CoreRef) for _, value in records]

    def there(records: list[tuple[bytes | None, bytes | None]]) -> bool:
        return len({ref.core for ref in read(records)}) >= count

    topic = names.topic("cores.refs")
    return read(asyncio.run(read_until(cluster_of(broker), topic, there)))


@pytest.mark.timeout(240)
def test_from_the_kernels_pipe_to_the_report_of_a_worker(
    broker: Broker, names: Names, tmp_path: Path, tiny: Tiny
) -> None:
    machine = Machine(tmp_path, keep_days=1)
    folder = tmp_path / "crashes"
    folder.mkdir()
    create_topics(broker, names, 2)
    # Each another crash: of one that comes by two ways the first reference says where it was.
    for count, (mode, other) in enumerate((("panic", "nested"), ("nil", "error")), 1):
        with tiny.core(mode).open("rb") as core:
            assert machine.handle(core).returncode == 0
        shutil.copyfile(tiny.core(other), folder / f"core.{count}")
        os.utime(folder / f"core.{count}", (DIED, DIED))
        with collecting(broker, names, machine, folder) as running:
            refs = of_topic(broker, names, 2 * count - 1)
            running.kill()
    with collecting(broker, names, machine, folder):
        refs = of_topic(broker, names, 4)
        until(lambda: machine.waiting() == [], "the end of the spool")
    assert {path.as_uri() for path in machine.cores()} == {ref.core for ref in refs}
    assert len(machine.cores()) == 4

    binary = shutil.copyfile(tiny.binary("stripped"), tmp_path / "shop")
    with SqliteStore(None) as store:
        session = Session(STAGES, store, resolver=SymbolFacts(Binaries((binary,)), NoFacts()))
        for ref in refs:
            session.engine.submit("cores.refs", "", ref)
        expected = reports(store)
    assert sum(report.occurrences for report in expected) == 4
    # Workers may read the store without being told so: it is in their settings.
    settings = {
        "PANICTRAIL_CORE_STORE": machine.store.as_uri(),
        "PANICTRAIL_BINARIES": str(binary),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    with worker(
        broker, names, tmp_path / "worker", "symbolize", "fingerprint", "cluster", "attribute",
        **settings,
    ):  # fmt: skip
        hashes = {report.cluster: report.content_hash for report in expected}
        found = asyncio.run(reports_like(cluster_of(broker), names, hashes))
    assert content(encode(found[r.cluster]) for r in expected) == content(map(encode, expected))
