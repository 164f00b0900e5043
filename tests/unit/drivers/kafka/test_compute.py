"""A batch of records through one stage: whole, in order, and every bad event a dead letter of its own."""

from __future__ import annotations

from base64 import b64decode

import msgspec
import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.core.cluster.state import CLUSTERS
from streams.drivers.interpret import WAITING
from streams.drivers.kafka.batch import pack
from streams.drivers.kafka.compute import ATTEMPT, MAX_INPUT_BYTES, PLACE, Answer, Rules, compute
from streams.drivers.kafka.records import Record
from streams.model.errors import Reason
from streams.model.events import AttributionRequest, DeadLetter, FactArrived, Fingerprinted
from streams.model.instant import Instant
from streams.model.message import Message, Value, encode
from streams.model.step import Absent, Done, Facts, Need, Present, Request, State, Table, put
from streams.topology import STAGES, Stage
from tests.unit.core.steps.bench import crashed, panic_text

BY_STAGE = {stage.name: stage for stage in STAGES}
SECOND = 10**9
FACT = Request("test", "sha-1")


class Seen(Value, frozen=True, kw_only=True):
    """What the test stage wrote."""

    text: str


SEEN = Table("test.seen", Seen)


def ask(state: State, event: Message, facts: Facts) -> Done | Need:
    """Ask for one fact, count in the table, write what the fact says."""
    assert isinstance(event, AttributionRequest)
    fact = facts.get(FACT)
    if fact is None:
        return Need((FACT,))
    before = state.get(SEEN, event.cluster)
    text = fact.data.decode() if isinstance(fact, Present) else fact.reason
    return Done((put(SEEN, event.cluster, Seen(text=(before.text if before else "") + text)),))


def ask_forever(_state: State, _event: Message, facts: Facts) -> Done | Need:
    """A defect: never content."""
    return Need((Request("test", str(len(facts))),))


ASKING = Stage(
    name="asking",
    reads=("attribution.requests",),
    writes=(),
    key="cluster id",
    tables=(SEEN,),
    step=ask,
    needs=("test",),
)


def record(topic: str, value: bytes | None, offset: int = 0, **more: object) -> Record:
    return msgspec.structs.replace(Record(topic, 0, offset, 1000, b"k", value), **more)


def batched(topic: str, events: list[Message]) -> Record:
    (packed,) = pack(("k", encode(event)) for event in events)
    return Record(topic, 0, 0, 1000, packed.key, packed.value, packed.headers)


def run(stage: Stage, *records: Record, store: SqliteStore | None = None, **more: object) -> Answer:
    options = {"facts": {}, "rules": Rules(), **more}
    return compute(stage, records, store or SqliteStore(None), **options)  # type: ignore[arg-type]  # a test's choice


def letters(answer: Answer) -> list[DeadLetter]:
    return [s.event for s in answer.outputs if isinstance(s.event, DeadLetter)]


def test_events_of_a_batch_see_each_others_changes_and_outputs_are_combined() -> None:
    crashes: list[Message] = [crashed(panic_text(), event_id=f"e-{n}") for n in range(5)]
    store = SqliteStore(None)
    answer = run(BY_STAGE["cluster"], batched("crashes.fingerprinted", crashes), store=store)
    assert answer.events == 5
    assert {sent.topic for sent in answer.outputs} == {"clusters.changed", "clusters.variants"}
    assert len(answer.outputs) == 2
    ((_, cluster),) = store.scan(CLUSTERS)
    assert cluster.occurrences == 5


def test_a_storm_leaves_fingerprint_as_one_event() -> None:
    raws = [record("panics.raw", encode_raw(panic_text(), f"e-{n}"), n) for n in range(20)]
    crashes = run(BY_STAGE["symbolize"], *raws).outputs
    found = batched("crashes.symbolized", [s.event for s in crashes if s.event])
    (sent,) = run(BY_STAGE["fingerprint"], found).outputs
    assert isinstance(sent.event, Fingerprinted)
    assert len(sent.event.folded) == 19


def encode_raw(text: str, name: str = "e") -> bytes:
    return msgspec.json.encode({"text": text, "event_id": name})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{not json", Reason.UNDECODABLE),
        (b"\xff\xfe\x00", Reason.UNDECODABLE),
        (b"[]", Reason.INVALID),
        (b'{"text": 7}', Reason.INVALID),
        (b'{"text": "no crash here"}', Reason.NO_CRASH),
        (b'{"text": "' + b"x" * MAX_INPUT_BYTES + b'"}', Reason.TOO_LARGE),
    ],
    ids=["cut", "binary", "array", "wrong type", "no crash", "too large"],
)
def test_a_bad_record_is_a_dead_letter_with_its_coordinates(value: bytes, reason: Reason) -> None:
    bad = record("panics.raw", value, 7, partition=3, headers=(("trace", b"password=hunter2-x"),))
    good = record("panics.raw", encode_raw(panic_text()), 8)
    answer = run(BY_STAGE["symbolize"], bad, good)
    (letter,) = letters(answer)
    assert (letter.topic, letter.partition, letter.offset) == ("panics.raw", 3, 7)
    assert (letter.reason, letter.stage, letter.attempt) == (reason, "symbolize", 1)
    assert "hunter2" not in letter.headers["trace"]
    assert len(answer.outputs) == 2


def test_a_dead_letter_keeps_the_bytes_without_secrets() -> None:
    (letter,) = letters(run(BY_STAGE["symbolize"], record("panics.raw", b"{password=hunter2-x")))
    assert b64decode(letter.bytes_base64) == b"{password=[scrubbed:password]"


