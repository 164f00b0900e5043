"""DECIDE: people's commands, kept and worked out together, so that the order of their arrival does not matter.

In: cluster.commands, all in one partition. Out: clusters.decided for every partition, decisions.made, dead letters.
"""

from __future__ import annotations

from streams.core.cluster.decisions import fault
from streams.core.cluster.draft import Draft
from streams.core.cluster.log import Log
from streams.core.steps.deadletters import dead_letter
from streams.model.errors import Reason
from streams.model.events import ClusterCommand
from streams.model.message import Message, encode
from streams.model.step import Done, Emit, Facts, Need, State


def step(state: State, event: Message, _facts: Facts) -> Done | Need:
    """Keep a command; say what is decided otherwise now."""
    if not isinstance(event, ClusterCommand):
        return Done()
    if (wrong := fault(event)) is not None:
        letter = dead_letter(
            topic="cluster.commands",
            stage="decide",
            reason=Reason.INVALID,
            error=wrong,
            text=encode(event).decode(),
        )
        return Done(outputs=(letter,))
    draft = Draft(state)
    log = Log(draft)
    if not log.add(event):
        return Done()
    commands, seen, found = log.folded(event.cluster)
    decided = tuple(
        Emit("clusters.decided", each.cluster, each) for each in log.decided(seen, found)
    )
    made = tuple(Emit("decisions.made", each.decision, each) for each in log.made(commands, found))
    return Done(draft.changes(), (*decided, *made))
