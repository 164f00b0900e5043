"""docs/replay.md, followed command by command; only the ports are some that are free here."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.drivers.kafka.names import Names
from tests.docs import console
from tests.kafka.processes import END_SECONDS
from tests.kafka.replaying import Pipeline
from tests.kafka_broker import Broker
from tests.ports import free_port

_PAGE = console.ROOT / "docs" / "replay.md"


@contextmanager
def _running(command: str, env: dict[str, str], folder: Path) -> Iterator[None]:
    """A command that goes on in the background, until the page is done."""
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=folder, env=env, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            code = process.wait(END_SECONDS)
    assert code == 0, (folder / "worker.log").read_text(errors="replace")


@pytest.mark.timeout(240)
def test_the_page_does_what_it_says(broker: Broker, names: Names, tmp_path: Path) -> None:
    pipeline = Pipeline(broker, names, tmp_path)
    pipeline.fill()
    env = {**os.environ, **console.environment(tmp_path), **pipeline.environment()}
    steps = [s for block in console.read(_PAGE.read_text()).blocks for s in block.steps]
    assert len(steps) == 5
    first, compare, go_on, *switches = steps
    for step in (first, compare):
        _run(step, env, tmp_path)
    live = go_on.command.removesuffix("&").replace("6068", str(free_port()))
    with _running(live, env, tmp_path):
        for step in switches:
            _run(step, env, tmp_path)


def _run(step: console.Step, env: dict[str, str], folder: Path) -> None:
    code, output = console.run(step.command, env, folder)
    # Who is at work is said after the switch, and depends on how far the worker has started.
    shown = "".join(
        line for line in output.splitlines(keepends=True) if "nobody works on" not in line
    )
    assert code == step.exit_code, output
    assert console.matches(step.expected, shown), console.difference(step.expected, shown)
