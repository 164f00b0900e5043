"""Replays on the real broker: worked out beside the pipeline, and compared with it. Adoption: test_adopt.py."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Final, get_args
from uuid import uuid4

import pytest

from streams.core.report.difference import Change, Difference
from streams.drivers.kafka.names import Names
from streams.model.message import decode
from tests.kafka.replaying import CRASHES, OTHER, Pipeline, content, count, times
from tests.kafka_broker import Broker
from tests.waiting import until

# 13 bugs and three callers of a pool; the other method takes what is in the pool for one.
BUGS: Final = 16
OTHERWISE: Final = 14


@pytest.fixture(scope="module")
def filled(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline that has worked out CRASHES; tests only put replays beside it."""
    names = Names(prefix=f"t{uuid4().hex[:10]}.")
    pipeline = Pipeline(broker, names, tmp_path_factory.mktemp("filled"))
    pipeline.fill()
    yield pipeline
    asyncio.run(broker.forget(names.prefix))


def test_a_replay_gives_the_same_bytes_and_touches_nothing_else(
    filled: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    before = filled.offsets()
    assert filled.command("replay", "--as", "again") == 0
    assert "panictrail replay diff again" in capsys.readouterr().out
    assert filled.offsets() == before
    assert count(filled.table()) == len(CRASHES)
    assert content(filled.table("again")) == content(filled.table())
    assert filled.command("replay", "diff", "again", "--json") == 0
    assert capsys.readouterr().out == ""


def test_a_range_selects_crashes_and_reads_side_inputs_whole(
    filled: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    since, until = times()
    assert filled.command("replay", "--as", "week", "--from", since, "--to", until) == 0
    assert f"the crashes from {since} to {until}" in capsys.readouterr().err
    chosen = [crash for crash in CRASHES if since <= str(crash.at) < until]
    found = filled.table("week")
    assert 0 < len(chosen) < len(CRASHES)
    assert count(found) == len(chosen)
    # What git, CI and deploys said is known whatever the range.
    assert {u.what for r in found.values() for u in r.unknown} == {
        u.what for r in filled.table().values() for u in r.unknown
    }
    # With other times it would be another replay; without any it goes on.
    assert filled.command("replay", "--as", "week", "--from", until) == 2
    assert "was begun with the crashes from" in capsys.readouterr().err
    assert filled.command("replay", "--as", "week") == 0
    assert content(filled.table("week")) == content(found)


def test_a_replay_that_was_stopped_goes_on(filled: Pipeline) -> None:
    command = [sys.executable, "-m", "streams.cli.main", "replay", "--as", "stopped"]
    with subprocess.Popen(
        command, env=filled.environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        said = process.stderr
        assert said is not None
        until(lambda: "works out all crashes" in said.readline(), "the replay to begin")
        process.terminate()
        assert "panictrail replay --as stopped goes on with it" in said.read()
    assert process.returncode == 128 + signal.SIGTERM
    assert filled.command("replay", "--as", "stopped") == 0
    assert content(filled.table("stopped")) == content(filled.table())


def test_an_unknown_replay_is_refused(filled: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ("worker", "cluster", "--as", "nobody"),
        ("replay", "diff", "nobody"),
        ("replay", "adopt", "nobody", "--yes"),
    ):
        assert filled.command(*words) == 2
        assert "panictrail replay --as nobody begins it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "a.b"), "a replay's name is"),
        (("--as", "public"), "choose another name"),
        (("--as", "x", "--from", "yesterday"), "--from 'yesterday': not a time"),
        (("--as", "x", "--from", "1795420800", "--to", "1795420800"), "is not before --to"),
        (("diff",), "want --as NAME, or diff NAME"),
        ((), "want --as NAME, or diff NAME"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    words: tuple[str, ...], said: str, filled: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert filled.command("replay", *words) == 2
    assert said in capsys.readouterr().err


def test_another_method_is_compared_cluster_by_cluster(
    filled: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert filled.command("replay", "--as", "other", **OTHER) == 0
    capsys.readouterr()
    assert filled.command("replay", "diff", "other") == 0
    text = capsys.readouterr().out
    assert text.startswith(
        f"default: {len(CRASHES)} crashes in {BUGS} clusters\n"
        f"other: {len(CRASHES)} crashes in {OTHERWISE} clusters"
    )
    assert filled.command("replay", "diff", "other", "--json") == 0
    rows = [decode(line, Difference) for line in capsys.readouterr().out.splitlines()]
    there, here = filled.table(), filled.table("other")
    assert _only("only-before", rows) == there.keys() - here.keys() != set()
    assert _only("only-after", rows) == here.keys() - there.keys() != set()
    assert {row.moved for row in rows if row.change == "only-after"} & (there.keys() - here.keys())
    assert {row.change for row in rows} <= set(get_args(Change))


def _only(change: Change, rows: list[Difference]) -> set[str]:
    return {row.cluster for row in rows if row.change == change}
