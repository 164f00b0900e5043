"""What decisions amount to: each rule of precedence by itself."""

from __future__ import annotations

import msgspec
import pytest

from streams.core.cluster.decisions import decision_id, fault, fold, pin_id
from streams.core.cluster.rules import first_true, has_frame, is_true, part_id, words
from streams.core.fingerprint.stack import frame_hash
from streams.model.events import (
    ClusterCommand,
    ClusterDecided,
    ClusterVariant,
    SplitRule,
    VariantName,
)
from streams.model.instant import Instant

RULE = SplitRule(on="frame", values=("api.Put",))
OTHER = SplitRule(on="kind", values=("fatal",))


def said(*commands: ClusterCommand) -> dict[str, ClusterDecided]:
    """What commands, made one after the other, say."""
    timed = [
        msgspec.structs.replace(each, at=each.at or Instant(number))
        for number, each in enumerate(commands, 1)
    ]
    forward = fold({decision_id(each): each for each in timed})
    assert fold({decision_id(each): each for each in reversed(timed)}) == forward
    return dict(forward.decided)


def merge(one: str, other: str) -> ClusterCommand:
    return ClusterCommand(command="merge", cluster=one, other=other)


def split(cluster: str, rule: SplitRule = RULE) -> ClusterCommand:
    return ClusterCommand(command="split", cluster=cluster, rule=rule)


def undo(cluster: str, decision: str | None = None) -> ClusterCommand:
    return ClusterCommand(command="undo", cluster=cluster, decision=decision)


def shown(found: dict[str, ClusterDecided], name: str) -> str:
    return found[name].canonical or name if name in found else name


def test_what_is_merged_is_shown_under_the_smallest_id() -> None:
    found = said(merge("c", "b"), merge("d", "c"), merge("x", "y"))
    assert {shown(found, name) for name in "bcd"} == {"b"}
    assert shown(found, "y") == "x"
    assert found["b"].shared
    assert found["d"].shared


def test_a_split_of_a_merged_cluster_teaches_every_part_and_makes_one_new_cluster() -> None:
    found = said(merge("a", "b"), split("b"))
    assert found["a"].rules == found["b"].rules == (RULE,)
    parts = {part_id("a", RULE), part_id("b", RULE)}
    assert {shown(found, part) for part in parts} == {min(parts)}
    assert shown(found, "b") == "a"


def test_a_merge_after_a_split_joins_what_was_split_off_and_a_later_split_parts_it_again() -> None:
    part = part_id("a", RULE)
    found = said(split("a"), merge("a", part))
    assert shown(found, "a") == shown(found, part)
    found = said(split("a"), merge("a", part), split("a"))
    again = part_id(part, RULE)
    assert found[part].rules == (RULE,)
    assert shown(found, again) not in (shown(found, "a"), shown(found, part))


def test_undo_takes_back_the_last_decision_about_a_cluster_and_then_the_one_before() -> None:
    both = said(merge("a", "b"), split("a"), undo("b"))
    assert shown(both, "b") == "a"
    assert both["a"].rules == ()
    assert said(merge("a", "b"), split("a"), undo("b"), undo("b")).get("b") is None


def test_undo_of_a_part_takes_back_its_split_and_of_a_decision_that_one() -> None:
    assert said(split("a"), undo(part_id("a", RULE))).get("a") is None
    first = msgspec.structs.replace(merge("a", "b"), at=Instant(1))
    found = said(first, split("a"), undo("a", decision_id(first)))
    assert shown(found, "b") == "b"
    assert found["a"].rules == (RULE,)


def test_undoing_a_merge_is_as_if_it_had_never_been() -> None:
    first = msgspec.structs.replace(merge("a", "b"), at=Instant(1))
    ignore = ClusterCommand(command="ignore", cluster="a")
    assert said(first, ignore)["b"].ignored
    found = said(first, ignore, undo("a", decision_id(first)))
    assert found["a"].ignored
    assert "b" not in found


def test_nothing_to_undo_undoes_nothing() -> None:
    assert said(undo("a"), merge("a", "b"))["b"].canonical == "a"


def test_the_last_of_ignore_and_resolve_decides_for_the_whole_cluster() -> None:
    resolve = ClusterCommand(command="resolve", cluster="b", resolved_at=Instant(9))
    ignore = ClusterCommand(command="ignore", cluster="a")
    found = said(ignore, resolve, merge("a", "b"))
    assert (found["a"].ignored, found["a"].resolved_at) == (False, Instant(9))
    found = said(resolve, ignore, merge("a", "b"))
    assert (found["b"].ignored, found["b"].resolved_at) == (True, None)


def test_the_time_of_a_resolve_is_its_own_where_none_is_named() -> None:
    found = said(ClusterCommand(command="resolve", cluster="a", at=Instant(5)))
    assert found["a"].resolved_at == Instant(5)


def test_a_stack_is_pinned_to_one_cluster_the_last_one() -> None:
    stack = VariantName(block="f", fingerprint="x")
    pins = [ClusterCommand(command="pin", cluster=name, variants=(stack,)) for name in "ab"]
    found = said(*pins)
    assert found[pin_id("b", "f")].pinned == (stack,)
    assert found[pin_id("a", "f")].pinned == ()
    assert shown(found, pin_id("b", "f")) == "b"


@pytest.mark.parametrize(
    "command",
    [
        ClusterCommand(command="ignore", cluster=""),
        ClusterCommand(command="merge", cluster="a"),
        merge("a", "a"),
        ClusterCommand(command="split", cluster="a"),
        split("a", SplitRule(on="kind", values=())),
        ClusterCommand(command="pin", cluster="a"),
        ClusterCommand(command="resolve", cluster="a"),
    ],
    ids=repr,
)
def test_a_command_that_cannot_be_followed_says_what_it_lacks(command: ClusterCommand) -> None:
    assert fault(command)


def test_other_commands_lack_nothing() -> None:
    for command in (merge("a", "b"), split("a"), undo("a")):
        assert fault(command) is None


def test_rules_look_at_frames_fingerprint_or_kind() -> None:
    stack = ClusterVariant(
        cluster="c",
        block="b",
        fingerprint="fp1:1",
        crash="e",
        title="t",
        kinds=("panic",),
        frames=frame_hash("shop/api.Server.Put") + frame_hash("main.main"),
    )
    assert is_true(SplitRule(on="frame", values=("x", "shop/api.(*Server).Put")), stack)
    assert not is_true(SplitRule(on="frame", values=("shop/api.Put",)), stack)
    assert is_true(SplitRule(on="variant", values=("fp1:1",)), stack)
    assert first_true((OTHER, SplitRule(on="kind", values=("panic",))), stack) is not None
    assert first_true((OTHER,), stack) is None
    assert not has_frame(b"", "main.main")


def test_a_rule_can_be_read() -> None:
    assert words(RULE) == "api.Put is on the stack"
    assert words(SplitRule(on="kind", values=("fatal", "signal"))) == "the kind is fatal or signal"
    assert words(SplitRule(on="variant", values=("fp1:1",))) == "the stack is fp1:1"
