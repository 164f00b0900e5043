"""`attribute` on a real repository: the change, its build and its batch, whatever the order of the events."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from streams.cli.main import main
from tests.git_repository import Repository

GO = (
    "package cart\n\nfunc Pick(xs []string, n int) string {\n"
    '	if n >= len(xs) {\n		return ""\n	}\n	return xs[n]\n}\n'
)
LESS = GO.replace('	if n >= len(xs) {\n		return ""\n	}\n', "")
TRACE = """panic: runtime error: index out of range [3] with length 1

goroutine 1 [running]:
example.org/shop/cart.Pick(...)
	example.org/shop/cart/cart.go:4
main.main()
	example.org/shop/main.go:6 +0x20
"""
START = 1_770_000_000
Lines = list[dict[str, object]]


class Scene:
    """A repository with a guilty commit, deployed in two regions; the files of a command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = Repository(folder / "shop")
        main_go = 'package main\n\nimport "example.org/shop/cart"\n\nfunc main() {\n	cart.Pick(nil, 3)\n}\n'
        files = {"go.mod": "module example.org/shop\n", "main.go": main_go, "cart/cart.go": GO}
        self.good = self.repository.commit(files, tag="v1.0.0")
        self.guilty = self.repository.commit({"cart/cart.go": LESS})
        self.crashed = self.repository.commit({"README.md": "x\n"}, tag="v1.1.0")
        self.events: Lines = [
            self.built("b1", self.good, "v1.0.0"), self.built("b2", self.crashed, "v1.1.0"),
            self.deployed(1, "d1", "b1", "eu"), self.deployed(2, "d2", "b1", "us"),
            self.deployed(5, "d3", "b2", "eu", "canary", 5), self.deployed(6, "d3", "b2", "eu"),
            self.deployed(9, "d4", "b2", "us"), self.deployed(10, "d5", "b2", "eu", action="restart"),
            {"kind": "git.push", "delivery_id": "p1", "occurred_at": START, "repo": "shop", "ref": "refs/heads/main",
             "before": self.good, "after": self.crashed, "commits": [self.guilty, self.crashed]},
        ]  # fmt: skip

    @staticmethod
    def built(build_id: str, commit: str, tag: str) -> dict[str, object]:
        return {
            "kind": "ci.build", "delivery_id": f"c{build_id}", "occurred_at": START, "repo": "shop",
            "build_id": build_id, "attempt": 1, "ref": f"refs/tags/{tag}", "commit": commit, "status": "success",
        }  # fmt: skip

    @staticmethod
    def deployed(  # noqa: PLR0913, PLR0917 - the fields of one
        hour: int, batch: str, build_id: str, region: str, phase: str = "complete", percent: int = 100,
        action: str = "rollout",
    ) -> dict[str, object]:  # fmt: skip
        return {
            "kind": "deploy", "delivery_id": f"{batch}{phase}", "occurred_at": START + hour * 3600, "service": "shop",
            "env": "prod", "region": region, "batch": batch, "action": action, "phase": phase, "percent": percent,
            "build_id": build_id,
        }  # fmt: skip

    def case(self, **more: object) -> dict[str, object]:
        """A crash in eu, two hours after the rollout."""
        seen = START + 8 * 3600
        return {
            "case": "one", "repo": "shop", "service": "shop", "env": "prod", "first_seen": seen,
            "occurrences": [{"ts": seen, "region": "eu", "host": "h", "canary": False}], "trace": TRACE,
            "buildinfo": None, "labels": None, **more,
        }  # fmt: skip

    def run(
        self, capsysbinary: pytest.CaptureFixture[bytes], case: dict[str, object], *flags: str
    ) -> bytes:
        """What the command prints."""
        crashes, events = self.folder / "c.jsonl", self.folder / "e.jsonl"
        crashes.write_text(json.dumps(case) + "\n")
        events.write_text("".join(json.dumps(e) + "\n" for e in self.events))
        arguments = [
            str(crashes),
            "--events",
            str(events),
            "--repo",
            f"shop={self.repository.path}",
        ]
        assert main(["attribute", *arguments, *flags]) == 0
        return capsysbinary.readouterr().out


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


