"""The documented consumers of reports.root_cause, in Python and Go: run as users run them, on the real broker."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from streams.drivers.kafka.names import Names
from tests.kafka_broker import Broker
from tests.kafka_records import send

_ROOT: Final = Path(__file__).resolve().parents[2]
_PYTHON: Final = _ROOT / "docs" / "examples" / "consume_reports.py"
_GO: Final = _ROOT / "go" / "examples" / "consume-reports"

pytestmark = pytest.mark.timeout(300)  # the first run of the Go program builds it


def _python(_folder: Path) -> list[str]:
    return [sys.executable, str(_PYTHON)]


def _go(folder: Path) -> list[str]:
    program = folder / "consume-reports"
    subprocess.run(["go", "build", "-o", program, "."], cwd=_GO, check=True)
    return [str(program)]


def _report(cluster: str, generation: int, revision: int) -> tuple[str, bytes]:
    """A row of the topic; `later` is a field that this version does not know."""
    value = {
        "schema": 1,
        "cluster": cluster,
        "generation": generation,
        "revision": revision,
        "title": f"nil map in {cluster}",
        "occurrences": 10 * generation + revision,
        "later": {"x": [1]},
    }
    return cluster, json.dumps(value).encode()


def _lines(command: list[str], broker: Broker, topic: str, count: int) -> list[str]:
    """The first lines that it prints; then it is ended."""
    words = [*command, broker.bootstrap, topic]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = [process.stdout.readline().rstrip("\n") for _ in range(count)]
        process.terminate()
    return found


@pytest.mark.parametrize("build", [_python, _go], ids=["python", "go"])
def test_a_consumer_keeps_the_newest_report_of_each_cluster(
    build: Callable[[Path], list[str]], broker: Broker, names: Names, tmp_path: Path
) -> None:
    topic = names.topic("reports.root_cause")
    asyncio.run(broker.create(topic, 1, {"cleanup.policy": "compact"}))
    send(broker, topic, [_report("c1", 1, 1), _report("c2", 1, 1)])
    # Never seen: what a worker sent before it was killed, or before its transaction was refused.
    send(broker, topic, [_report("c1", 1, 2), ("c2", None), _report("c9", 1, 1)], commit=False)
    send(broker, topic, [_report("c1", 1, 3), _report("c1", 1, 2), ("c2", None)])
    send(broker, topic, [_report("c1", 2, 1), _report("c1", 1, 4), _report("c3", 2, 1)])
    assert _lines(build(tmp_path), broker, topic, 6) == [
        "c1  1.1  11 times  nil map in c1",
        "c2  1.1  11 times  nil map in c2",
        "c1  1.3  13 times  nil map in c1",
        "c2  gone",
        "c1  2.1  21 times  nil map in c1",
        "c3  2.1  21 times  nil map in c3",
    ]
