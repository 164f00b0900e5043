"""Rules that split a cluster: made of crashes that somebody names, and looked at before they are taught.

In: a reader, a cluster, its stacks. Out: a rule. Raises BadInput where it would split nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.core.cluster.rules import has_frame, is_true, words
from streams.core.fingerprint.normalize import function_key
from streams.core.report.trace import guilty
from streams.drivers.cluster_facts import crash_of
from streams.model.errors import BadInput
from streams.model.events import ClusterVariant, SplitRule
from streams.model.report import Report
from streams.model.view import PRINTS
from streams.ports.reader import Reader


def must_split(report: Report, stacks: Sequence[ClusterVariant], rule: SplitRule) -> None:
    """Raises BadInput where a rule is true of every stack or of none."""
    true = [stack for stack in stacks if is_true(rule, stack)]
    if not true:
        message = (
            f"{report.cluster} has no stack of which it is true that {words(rule)}: "
            f"panictrail clusters show {report.cluster} lists its stacks"
        )
        raise BadInput(message)
    if len(true) == len(stacks):
        message = (
            f"of every stack of {report.cluster} it is true that {words(rule)}, so nothing would stay: "
            "name what only a part of them has"
        )
        raise BadInput(message)


def rule_of_crashes(
    reader: Reader, report: Report, stacks: Sequence[ClusterVariant], crashes: Sequence[str]
) -> SplitRule:
    """A function that is on the stacks of these crashes and on no other of the cluster; else these very stacks."""
    names = {_fingerprint(reader, crash) for crash in crashes}
    known = {stack.fingerprint for stack in stacks}
    if strangers := sorted(names - known):
        message = (
            f"a crash that was named has the stack {strangers[0]}, which is not in {report.cluster}"
        )
        raise BadInput(message)
    mine = [stack for stack in stacks if stack.fingerprint in names]
    others = [stack for stack in stacks if stack.fingerprint not in names]
    for function in _functions(reader, mine[0].crash):
        if all(has_frame(stack.frames, function) for stack in mine) and not any(
            has_frame(stack.frames, function) for stack in others
        ):
            return SplitRule(on="frame", values=(function,))
    return SplitRule(on="variant", values=tuple(sorted(names)))


def _fingerprint(reader: Reader, crash: str) -> str:
    found = [row.event for _, row in reader.scan(PRINTS, crash)] if crash else []
    exact = [event for event in found if event.crash == crash]
    if len(exact or found) != 1:
        what = "no crash has" if not found else f"{len(found)} crashes have"
        message = f"{what} an id that begins with {crash!r}: panictrail clusters show lists crashes"
        raise BadInput(message)
    return (exact or found)[0].fingerprint


def _functions(reader: Reader, crash: str) -> tuple[str, ...]:
    record = crash_of(reader, crash)
    stack = guilty(record) if record else None
    return tuple(function_key(frame.function) for frame in stack.frames) if stack else ()