Capture = pytest.CaptureFixture[bytes]


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"labels": {"build_id": "b2"}},
        {"labels": {"app.kubernetes.io/version": "v1.1.0"}},
        {"buildinfo": "path\texample.org/shop\nmod\texample.org/shop\tv1.1.0\t\n"},
    ],
)
def test_the_change_its_build_and_its_batch(
    scene: Scene, capsysbinary: Capture, stated: dict[str, object]
) -> None:
    found = json.loads(scene.run(capsysbinary, scene.case(**stated), "--json"))
    assert (found["case"], found["commits"][0]["sha"]) == ("one", scene.guilty)
    assert (found["build_id"], found["deploy_batch"]) == ("b2", "d3")
    assert (found["crashed_revision"], found["last_good_build"]) == (scene.crashed, "b1")
    assert found["commits"][0]["confidence"] > 0.9
    assert {e["kind"] for e in found["commits"][0]["evidence"]} >= {"deletion", "range"}


def test_the_revision_and_pseudo_versions_that_a_binary_states(
    scene: Scene, capsysbinary: Capture
) -> None:
    stamped = f"build\tvcs.revision={scene.crashed}\nbuild\tvcs.modified=false\n"
    pseudo = f"mod\texample.org/shop\tv1.0.1-0.20260101000000-{scene.crashed[:12]}\t\n"
    for info in (stamped, pseudo):
        found = json.loads(scene.run(capsysbinary, scene.case(buildinfo=info), "--json"))
        assert found["crashed_revision"] == scene.crashed


def test_in_another_region_it_was_another_batch(scene: Scene, capsysbinary: Capture) -> None:
    seen = START + 11 * 3600
    occurrence = {"ts": seen, "region": "us", "host": "h", "canary": False}
    case = scene.case(first_seen=seen, occurrences=[occurrence])
    found = json.loads(scene.run(capsysbinary, case, "--json"))
    assert (found["commits"][0]["sha"], found["deploy_batch"]) == (scene.guilty, "d4")


@pytest.mark.parametrize("seed", range(4))
def test_order_and_duplicates_of_events_change_no_byte(
    scene: Scene, capsysbinary: Capture, seed: int
) -> None:
    expected = scene.run(capsysbinary, scene.case(), "--json")
    dice = random.Random(seed)  # noqa: S311 - a shuffle in a test
    scene.events += dice.sample(scene.events, 4)
    dice.shuffle(scene.events)
    assert scene.run(capsysbinary, scene.case(), "--json") == expected


def test_without_events_the_repository_alone_is_asked_and_that_is_said(
    scene: Scene, capsysbinary: Capture
) -> None:
    scene.events = []
    stamped = f"build\tvcs.revision={scene.crashed}\n"
    found = json.loads(scene.run(capsysbinary, scene.case(buildinfo=stamped), "--json"))
    assert found["commits"][0]["sha"] == scene.guilty
    assert (found["deploy_batch"], found["build_id"]) == (None, None)
    assert "the last revision that ran well" in {gap["what"] for gap in found["unknown"]}


def test_a_revision_that_nobody_has_names_nobody(scene: Scene, capsysbinary: Capture) -> None:
    stamped = f"build\tvcs.revision={'d' * 40}\n"
    found = json.loads(scene.run(capsysbinary, scene.case(buildinfo=stamped), "--json"))
    assert found["commits"] == []
    assert any("fetch its whole history" in gap["why"] for gap in found["unknown"])


def test_for_people_and_with_statistics(
    scene: Scene, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    text = scene.run(capsysbinary, scene.case()).decode()
    assert scene.guilty[:12] in text
    assert "first deployed in batch d3, build b2" in text
    arguments = [str(tmp_path / "c.jsonl"), "--events", str(tmp_path / "e.jsonl")]
    assert (
        main(["attribute", *arguments, "--repo", f"shop={scene.repository.path}", "--stats"]) == 0
    )
    assert b"git processes" in capsysbinary.readouterr().err


def test_bad_lines_are_named(scene: Scene, capsysbinary: Capture) -> None:
    crashes = scene.folder / "bad.jsonl"
    crashes.write_text('{"case": "x"}\n')
    assert main(["attribute", str(crashes)]) == 2
    assert b"bad.jsonl:1" in capsysbinary.readouterr().err


def test_a_text_without_a_crash_is_answered_and_the_next_one_too(
    scene: Scene, capsysbinary: Capture
) -> None:
    found = json.loads(scene.run(capsysbinary, scene.case(trace="all is well\n"), "--json"))
    assert found["commits"] == []
    assert [gap["what"] for gap in found["unknown"]] == ["the crash"]
