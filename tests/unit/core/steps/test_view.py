"""VIEW: rows for people; the first record of a crash stays, large ones are kept by content."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from streams.core.steps.symbolize import crash_of
from streams.core.steps.view import dead_letter_id, replayed, step
from streams.model.crash import Crash, Goroutine, Source
from streams.model.events import (
    ClusterCommand,
    ClusterRedirected,
    ClusterVariant,
    DeadLetter,
    DecisionMade,
    LinkChanged,
    RawPanic,
    ServiceSeen,
)
from streams.model.instant import Instant
from streams.model.message import decode
from streams.model.report import Report
from streams.model.settings import PipelineSettings
from streams.model.step import Count, Done, Keep
from streams.model.view import (
    CRASHES,
    DEAD,
    DECISIONS,
    LINKS,
    PRINTS,
    REDIRECTS,
    REPORTS,
    VARIANTS,
)
from tests.unit.core.steps.bench import Rows, crashed, done, panic_text


def crash(event_id: str = "e", **fields: object) -> Crash:
    raw = RawPanic(text=panic_text(), event_id=event_id)
    made = crash_of(msgspec.structs.replace(raw, **fields), PipelineSettings())
    assert made is not None
    return made


LETTER = DeadLetter(topic="t", stage="s", reason="invalid", error="e", bytes_base64="eA==")


def test_a_report_replaces_the_one_before() -> None:
    state = Rows()
    for count in (1, 2):
        report = Report(cluster="c", title="t", kind="panic", occurrences=count, representative="e")
        state.apply(done(step, state, report).changes)
    assert [r.occurrences for r in state.all(REPORTS).values()] == [2]


def test_a_crash_is_kept_whole_under_the_hash_of_its_bytes() -> None:
    state, one = Rows(), crash(continues="e-0")
    made = done(step, state, one)
    (blob,) = (change for change in made.changes if isinstance(change, Keep))
    assert blob.sha256 == sha256(blob.data).hexdigest()
    assert decode(blob.data, Crash) == one
    state.apply(made.changes)
    row = state.all(CRASHES)["e"]
    assert (row.blob, row.kind, row.continues) == (blob.sha256, "panic", "e-0")


def test_the_first_record_of_a_crash_stays() -> None:
    """A repeat carries nothing new but where it was found."""
    state = Rows()
    state.apply(done(step, state, crash(path="a.log")).changes)
    assert done(step, state, crash(path="b.log")) == Done()


def test_a_fingerprint_is_found_by_its_crash() -> None:
    state, made = Rows(), crashed(panic_text(), event_id="e")
    state.apply(done(step, state, made).changes)
    assert state.all(PRINTS)["e"].event == made


def test_a_crash_that_was_taken_back_is_a_twin_for_whoever_counts_anew() -> None:
    state, made = Rows(), crashed(panic_text(), event_id="e")
    state.apply(done(step, state, made).changes)
    back = msgspec.structs.replace(made, twin="t", taken_back=True)
    state.apply(done(step, state, back).changes)
    assert state.all(PRINTS)["e"].event == msgspec.structs.replace(made, twin="t")


def test_the_same_event_dead_again_is_one_letter_counted_once() -> None:
    state = Rows()
    first = done(step, state, LETTER)
    assert first.counts == (Count("panictrail_dead_letters_total", 1, ("s", "invalid")),)
    state.apply(first.changes)
    again = msgspec.structs.replace(LETTER, attempt=2, error="another")
    second = done(step, state, again)
    state.apply(second.changes)
    assert second.counts == ()
    assert list(state.all(DEAD).values()) == [again]


def test_what_was_scrubbed_in_a_letter_is_counted_once() -> None:
    state = Rows()
    letter = msgspec.structs.replace(LETTER, scrubbed={"password": 2, "email": 1})
    first = done(step, state, letter)
    assert first.counts[1:] == (
        Count("panictrail_secrets_scrubbed_total", 1, ("email",)),
        Count("panictrail_secrets_scrubbed_total", 2, ("password",)),
    )
    state.apply(first.changes)
    assert done(step, state, letter).counts == ()


def test_letters_differ_by_topic_stage_content_and_place() -> None:
    letters = [
        LETTER,
        *(
            msgspec.structs.replace(LETTER, **{name: "other"})
            for name in ("topic", "stage", "bytes_base64", "place")
        ),
    ]
    assert len({dead_letter_id(letter) for letter in letters}) == len(letters)
    same = msgspec.structs.replace(LETTER, error="x", attempt=3, reason="no-crash-in-text")
    assert dead_letter_id(same) == dead_letter_id(LETTER)


def test_other_messages_are_none_of_its_business() -> None:
    event = ServiceSeen(service="s", cluster="c")
    assert done(step, Rows(), event) == Done()


def test_a_letter_that_was_sent_again_is_listed_only_when_it_dies_again() -> None:
    state, key = Rows(), dead_letter_id(LETTER)
    for letter in (LETTER, replayed(LETTER)):
        state.apply(done(step, state, letter).changes)
    assert state.all(DEAD) == {}
    again = msgspec.structs.replace(LETTER, attempt=2)
    state.apply(done(step, state, again).changes)
    assert state.all(DEAD) == {key: again}


def test_a_mark_is_no_dead_letter_to_be_counted() -> None:
    assert done(step, Rows(), replayed(LETTER)).counts == ()


def test_the_number_of_attempts_never_falls() -> None:
    """A producer's duplicate of it is a first attempt again."""
    state = Rows()
    for attempt in (3, 1):
        letter = msgspec.structs.replace(LETTER, attempt=attempt)
        state.apply(done(step, state, letter).changes)
    assert [letter.attempt for letter in state.all(DEAD).values()] == [3]


def test_links_are_kept_by_their_ids() -> None:
    """Those of before rows had ids make none."""
    state = Rows()
    row = LinkChanged(link="l", service="shop")
    for event in (LinkChanged(service="shop"), row, msgspec.structs.replace(row, commit_sha="c")):
        state.apply(done(step, state, event).changes)
    assert state.all(LINKS) == {"l": msgspec.structs.replace(row, commit_sha="c")}


def test_what_people_decided_is_kept_by_id() -> None:
    state = Rows()
    variant = ClusterVariant(cluster="c", block="b", fingerprint="f", crash="e", title="t")
    decision = DecisionMade(decision="d", command=ClusterCommand(command="ignore", cluster="c"))
    redirect = ClusterRedirected(cluster="a", to="c")
    for event in (variant, decision, redirect):
        state.apply(done(step, state, event).changes)
    assert state.all(VARIANTS) == {"c\x1ff": variant}
    assert state.all(DECISIONS) == {"d": decision}
    assert state.all(REDIRECTS) == {"a": redirect}


def test_the_row_of_a_crash_has_its_trace_span_and_time() -> None:
    labels = {"trace_id": "4bf9", "span_id": "00f0"}
    goroutine = Goroutine(id=1, state="running", crashed=True, labels=labels)
    source = Source(at=Instant(1_764_000_000_999_999_999))
    event = Crash(id="c", kind="panic", message="m", goroutines=(goroutine,), source=source)
    state = Rows()
    state.apply(done(step, state, event).changes)
    row = state.all(CRASHES)["c"]
    assert (row.trace_id, row.span_id, row.at_seconds) == ("4bf9", "00f0", 1_764_000_000)
