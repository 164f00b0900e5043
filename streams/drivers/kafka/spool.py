"""`collect spool`: records of spools in, raw panics on Kafka, at least once, until a signal ends it.

In: settings, folders. Out: an exit code. Records have ids by content: one that is sent again after a kill is counted
once. While Kafka is away the spools keep what they have. Raises BadInput or ServiceMissing with the next step.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.adapters.sqlite_store import lock_folder
from streams.drivers.kafka.following import Following, follow
from streams.drivers.kafka.gateway import Plan
from streams.drivers.spool_feed import SpoolFeed
from streams.model.events import RawPanic
from streams.model.step import Emit

STAGE: Final = "collect-spool"
_POSITIONS: Final = "positions.json"


def run(
    plan: Plan,
    folders: Sequence[Path],
    sock: socket.socket | None,
    say: Callable[[str], None],
    *,
    delete: bool,
) -> None:
    """Run until SIGTERM or SIGINT. `sock`: of the pages. Raises BadInput where the data folder is another process's."""
    handle = lock_folder(plan.folder)
    try:
        asyncio.run(_run(plan, folders, sock, say, delete=delete))
    finally:
        os.close(handle)


async def _run(
    plan: Plan,
    folders: Sequence[Path],
    sock: socket.socket | None,
    say: Callable[[str], None],
    *,
    delete: bool,
) -> None:
    meter, kept = PrometheusMeter(), plan.folder / _POSITIONS
    feed = SpoolFeed(folders, kept, plan.settings, meter, delete=delete)
    await follow(plan, Following(", ".join(map(str, folders)), feed, _emit), meter, sock, say)


def _emit(event: RawPanic) -> Emit:
    return Emit("panics.raw", event.event_id or "", event)
