"""docs/produce.md: its commands run as they stand, with the console producer of Kafka, against the real broker."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Final

import orjson
import pytest

from streams.drivers.kafka.names import Names
from streams.model.message import decode
from streams.model.report import Report
from tests.docs import console
from tests.kafka.processes import create_topics, worker
from tests.kafka_broker import Broker
from tests.kafka_records import counted, read

_GOLDEN: Final = console.ROOT / "tests" / "golden"

pytestmark = pytest.mark.timeout(300)  # a JVM per command


def _commands() -> list[str]:
    page = console.read((console.ROOT / "docs" / "produce.md").read_text(encoding="utf-8"))
    return [step.command for block in page.blocks for step in block.steps]


def _run(command: str, broker: Broker, names: Names, folder: Path) -> None:
    """The command of the page; only broker and topic are those of the test."""
    environment = {
        **os.environ,
        "KAFKA_LOCAL_PORT": broker.bootstrap.rpartition(":")[2],
        "KAFKA_LOCAL_DIR": str(folder / "kafka"),
    }
    words = command.replace("--topic ", f"--topic {names.prefix}")
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", words],
        cwd=console.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_a_raw_panic_of_the_console_producer_becomes_a_report(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, partitions=2)
    with worker(broker, names, tmp_path / "worker", "all"):
        _run(_commands()[0], broker, names, tmp_path)
        (record, *_) = read(broker, names.public_reports, counted(1), within=90)
    report = decode(record.value or b"", Report)
    assert (report.title, report.occurrences) == ("out of stock in main.sell", 1)
    assert (report.root_cause.file, report.root_cause.line) == ("/src/shop/main.go", 41)
    assert report.services == ("checkout",)
    assert str(report.first_seen) == "2026-11-23T08:00:00Z"


def test_events_and_lines_arrive_as_documented(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    raw, lines = names.topic("panics.raw"), names.topic("logs.lines")
    for topic in (raw, lines):
        asyncio.run(broker.create(topic, 1))
    for command in _commands():
        _run(command, broker, names, tmp_path)

    events = [orjson.loads(record.value or b"") for record in read(broker, raw, counted(2))]
    assert events[0]["text"].startswith("panic: out of stock\n\ngoroutine 1 [running]:\nmain.sell")
    assert events[0]["at"] == "2026-11-23T08:00:00Z"
    assert events[1] == {
        "service": "checkout",
        "text": (_GOLDEN / "nil-pointer" / "input.go1.26.txt").read_text(),
    }
    text = (_GOLDEN / "panic-chain" / "input.go1.26.txt").read_bytes()
    wanted = text.splitlines()
    shipped = [record.value for record in read(broker, lines, counted(len(wanted)))]
    assert shipped == wanted
