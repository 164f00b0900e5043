"""The generator of labelled crashes, as far as it needs no Go: its plan, its notation, and the score."""

from __future__ import annotations

import pytest

from benchmarks.clusters import generate
from benchmarks.clusters.score import score
from benchmarks.clusters.template import read, shape
from benchmarks.clusters.world import RELEASES, plan


def test_a_perfect_clustering_scores_one() -> None:
    gold = {"a": "x", "b": "x", "c": "y"}
    found = score(gold, {"a": "1", "b": "1", "c": "2"})
    assert (found.f1, found.pair_f1, found.exact, found.split, found.merged) == (1, 1, 1, 0, 0)


def test_splits_and_merges_are_counted_by_bug() -> None:
    gold = {"a": "x", "b": "x", "c": "y", "d": "z"}
    found = score(gold, {"a": "1", "b": "2", "c": "2", "d": "3"})
    assert found.split == pytest.approx(1 / 3)
    assert found.merged == pytest.approx(2 / 3)
    assert found.exact == pytest.approx(1 / 3)
    assert found.precision == pytest.approx((1 + 0.5 + 0.5 + 1) / 4)
    assert found.recall == pytest.approx((0.5 + 0.5 + 1 + 1) / 4)
    assert found.pair_f1 == 0


def test_a_trace_without_a_prediction_is_alone() -> None:
    assert score({"a": "x", "b": "x"}, {"a": "1"}).clusters == 2


def test_sections_are_code_and_calls() -> None:
    code, calls = read(
        '//: code a\nfunc $Fa() {}\n//: code b @2\n//: call 1 n=1..3 expect="out of"\n$P.$Fa(in)\n'
    )
    assert [(piece.name, piece.package) for piece in code] == [("a", 0), ("b", 2)]
    assert calls[0].expression == "$P.$Fa(in)"
    assert calls[0].attributes == {"n": "1..3", "expect": "out of"}


def test_every_variant_has_the_calls_of_its_base() -> None:
    _, templates = generate.chosen("open")
    for template in templates:
        base = [call.bug for call in shape(template, "")[1]]
        assert base, template.name
        for variant in template.variants:
            assert [call.bug for call in shape(template, variant)[1]] == base, (
                template.name,
                variant,
            )


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    helpers, templates = generate.chosen("open")
    one, same, other = (plan(seed, helpers, templates, 40) for seed in ("s/1", "s/1", "s/2"))
    assert one.paths == same.paths
    assert one.labels == same.labels
    assert one.paths != other.paths
    assert all(len(instance.states) == RELEASES for instance in one.everything)


def test_templates_that_are_not_there_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        generate.chosen("kept")
    except ModuleNotFoundError:
        assert generate.main(["x", "--seed", "1", "--templates", "kept"]) == 2
        assert "templates_kept.py" in capsys.readouterr().err
