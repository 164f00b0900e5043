"""`collect cores`: cores into the store, the reference to each to cores.refs, at least once, until a signal ends it.

In: settings, folders. Out: an exit code. While Kafka is away references wait in the spool. A core counts once: its id
is of its content. Raises BadInput or ServiceMissing with the next step.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.drivers import core_following
from streams.drivers.core_following import Wanted
from streams.drivers.kafka.following import Following, follow
from streams.drivers.kafka.gateway import Plan

STAGE: Final = "collect-cores"


def run(plan: Plan, wanted: Wanted, sock: socket.socket | None, say: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT. `sock`: of the pages. Raises BadInput where the spool is another process's."""
    asyncio.run(_run(plan, wanted, sock, say))


async def _run(
    plan: Plan, wanted: Wanted, sock: socket.socket | None, say: Callable[[str], None]
) -> None:
    meter = PrometheusMeter()
    what = core_following.shown(plan.settings, wanted)
    with core_following.following(plan.settings, wanted, meter) as feed:
        await follow(plan, Following(what, feed, core_following.emitted), meter, sock, say)
