"""What people decided about clusters and stacks that another way of grouping does not have.

In: commands, and where the crashes went that they are about. Out: the same commands about what is there now, under the
same decision ids. Where something is there again that a command was about at first, it is about that again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from streams.core.cluster.decisions import fold, named
from streams.core.cluster.rules import part_id
from streams.model.events import ClusterCommand, SplitRule, VariantName


class Kept(msgspec.Struct, frozen=True):
    """A decision as it was made, and as it is followed now."""

    original: ClusterCommand
    now: ClusterCommand


class Whereabouts(msgspec.Struct, frozen=True):
    """Where crashes went.

    `present`: ids that are there. `heirs`: of ids that are not, the one that has most of their crashes. `stacks`: of
    each stack as it was, those that its crashes have now; `known`: stacks that are there.
    """

    present: frozenset[str] = frozenset()
    heirs: Mapping[str, str] = {}
    stacks: Mapping[VariantName, tuple[VariantName, ...]] = {}
    known: frozenset[VariantName] = frozenset()


def ids_named(commands: Iterable[Kept]) -> set[str]:
    """Every cluster id that commands are about."""
    return {name for kept in commands for each in (kept.original, kept.now) for name in named(each)}


def stacks_named(commands: Iterable[Kept]) -> tuple[set[VariantName], set[str]]:
    """Every stack that a pin is about, and every fingerprint that a rule is about."""
    both = [each for kept in commands for each in (kept.original, kept.now)]
    pinned = {variant for each in both for variant in each.variants}
    rules = (each.rule for each in both if each.rule and each.rule.on == "variant")
    return pinned, {value for rule in rules for value in rule.values}


def _order(item: tuple[str, Kept]) -> tuple[int, str]:
    name, kept = item
    return (kept.now.at.ns if kept.now.at else 0, name)


def followed(kept: Mapping[str, Kept], where: Whereabouts) -> dict[str, ClusterCommand]:
    """Each decision, by its id, as it is to be followed."""
    way = _Way(ids_named(kept.values()), where)
    undone = {undo: name for name, undo in fold({n: k.now for n, k in kept.items()}).undone.items()}
    found = {}
    for name, each in sorted(kept.items(), key=_order):
        made = way.command(each)
        if made.command == "undo" and not made.decision and name in undone:
            # Which one was the last may not be told any more where ids meet.
            made = msgspec.structs.replace(made, decision=undone[name])
        found[name] = made
    return found


class _Way:
    """From what was to what is."""

    def __init__(self, named_ids: set[str], where: Whereabouts) -> None:
        self._names = sorted(named_ids)
        self._where = where
        self._present = set(where.present)
        self._ids = dict(where.heirs)

    def command(self, kept: Kept) -> ClusterCommand:
        """A command about what is there."""
        first, now = kept.original, kept.now
        rule = self._rule(first.rule, now.rule)
        if rule is not None and now.rule is not None:
            self._teach(now.rule, rule)
        return msgspec.structs.replace(
            now,
            cluster=self._id(first.cluster, now.cluster),
            other=self._id(first.other, now.other) if now.other and first.other else now.other,
            rule=rule,
            variants=self._pinned(first.variants, now.variants),
        )

    def _id(self, first: str, now: str) -> str:
        return next((name for name in (first, now) if name in self._present), None) or (
            self._ids.get(now, now)
        )

    def _teach(self, old: SplitRule, new: SplitRule) -> None:
        """What a rule splits off is called by the cluster and the rule: of any cluster, for merges teach it to all."""
        for name in self._names:
            part = part_id(self._id(name, name), new)
            self._ids[part_id(name, old)] = part
            self._present.add(part)

    def _rule(self, first: SplitRule | None, now: SplitRule | None) -> SplitRule | None:
        if first is None or now is None or now.on != "variant":
            return now
        known = {variant.fingerprint for variant in self._where.known}
        if known.issuperset(first.values):
            return first
        values = sorted({new for value in now.values for new in self._fingerprints(value)})
        return now if values == sorted(now.values) else SplitRule(on=now.on, values=tuple(values))

    def _fingerprints(self, value: str) -> Iterator[str]:
        found = [
            new.fingerprint
            for old, news in self._where.stacks.items()
            if old.fingerprint == value
            for new in news
        ]
        yield from found or (value,)

    def _pinned(
        self, first: tuple[VariantName, ...], now: tuple[VariantName, ...]
    ) -> tuple[VariantName, ...]:
        if self._where.known.issuperset(first):
            return first
        return tuple(sorted({new for old in now for new in self._where.stacks.get(old, (old,))}))
