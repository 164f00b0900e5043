"""What is known of one cluster, for people.

In: ClusterFacts. Out: lines in which nothing acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streams.core.cluster import rules
from streams.core.report.brief import brief
from streams.core.report.words import clip, count, listing, moment, visible
from streams.model.cluster_facts import ClusterFacts, StackVariant
from streams.model.events import ClusterCommand, DecisionMade

_BUILDS: Final = 5
_FUNCTIONS: Final = 12
_MESSAGE_CHARS: Final = 300


def lines(facts: ClusterFacts) -> Iterator[str]:
    """Report, messages, stacks, decisions."""
    yield from brief(facts.report).splitlines()
    if len(facts.parts) > 1:
        yield f"   parts    {listing(facts.parts, 8)}"
    if facts.former:
        yield f"   formerly {listing(facts.former, 8)}"
    if facts.builds:
        yield f"   builds   {listing(facts.builds, _BUILDS)}"
    if facts.go_versions:
        yield f"   go       {listing(facts.go_versions, _BUILDS)}"
    yield from _messages(facts)
    number = len(facts.variants) + facts.more_variants
    yield f"{count(number, 'distinct stack')}:"
    for at, variant in enumerate(facts.variants):
        yield from _stack(variant, first=at == 0)
    if facts.more_variants:
        yield f"  and {facts.more_variants} more: --json"
    if facts.decisions:
        yield "decisions, the last one first:"
    for row in reversed(facts.decisions):
        yield from _decision(row)


def _messages(facts: ClusterFacts) -> Iterator[str]:
    found = facts.messages
    if not found.varying:
        return
    yield f"{count(found.messages, 'message')} like: {clip(found.text, _MESSAGE_CHARS)}"
    for at, varying in enumerate(found.varying, 1):
        yield f"  {{{at}}} such as {listing(varying.examples)}"


def _stack(found: StackVariant, *, first: bool) -> Iterator[str]:
    variant = found.variant
    yield f"  {visible(variant.fingerprint)}  {clip(variant.title, 120)}  (crash {visible(variant.crash)})"
    alike = first or not found.difference
    shown = [f"  {name}" for name in found.functions] if alike else list(found.difference)
    yield from (f"    {visible(line)}" for line in shown[:_FUNCTIONS])
    if len(shown) > _FUNCTIONS:
        yield f"    and {len(shown) - _FUNCTIONS} more"


def words(command: ClusterCommand) -> str:
    """What a command says."""
    if command.command == "merge":
        return f"merge {command.cluster} {command.other}"
    if command.command == "split" and command.rule:
        return f"split {command.cluster}: {rules.words(command.rule)}"
    if command.command == "resolve":
        fix = f", fixed in {command.fixed_in}" if command.fixed_in else ""
        return f"resolve {command.cluster} as of {command.resolved_at or command.at}{fix}"
    if command.command == "pin":
        return f"pin {command.cluster}: {count(len(command.variants), 'stack')}"
    if command.command == "undo" and command.decision:
        return f"undo {command.decision}"
    return f"{command.command} {command.cluster}"


def _decision(row: DecisionMade) -> Iterator[str]:
    command = row.command
    when = moment(command.at) if command.at else "at an unknown time"
    who = f" by {visible(command.by)}" if command.by else ""
    yield f"  {row.decision}  {visible(words(command))}, {when}{who}"
    if command.reason:
        yield f"    because: {clip(command.reason, _MESSAGE_CHARS)}"
    if row.undone_by:
        yield f"    taken back by {row.undone_by}"
    elif command.command != "undo":
        yield f"    to take it back: panictrail clusters undo {row.decision}"
