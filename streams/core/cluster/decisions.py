"""What all decisions together say of each cluster id, whatever order they arrived in.

In: commands. Out: ClusterDecided by cluster id, and which command was taken back by which. Decisions are followed in
the order of their times, then of their ids:

- a merge makes one of everything that is one with either id by then; it is shown under the smallest id;
- a split teaches its rule to every id that is one with the named one by then; what it splits off is a cluster of its
  own, and a later merge joins it again; of several rules the first one taught decides;
- ignore, resolve and pin hold for every id that is one with the named one by then; of ignore and resolve the last one
  of any id that is one in the end decides;
- an undo takes back the last decision that names an id which is one with the named one by then, or the decision that
  it names: everything is as if that had never been made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from streams.core.cluster.rules import part_id
from streams.model.events import ClusterCommand, ClusterDecided, SplitRule, VariantName
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import encode

_ID_CHARS = 16


def decision_id(command: ClusterCommand) -> str:
    """The content id of a command: the same one again is one decision."""
    return content_id("decision", encode(command).decode())[:_ID_CHARS]


def pin_id(cluster: str, block: str) -> str:
    """The id of what is pinned to a cluster in one block: a part that is shown with it, never by its own id."""
    return content_id("pin", cluster, block)


def named(command: ClusterCommand) -> tuple[str, ...]:
    """The cluster ids that a command is about by itself."""
    found = [command.cluster]
    if command.command == "pin":
        found.extend(sorted({pin_id(command.cluster, each.block) for each in command.variants}))
    if command.command == "merge" and command.other:
        found.append(command.other)
    if command.command == "split" and command.rule:
        found.append(part_id(command.cluster, command.rule))
    return tuple(dict.fromkeys(found))


def filed(command: ClusterCommand) -> tuple[str, ...]:
    """Where commands meet that may say something of the same thing: cluster ids, and stacks that are pinned."""
    stacks = {content_id("variant", each.block, each.fingerprint) for each in command.variants}
    return (*named(command), *sorted(stacks))


def fault(command: ClusterCommand) -> str | None:
    """What a command lacks; None where it can be followed."""
    rule = command.rule.values if command.rule else ()
    lacks = {
        "merge": not command.other and "a merge names the other cluster in `other`",
        "split": not rule and "a split says by `rule` what to split off",
        "pin": not command.variants and "a pin names its stacks in `variants`",
        "resolve": not (command.resolved_at or command.at)
        and "a resolve says by `at` or `resolved_at` from when on a crash is a regression",
    }
    if not command.cluster:
        return "`cluster` is empty: name the cluster"
    if command.other == command.cluster:
        return f"{command.cluster} cannot be merged with itself"
    return lacks.get(command.command) or None


class Folded(msgspec.Struct, frozen=True):
    """What decisions amount to. `undone`: decision -> the undo that took it back."""

    decided: Mapping[str, ClusterDecided]
    undone: Mapping[str, str]


class _Standing(msgspec.Struct, frozen=True):
    """What was decided of a status, and as the how-manieth decision."""

    number: int
    ignored: bool = False
    resolved_at: Instant | None = None
    fixed_in: str | None = None


class _Groups:
    """Ids that are one, by the decisions in force so far."""

    def __init__(self) -> None:
        self._group: dict[str, set[str]] = {}
        self._rules: dict[str, list[SplitRule]] = {}
        self._standing: dict[str, _Standing] = {}
        self._pins: dict[VariantName, str] = {}
        self._pin_ids: set[str] = set()

    def of(self, name: str) -> set[str]:
        """Everything that is one with an id."""
        return self._group.setdefault(name, {name})

    def _join(self, one: str, other: str) -> None:
        mine, theirs = self.of(one), self.of(other)
        if mine is theirs:
            return
        mine |= theirs
        for name in theirs:
            self._group[name] = mine

    def follow(self, command: ClusterCommand, number: int) -> None:
        """One decision more."""
        if command.command == "merge" and command.other:
            self._join(command.cluster, command.other)
        elif command.command == "split" and command.rule:
            self._split(command.cluster, command.rule)
        elif command.command == "pin":
            for variant in command.variants:
                part = pin_id(command.cluster, variant.block)
                self._pins[variant] = part
                self._pin_ids.add(part)
                self._join(command.cluster, part)
        elif command.command in ("ignore", "resolve"):
            at = command.resolved_at or command.at
            standing = (
                _Standing(number, ignored=True)
                if command.command == "ignore"
                else _Standing(number, resolved_at=at, fixed_in=command.fixed_in)
            )
            self._standing.update(dict.fromkeys(self.of(command.cluster), standing))

    def _split(self, cluster: str, rule: SplitRule) -> None:
        taught = [
            name for name in sorted(self.of(cluster)) if rule not in self._rules.get(name, ())
        ]
        parts = [part_id(name, rule) for name in taught]
        for name, part in zip(taught, parts, strict=True):
            self._rules.setdefault(name, []).append(rule)
            self._join(parts[0], part)

    def decided(self) -> dict[str, ClusterDecided]:
        """All of it by id."""
        pinned: dict[str, list[VariantName]] = {}
        for variant, name in sorted(self._pins.items()):
            pinned.setdefault(name, []).append(variant)
        return {name: self._one(name, tuple(pinned.get(name, ()))) for name in self._group}

    def _one(self, name: str, pinned: tuple[VariantName, ...]) -> ClusterDecided:
        group = self._group[name]
        canonical = min(group - self._pin_ids or group)
        known = (self._standing[each] for each in group if each in self._standing)
        last = max(known, key=lambda standing: standing.number, default=None)
        return ClusterDecided(
            cluster=name,
            canonical=None if canonical == name else canonical,
            shared=len(group) > 1,
            ignored=last is not None and last.ignored,
            resolved_at=last.resolved_at if last else None,
            fixed_in=last.fixed_in if last else None,
            rules=tuple(self._rules.get(name, ())),
            pinned=pinned,
        )


def _groups(commands: Iterable[tuple[str, ClusterCommand]]) -> _Groups:
    groups = _Groups()
    for number, (_, command) in enumerate(commands):
        groups.follow(command, number)
    return groups


def _order(item: tuple[str, ClusterCommand]) -> tuple[int, str]:
    name, command = item
    return (command.at.ns if command.at else 0, name)


def _last_about(force: dict[str, ClusterCommand], undo: ClusterCommand) -> str | None:
    """The decision that an undo takes back; None where there is none."""
    about = _groups(force.items()).of(undo.cluster)
    found = (name for name, command in reversed(force.items()) if about & set(named(command)))
    return next(found, None)


def fold(commands: Mapping[str, ClusterCommand]) -> Folded:
    """What commands (by decision id) amount to."""
    force: dict[str, ClusterCommand] = {}
    undone: dict[str, str] = {}
    for name, command in sorted(commands.items(), key=_order):
        if command.command != "undo":
            # A clock that is wrong may date a decision after the undo that names it.
            if name not in undone:
                force[name] = command
            continue
        target = command.decision or _last_about(force, command)
        if target is not None and target not in undone:
            undone[target] = name
            force.pop(target, None)
    return Folded(_groups(force.items()).decided(), undone)
