"""Everything that is known of one cluster (schema cluster-facts.v1, `clusters show --json`)."""

from __future__ import annotations

from streams.model.events import ClusterVariant, DecisionMade
from streams.model.message import Message, Value
from streams.model.report import Report


class Varying(Value, frozen=True, kw_only=True):
    """A part of a message that differs: some examples, and how many different ones there were in the sample."""

    examples: tuple[str, ...]
    distinct: int


class MessageTemplate(Value, frozen=True, kw_only=True):
    """What the messages of a cluster have in common; `{1}` stands for the first varying part."""

    text: str
    varying: tuple[Varying, ...] = ()
    messages: int = 0


class StackVariant(Value, frozen=True, kw_only=True):
    """A distinct stack. `functions`: the user's own, innermost first.

    `difference`: lines that begin with ` `, `-` (only on the stack that stands for the cluster) or `+` (only on this).
    """

    variant: ClusterVariant
    functions: tuple[str, ...] = ()
    difference: tuple[str, ...] = ()


class ClusterFacts(Message, frozen=True, kw_only=True):
    """cluster-facts.v1. `parts`: the clusters that were merged; `former`: other ids that lead here."""

    report: Report
    parts: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    go_versions: tuple[str, ...] = ()
    messages: MessageTemplate
    variants: tuple[StackVariant, ...] = ()
    more_variants: int = 0
    decisions: tuple[DecisionMade, ...] = ()
