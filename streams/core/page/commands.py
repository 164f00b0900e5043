"""The command for each decision about a cluster, to be copied: the page itself changes nothing.

In: a cluster and what is known of it. Out: commands as one types them; ids that came from outside are quoted for a
shell.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from streams.core.report.words import clip, visible
from streams.model.cluster_facts import StackVariant
from streams.model.events import DecisionMade
from streams.model.message import Value
from streams.model.report import Report

_ID_CHARS = 12


class Command(Value, frozen=True, kw_only=True):
    """What it does, and the command."""

    what: str
    command: str


def commands(
    report: Report,
    variants: Sequence[StackVariant],
    decisions: Sequence[DecisionMade],
    options: str,
) -> tuple[Command, ...]:
    """Everything that can be decided. `options`: where the decision goes, such as `--state DIR`."""
    return tuple(
        Command(what=what, command=f"panictrail clusters {command} {options}".strip())
        for what, command in _commands(report, variants, decisions)
    )


def _commands(
    report: Report, variants: Sequence[StackVariant], decisions: Sequence[DecisionMade]
) -> Iterator[tuple[str, str]]:
    name = shlex.quote(visible(report.cluster))
    if report.status == "ignored":
        yield "It is of interest again", f"undo {_decision(decisions, 'ignore') or name}"
    else:
        yield "It is of no interest", f"ignore {name}"
    if report.status == "resolved":
        yield "It is not resolved", f"undo {_decision(decisions, 'resolve') or name}"
    else:
        yield "It is fixed; later crashes are a regression", f"resolve {name}"
        yield "It is fixed by a commit or release", f"resolve {name} --fixed-in REVISION"
    yield "Another cluster is the same bug", f"merge {name} OTHER-CLUSTER"
    for variant in variants[1:4]:
        stack = variant.variant
        what = f"A stack is another bug: {clip(stack.title, 80)}"
        yield what, f"split {name} --variant {_quoted(stack.fingerprint)}"
    yield "Stacks with a function are another bug", f"split {name} --frame FUNCTION"
    yield "Its stacks stay in it, however crashes are grouped", f"pin {name}"
    yield "Everything that is known of it", f"show {name}"
    force = [row for row in decisions if not row.undone_by and row.command.command != "undo"]
    if force and report.status not in ("ignored", "resolved"):
        last = force[-1]
        yield (
            f"Take back the last decision ({last.command.command})",
            f"undo {_quoted(last.decision)}",
        )


def _decision(decisions: Sequence[DecisionMade], command: str) -> str | None:
    """The last decision of a kind that is in force."""
    found = (
        row.decision
        for row in reversed(decisions)
        if row.command.command == command and not row.undone_by
    )
    name = next(found, None)
    return None if name is None else _quoted(name)


def _quoted(text: str) -> str:
    return shlex.quote(visible(text))
