"""`panictrail regroup` on a state folder, and `analyze` on a state that is grouped otherwise: counts stay exact."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import orjson
import pytest

from streams.cli.main import main
from streams.cli.regroup import as_kept
from streams.config import Settings
from streams.drivers.embedded.reading import fingerprints
from streams.drivers.embedded.state import GROUPING, existing_state
from streams.model.step import put
from tests.e2e.test_cores import ROOT
from tests.unit.core.steps.test_decided import TEXTS

GO_MOD = "module example.com/acme/shop\n\ngo 1.21\n"
ADD = 'package {0}\n\nfunc one() {{}}\n\nfunc Add(n int, s []int) {{\n\tpanic("boom")\n}}\n'


class Home:
    """A folder with a log, a state, and the source of the crashes."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.log = folder / "app.log"
        self.repo = folder / "shop"
        self._capsys = capsys
        for package in ("cart", "stock", "order"):
            (self.repo / package).mkdir(parents=True)
            (self.repo / package / "add.go").write_text(ADD.format(package))
        (self.repo / "go.mod").write_text(GO_MOD)

    def write(self, *texts: str) -> None:
        """More crashes, some of which are the last that the log has."""
        with self.log.open("a") as log:
            log.writelines(f"ok\n{text}" for text in texts)

    def __call__(self, *words: str, code: int = 0) -> tuple[str, str]:
        """Run a command on the state: what it says on stdout and stderr."""
        assert main([*words, "--state", str(self.state)]) == code
        said = self._capsys.readouterr()
        return said.out, said.err

    def analyze(self, *words: str, log: Path | None = None) -> str:
        """Analyze the log; what is said on stderr."""
        return self("analyze", str(log or self.log), *words)[1]

    def counts(self) -> list[int]:
        """Occurrences of each cluster, most first."""
        rows = map(orjson.loads, self("clusters", "list", "--json")[0].splitlines())
        return sorted((row["occurrences"] for row in rows), reverse=True)

    def ids(self) -> set[str]:
        """The ids of all clusters."""
        rows = map(orjson.loads, self("clusters", "list", "--json")[0].splitlines())
        return {row["cluster"] for row in rows}

    def by(self) -> set[str]:
        """By what the crashes are grouped."""
        with existing_state(str(self.state)) as store:
            return {event.by for event in fingerprints(store)}


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Home:
    """Four crashes of cart, two of stock; the last one is open."""
    made = Home(tmp_path, capsys)
    made.write(*TEXTS[:4], *TEXTS[4:6])
    return made


def test_source_that_is_named_later_regroups_and_counts_nothing_twice(home: Home) -> None:
    repo = f"shop={home.repo}"
    assert home.analyze() == ""
    assert (home.counts(), home.by()) == ([4, 2], {"names"})
    former = home.ids()
    home.write(TEXTS[0], TEXTS[8])
    said = home.analyze("--repo", repo)
    assert said.startswith("panictrail: grouped 6 crashes by locus1 with source of shop, before")
    assert said.count("\n") == 1
    assert (home.counts(), home.by()) == ([5, 2, 1], {"source"})
    assert not former & home.ids()
    for name in former:
        assert home("clusters", "show", name)[0]
    # Not named again it is still there, and the same log under another name counts nothing.
    moved = home.log.with_suffix(".log.1")
    home.log.rename(moved)
    assert home.analyze(log=moved) == ""
    assert home.counts() == [5, 2, 1]
    home.write(TEXTS[2].replace("boom", "bang"))
    assert home.analyze() == ""
    assert (home.counts(), home.by()) == ([6, 2, 1], {"source"})


def test_source_that_went_away_is_said_and_nothing_is_counted_twice(home: Home) -> None:
    home.analyze("--repo", f"shop={home.repo}")
    home.repo.rename(home.folder / "elsewhere")
    moved = home.log.with_suffix(".log.1")
    home.log.rename(moved)
    said = home.analyze(log=moved)
    assert "is no folder any more" in said
    assert "--repo shop=PATH" in said
    assert (sum(home.counts()), home.by()) == (6, {"source"})
    home.write(TEXTS[8])
    home.analyze()
    assert (sum(home.counts()), home.by()) == (7, {"source", "names"})
    # Once, also where the crashes are regrouped first.
    assert home.analyze("--method", "top1").count("is no folder any more") == 1
    home.analyze("--method", "locus1")
    # Where it is said again, it is asked again.
    home("regroup", "--repo", f"shop={home.folder / 'elsewhere'}", "--adopt")
    assert (sum(home.counts()), home.by()) == (7, {"source"})


