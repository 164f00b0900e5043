"""FINGERPRINT: the step around `fingerprint`."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cluster.applied import ID_BYTES
from streams.core.steps.fingerprint import NAMED, SENT, fingerprinting
from streams.core.steps.symbolize import crash_of
from streams.model.crash import Crash, Exit, mark_id, process_id
from streams.model.events import Placed, RawPanic
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.settings import PipelineSettings
from streams.model.step import Count, Done, Emit
from streams.model.view import PRINTS, REPORTS
from tests.unit.core.steps.bench import Rows, crashed, done, panic_text
from tests.unit.core.steps.partitions import Partitions
from tests.unit.core.steps.test_decided import TEXTS

step = fingerprinting(PipelineSettings())


def record(text: str, name: str, *, at: int | None = None, part_of: str | None = None) -> Crash:
    """A crash record."""
    raw = RawPanic(
        text=text, event_id=name, at=None if at is None else Instant(at), continues=part_of
    )
    found = crash_of(raw, PipelineSettings())
    assert found is not None
    return found


def test_a_crash_becomes_its_fingerprint_keyed_by_its_block() -> None:
    crash = crash_of(RawPanic(text=panic_text(), event_id="e"), PipelineSettings())
    assert crash is not None
    made = done(step, Rows(), crash)
    assert len(made.changes) == 1
    key = "example.com/acme/shop/cart.Store.Add"
    event = crashed(panic_text(), event_id="e")
    assert made.outputs == (Emit("crashes.fingerprinted", key, event),)


def test_a_text_with_a_process_is_told_to_its_core_unless_it_can_have_none() -> None:
    raw = RawPanic(
        text=panic_text(),
        event_id="ab" * 16,
        at=Instant(7),
        host="node-7",
        route="spool",
        pid=1007,
        nspid=7,
        exit=Exit(signal="SIGABRT"),
    )

    def sent(event: RawPanic) -> list[str]:
        found = crash_of(event, PipelineSettings())
        assert found is not None
        return [each.topic for each in done(step, Rows(), found).outputs]

    crash = crash_of(raw, PipelineSettings())
    assert crash is not None
    (_, placed) = done(step, Rows(), crash).outputs
    assert isinstance(placed.event, Placed)
    assert (placed.topic, placed.key) == ("crashes.placed", process_id(7))
    assert (placed.event.pid, placed.event.crash, placed.event.host) == (7, raw.event_id, "node-7")
    alone = ["crashes.fingerprinted"]
    assert sent(msgspec.structs.replace(raw, exit=Exit(code=2))) == alone
    assert sent(msgspec.structs.replace(raw, pid=None, nspid=None)) == alone
    # Of a shell's own code: 128 and the signal.
    assert sent(msgspec.structs.replace(raw, exit=Exit(code=134))) == [*alone, "crashes.placed"]


def test_log_lines_are_told_to_a_core_by_the_mark_of_their_process() -> None:
    raw = RawPanic(text=panic_text(), event_id="ab" * 16, at=Instant(7), host="n", route="lines")
    marked = raw.text.replace(
        "goroutine 1 [", "goroutine 1 gp=0x3a9b0899c1e0 m=3 mp=0x3a9b089d9008 ["
    )
    assert marked != raw.text

    def sent(event: RawPanic) -> list[Emit]:
        found = crash_of(event, PipelineSettings())
        assert found is not None
        return [
            each for each in done(step, Rows(), found).outputs if each.topic == "crashes.placed"
        ]

    (placed,) = sent(msgspec.structs.replace(raw, text=marked))
    assert isinstance(placed.event, Placed)
    assert placed.key == mark_id("0x3a9b0899c1e0")
    assert (placed.event.pid, placed.event.mark) == (None, "0x3a9b0899c1e0")
    older = marked.replace("0x3a9b0899c1e0", "0xc0000021c0")
    for event in (raw, msgspec.structs.replace(raw, text=older)):
        assert not sent(event)
    ended = msgspec.structs.replace(raw, text=marked + "exit status 2\n")
    assert not sent(ended)
    # Whoever states a number is looked for by that.
    (placed,) = sent(msgspec.structs.replace(raw, text=marked, route="spool", nspid=7))
    assert placed.key == process_id(7)


def test_other_messages_are_none_of_its_business() -> None:
    assert done(step, Rows(), RawPanic(text=panic_text())) == Done()


def test_a_crash_that_comes_again_with_other_facts_is_not_sent_on_again() -> None:
    state = Rows()
    state.apply(done(step, state, record(TEXTS[0], "e")).changes)
    for again in (record(TEXTS[0], "e"), record(TEXTS[6], "e"), record(TEXTS[0], "e", at=9)):
        assert done(step, state, again) == Done(counts=(Count("panictrail_duplicates_total"),))
    assert done(step, state, record(TEXTS[0], "f")).outputs


def test_ids_of_ours_are_remembered_where_facts_decide_how_they_are_grouped() -> None:
    state, crash = Rows(), record(TEXTS[0], content_id("crash", "1"), at=5)
    made = done(step, state, crash)
    assert not made.changes
    # The same id is the same text at the same time, so it comes to the same block, where it is known.
    assert done(step, state, crash) == made
    by_facts = fingerprinting(PipelineSettings(binaries=True))
    state.apply(done(by_facts, state, crash).changes)
    assert done(by_facts, state, crash) == Done(counts=(Count("panictrail_duplicates_total"),))


def test_ids_of_ours_are_kept_together_by_their_minute() -> None:
    state = Rows()
    step = fingerprinting(PipelineSettings(binaries=True))
    ids = [content_id("crash", str(n)) for n in range(5)]
    for number, name in enumerate(ids):
        crash = record(TEXTS[0], name, at=number * 25 * 10**9)
        state.apply(done(step, state, crash).changes)
        assert not done(step, state, msgspec.structs.replace(crash, message="other")).outputs
    assert [len(row.ids) // ID_BYTES for row in state.all(SENT).values()] == [3, 2]
    assert not state.all(NAMED)


def test_what_continues_a_crash_is_never_held_back() -> None:
    state = Rows()
    for part in (record(TEXTS[0], "e", part_of="whole"),) * 2:
        made = done(step, state, part)
        assert made.outputs
        state.apply(made.changes)
    assert not state.all(SENT) | state.all(NAMED)


@settings(max_examples=60, deadline=None)
@given(
    came=st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from(TEXTS), st.none() | st.integers(0, 10**12)),
        min_size=1,
        max_size=16,
    ),
    number=st.integers(1, 4),
    batch=st.integers(1, 5),
    seed=st.randoms(),
)
def test_law_3_an_id_counts_once_whatever_its_records_say_and_wherever_they_go(
    came: list[tuple[int, str, int | None]], number: int, batch: int, seed: Random
) -> None:
    """Of one id the places, and so the blocks and partitions, and the times may be others each time."""
    line = Partitions(number)
    crashes = [record(text, f"e-{name}", at=at) for name, text, at in came]
    events = (("crashes.symbolized", crash.id, crash) for crash in crashes)
    line.feed(events, seed.randrange, batch)
    distinct = {crash.id for crash in crashes}
    assert sum(r.occurrences for r in line.view.all(REPORTS).values()) == len(distinct)
    assert line.view.all(PRINTS).keys() == distinct
