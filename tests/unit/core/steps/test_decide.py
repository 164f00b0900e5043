"""DECIDE: commands are kept once, and tell what is decided otherwise now."""

from __future__ import annotations

from streams.core.steps.decide import step
from streams.model.events import (
    ClusterCommand,
    ClusterDecided,
    DeadLetter,
    DecisionMade,
    ServiceSeen,
)
from streams.model.instant import Instant
from streams.model.step import Done
from tests.unit.core.steps.bench import Rows, done

MERGE = ClusterCommand(command="merge", cluster="b", other="a", at=Instant(1), by="ada")
UNDO = ClusterCommand(command="undo", cluster="a", at=Instant(2))


def told(state: Rows, command: ClusterCommand) -> list[object]:
    """What a command has the stage say."""
    made = done(step, state, command)
    state.apply(made.changes)
    return [sent.event for sent in made.outputs]


def test_a_merge_is_told_of_both_and_its_undo_of_both_again() -> None:
    state = Rows()
    first, second, row = told(state, MERGE)
    assert first == ClusterDecided(cluster="a", shared=True)
    assert second == ClusterDecided(cluster="b", canonical="a", shared=True)
    assert isinstance(row, DecisionMade)
    assert (row.clusters, row.undone_by, row.command) == (("b", "a"), None, MERGE)
    *decided, undone, undo = told(state, UNDO)
    assert decided == [ClusterDecided(cluster="a"), ClusterDecided(cluster="b")]
    assert isinstance(undone, DecisionMade)
    assert isinstance(undo, DecisionMade)
    rows = {each.decision: each for each in (undone, undo)}
    assert rows[row.decision].undone_by in rows


def test_a_command_that_is_known_says_nothing() -> None:
    state = Rows()
    assert told(state, MERGE)
    assert done(step, state, MERGE) == Done()


def test_an_undo_that_comes_before_what_it_undoes() -> None:
    state = Rows()
    (row,) = told(state, UNDO)
    assert isinstance(row, DecisionMade)
    assert [type(each) for each in told(state, MERGE)] == [DecisionMade]


def test_a_command_that_cannot_be_followed_is_a_dead_letter() -> None:
    made = done(step, Rows(), ClusterCommand(command="merge", cluster="a"))
    ((letter,), changes) = ([sent.event for sent in made.outputs], made.changes)
    assert isinstance(letter, DeadLetter)
    assert (letter.reason, letter.stage) == ("invalid", "decide")
    assert changes == ()


def test_other_messages_are_none_of_its_business() -> None:
    assert done(step, Rows(), ServiceSeen(service="s", cluster="c")) == Done()
