"""Adopting a replay on the real broker: what a consumer sees who keeps the highest (generation, revision)."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from streams.drivers.database import open_reader
from streams.drivers.embedded.reading import reports
from streams.drivers.kafka import generations
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.replay_adopt import Switch
from streams.model.errors import BadInput
from streams.model.events import Generation
from streams.model.report import Report
from tests.kafka.processes import worker
from tests.kafka.replaying import CRASHES, LIVE, OTHER, Pipeline, content, count, times, under
from tests.kafka_broker import Broker
from tests.waiting import until

# Kills itself at a named point of the exact layer, the given time that it is reached.
_KILLED: Final = """
import os, signal, sys
from streams.cli.main import main
from streams.drivers.kafka import exact
point, left = sys.argv[1], int(sys.argv[2])
def probe(name):
    global left
    left -= name == point
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
exact.probe = probe
sys.exit(main(sys.argv[3:]))
"""


@pytest.fixture
def pipeline(broker: Broker, names: Names, tmp_path: Path) -> Pipeline:
    """A pipeline of a test's own that has worked out CRASHES."""
    return Pipeline(broker, names, tmp_path)


@pytest.fixture(scope="module")
def standing(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline with two replays and no worker; every test leaves the default one adopted."""
    names = Names(prefix=f"t{uuid4().hex[:10]}.")
    pipeline = Pipeline(broker, names, tmp_path_factory.mktemp("standing"))
    pipeline.fill()
    for name in ("other", "third"):
        assert pipeline.command("replay", "--as", name, **OTHER) == 0
    yield pipeline
    asyncio.run(broker.forget(names.prefix))


def rows(pipeline: Pipeline) -> dict[str, Generation]:
    return asyncio.run(generations.read(pipeline.cluster, pipeline.names))


def view(url: str, name: str) -> dict[str, Report]:
    """The reports in the tables of a pipeline."""
    reader = open_reader(url, name)
    try:
        return {report.cluster: report for report in reports(reader)}
    finally:
        reader.close()


def killed_at(pipeline: Pipeline, point: str, number: int, *words: str) -> None:
    """Run an adoption that is killed."""
    command = [sys.executable, "-c", _KILLED, point, str(number), "replay", "adopt", *words]
    done = subprocess.run(command, env=pipeline.environment(), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.timeout(240)
def test_readers_are_switched_over_and_back_while_workers_run(pipeline: Pipeline) -> None:
    pipeline.fill()
    assert pipeline.seen() == under(1, pipeline.table())
    assert pipeline.command("replay", "--as", "other", **OTHER) == 0
    assert pipeline.seen() == under(1, pipeline.table())
    broker, names, folder = pipeline.broker, pipeline.names, pipeline.folder
    with (
        worker(broker, names, folder / "1", "all"),
        worker(broker, names, folder / "2", "all", "--as", "other", **OTHER),
    ):
        assert pipeline.command("replay", "adopt", "other", "--yes", **OTHER) == 0
        before, after = pipeline.table(), pipeline.table("other")
        assert before.keys() - after.keys()
        assert pipeline.seen() == under(2, after)
        # Live input goes on under the new generation, and the other pipeline counts it too.
        pipeline.send(LIVE)
        total = len(CRASHES) + len(LIVE)
        seen = until(lambda: _whole(pipeline.seen(), total), "live reports")
        assert seen == under(2, pipeline.table("other"))
        assert pipeline.command("replay", "adopt", "default", "--yes") == 0
        assert count(pipeline.table()) == total
        assert pipeline.seen() == under(3, pipeline.table())
        pipeline.send(LIVE[:1])  # nothing new: it was counted
        pipeline.send([LIVE[0].__class__(text=LIVE[0].text, event_id="one-more")])
        seen = until(lambda: _whole(pipeline.seen(), total + 1), "one more report")
        assert seen == under(3, pipeline.table())
    found = rows(pipeline)
    assert generations.adopted(found).name == "default"
    assert {name: (row.generation, row.state) for name, row in found.items()} == {
        "default": (3, "adopted"),
        "other": (2, "replaced"),
    }


def _whole(seen: dict[str, Report], total: int) -> dict[str, Report] | None:
    return seen if count(seen) == total else None


@pytest.mark.timeout(240)
def test_an_adoption_that_was_killed_is_repeated_or_taken_back(
    standing: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = standing
    there, here = pipeline.table(), pipeline.table("other")
    # After the first partition was silenced; while its reports are sent; after its reports, before it is public.
    for point, number in (("committed", 1), ("sent", 2), ("fenced", 2)):
        killed_at(pipeline, point, number, "other", "--yes")
    assert generations.adopted(rows(pipeline)).name == "default"
    assert pipeline.command("replay", "diff", "other") == 0
    assert "adopting other was cut short: panictrail replay adopt" in capsys.readouterr().err
    assert pipeline.command("replay", "adopt", "other", "--yes") == 0
    assert "nobody works on live input" in capsys.readouterr().err
    generation = rows(pipeline)["other"].generation
    assert pipeline.seen() == under(generation, here)
    # One partition is default's again, the other is not.
    killed_at(pipeline, "committed", 3, "default", "--yes")
    assert pipeline.command("replay", "adopt", "other", "--yes") == 0
    assert pipeline.seen() == under(rows(pipeline)["other"].generation, here)
    assert pipeline.command("replay", "adopt", "default", "--yes") == 0
    assert pipeline.seen() == under(rows(pipeline)["default"].generation, there)
    assert pipeline.command("replay", "adopt", "default", "--yes") == 0
    assert "readers follow default already" in capsys.readouterr().out


def test_a_person_is_asked_and_nobody_is_not(
    standing: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    before = standing.seen()
    assert standing.command("replay", "adopt", "other") == 2
    assert "nobody is here to be asked: add --yes" in capsys.readouterr().err
    command = [sys.executable, "-m", "streams.cli.main", "replay", "adopt", "other"]
    for typed, code, said in ((b"n\n", 0, "nothing was switched"), (b"", 130, "")):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            command,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=standing.environment(),
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            asked = process.stderr.readline()
            if typed:
                os.write(ours, typed)
            else:
                process.send_signal(signal.SIGINT)
            assert said in process.stdout.read()
            asked += process.stderr.read()
        assert process.returncode == code, asked
        assert f"default: {len(CRASHES)} crashes in" in asked
        assert "have readers follow other? [y/N]" in asked
        os.close(ours)
        os.close(theirs)
    assert standing.seen() == before


@pytest.mark.timeout(240)
def test_of_two_adoptions_at_once_the_later_one_counts(standing: Pipeline) -> None:
    pipeline = standing

    async def both() -> list[Generation | BaseException]:
        tries = (
            Switch(pipeline.cluster, pipeline.replay(name), pipeline.folder / name, print).run()
            for name in ("other", "third")
        )
        return await asyncio.gather(*tries, return_exceptions=True)

    results = asyncio.run(both())
    done = [result for result in results if isinstance(result, Generation)]
    assert all(isinstance(result, (Generation, BadInput)) for result in results), results
    assert generations.adopted(rows(pipeline)) == max(done, key=lambda row: row.generation)
    # Whatever the loser left is found by the next one.
    assert pipeline.command("replay", "adopt", "default", "--yes") == 0
    row = rows(pipeline)["default"]
    assert pipeline.seen() == under(row.generation, pipeline.table())
    assert {r.state for r in rows(pipeline).values() if r != row} <= {"replaced", "replaying"}


@pytest.mark.timeout(240)
def test_a_range_is_merged_by_crash_id_before_it_is_adopted(
    pipeline: Pipeline, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = ("--database", database)
    pipeline.fill(database=database)
    since, until_ = times()
    words = ("replay", "--as", "week", "--from", since, "--to", until_, *kept)
    assert pipeline.command(*words) == 0
    inside = count(pipeline.table("week"))
    assert 0 < inside < len(CRASHES)
    # Retention removed crashes from a partition: only the database has them still.
    pipeline.forget_crashes(0)
    assert pipeline.command("replay", "adopt", "week", "--yes") == 2
    assert "name the database that keeps them with --database" in capsys.readouterr().err
    assert pipeline.command("replay", "--as", "week", *kept) == 0
    partly = count(pipeline.table("week"))
    assert inside < partly < len(CRASHES)
    assert pipeline.command("replay", "adopt", "week", "--yes", *kept) == 2
    said = capsys.readouterr().err
    assert f"{len(CRASHES) - partly} crashes outside of the range were taken over" in said
    assert "nobody works in it: panictrail worker all --as week" in said
    assert pipeline.command("replay", "--as", "week", *kept) == 0
    assert pipeline.command("replay", "adopt", "week", "--yes", *kept) == 0
    assert content(pipeline.table("week")) == content(pipeline.table())
    assert pipeline.seen() == under(2, pipeline.table("week"))
    # What comes later is taken whole, whatever the range; the other pipeline has no worker, and is behind.
    pipeline.send(LIVE)
    assert pipeline.command("replay", "--as", "week", *kept) == 0
    assert count(pipeline.seen()) == len(CRASHES) + len(LIVE)
    assert pipeline.seen() == under(2, pipeline.table("week"))
    # Its tables are those that commands read from now on: the default ones lack what has come since.
    assert view(database, "week") == under(2, pipeline.table("week"))
    assert pipeline.command("explain", "live-10", "live-11", *kept) == 0
    capsys.readouterr()
    assert pipeline.command("replay", "adopt", "default", "--yes") == 2
    assert "nobody works in it: panictrail worker all, then again" in capsys.readouterr().err
