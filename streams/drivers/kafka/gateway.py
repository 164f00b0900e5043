"""`gateway` and `collect http`: a listener, and behind it the topics of side inputs, or those of crashes and lines.

In: settings, a folder. Out: an exit code, after a signal. What was accepted is in an inbox until Kafka has it: nothing
is lost while Kafka is away. It may be sent twice after a kill; stages know a delivery or a crash by its id.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.adapters.sqlite_store import lock_folder
from streams.config import Settings
from streams.drivers.http.listener import address
from streams.drivers.http.receiver import Receiver, open_inbox, open_lines
from streams.drivers.inbox import Position
from streams.drivers.kafka import client
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.outgoing import Router
from streams.drivers.kafka.prepare import names_of
from streams.drivers.kafka.publishing import Publisher, events_by, lines_by
from streams.drivers.kafka.topics import partition_counts, problems
from streams.drivers.signals import ended_by_signal
from streams.model.errors import BadInput

STAGE: Final = "gateway"
HTTP: Final = "collect-http"
_POSITION: Final = "position.json"
_OF_LINES: Final = "lines.json"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What runs. `stage` names its folder, and what it cannot send; HTTP takes crashes and lines, else webhooks."""

    settings: Settings
    cluster: Cluster
    names: Names
    router: Router
    folder: Path
    stage: str


def prepare(settings: Settings, stage: str = STAGE) -> Plan:
    """Everything that is needed, checked. Raises BadInput or ServiceMissing with the next step."""
    cluster, names = client.cluster(settings), names_of(settings)
    partitions = asyncio.run(_look(cluster, names))
    return Plan(
        settings=settings,
        cluster=cluster,
        names=names,
        router=Router(names, partitions),
        folder=Path(settings.data) / stage,
        stage=stage,
    )


async def _look(cluster: Cluster, names: Names) -> dict[str, int]:
    if wrong := await problems(cluster, names, stages=()):
        text = "\n  ".join(wrong)
        message = f"the topics at {cluster.address} are not as they must be:\n  {text}"
        raise BadInput(message)
    return await partition_counts(cluster, names)


def run(plan: Plan, sock: socket.socket, say: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT. Raises BadInput where the folder is another process's."""
    handle = lock_folder(plan.folder)
    try:
        asyncio.run(_run(plan, sock, say))
    finally:
        os.close(handle)


async def _run(plan: Plan, sock: socket.socket, say: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    ended = ended_by_signal()
    meter, name = PrometheusMeter(), plan.stage
    publisher = Publisher(plan.cluster, plan.folder / _POSITION, events_by(plan.router, name))
    inbox = open_inbox(plan.folder, publisher.done, publisher.wake)
    sending = [(publisher, inbox)]
    lines, of_lines = None, None
    if name == HTTP:
        send = lines_by(plan.router, name)
        of_lines = Publisher(plan.cluster, plan.folder / _OF_LINES, send, rolls=True)
        lines = open_lines(plan.folder, of_lines.done, 1, of_lines.wake)
        sending.append((of_lines, lines.inbox))
    receiver = Receiver(
        plan.settings,
        sock,
        inbox=inbox,
        behind=publisher,
        meter=meter,
        metrics=meter.text,
        name=name,
        webhooks=name != HTTP,
        lines=lines,
        lines_done=lambda: Position() if of_lines is None else of_lines.done,
    )
    tasks = [loop.create_task(each.run(kept)) for each, kept in sending]
    for task in tasks:
        task.add_done_callback(lambda _task: ended.set())
    await receiver.listener.start()
    say(f"listening on http://{address(sock)}, sending to {plan.cluster.address}")
    if unsigned := receiver.open_to_all():
        say(f"from this machine only, for want of a secret: {', '.join(unsigned)}")
    try:
        await ended.wait()
    finally:
        await receiver.stop()
        await asyncio.gather(*(kept.close() for _, kept in sending))
        seconds = plan.settings.drain_seconds
        pairs = zip(sending, tasks, strict=True)
        await asyncio.gather(*(each.stop(task, seconds) for (each, _), task in pairs))