def test_another_method_regroups_and_stays(home: Home) -> None:
    home.analyze()
    said = home.analyze("--method", "top1")
    assert said.startswith("panictrail: grouped 6 crashes by top1, before by locus1: 2 clusters")
    assert home.analyze() == ""
    assert home.counts() == [4, 2]
    with existing_state(str(home.state)) as store:
        held = store.get(GROUPING, "")
        assert held is not None
        assert held.method == "top1"


def test_a_state_of_a_version_before_is_regrouped_by_what_is_the_default_now(home: Home) -> None:
    home.analyze("--method", "plain1")
    with existing_state(str(home.state)) as store:
        store.apply((put(GROUPING, "", None),))
        store.commit()
    assert "before by plain1: 2 clusters, now 2" in home.analyze()
    assert home.counts() == [4, 2]


def test_what_would_change_is_told_and_only_then_done(home: Home) -> None:
    home.analyze()
    before = home.ids()
    text, _ = home("regroup", "--method", "plain1")
    assert text.startswith("is locus1: 6 crashes in 2 clusters\nwould be plain1: 6 crashes in 2")
    assert "moved, 2: the same crashes, another id" in text
    assert "because plain1/" in text
    assert text.endswith("nothing was changed: --adopt makes it so\n")
    assert home.ids() == before
    found = orjson.loads(home("regroup", "--method", "plain1", "--adopt", "--json")[0])
    schema = orjson.loads((ROOT / "schemas" / "regrouping.v1.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(found)
    assert found["adopted"]
    assert {flow["before"] for each in found["changes"] for flow in each["flows"]} == before
    assert {flow["after"] for each in found["changes"] for flow in each["flows"]} == home.ids()


def test_without_repositories_it_is_grouped_by_names_again(home: Home) -> None:
    home.analyze("--repo", f"shop={home.repo}")
    text, _ = home("regroup")
    assert "2 clusters unchanged" in text
    text, _ = home("regroup", "--no-repo", "--adopt")
    assert text.startswith("was locus1 with source of shop: 6 crashes in 2 clusters\nis locus1: ")
    assert home.by() == {"names"}


def test_a_kill_leaves_what_was_or_what_is_to_be(home: Home) -> None:
    home.analyze()
    was = home.ids()
    command = [sys.executable, "-m", "streams.cli.main", "regroup", "--method", "plain1"]
    with subprocess.Popen([*command, "--adopt", "--state", str(home.state)]) as process:
        try:
            process.wait(0.4)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
    assert sum(home.counts()) == 6
    now = home.ids()
    home("regroup", "--method", "plain1", "--adopt")
    assert now in (was, home.ids())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--broker", "h:1"), "name one place: --state, or --broker"),
        (("--method", "dual1", "--eps", "2"), "--eps"),
        ((), "no panictrail state here"),
    ],
)
def test_what_cannot_be_meant_is_refused(home: Home, words: tuple[str, ...], said: str) -> None:
    assert said in home("regroup", *words, code=2)[1]


def test_a_state_without_crashes_takes_what_is_to_come_so(home: Home) -> None:
    home.log.write_text("ok\n")
    home.analyze()
    assert home("regroup", "--method", "top1", "--adopt")[0].endswith("0 clusters unchanged\n")
    home.write(TEXTS[0])
    assert home.analyze() == ""
    with existing_state(str(home.state)) as store:
        assert [event.root_cause.rule for event in fingerprints(store)] == ["top1/top-in-app"]


def test_whoever_works_on_a_state_groups_as_it_is_grouped(home: Home) -> None:
    home.analyze("--method", "top1", "--repo", f"shop={home.repo}")
    with existing_state(str(home.state)) as store:
        settings = as_kept(Settings(method="dual1"), store)
    assert (settings.method, [*settings.repositories]) == ("top1", ["shop"])
