"""What is said once for a whole page."""

from __future__ import annotations

from msgspec.structs import replace

from streams.core.report import summary
from streams.core.report.page import page
from streams.core.report.run import RunSummary
from streams.model.crash import Fault
from streams.model.instant import Instant
from streams.model.report import Evidence, Introduced, Suspect
from tests.unit.core.report import samples
from tests.unit.core.report.samples import DEADLOCK, NIL_MAP


def test_the_head_line_counts_crashes_clusters_files_and_lines() -> None:
    headline = summary.headline(samples.two_clusters())
    assert headline == "18 crashes in 2 clusters from 4 files (1,234 lines)"


def test_without_a_count_of_the_run_the_reports_are_added_up() -> None:
    assert (
        summary.headline(page((NIL_MAP, DEADLOCK), {}, RunSummary())) == "18 crashes in 2 clusters"
    )


def test_an_empty_page_says_that_nothing_was_found() -> None:
    assert summary.headline(page((), {}, RunSummary())) == "No Go crash found"


def test_only_what_no_report_knows_is_shared() -> None:
    shown = samples.two_clusters()
    shared = summary.shared_unknowns(shown)
    assert shared == (samples.NO_REPOSITORY,)
    own = [summary.own_unknowns(one, shared) for one in shown.shown]
    assert own == [(samples.NEVER_DEPLOYED,), ()]
    assert summary.shared_unknowns(page((NIL_MAP,), {}, RunSummary())) == ()
    assert summary.shared_unknowns(page((), {}, RunSummary())) == ()


def test_once_is_once_and_a_time_is_unknown_when_it_is() -> None:
    assert summary.seen(DEADLOCK) == "once, unknown time"
    once = replace(DEADLOCK, first_seen=Instant(0), last_seen=Instant(0))
    assert summary.seen(once) == "once at 1970-01-01 00:00:00 UTC"


def test_a_full_hash_is_shortened_and_a_tag_is_not() -> None:
    assert summary.builds(NIL_MAP) == "v1.4.2 and 4f2a1c9d0e11"
    assert summary.build_name("v1.4.2-rc.1+meta") == "v1.4.2-rc.1+meta"


def test_surroundings_that_are_unknown_are_left_out() -> None:
    assert summary.surroundings(DEADLOCK) == ""
    assert summary.surroundings(replace(DEADLOCK, hosts=1, builds=("v1",))) == "build v1 · 1 host"


def test_without_an_explanation_the_rule_that_found_the_place_is_named() -> None:
    assert summary.reasons(replace(NIL_MAP, explain=())) == ("rule plain1/in-app",)
    assert summary.reasons(replace(DEADLOCK, explain=())) == ()


def test_a_distance_is_told_where_it_is_not_zero() -> None:
    first, second = summary.reasons(NIL_MAP)
    assert "distance" not in first
    assert second == "merged: differs only in an inlined frame (distance 0.08)"


def test_introduced_says_only_what_is_known() -> None:
    assert summary.introduced_words(Introduced()) == ""
    assert summary.introduced_words(Introduced(release="v2")) == "release v2"
    assert summary.introduced_words(Introduced(last_good_build="v1")) == "last good build v1"


def test_a_suspect_is_named_with_how_sure_and_why() -> None:
    suspect = NIL_MAP.suspects[0]
    assert summary.suspect_words(suspect) == (
        "83 % 4f2a1c9d0e11 by Ada Lovelace, 2026-11-22: "
        "cart: look prices up before the lock is taken"
    )
    assert summary.evidence_words(suspect)[0] == "blame: last changed cart/store.go:41 (0.40)"
    bare = Suspect(commit="abc", confidence=1, evidence=(Evidence(kind="k", detail="d", weight=1),))
    assert summary.suspect_words(bare) == "100 % abc"


def test_notes_tell_what_was_repeated_masked_and_refused() -> None:
    assert summary.notes(samples.two_clusters()) == (
        "2 crashes seen before, not counted again.",
        "Secrets masked: 3 email and 1 bearer token.",
        (
            "3 records could not be processed: "
            "panictrail deadletter list --state '/var/lib/panic trail'"
        ),
        "1 problem with the input, see standard error.",
        "1 line looked like a crash and was none, first a.log:17: no stack stands before it",
    )


def test_an_interrupted_run_says_so_first() -> None:
    run = RunSummary(interrupted=True, events=1)
    first, second = summary.notes(page((), {}, run))
    assert first.startswith("Interrupted")
    assert second == "1 event from git, CI or deploys read."


def test_without_a_state_folder_the_command_leaves_a_gap() -> None:
    (note,) = summary.notes(page((), {}, RunSummary(dead_letters=1)))
    assert note.endswith("panictrail deadletter list --state DIR")


def test_what_was_read_is_counted_by_format() -> None:
    assert summary.what_was_read(samples.RUN) == (
        "4 files, 1,234 lines, 57 kB: 900 lines of plain and 334 lines of docker-json"
    )
    assert summary.what_was_read(RunSummary(files=1)) == "1 file, 0 lines, 0 bytes"
    assert summary.what_was_read(RunSummary()) == "nothing"


def test_advice_starts_with_what_is_most_likely() -> None:
    empty = summary.advice(RunSummary(files=1))
    assert empty[0].command == "./program 2>&1 | panictrail analyze -"
    read = summary.advice(RunSummary(files=1, lines=9, bytes=99))
    assert read[0].command == "kubectl logs POD --previous | panictrail analyze -"
    assert any("GOTRACEBACK=all" in step.command for step in read)


def test_a_record_that_is_not_whole_says_what_is_wrong_with_it() -> None:
    faulty = replace(samples.CRASH, truncated=True, faults=(Fault(line=7, reason="no frame"),))
    assert summary.caveats(faulty) == (
        "The crash text ends early: frames or goroutines may be missing.",
        "1 line of it not understood, first its line 7: no frame",
    )
    assert summary.caveats(samples.CRASH) == ()


def test_the_program_is_what_stands_before_the_subcommand() -> None:
    assert summary.program("python -m streams.cli.main analyze") == "python -m streams.cli.main"
    assert summary.program("panictrail") == "panictrail"
