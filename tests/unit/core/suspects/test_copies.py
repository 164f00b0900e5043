"""A change that is in a range twice, as a cherry-pick and its original, is one suspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from streams.core.suspects.copies import copies_of
from streams.core.suspects.suspects import History, Outside, suspects_of
from streams.model.cause import Caused
from streams.model.change import Change
from tests.unit.core.suspects.history import Past, crash, frame, line_of
from tests.unit.core.suspects.test_suspects import CART, GUARD, PATH

BASE, PICKED, MERGE = Past.sha(0), "c" * 40, "d" * 40


def met() -> tuple[Past, list[Change], Mapping[str, Sequence[str]]]:
    """A check was taken away on a branch, and by a cherry-pick on the main line; then they were merged."""
    past = Past({PATH: CART})
    past.edit("simplify", PATH, GUARD, "")
    original = msgspec.structs.replace(past.change(1), committed=10)
    picked = msgspec.structs.replace(original, sha=PICKED, committed=20)
    merge = msgspec.structs.replace(
        original, sha=MERGE, parents=(original.sha, PICKED), message="merge", files=()
    )
    graph = {BASE: (), original.sha: (BASE,), PICKED: (BASE,), MERGE: merge.parents}
    return past, [merge, picked, original], graph


def suspects(good: tuple[str, ...]) -> Caused:
    past, changes, graph = met()
    frames = (
        frame("Pick", PATH, line_of(past, PATH, "parts[page]")),
        frame("Handle", PATH, line_of(past, PATH, "Pick(parts, page) +")),
    )
    key = msgspec.structs.replace(
        crash("index-out-of-range", frames, (3, 1)), good=good, ran=(PICKED, BASE)
    )
    history = History(MERGE, changes, truncated=False, graph=graph)
    return suspects_of("shop", key, past.code(), history, Outside(past.read))


def test_the_first_of_two_is_named_with_the_confidence_of_both() -> None:
    past, changes, graph = met()
    found = suspects((BASE,))
    first, *others = found.suspects
    assert (first.commit, [each.commit for each in others if each.confidence > 0.01]) == (
        Past.sha(1),
        [],
    )
    linear = past.suspects(
        crash("index-out-of-range", (frame("Pick", PATH, line_of(past, PATH, "parts[page]")),))
    )
    assert first.confidence >= linear.suspects[0].confidence > 0.5
    assert ("copy", f"{PICKED[:12]} is the same change") in [
        (each.kind, each.detail) for each in first.evidence
    ]
    # The revision of the copy ran here before, the base had neither.
    assert first.ran == (0,)
    assert copies_of(changes, graph).keys() == {Past.sha(1)}


def test_what_ran_here_as_a_copy_is_not_new_with_the_original() -> None:
    new, known = suspects((BASE,)), suspects((PICKED, BASE))
    assert (new.suspects[0].steps, known.suspects[0].steps) == (0, 1)
    assert known.suspects[0].confidence < new.suspects[0].confidence


def test_what_was_undone_and_done_again_is_no_copy() -> None:
    _, (_, picked, original), _ = met()
    undone = msgspec.structs.replace(original, sha="e" * 40, message="revert", committed=15)
    linear = {BASE: (), original.sha: (BASE,), undone.sha: (original.sha,), PICKED: (undone.sha,)}
    assert copies_of([picked, undone, original], linear) == {}
    other = msgspec.structs.replace(picked, author="Grace")
    assert copies_of([other, original], met()[2]) == {}


def test_a_program_that_commits_the_same_again_and_again_makes_no_copies() -> None:
    _, (_, picked, _), _ = met()
    many = [msgspec.structs.replace(picked, sha=f"{n:040x}") for n in range(5000)]
    assert copies_of(many, {each.sha: (BASE,) for each in many}) == {}
