"""`panictrail clusters` on a state folder: what people decide holds, is said, and can be taken back."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import orjson
import pytest

from streams.cli.main import main
from tests.e2e.test_cores import ROOT
from tests.unit.core.steps.test_decided import TEXTS


class Clusters:
    """Commands on one state folder, in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        """What a command says; its errors where it ends otherwise than with 0."""
        place = ("--state", str(self.folder / "state"))
        assert main(["clusters", *words, *place]) == code
        said = self._capsys.readouterr()
        return said.err if code else said.out

    def analyze(self, *texts: str) -> None:
        """More crashes."""
        log = self.folder / f"{len(list(self.folder.iterdir()))}.log"
        log.write_text("\nok\n".join(texts))
        assert main(["analyze", str(log), "--state", str(self.folder / "state")]) == 0
        self._capsys.readouterr()

    def reports(self, *words: str) -> dict[str, dict[str, object]]:
        """What `list --json` prints."""
        rows = map(orjson.loads, self("list", "--json", *words).splitlines())
        return {row["cluster"]: row for row in rows}

    def counts(self) -> list[int]:
        """Occurrences, most first."""
        return sorted((int(str(r["occurrences"])) for r in self.reports().values()), reverse=True)


@pytest.fixture
def clusters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Clusters:
    """Three clusters: four crashes of cart, two of stock, one of order."""
    found = Clusters(tmp_path, capsys)
    found.analyze(*TEXTS[:4], *TEXTS[4:6], TEXTS[8])
    assert found.counts() == [4, 2, 1]
    return found


def test_a_merge_is_one_cluster_under_either_id_and_stays_one(clusters: Clusters) -> None:
    cart, stock, _ = clusters.reports()
    said = clusters("merge", cart[:8], stock, "--reason", "one root", "--by", "ada")
    assert "before:" in said
    assert clusters.counts() == [6, 1]
    clusters.analyze(TEXTS[4], TEXTS[5], TEXTS[4])
    assert clusters.counts()[-1] == 1
    assert len(clusters.counts()) == 2
    shown = clusters("show", max(cart, stock))
    assert f"cluster  {min(cart, stock)}" in shown
    assert re.search(r"merge \w+ \w+, 20\d\d-\S+ \S+ UTC by ada", shown)
    assert "because: one root" in shown
    undo = re.search(r"panictrail (clusters undo \w+)", shown)
    assert undo is not None
    clusters(*undo[1].split()[1:])
    assert len(clusters.counts()) == 3
    assert "taken back by" in clusters("show", stock)


def test_a_merge_takes_an_id_once_and_says_whose_status_the_whole_has(clusters: Clusters) -> None:
    cart, stock, order = clusters.reports()
    assert "the whole is" not in clusters("merge", cart, stock, stock[:10], stock)
    whole = min(cart, stock)
    assert len(re.findall(r"  merge \w+ \w+, 20", clusters("show", whole))) == 1
    clusters("ignore", order)
    said = clusters("merge", whole, order)
    assert f"{order} is ignored: the whole is ignored, too" in said
    assert {row["status"] for row in clusters.reports("--status", "ignored").values()} == {
        "ignored"
    }
    assert clusters.reports() == {}


def test_a_split_says_its_rule_and_holds_for_crashes_to_come(clusters: Clusters) -> None:
    cart, *_ = clusters.reports()
    said = clusters("split", cart, "--frame", "example.com/acme/shop/api.Put")
    assert "rule: example.com/acme/shop/api.Put is on the stack" in said
    assert "it moves 1 of 2 distinct stacks" in said
    assert clusters.counts() == [2, 2, 2, 1]
    clusters.analyze(TEXTS[0], TEXTS[0], TEXTS[2])
    assert len(clusters.counts()) == 4
    clusters("undo", cart)
    assert len(clusters.counts()) == 3


def test_a_split_by_a_crash_finds_a_rule(clusters: Clusters) -> None:
    cart, *_ = clusters.reports()
    facts = orjson.loads(clusters("show", cart, "--json"))
    crash = facts["variants"][1]["variant"]["crash"]
    assert re.search(
        r"rule: .*api\.(Put|Patch) is on the stack", clusters("split", cart, "--crash", crash)
    )
    assert clusters.counts() == [2, 2, 2, 1]


def test_facts_fit_their_schema_and_tell_stacks_and_messages(clusters: Clusters) -> None:
    cart, *_ = clusters.reports()
    facts = orjson.loads(clusters("show", cart, "--json"))
    schema = orjson.loads((ROOT / "schemas" / "cluster-facts.v1.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(facts)
    assert facts["messages"]["text"] == "boom {1} in cart.Add"
    assert facts["messages"]["varying"] == [{"examples": ["1", "2"], "distinct": 2}]
    one, other = facts["variants"]
    assert (len(one["difference"]), len(other["difference"])) == (0, 4)


def test_resolved_ignored_and_pinned(clusters: Clusters) -> None:
    cart, stock, order = clusters.reports()
    clusters("resolve", cart, "--at", "2026-11-23T08:00:00Z")
    clusters("ignore", stock)
    clusters("pin", order)
    assert {row["status"] for row in clusters.reports("--status", "resolved").values()} == {
        "resolved"
    }
    assert "1 ignored: panictrail clusters list --status ignored" in clusters("list")
    assert "pin " in clusters("show", order)
    assert clusters.reports()[order]["occurrences"] == 1
    event = orjson.dumps({"text": TEXTS[0], "at": "2026-11-24T08:00:00Z"}).decode()
    clusters.analyze(event + "\n")
    assert list(clusters.reports("--status", "regressed")) == [cart]
    assert clusters("list", "--limit", "1", "--kind", "panic").startswith(cart[:12])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "zz"), "no cluster has an id that begins with 'zz': panictrail clusters list"),
        (("show", ""), "an empty cluster id: panictrail clusters list"),
        (("merge", "{0}", "{0}"), "are one cluster already"),
        (("merge", "{0}"), "with what?"),
        (("undo", "{0}"), "nothing to undo: no decision about {0} is in force"),
        (
            ("split", "{0}", "--frame", "no.Such"),
            "has no stack of which it is true that no.Such is",
        ),
        (("split", "{0}", "--kind", "panic"), "so nothing would stay"),
        (("split", "{0}", "--crash", "zz"), "no crash has an id that begins with 'zz'"),
        (("resolve", "{0}", "--at", "soon"), "write it as 2026-11-23T08:00:00Z"),
        (("ignore", "{0}", "--broker", "h:1"), "name one place"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_next_step(
    clusters: Clusters, words: tuple[str, ...], said: str
) -> None:
    cart, *_ = clusters.reports()
    assert said.format(cart) in clusters(*(word.format(cart) for word in words), code=2)


def test_an_undo_is_not_undone_but_decided_anew(clusters: Clusters) -> None:
    cart, *_ = clusters.reports()
    clusters("ignore", cart)
    clusters("undo", cart)
    shown = clusters("show", cart)
    first, second = re.findall(r"^  ([0-9a-f]{16})  ", shown, re.MULTILINE)
    assert "is an undo itself" in clusters("undo", first, code=2)
    assert "was taken back by" in clusters("undo", second, code=2)
