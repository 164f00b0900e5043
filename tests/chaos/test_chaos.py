"""Chaos, shortened: workers die and sleep at named points, and nothing is lost or counted twice.

`make chaos` is the whole of it. A mutation of the exact layer must be seen, or the checker proves nothing.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.drivers.kafka.names import Names
from tests.chaos.crashes import bugs, events
from tests.chaos.mutations import MUTATIONS
from tests.chaos.plan import Wanted
from tests.chaos.run import run
from tests.chaos.setup import Result, Setup
from tests.chaos.tables import lines
from tests.chaos.trials import trial
from tests.kafka_broker import Broker


def _story(result: Result, said: list[str]) -> str:
    return "\n".join((*said, *lines([result]), *result.failures))


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """The clients of the harness lose their broker too, and say so forty times a second."""
    caplog.set_level(logging.CRITICAL, "aiokafka")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What a client left open is found here, not in whichever test comes later."""
    yield
    gc.collect()


@pytest.mark.timeout(600)
def test_five_thousand_crashes_through_workers_that_die_are_counted_exactly(tmp_path: Path) -> None:
    setup = Setup(
        crashes=5000,
        seed=5,
        rate=120.0,
        wanted=Wanted(kills=12, stops=1, terms=1, joins=1, broker=1, postgres=1, least_kills=6),
    )
    said: list[str] = []
    result = asyncio.run(run(setup, tmp_path, said.append))
    assert result.passed, _story(result, said)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutation_of_the_exact_layer_is_seen(
    mutation: str, broker: Broker, names: Names, tmp_path: Path
) -> None:
    said: list[str] = []
    setup = trial(mutation)
    result = asyncio.run(run(setup, tmp_path, said.append, shared=broker, names=names))
    assert result.wrong, _story(result, said)


def test_what_is_fed_has_hundreds_of_bugs_with_duplicates_late_ones_and_poison() -> None:
    fed = list(events(1, 5000))
    shares = {
        sort: sum(event.sort == sort for event in fed) / len(fed)
        for sort in ("duplicate", "late", "poison")
    }
    assert len(bugs()) > 300
    assert shares == pytest.approx({"duplicate": 0.05, "late": 0.05, "poison": 0.01}, abs=0.01)
    assert fed == list(events(1, 5000))
