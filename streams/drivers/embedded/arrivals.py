"""Facts that were absent in an earlier run, and are there now: whoever waits for them is worked out again.

In: the engine of a run, the store with what waits. Out: events on facts.arrived. Asks for nothing where nothing waits.
"""

from __future__ import annotations

from typing import cast

from streams.drivers.embedded.engine import Engine
from streams.drivers.interpret import SEPARATOR, WAITING
from streams.model.events import FactArrived
from streams.model.step import FactKind, Present, Request, State


def announce(engine: Engine, store: State) -> int:
    """Look for every fact that something waits for; how many were found."""
    waited = {tuple(key.split(SEPARATOR)[:2]) for key, _ in store.scan(WAITING, "")}
    found = 0
    for kind, key in sorted(waited):
        request = Request(cast("FactKind", kind), key)
        if isinstance(engine.fact(request), Present):
            engine.submit("facts.arrived", key, FactArrived(kind=request.kind, key=key))
            found += 1
    return found
