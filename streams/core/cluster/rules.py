"""Rules by which people split a cluster: which stacks they are true of, and what the part is called.

In: a rule, a stack. Out: whether it is true; ids of parts. A rule is data that can be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from streams.core.fingerprint.normalize import function_key
from streams.core.fingerprint.stack import FRAME_BYTES, frame_hash
from streams.model.crash import CrashKind
from streams.model.events import SplitRule
from streams.model.identity import content_id


class Stack(Protocol):
    """What rules look at: a point, or a variant as people see it."""

    @property
    def fingerprint(self) -> str:
        """Its name."""
        ...

    @property
    def kinds(self) -> tuple[CrashKind, ...]:
        """The kinds of its crashes."""
        ...

    @property
    def frames(self) -> bytes:
        """Its frames."""
        ...


def part_id(cluster: str, rule: SplitRule) -> str:
    """The id of what a rule splits off a cluster: the same whenever and by whomever it is taught."""
    return content_id("split", cluster, rule.on, *sorted(set(rule.values)))


def has_frame(frames: bytes, function: str) -> bool:
    """Whether a function, as printed or normalised, is on a stack."""
    wanted = frame_hash(function_key(function))
    return any(frames[at : at + FRAME_BYTES] == wanted for at in range(0, len(frames), FRAME_BYTES))


def is_true(rule: SplitRule, stack: Stack) -> bool:
    """Whether a rule is true of a stack."""
    if rule.on == "variant":
        return stack.fingerprint in rule.values
    if rule.on == "kind":
        return any(kind in rule.values for kind in stack.kinds)
    return any(has_frame(stack.frames, function) for function in rule.values)


def first_true(rules: Iterable[SplitRule], stack: Stack) -> SplitRule | None:
    """The rule that decides: the one that was taught first."""
    return next((rule for rule in rules if is_true(rule, stack)), None)


def words(rule: SplitRule) -> str:
    """The rule for people."""
    values = " or ".join(rule.values)
    if rule.on == "frame":
        return f"{values} is on the stack"
    return f"the {'stack' if rule.on == 'variant' else 'kind'} is {values}"
