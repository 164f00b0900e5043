"""`panictrail reports tail` on the real broker: state first, then changes; filters; how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import orjson
import pytest

from streams.drivers.kafka.names import Names
from streams.model.instant import parse_instant
from streams.model.message import encode
from streams.model.report import Report
from tests.kafka_broker import Broker
from tests.kafka_records import send

_PANICTRAIL: Final = Path(sys.executable).parent / "panictrail"


def _report(cluster: str, revision: int, **others: object) -> tuple[str, bytes]:
    report = Report(
        cluster=cluster,
        revision=revision,
        title=f"nil map in {cluster}",
        kind="panic",
        occurrences=revision,
        representative="r",
        **others,  # type: ignore[arg-type]  # fields of Report, checked by the reader
    )
    return cluster, encode(report)


@pytest.fixture
def topic(broker: Broker, names: Names) -> str:
    asyncio.run(broker.create(names.public_reports, 4, {"cleanup.policy": "compact"}))
    return names.public_reports


def _command(broker: Broker, names: Names, *words: str) -> list[str]:
    options = ("--broker", broker.bootstrap, "--topic-prefix", names.prefix)
    return [str(_PANICTRAIL), "reports", "tail", *options, *words]


def _run(command: list[str], code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code, done.stderr
    return done


@contextmanager
def _following(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], IO[str], IO[str]]]:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield process, process.stdout, process.stderr
        finally:
            process.kill()


def _clusters(lines: str) -> list[tuple[str, int]]:
    reports = [orjson.loads(line) for line in lines.splitlines()]
    return [(report["cluster"], report["revision"]) for report in reports]


def test_what_is_there_is_printed_newest_and_most_important_first(
    broker: Broker, names: Names, topic: str
) -> None:
    send(broker, topic, [_report("c1", 1), _report("c2", 1), _report("c3", 1), _report("c2", 7)])
    send(broker, topic, [_report("c1", 2), ("c3", None)])
    send(broker, topic, [_report("c1", 3), _report("c4", 1)], commit=False)
    done = _run(_command(broker, names, "--no-follow", "--json"))
    assert _clusters(done.stdout) == [("c2", 7), ("c1", 2)]
    assert done.stderr == ""


def test_people_get_a_few_lines_per_report(broker: Broker, names: Names, topic: str) -> None:
    send(broker, topic, [_report("c1", 2)])
    assert _run(_command(broker, names, "--no-follow")).stdout.splitlines() == [
        "new: nil map in c1",
        "   seen     2 times, unknown time",
        "   cluster  c1, revision 1.2",
        "",
    ]


def test_changes_are_followed_until_a_signal(broker: Broker, names: Names, topic: str) -> None:
    send(broker, topic, [_report("c1", 1)])
    with _following(_command(broker, names, "--json")) as (process, out, err):
        assert _clusters(out.readline()) == [("c1", 1)]
        send(broker, topic, [_report("c1", 2)], commit=False)
        send(broker, topic, [_report("c1", 3), _report("c1", 2)])
        assert _clusters(out.readline()) == [("c1", 3)]
        send(broker, topic, [("c1", None), _report("c2", 1)])
        assert _clusters(out.readline()) == [("c2", 1)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert out.read() == ""
        assert err.read() == (
            "panictrail reports: cluster c1 is gone, merged or renamed: nil map in c1\n"
        )


def test_max_ends_it(broker: Broker, names: Names, topic: str) -> None:
    send(broker, topic, [_report("c1", 1), _report("c2", 2), _report("c3", 3)])
    done = _run(_command(broker, names, "--json", "--max", "2"))
    assert _clusters(done.stdout) == [("c3", 3), ("c2", 2)]


def test_filters_leave_out_other_services_and_earlier_times(
    broker: Broker, names: Names, topic: str
) -> None:
    early, late = parse_instant("2026-11-23T08:00:00Z"), parse_instant("2026-11-23T10:00:00Z")
    rows = [
        _report("early", 1, last_seen=early, services=("checkout",)),
        _report("late", 1, last_seen=late, services=("worker", "checkout")),
        _report("other", 1, last_seen=late, services=("worker",)),
        _report("untimed", 1, services=("checkout",)),
    ]
    send(broker, topic, rows)
    words = ("--no-follow", "--json", "--service", "checkout")
    everything = _run(_command(broker, names, *words)).stdout
    assert {name for name, _ in _clusters(everything)} == {"early", "late", "untimed"}
    since = ("--since", "2026-11-23T10:00:00Z")
    assert _clusters(_run(_command(broker, names, *words, *since)).stdout) == [("late", 1)]


def test_a_record_that_is_no_report_is_said_and_left_out(
    broker: Broker, names: Names, topic: str
) -> None:
    rows = [("c1", b"{not json"), ("c1", b'{"title":1}'), _report("c1", 1)]
    send(broker, topic, rows)
    done = _run(_command(broker, names, "--no-follow", "--json"))
    assert _clusters(done.stdout) == [("c1", 1)]
    assert done.stderr.count(f"panictrail reports: {topic}/") == 2
    assert "not JSON" in done.stderr
    assert "no report, left out: not a Report" in done.stderr


def test_a_topic_that_is_missing_is_named_with_the_next_step(broker: Broker, names: Names) -> None:
    done = _run(_command(broker, names, "--no-follow"), code=2)
    assert f"{names.public_reports}: no such topic" in done.stderr
    assert "panictrail topics create" in done.stderr


def test_a_broker_that_is_away_ends_it_with_3() -> None:
    words = [str(_PANICTRAIL), "reports", "tail", "--broker", "127.0.0.1:1"]
    assert "Kafka does not answer" in _run(words, code=3).stderr


@pytest.mark.parametrize("words", [("--since", "yesterday"), ("--max", "0"), ("--max", "many")])
def test_wrong_usage_ends_it_with_2(words: tuple[str, str]) -> None:
    done = _run([str(_PANICTRAIL), "reports", "tail", "--broker", "127.0.0.1:1", *words], code=2)
    assert words[0] in done.stderr
