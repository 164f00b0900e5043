"""Decisions for a pipeline that groups otherwise: commands about what is there, beside those about what is not.

In: the views of the pipeline that readers follow and of the other one. Out: commands to be sent; the same again are no
new decisions. Reads only.
"""

from __future__ import annotations

from streams.core.cluster.decisions import decision_id, fault
from streams.core.cluster.following import Kept, followed
from streams.drivers.whereabouts import grouped_in, whereabouts
from streams.model.events import ClusterCommand
from streams.model.view import DECISIONS
from streams.ports.reader import Reader


def following(source: Reader, target: Reader) -> tuple[ClusterCommand, ...]:
    """What was decided, and is in force, about clusters and stacks that the other pipeline does not have."""
    known = dict(source.scan(DECISIONS))
    kept = {
        name: Kept(row.command, row.command)
        for name, row in known.items()
        if row.command.command != "undo" and not row.undone_by
    }
    if not kept:
        return ()
    where = whereabouts(kept, (source, grouped_in(source)), (target, grouped_in(target)))
    made = followed(kept, where)
    # What was merged may be one by itself there.
    return tuple(
        command
        for command in made.values()
        if decision_id(command) not in known and fault(command) is None
    )
