"""Commands to copy: the real program takes each of them, and a shell cannot be led astray."""

from __future__ import annotations

import shlex

import pytest
from msgspec.structs import replace

from streams.cli.main import command_parser
from streams.core.page.commands import commands
from streams.model.cluster_facts import StackVariant
from streams.model.events import ClusterCommand, DecisionMade
from streams.model.report import ClusterStatus
from tests.view_rows import DECISION, REPORT, VARIANT

STACKS = (
    StackVariant(variant=VARIANT),
    StackVariant(variant=replace(VARIANT, fingerprint="fp1:2")),
)


@pytest.mark.parametrize("status", ["new", "ongoing", "regressed", "resolved", "ignored"])
def test_the_program_takes_every_command(status: ClusterStatus) -> None:
    report = replace(REPORT, status=status)
    found = commands(report, STACKS, (DECISION,), "--state 'a folder'")
    parser, _ = command_parser("clusters")
    actions = set()
    for each in found:
        words = shlex.split(each.command)
        assert words[:2] == ["panictrail", "clusters"]
        options = parser.parse_args(words[2:])
        assert options.state == "a folder"
        actions.add(options.action)
    assert actions >= {"merge", "split", "pin", "show"}
    assert ("undo" in actions) == (status != "resolved" or bool(found))
    assert ("ignore" in actions) == (status != "ignored")
    assert ("resolve" in actions) == (status != "resolved")


def test_a_decision_in_force_can_be_taken_back_by_its_id() -> None:
    found = commands(replace(REPORT, status="ignored"), (), (DECISION,), "")
    assert "panictrail clusters undo k1" in [each.command for each in found]
    merge = DecisionMade(
        decision="k2", command=ClusterCommand(command="merge", cluster="c1", other="c2")
    )
    found = commands(REPORT, (), (merge,), "")
    assert "panictrail clusters undo k2" in [each.command for each in found]
    gone = replace(merge, undone_by="k3")
    assert not [each for each in commands(REPORT, (), (gone,), "") if "undo" in each.command]


def test_ids_from_outside_are_quoted() -> None:
    hostile = "x; rm -rf $HOME `id` \x1b[2J'\n"
    stack = StackVariant(variant=replace(VARIANT, fingerprint=hostile))
    for each in commands(replace(REPORT, cluster=hostile), (stack, stack), (), ""):
        assert each.command.isprintable()
        assert "x; rm -rf $HOME `id`" in shlex.split(each.command)[3]
