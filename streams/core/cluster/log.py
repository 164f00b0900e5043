"""The log of people's decisions, and those of them that have to do with each other.

In: a State with the log, a command. Out: the changed rows, what is decided of each id that this concerns. A command is
filed under every id that it names, so that only decisions that meet in some id are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streams.core.cluster.decisions import Folded, decision_id, filed, fold, named
from streams.core.cluster.draft import Draft
from streams.core.cluster.state import SEPARATOR
from streams.model.events import ClusterCommand, ClusterDecided, DecisionMade
from streams.model.message import Value
from streams.model.step import Table


class Kin(Value, frozen=True, kw_only=True):
    """An id that may be one with another by some decision."""

    cluster: str


# Keys: cluster id, SEPARATOR, decision id.
LOG: Final = Table("decide.commands", ClusterCommand)
# Keys: cluster id, SEPARATOR, an id that a split made of it or of what is one with it; both ways.
KIN: Final = Table("decide.kin", Kin)
DECISIONS: Final = Table("decide.decisions", DecisionMade)
DECIDED: Final = Table("decide.decided", ClusterDecided)


class Log:
    """One command more in the log."""

    def __init__(self, draft: Draft) -> None:
        """Nothing is read yet."""
        self._draft = draft

    def add(self, command: ClusterCommand) -> bool:
        """File a command; False where it was there."""
        name = decision_id(command)
        keys = [cluster + SEPARATOR + name for cluster in filed(command)]
        if self._draft.get(LOG, keys[0]) is not None:
            return False
        for key in keys:
            self._draft.put(LOG, key, command)
        return True

    def _met(self, start: str) -> tuple[dict[str, ClusterCommand], set[str]]:
        """All commands that have to do with an id, and all ids that these have to do with."""
        commands: dict[str, ClusterCommand] = {}
        seen = {start}
        waiting = [start]
        while waiting:
            cluster = waiting.pop()
            near: set[str] = set()
            for key, command in self._draft.scan(LOG, cluster + SEPARATOR):
                commands[key.rpartition(SEPARATOR)[2]] = command
                near.update(filed(command))
            near.update(kin.cluster for _, kin in self._draft.scan(KIN, cluster + SEPARATOR))
            waiting.extend(near - seen)
            seen |= near
        return commands, seen

    def folded(self, start: str) -> tuple[dict[str, ClusterCommand], set[str], Folded]:
        """What is decided of everything that has to do with an id."""
        while True:
            commands, seen = self._met(start)
            found = fold(commands)
            made = found.decided.keys() - seen
            if not made:
                return commands, seen, found
            for cluster in made:
                self._draft.put(KIN, start + SEPARATOR + cluster, Kin(cluster=cluster))
                self._draft.put(KIN, cluster + SEPARATOR + start, Kin(cluster=start))

    def decided(self, seen: set[str], found: Folded) -> Iterator[ClusterDecided]:
        """What is another now, noted as told."""
        for cluster in sorted(seen):
            plain = ClusterDecided(cluster=cluster)
            before = self._draft.get(DECIDED, cluster) or plain
            after = found.decided.get(cluster, plain)
            if after != before:
                self._draft.put(DECIDED, cluster, None if after == plain else after)
                yield after

    def made(self, commands: dict[str, ClusterCommand], found: Folded) -> Iterator[DecisionMade]:
        """Decisions that are new, or were taken back, or are in force again; noted as told."""
        for name, command in sorted(commands.items()):
            row = DecisionMade(
                decision=name,
                command=command,
                clusters=named(command),
                undone_by=found.undone.get(name),
            )
            if row != self._draft.get(DECISIONS, name):
                self._draft.put(DECISIONS, name, row)
                yield row
