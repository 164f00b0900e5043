"""How many bytes topics take on the brokers: Kafka's DescribeLogDirs, which aiokafka does not have.

In: a Cluster, names. Out: bytes by topic, all copies counted, and the brokers that do not tell. Reads only.
Both messages in version 1, which every Kafka since 2.0 answers: DescribeLogDirsRequest.json and …Response.json in
clients/src/main/resources/common/message of Kafka's source, https://kafka.apache.org/protocol.html.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import msgspec
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Int64, Schema, String

from streams.drivers.kafka.client import LIMIT_SECONDS, Cluster, words_of
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.stopping import inner
from streams.drivers.kafka.topic_plan import Asked
from streams.topology import STAGES

_KEY: Final = 35
_VERSION: Final = 1
_TEXT: Final = String("utf-8")
# In this version Kafka answers so, and names no error.
_REFUSED: Final = "this user may not know it: Kafka wants Describe of the cluster"


class _Told(Response):  # type: ignore[misc]  # aiokafka has no types
    API_KEY = _KEY
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "folders",
            Array(
                ("error_code", Int16),
                ("folder", _TEXT),
                (
                    "topics",
                    Array(
                        ("topic", _TEXT),
                        (
                            "partitions",
                            Array(
                                ("partition", Int32),
                                ("bytes", Int64),
                                ("lag", Int64),
                                ("is_future", Boolean),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    )


class _Asking(RequestStruct):  # type: ignore[misc]  # as above
    API_KEY = _KEY
    API_VERSION = _VERSION
    RESPONSE_TYPE = _Told
    SCHEMA = Schema(("topics", Array(("topic", _TEXT), ("partitions", Array(Int32)))))


class _LogDirs(Request[_Asking]):  # type: ignore[misc]  # as above
    """What partitions of topics take on the broker that is asked."""

    API_KEY = _KEY

    def __init__(self, topics: list[tuple[str, list[int]]]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Asking]) -> _Asking:
        return request_struct_class(self._topics)


class TopicBytes(msgspec.Struct, frozen=True):
    """Bytes of the topics that are there, all copies of their partitions together.

    `silent`: brokers that do not say what they hold, or not of each folder, with the reason.
    """

    topics: dict[str, int]
    silent: dict[int, str]


async def topic_bytes(cluster: Cluster, names: Names) -> TopicBytes:
    """Of the topics of a pipeline. Raises ServiceMissing or BadInput as Cluster.running does."""
    wanted = set(Asked(names, None, STAGES).all_names())
    sizes: Counter[str] = Counter()
    silent: dict[int, str] = {}
    async with cluster.admin() as admin:
        about = await admin.describe_cluster()
        there = [
            (row["topic"], [part["partition"] for part in row["partitions"]])
            for row in await admin.describe_topics()
            if row["topic"] in wanted
        ]
        sizes.update({topic: 0 for topic, _ in there})
        for broker in sorted(row["node_id"] for row in about["brokers"]):
            try:
                async with asyncio.timeout(LIMIT_SECONDS):
                    told = await inner(admin).send(broker, _LogDirs(there))
            except (KafkaError, NotImplementedError, TimeoutError) as error:
                silent[broker] = words_of(error)
                continue
            if not told.folders:
                silent[broker] = _REFUSED
            for code, folder, topics in told.folders:
                if code:
                    silent[broker] = f"{folder}: {for_code(code).__name__}"
                for topic, partitions in topics:
                    sizes[topic] += sum(size for _, size, _, _ in partitions)
    return TopicBytes(dict(sizes), silent)
