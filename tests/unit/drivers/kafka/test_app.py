"""Members of a worker's app are started with patience: what they need may go away just then."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.drivers.kafka.app import started
from streams.model.errors import BadInput, ServiceMissing


class _Member:
    """A member that finds something wrong when it starts."""

    label = "view"
    ready = False

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def start(self) -> None:
        if self._error is not None:
            raise self._error

    async def stop(self, seconds: float) -> None:
        del seconds

    def stuck(self) -> str | None:
        return None


def test_a_member_that_finds_everything_is_started() -> None:
    assert asyncio.run(started(_Member(None)))


@pytest.mark.parametrize("error", [KafkaConnectionError(), ServiceMissing("PostgreSQL is away")])
def test_what_is_away_is_waited_for(error: Exception) -> None:
    assert not asyncio.run(started(_Member(error)))


def test_what_a_user_must_mend_ends_the_worker() -> None:
    with pytest.raises(BadInput, match="mend me"):
        asyncio.run(started(_Member(BadInput("mend me"))))
