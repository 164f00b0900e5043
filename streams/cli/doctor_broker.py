"""What doctor says of Kafka: who answers, whether topics are as they must be, how far groups are behind, sizes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from streams.config import Configuration
    from streams.drivers.kafka.log_dirs import TopicBytes

_WRONG = 2
_MISSING = 3


class Check(NamedTuple):
    """One line: what was looked at, the exit code that it asks for (0: good), the text."""

    name: str
    code: int
    text: str


def check_broker(found: Configuration) -> list[Check]:
    """Every check of Kafka; the first that fails is the last where the others depend on it."""
    from streams.model.errors import BadInput, ServiceMissing

    if found.settings.broker is None:
        return [Check("broker", 0, "none: the scale-out mode needs one; name it with --broker")]
    try:
        return asyncio.run(_checks(found))
    except BadInput as problem:
        return [Check("broker", _WRONG, str(problem))]
    except ServiceMissing as missing:
        return [Check("broker", _MISSING, str(missing))]


async def _checks(found: Configuration) -> list[Check]:
    from streams.cli.options import chosen_cluster, chosen_names, stated
    from streams.drivers.kafka.lag import brokers, lags
    from streams.drivers.kafka.log_dirs import topic_bytes
    from streams.drivers.kafka.topics import problems

    cluster, names = chosen_cluster(found.settings), chosen_names(found.settings)
    who = await brokers(cluster)
    count = "1 broker" if who.count == 1 else f"{who.count} brokers"
    checks = [
        Check("broker", 0, f"{who.address}: {who.release}, {count}, cluster {who.cluster_id}")
    ]
    wrong = await problems(cluster, names, stated(found, "partitions"))
    checks += [Check("topics", _WRONG, text) for text in wrong]
    if not wrong:
        checks.append(Check("topics", 0, "all are there, and as they must be"))
    behind = await lags(cluster, names)
    checks += [
        Check("lag", 0, f"{lag.group}: {lag.records} records of {lag.topic} to read")
        for lag in behind
    ]
    if not behind:
        checks.append(Check("lag", 0, "no worker has read anything yet: panictrail worker all"))
    return [*checks, *sizes_of(await topic_bytes(cluster, names))]


def sizes_of(found: TopicBytes) -> Iterator[Check]:
    """Topics, the largest first; the empty ones are counted."""
    from streams.core.report.words import count, size

    # Of a broker that does not tell, nothing is in the sums.
    least = "at least " if found.silent else ""
    largest = sorted(found.topics.items(), key=lambda item: (-item[1], item[0]))
    for topic, number in largest:
        if number:
            yield Check("size", 0, f"broker: {topic}: {least}{size(number)}")
    empty = sum(not number for _, number in largest)
    if empty and not found.silent:
        yield Check("size", 0, f"broker: {count(empty, 'topic')} without a record")
    for broker, why in found.silent.items():
        yield Check("size", 0, f"broker: number {broker} does not say what its topics take: {why}")
