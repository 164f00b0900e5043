"""Dead letters on Kafka: what is in the topic `deadletter` now, and sending their events again.

In: a Cluster, pipelines. Out: letters by id; events on the topics that they came from, each in one transaction with a
mark on its letter. A letter that was marked is listed again only when its event dies again.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

import msgspec
from aiokafka import AIOKafkaProducer

from streams.core.steps.deadletters import named
from streams.core.steps.view import dead_letter_id, latest, replayed
from streams.drivers.kafka import generations
from streams.drivers.kafka.batch import HEADER
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.compute import ATTEMPT, PLACE
from streams.drivers.kafka.exact import MAX_RECORD_BYTES
from streams.drivers.kafka.names import SHARED, Names, partition_of
from streams.drivers.kafka.records import Outgoing
from streams.drivers.kafka.snapshot import partitions, parts_of, records
from streams.drivers.kafka.transacting import TakenOverError, transact
from streams.model.crash import process_id
from streams.model.errors import BadInput
from streams.model.events import DeadLetter
from streams.model.message import DecodeError, decode, encode, loads
from streams.model.topics import BY_NAME

log = logging.getLogger(__name__)

TOPIC: Final = "deadletter"
# Letters in one transaction: each is two records, of at most some megabytes.
_AT_ONCE: Final = 200
_TRANSACTION_MS: Final = 60_000
_OURS: Final = frozenset((ATTEMPT, PLACE, HEADER[0]))
# The field that the key of an internal topic is made from; public topics take any.
_KEY_FIELDS: Final = {
    "crashes.symbolized": "id",
    "crashes.fingerprinted": "block",
    "clusters.changed": "cluster",
    "services.seen": "service",
    "git.pushed": "repo",
    "ci.finished": "repo",
    "deploys.changed": "service",
    "links.changed": "link",
    "attribution.requests": "cluster",
    "reports.root_cause": "cluster",
}


class Letter(msgspec.Struct, frozen=True):
    """The newest state of a letter, and the pipelines that have it."""

    letter: DeadLetter
    pipelines: tuple[Names, ...]


async def pipelines(cluster: Cluster, names: Names) -> tuple[Names, ...]:
    """Those whose letters matter: the default one, which collectors write to, and the adopted one."""
    default = generations.base(names)
    adopted = generations.adopted(await generations.read(cluster, names))
    other = msgspec.structs.replace(default, name=adopted.name)
    return (default,) if other == default else (default, other)


async def letters(cluster: Cluster, chosen: Sequence[Names]) -> dict[str, Letter]:
    """The letters that are listed, oldest first. Raises what Cluster.running raises."""
    found: dict[str, Letter] = {}
    for names in chosen:
        for key, letter in (await _of_pipeline(cluster, names)).items():
            before = found.get(key)
            mine = (names,) if before is None else (*before.pipelines, names)
            newer = before is None or letter.attempt >= before.letter.attempt
            found[key] = Letter(letter if newer or before is None else before.letter, mine)
    return found


async def _of_pipeline(cluster: Cluster, names: Names) -> dict[str, DeadLetter]:
    """Letters of an id have one topic, so one key and one partition: they are read in their order."""
    found: dict[str, DeadLetter] = {}
    parts = await parts_of(cluster, names.topic(TOPIC))
    async with aclosing(records(cluster, parts)) as batches:
        async for batch in batches:
            for record in batch:
                try:
                    letter = decode(record.value or b"null", DeadLetter)
                except DecodeError as error:
                    place = f"{TOPIC}/{record.partition}@{record.offset}"
                    log.warning("%s is no dead letter, left out: %s", place, error)
                    continue
                key = dead_letter_id(letter)
                after = latest(found.pop(key, None), letter)
                if after is not None:
                    found[key] = after
    return found


class Again:
    """Sends letters again. A later one takes over from an earlier one, so that no letter is sent twice."""

    def __init__(self, cluster: Cluster, chosen: Sequence[Names]) -> None:
        """Nothing is sent yet."""
        self._cluster = cluster
        self._pipelines = tuple(chosen)

    async def send(self, ids: Sequence[str]) -> int:
        """Send the letters whose ids begin so, or all of them; how many. Raises BadInput for an id that nobody has.

        Fences first and then reads: whatever an earlier one sent is seen, and nothing of it comes later.
        """
        client = self._cluster.producer(
            transactional_id=self._pipelines[0].group("deadletter"),
            transaction_timeout_ms=_TRANSACTION_MS,
            max_request_size=MAX_RECORD_BYTES,
        )
        async with self._cluster.running(client) as producer:
            found = named(await letters(self._cluster, self._pipelines), ids)
            counts = await self._counts(found.values())
            every = list(found.values())
            for start in range(0, len(every), _AT_ONCE):
                part = every[start : start + _AT_ONCE]
                await _transact(producer, (o for one in part for o in _records(one, counts)))
        return len(found)

    async def _counts(self, found: Iterable[Letter]) -> dict[str, int]:
        """Partitions of every topic that is written to. Raises BadInput for one that is not there."""
        wanted = {_full(names, one.letter.topic) for one in found for names in one.pipelines}
        wanted |= {names.topic(TOPIC) for names in self._pipelines}
        counts = await partitions(self._cluster, wanted)
        if gone := sorted(wanted - counts.keys()):
            message = (
                f"{gone[0]}: no such topic on {self._cluster.address}, and letters came from there: make it, or name "
                "the letters of other topics (panictrail deadletter list)"
            )
            raise BadInput(message)
        return counts


async def _transact(producer: AIOKafkaProducer, outgoing: Iterable[Outgoing]) -> None:
    try:
        await transact(producer, outgoing)
    except TakenOverError:
        message = (
            "another panictrail deadletter replay has taken over: see panictrail deadletter list"
        )
        raise BadInput(message) from None


def _full(names: Names, topic: str) -> str:
    """The source on the broker: ours, or a topic of a shipper by its own name."""
    return names.topic(topic) if topic in BY_NAME else topic


def _records(one: Letter, counts: Mapping[str, int]) -> Iterator[Outgoing]:
    """The event, once on every topic that it came from, and a mark on the letter of every pipeline."""
    letter = one.letter
    # Of inputs that all pipelines share there is one record for all of them.
    for full in dict.fromkeys(_full(names, letter.topic) for names in one.pipelines):
        yield _event(letter, full, counts[full])
    mark = encode(replayed(letter))
    for names in one.pipelines:
        full = names.topic(TOPIC)
        number = partition_of(letter.topic, counts[full])
        yield Outgoing(full, number, letter.topic.encode(), mark)


def _event(letter: DeadLetter, full: str, count: int) -> Outgoing:
    data = b64decode(letter.bytes_base64)
    key, is_batch = _key_of(letter.topic, data)
    number = letter.partition
    if number is None or number >= count:
        number = partition_of(key or "", count)
    return Outgoing(full, number, key.encode() if key else None, data, _headers(letter, is_batch))


def _key_of(topic: str, data: bytes) -> tuple[str | None, bool]:
    """The key as the topic wants it, and whether the bytes are a batch of an internal topic."""
    internal = topic in BY_NAME and topic not in SHARED
    try:
        value = loads(data)
    except DecodeError:
        return None, False
    if isinstance(value, list):
        return None, internal
    if not isinstance(value, dict):
        return None, False
    if topic == "crashes.placed":
        pid = value.get("pid")
        return (process_id(pid) if isinstance(pid, int) else None), False
    told = value.get("told") if topic == "crashes.symbolized" else None
    key = told.get("text") if isinstance(told, dict) else value.get(_KEY_FIELDS.get(topic, ""))
    return (key if isinstance(key, str) else None), False


def _headers(letter: DeadLetter, is_batch: bool) -> tuple[tuple[str, bytes], ...]:  # noqa: FBT001 - a fact about bytes
    kept = [
        (name, value.encode("utf-8", "replace"))
        for name, value in letter.headers.items()
        if name not in _OURS
    ]
    kept.append((ATTEMPT, str(letter.attempt + 1).encode()))
    if letter.place is not None:
        kept.append((PLACE, letter.place.encode("utf-8", "replace")))
    return (*kept, HEADER) if is_batch else tuple(kept)
