"""A real shipper, rsyslog of Debian with ops/rsyslog/panictrail.conf: from a log file to the topic, and to a report."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import orjson
import pytest

from streams.drivers.kafka.names import Names
from streams.model.message import decode
from streams.model.report import Report
from tests import debian
from tests.kafka.processes import Running, create_topics, environment, ready, worker
from tests.kafka_broker import Broker
from tests.kafka_records import counted, read
from tests.waiting import until

_ROOT: Final = Path(__file__).resolve().parents[2]
_CONFIG: Final = _ROOT / "ops" / "rsyslog" / "panictrail.conf"
_CRASH: Final = _ROOT / "tests" / "golden" / "nil-pointer" / "input.go1.26.txt"
_PACKAGES: Final = ("rsyslog", "rsyslog-kafka")

pytestmark = pytest.mark.timeout(300)  # the first run fetches packages


class Shipper:
    """rsyslogd with our configuration, its own work folder and one log file to follow."""

    def __init__(self, folder: Path, broker: Broker, names: Names) -> None:
        tree = debian.tree(*_PACKAGES)
        work = folder / "work"
        work.mkdir()
        self.log = folder / "shop.log"
        self.log.touch()
        modules = next(tree.glob("usr/lib/*/rsyslog"))
        program = tree / "usr/sbin/rsyslogd"
        options = ["-n", "-f", _CONFIG, "-i", folder / "pid", "-M", modules]
        self._command = [str(word) for word in (program, *options)]
        self._environment = {
            **os.environ,
            **debian.environment(*_PACKAGES),
            "PANICTRAIL_BROKER": broker.bootstrap,
            "PANICTRAIL_LOG_FILES": str(self.log),
            "PANICTRAIL_SERVICE": "checkout",
            "PANICTRAIL_TOPIC_PREFIX": names.prefix,
            "PANICTRAIL_RSYSLOG_WORK": str(work),
        }

    def checked(self) -> str:
        """What it says of the configuration, without running."""
        done = subprocess.run(
            [*self._command, "-N1"], env=self._environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stderr.decode()

    @contextmanager
    def running(self) -> Iterator[int]:
        """Runs it, and ends it in order."""
        with subprocess.Popen(self._command, env=self._environment) as process:
            try:
                yield process.pid
            finally:
                process.terminate()
                process.wait(timeout=30)

    def write(self, data: bytes) -> None:
        """Append to the log file."""
        with self.log.open("ab") as log:
            log.write(data)


@pytest.fixture
def shipper(tmp_path: Path, broker: Broker, names: Names) -> Shipper:
    return Shipper(tmp_path, broker, names)


def _lines_topic(broker: Broker, names: Names) -> str:
    topic = names.topic("logs.lines")
    asyncio.run(broker.create(topic, 3))
    return topic


def _shipped(broker: Broker, topic: str, count: int) -> list[dict[str, str]]:
    records = read(broker, topic, counted(count))
    assert len({(record.partition, record.key) for record in records}) == 1
    return [orjson.loads(record.value or b"") for record in records]


def _has_read(process: int, log: Path) -> bool:
    """Whether the process holds the file open and stands at its end."""
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        if descriptor.resolve() == log:
            info = Path(f"/proc/{process}/fdinfo/{descriptor.name}").read_text()
            return int(info.split()[1]) == log.stat().st_size
    return False


def test_the_configuration_is_valid(shipper: Shipper) -> None:
    words = shipper.checked()
    assert "End of config validation run" in words
    assert "warning" not in words
    assert "error" not in words


def test_lines_arrive_whole_and_in_order(shipper: Shipper, broker: Broker, names: Names) -> None:
    topic = _lines_topic(broker, names)
    crash = _CRASH.read_bytes()
    with shipper.running():
        shipper.write(crash)
        shipper.write(b'bad \xff byte, "quoted" \\ \x01 \xe2\x82\xac\n')
        # imfile skips empty lines.
        wanted = [line for line in crash.decode().splitlines() if line]
        found = _shipped(broker, topic, len(wanted) + 1)
    *lines, odd = [record["message"] for record in found]
    assert lines == wanted
    assert odd == 'bad   byte, "quoted" \\ \x01 €'
    assert {record["container_name"] for record in found} == {"checkout"}
    assert {record["container_id"] for record in found} == {f"{found[0]['host']}:{shipper.log}"}
    assert all(record["timestamp"].endswith("+00:00") for record in found)


def test_lines_that_kafka_refused_are_sent_after_a_restart(
    shipper: Shipper, broker: Broker, names: Names
) -> None:
    """The topic is made only after the first run: nobody may lose the lines of that time."""
    waiting = shipper.log.parent / "work" / "panictrail-failed"
    shipper.write(b"written too early\n")
    with shipper.running() as process:
        until(lambda: _has_read(process, shipper.log), "rsyslog has read the log file")
    assert b"written too early" in waiting.read_bytes()
    topic = _lines_topic(broker, names)
    with shipper.running():
        shipper.write(b"written in time\n")
        found = _shipped(broker, topic, 2)
    assert [record["message"] for record in found] == ["written too early", "written in time"]


def test_a_crash_in_a_log_file_becomes_one_report(
    shipper: Shipper, broker: Broker, names: Names, tmp_path: Path
) -> None:
    """The whole way: file, rsyslog, logs.lines, collector, stages, report; nothing but silence ends the crash."""
    create_topics(broker, names, partitions=2)
    collector = ["collect", "lines"]
    with (
        ready(Running(collector, tmp_path / "collector", environment(broker, names))),
        worker(broker, names, tmp_path / "worker", "all"),
        shipper.running(),
    ):
        shipper.write(b"2026/11/25 08:00:01 listening on :8080\n" + _CRASH.read_bytes())
        (record, *_) = read(broker, names.public_reports, counted(1), within=90)
    report = decode(record.value or b"", Report)
    assert report.occurrences == 1
    assert report.title.startswith(
        "runtime error: invalid memory address or nil pointer dereference"
    )
    assert report.root_cause.function == "main.discount"
    assert report.services == ("checkout",)
    assert report.hosts == 1