def test_a_repeated_attempt_says_so() -> None:
    again = record("panics.raw", b"{", headers=((ATTEMPT, b"3"),))
    assert [letter.attempt for letter in letters(run(BY_STAGE["symbolize"], again))] == [3]


def test_a_null_record_of_an_input_is_nothing() -> None:
    assert run(BY_STAGE["symbolize"], record("panics.raw", None)) == Answer()


@pytest.mark.parametrize(("age", "beyond"), [(59, False), (60, False), (61, True)])
def test_the_horizon_goes_by_the_record_alone(age: int, *, beyond: bool) -> None:
    at = Instant(1000 * SECOND)
    value = msgspec.json.encode({"text": panic_text(), "at": str(at)})
    found = record("panics.raw", value, timestamp_ms=(1000 + age) * 1000)
    rules = Rules(horizon_ns=60 * SECOND)
    dead = letters(run(BY_STAGE["symbolize"], found, rules=rules))
    assert [letter.reason for letter in dead] == ([Reason.BEYOND_HORIZON] if beyond else [])
    assert not letters(run(BY_STAGE["symbolize"], found))


def test_a_replay_selects_crashes_by_their_time_else_the_records_and_takes_all_else() -> None:
    rules = Rules(since=Instant(10 * SECOND), until=Instant(20 * SECOND))
    stage = BY_STAGE["symbolize"]
    for at, taken in ((9, 0), (10, 1), (19, 1), (20, 0)):
        timed = msgspec.json.encode({"text": panic_text(), "at": str(Instant(at * SECOND))})
        by_event = record("panics.raw", timed, timestamp_ms=0)
        by_record = record("panics.raw", encode_raw(panic_text()), timestamp_ms=at * 1000)
        assert len(run(stage, by_event, rules=rules).outputs) == taken
        assert len(run(stage, by_record, rules=rules).outputs) == taken
    push = record("git.pushed", b'{"delivery_id":"d","repo":"r"}', timestamp_ms=0)
    assert run(BY_STAGE["link"], push, rules=rules).events == 1


def test_a_range_ends_where_live_input_begins() -> None:
    rules = Rules(until=Instant(20 * SECOND), live_from={"panics.raw": (7,)})
    value = encode_raw(panic_text())
    for offset, taken in ((6, 0), (7, 1)):
        late = record("panics.raw", value, offset, timestamp_ms=30_000)
        assert len(run(BY_STAGE["symbolize"], late, rules=rules).outputs) == taken


def test_a_letter_that_is_tried_again_keeps_its_place() -> None:
    again = record("panics.raw", b"{", offset=9, headers=((PLACE, b"1/7"),))
    letters_ = letters(run(BY_STAGE["symbolize"], again, record("panics.raw", b"{", offset=9)))
    assert [(letter.place, letter.offset) for letter in letters_] == [("1/7", 9), ("0/9", 9)]


def test_facts_that_lack_leave_the_table_as_it_was() -> None:
    store = SqliteStore(None)
    wanted = batched("attribution.requests", [request("a"), request("b")])
    answer = run(ASKING, wanted, store=store)
    assert (answer.lacking, answer.outputs) == ((FACT,), ())
    assert list(store.scan(SEEN)) == []
    answer = run(ASKING, wanted, store=store, facts={FACT: Present(b"x")})
    assert answer.lacking == ()
    assert {key: row.text for key, row in store.scan(SEEN)} == {"a": "x", "b": "x"}
    assert list(store.scan(WAITING)) == []


def request(cluster: str) -> AttributionRequest:
    return AttributionRequest(cluster=cluster, service="s")


def test_an_absent_fact_that_arrives_has_the_event_worked_out_again() -> None:
    store = SqliteStore(None)
    run(
        ASKING,
        batched("attribution.requests", [request("a")]),
        store=store,
        facts={FACT: Absent("away ")},
    )
    assert len(list(store.scan(WAITING))) == 1
    arrived = record("facts.arrived", encode(FactArrived(kind="test", key="sha-1")))
    answer = run(ASKING, arrived, store=store, facts={FACT: Present(b"here")})
    assert answer.lacking == ()
    assert {key: row.text for key, row in store.scan(SEEN)} == {"a": "away here"}
    assert list(store.scan(WAITING)) == []


def test_a_step_that_never_has_enough_is_a_dead_letter_in_the_last_round() -> None:
    stage = msgspec.structs.replace(ASKING, step=ask_forever)
    wanted = batched("attribution.requests", [request("a")])
    assert run(stage, wanted).lacking
    (letter,) = letters(run(stage, wanted, last_round=True))
    assert letter.reason == Reason.NEED_LOOP


def test_a_step_that_raises_spoils_its_event_alone() -> None:
    def fail(_state: State, event: Message, _facts: Facts) -> Done | Need:
        assert isinstance(event, AttributionRequest)
        if event.cluster == "b":
            raise KeyError(event.cluster)
        return Done((put(SEEN, event.cluster, Seen(text="ok")),))

    store = SqliteStore(None)
    stage = msgspec.structs.replace(ASKING, step=fail)
    events: list[Message] = [request("a"), request("b"), request("c")]
    answer = run(stage, batched("attribution.requests", events), store=store)
    (letter,) = letters(answer)
    assert (letter.reason, letter.partition, letter.offset) == (Reason.STEP_FAILED, 0, 0)
    assert [key for key, _ in store.scan(SEEN)] == ["a", "c"]
