"""Decisions on a state folder: applied at once, with everything that follows from them.

In: a store, stages, commands. Out: rows, one transaction for all commands.
"""

from __future__ import annotations

from collections.abc import Iterable

from streams.drivers.embedded.session import Session
from streams.model.events import ClusterCommand
from streams.ports.facts import Resolver
from streams.ports.store import Store
from streams.topology import Stage


def decide(
    store: Store, stages: Iterable[Stage], commands: Iterable[ClusterCommand], resolver: Resolver
) -> None:
    """Submit the commands."""
    session = Session(stages, store, resolver=resolver)
    for command in commands:
        session.engine.submit("cluster.commands", command.cluster, command)
    store.commit()
    session.finish()
