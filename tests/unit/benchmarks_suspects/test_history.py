"""One small service, really made: its repository, events, crash and truth."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.suspects import cut
from benchmarks.suspects.baselines import NAMES, Baselines
from benchmarks.suspects.frames import FRAMES
from benchmarks.suspects.generate import Job, Made, service, templates_of, write_set
from benchmarks.suspects.history import write
from benchmarks.suspects.plan import plan
from benchmarks.suspects.score import Answer, Suspect, Truth, figures
from benchmarks.suspects.story import Assignment
from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.message import decode

RELEASES = 4
FRAME = FRAMES[0]


def _own() -> list[Assignment]:
    by_name = {t.name: t for t in templates_of("open")}
    return [Assignment(by_name["cut"], ""), Assignment(by_name["nil-check"], None)]


@dataclass(frozen=True)
class Set:
    folder: Path
    made: Made
    row: cut.Row
    truth: Truth
    events: list[cut.Happened]
    repository: Path

    def git(self, *words: str) -> str:
        command = ["git", "-C", str(self.repository), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def contains(self, commit: str, other: str) -> bool:
        command = ["git", "-C", str(self.repository), "merge-base", "--is-ancestor", commit, other]
        return subprocess.run(command, check=False).returncode == 0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Set:
    folder, work = tmp_path_factory.mktemp("set"), tmp_path_factory.mktemp("work")
    made = service(Job(FRAME, "3", _own(), RELEASES, folder, work))
    assert made.refused == []
    write_set(folder, [made])
    row = cut.rows(folder)[0]
    truth = decode((folder / "truth.jsonl").read_bytes(), Truth)
    events = cut.happened(folder)
    repository = cut.repository(folder, tmp_path_factory.mktemp("cut"), row, events)
    return Set(folder, made, row, truth, events, repository)


def test_the_truth_lies_between_the_release_before_and_the_one_that_crashed(small: Set) -> None:
    assert small.truth.commit is not None
    assert small.contains(small.truth.commit, small.truth.crashed_revision)
    before = small.git("describe", "--tags", "--abbrev=0", f"{small.truth.crashed_revision}^")
    assert not small.contains(small.truth.commit, before)
    assert "strings.Split" in small.git("show", "--format=", small.truth.commit)


def test_the_crash_is_one_of_the_go_runtime_at_a_line_of_the_revision(small: Set) -> None:
    assert small.row.trace.startswith("panic: runtime error: index out of range [1] with length 1")
    assert f"{FRAME.module}/internal/server.(*Mux).Serve(" in small.row.trace
    if small.row.buildinfo is not None:
        assert f"vcs.revision={small.truth.crashed_revision}" in small.row.buildinfo


def test_nothing_of_the_future_is_in_the_repository_of_a_case(small: Set) -> None:
    newest = int(small.git("log", "--all", "-1", "--format=%ct"))
    assert newest <= small.row.first_seen
    assert int(small.git("rev-list", "--all", "--count")) < small.made.commits + 1


def test_events_lead_from_the_commit_to_the_batch(small: Set) -> None:
    kinds = {type(one.event) for one in small.events}
    assert kinds == {GitPush, CiBuild, Deploy}
    assert small.truth.commit in {
        c for one in small.events if isinstance(one.event, GitPush) for c in one.event.commits
    }
    builds = {
        one.event.build_id: one.event for one in small.events if isinstance(one.event, CiBuild)
    }
    assert builds[str(small.truth.build_id)].commit == small.truth.crashed_revision
    batch = [
        one
        for one in small.events
        if isinstance(one.event, Deploy) and one.event.batch == small.truth.deploy_batch
    ]
    assert {one.event.build_id for one in batch if isinstance(one.event, Deploy)} == {
        small.truth.build_id
    }
    assert min(one.at for one in batch) < small.row.first_seen
    assert [one.arrived for one in small.events] == sorted(one.arrived for one in small.events)


def test_baselines_answer_with_commits_of_the_repository(small: Set) -> None:
    answers = Baselines(
        small.row,
        small.repository,
        small.truth.crashed_revision,
        cut.known(small.events, small.row),
    ).answers()
    assert set(answers) == set(NAMES)
    place = re.search(rf"^\t{FRAME.module}/(\S+):(\d+)", small.row.trace, re.MULTILINE)
    assert place is not None
    lines = f"{place[2]},{place[2]}:{place[1]}"
    last = small.git(
        "log", "-1", "--no-patch", "--format=%H", "-L", lines, small.truth.crashed_revision
    )
    assert [one.sha for one in answers[NAMES[0]].commits] == [last]
    assert small.truth.commit in [one.sha for one in answers[NAMES[3]].commits]


def test_the_same_seed_gives_the_same_commits(tmp_path: Path) -> None:
    found = []
    for number in range(2):
        made = plan(FRAME, "9", _own(), RELEASES)
        names = write(made, tmp_path / f"r{number}", tmp_path / f"w{number}")
        found.append(names)
    assert found[0] == found[1]
    assert len(set(found[0].values())) == len(found[0])


def test_perfect_answers_score_one_and_silence_names_nobody(small: Set) -> None:
    truth = small.truth
    answer = Answer(
        case=truth.case,
        commits=(Suspect(sha=str(truth.commit), confidence=1.0),),
        deploy_batch=truth.deploy_batch,
        crashed_revision=truth.crashed_revision,
    )
    best = figures([truth], {truth.case: answer})
    assert (
        best.top1,
        best.top3,
        best.mrr,
        best.batch,
        best.brier,
        best.precision,
        best.coverage,
    ) == (1, 1, 1, 1, 0, 1, 1)
    none = figures([truth], {})
    assert (none.top1, none.mrr, none.coverage, none.blamed) == (0, 0, 0, 0)
