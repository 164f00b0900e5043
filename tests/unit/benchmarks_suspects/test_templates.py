"""Templates: what they say can be read, and their steps apply in every order that a plan may choose."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.suspects.frame import Frame
from benchmarks.suspects.frames import FRAMES
from benchmarks.suspects.generate import FULL, QUICK, SETS, Job, assigned, planned, templates_of
from benchmarks.suspects.names import LOCALS
from benchmarks.suspects.notation import Content, Hunk, Template, patched
from benchmarks.suspects.plan import plan
from benchmarks.suspects.state import STANDARD
from benchmarks.suspects.story import Assignment

OPEN = templates_of("open")
ALL = [template for name in SETS for template in templates_of(name)]


def _apply(content: Content, steps: list[int]) -> dict[str, str]:
    texts = {piece.name: piece.text for piece in content.pieces}
    for number in steps:
        for hunk in content.steps[number].hunks:
            if hunk.target.startswith("dep "):
                assert hunk.version in content.deps[hunk.target.removeprefix("dep ")]
            else:
                texts[hunk.target] = patched(texts[hunk.target], hunk)
    return texts


@pytest.mark.parametrize("template", ALL, ids=lambda template: template.name)
def test_steps_apply_wherever_the_harmless_ones_fall(template: Template) -> None:
    content = template.content
    main = [*content.roles("before"), *content.roles("guilty"), *content.roles("after")]
    last = content.roles("fix")
    for near in content.roles("near"):
        for place in range(len(main) + 1):
            _apply(content, [*main[:place], near, *main[place:], *last])
    for place in range(len(main) + 1):
        _apply(content, [*main[:place], *content.roles("near"), *main[place:], *last])


@pytest.mark.parametrize("template", ALL, ids=lambda template: template.name)
def test_a_template_has_what_its_category_needs(template: Template) -> None:
    content = template.content
    assert set(content.inputs) == {"crash", "good"}
    assert content.expect
    assert len(content.roles("guilty")) == (template.category != "k")
    assert bool(content.roles("before")) == (template.category == "j")
    assert bool(content.roles("after") or content.extra.get("touch")) == (template.category == "h")
    assert bool(content.roles("near"))


def test_every_category_has_several_templates() -> None:
    counts = {c: sum(t.category == c for t in OPEN) for c in "abcdefghijk"}
    assert min(counts.values()) >= 4
    assert len({t.name for t in OPEN}) == len(OPEN)


def test_a_hunk_that_is_not_found_once_is_refused() -> None:
    with pytest.raises(ValueError, match="found 2 times"):
        patched("a\nb\na\n", Hunk("x", ("a",), ("c",)))
    with pytest.raises(ValueError, match="found 0 times"):
        patched("a\nb\n", Hunk("x", ("c",), ()))


def test_a_plan_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    def told(seed: str) -> list[tuple[str, str, int, tuple[str, ...]]]:
        frame = FRAMES[0]
        own = assigned(seed, [frame], OPEN, QUICK)[0]
        made = plan(frame, seed, own, QUICK.releases)
        return [
            (c.id, c.message, c.when, tuple(sorted(f.text for f in c.files.values())))
            for c in made.commits
        ]

    assert told("5") == told("5")
    assert told("5") != told("6")


def test_a_feature_whose_steps_do_not_fit_is_left_out_and_told(tmp_path: Path) -> None:
    frame, share = FRAMES[0], next(t for t in OPEN if t.name == "share")
    torn = Template("torn", "a", share.text.replace("-\t$vb := x.$aa / (x.$ab + 1)", "-\tgone"))
    own = [Assignment(t, "") for t in (torn, *(t for t in OPEN if t.category == "b"))]
    made, refused = planned(Job(frame, "5", own, QUICK.releases, tmp_path, tmp_path))
    assert len(refused) == 1
    assert refused[0].startswith(f"{frame.name} torn: split: ")
    assert {feature.template.name for feature in made.last.features} == {
        one.template.name for one in own[1:]
    }
    assert len(made.cases) == len(own) - 1


def test_a_full_set_has_enough_of_each_category() -> None:
    shares = assigned("1", FRAMES, OPEN, FULL)
    cases = [one for own in shares for one in own if one.how is not None]
    guilty = [one for one in cases if one.how != "no change"]
    assert len(guilty) >= 60
    assert len(cases) - len(guilty) >= 12
    assert all(sum(one.template.category == c for one in guilty) >= 6 for c in "abcdefghij")
    assert {one.how for one in guilty} == {"", "slow", "back-port"}


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
def test_no_two_packages_of_a_service_have_one_name(frame: Frame) -> None:
    own = {path.rpartition("/")[0].rpartition("/")[2] for path in frame.files} - {""}
    places = [*frame.shared, *frame.packages, *frame.libraries]
    names = [path.rpartition("/")[2] for path in places]
    assert len(names) == len(set(names))
    assert not set(names) & (own | set(STANDARD) | set(LOCALS))
