"""Where events go: batches per partition inside, plain records outside, reports under a generation."""

from __future__ import annotations

import pytest

from streams.drivers.kafka import outgoing
from streams.drivers.kafka.batch import is_batch, unpack
from streams.drivers.kafka.names import Names, partition_of
from streams.drivers.kafka.outgoing import REPORTS, Publicity, Router
from streams.drivers.kafka.records import Outgoing
from streams.model.errors import Reason
from streams.model.events import AttributionRequest, DeadLetter, FactArrived, ServiceSeen
from streams.model.message import decode
from streams.model.report import Report
from streams.model.step import Emit

TOPICS = (
    "attribution.requests", "facts.arrived", "services.seen", "deadletter", REPORTS,
    f"next.{REPORTS}",
)  # fmt: skip
COUNTS = {**dict.fromkeys(TOPICS, 4), "services.seen": 1}
DEFAULT = Router(Names(), COUNTS)
REPLAY = Router(Names(name="next"), COUNTS)


def request(cluster: str) -> Emit:
    event = AttributionRequest(cluster=cluster, service="s")
    return Emit("attribution.requests", cluster, event)


def report(cluster: str) -> Emit:
    made = Report(cluster=cluster, title="t", kind="panic", occurrences=1, representative="r")
    return Emit(REPORTS, cluster, made)


def test_internal_events_travel_in_one_record_per_partition_in_order() -> None:
    sent = [request(f"c{n}") for n in range(50)]
    records = DEFAULT.route(sent, "link")
    assert len(records) == 4
    for record in records:
        assert is_batch(record.headers)
        found = unpack(record.value, record.key, record.headers, AttributionRequest)
        expected = [s.key for s in sent if partition_of(s.key, 4) == record.partition]
        assert [entry.key for entry in found] == expected


def test_public_events_have_a_record_and_a_key_of_their_own() -> None:
    records = DEFAULT.route([report("a"), Emit(REPORTS, "b", None)], "attribute")
    assert [(r.key, r.value is None, r.headers) for r in records] == [
        (b"a", False, ()),
        (b"b", True, ()),
    ]
    assert [r.partition for r in records] == [partition_of("a", 4), partition_of("b", 4)]


def test_a_compacted_internal_topic_has_keys() -> None:
    seen = Emit("services.seen", "s", ServiceSeen(service="s", cluster="c"))
    (record,) = DEFAULT.route([seen], "cluster")
    assert (record.key, record.partition, record.headers) == (b"s", 0, ())


def test_a_fact_that_arrived_is_told_to_every_partition() -> None:
    arrived = Emit("facts.arrived", "k", FactArrived(kind="test", key="k"))
    assert sorted(r.partition for r in DEFAULT.route([arrived], "x")) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("router", "publicity", "topics", "generation"),
    [
        (DEFAULT, Publicity(), [REPORTS], 1),
        (DEFAULT, Publicity(generation=1, public=False), [], 1),
        (DEFAULT, Publicity(generation=3), [REPORTS], 3),
        (REPLAY, Publicity(generation=0, public=False), [f"next.{REPORTS}"], 0),
        (REPLAY, Publicity(generation=2), [f"next.{REPORTS}", REPORTS], 2),
    ],
)
def test_reports_go_where_their_pipeline_stands(
    router: Router, publicity: Publicity, topics: list[str], generation: int
) -> None:
    records = router.route([report("a")], "attribute", publicity)
    assert [record.topic for record in records] == topics
    for record in records:
        assert decode(record.value or b"", Report).generation == generation


def test_an_event_that_no_topic_takes_is_a_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a small limit: the real one makes the same test slow."""
    monkeypatch.setattr(outgoing, "MAX_EVENT_BYTES", 200)
    big = request("c" * 300)
    first, second = DEFAULT.route([big, request("ok")], "link")
    kept, dead = sorted((first, second), key=lambda r: r.topic)
    assert kept.topic == "attribution.requests"
    assert isinstance(dead, Outgoing)
    letter = decode(dead.value or b"", DeadLetter)
    assert (letter.reason, letter.stage, letter.topic) == (
        Reason.TOO_LARGE,
        "link",
        "attribution.requests",
    )
