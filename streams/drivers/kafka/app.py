"""The Faust app of a worker: agents, groups as services, web pages for probes and metrics.

In: stages, a cluster, settings. Out: an app that `faust.Worker` runs. No agent reads a topic, so the app's own consumer
and producer are off: positions, tables and outputs belong to the exact layer.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import faust
from aiokafka.errors import KafkaError
from faust.app.base import BootStrategy
from faust.web import Request, Response, View

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.model.errors import BadInput, ServiceMissing

log = logging.getLogger(__name__)

_PLAIN: Final = "text/plain"
AGAIN_SECONDS: Final = 2


class Member(Protocol):
    """What a worker starts and stops: a group of a stage, a collector."""

    @property
    def label(self) -> str:
        """Its name for people."""

    @property
    def ready(self) -> bool:
        """Whether it has begun to work."""

    async def start(self) -> None:
        """Begin. May be called again after KafkaError or ServiceMissing: what it needs went away just now."""

    async def stop(self, seconds: float) -> None:
        """End in good order, within so many seconds."""

    def stuck(self) -> str | None:
        """What has work and does not move, or None."""


class _Boot(BootStrategy):
    """No agent is on a topic: without this the app joins a consumer group for nothing."""

    enable_kafka_consumer = False
    enable_kafka_producer = False


class _App(faust.App):
    BootStrategy = _Boot


def make_app(app_id: str, bootstrap: str, folder: Path, listen: tuple[str, int]) -> faust.App:
    """An app without agents. Its web server is bound to `listen` only. Raises BadInput where that cannot be."""
    host, port = listen
    _try_to_bind(host, port)
    folder.mkdir(parents=True, exist_ok=True)
    return _App(
        app_id,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        datadir=folder,
        topic_disable_leader=True,
        web_bind=host,
        web_host=host,
        web_port=port,
        autodiscover=False,
        worker_redirect_stdouts=False,
    )


def _try_to_bind(host: str, port: int) -> None:
    """Faust would say it with a traceback, and end with 1."""
    try:
        with socket.create_server((host, port), family=_family(host)):
            return
    except OSError as error:
        message = (
            f"{host}:{port}: {os.strerror(error.errno or 0)}: name an address of this machine with a port that is free "
            "with --listen"
        )
        raise BadInput(message) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


async def started(member: Member) -> bool:
    """Start a member; False where what it needs went away: it was there a moment ago, when the worker looked."""
    try:
        await member.start()
    except (KafkaError, ServiceMissing) as error:
        log.warning("%s: %s: trying again in %d s", member.label, error, AGAIN_SECONDS)
        return False
    return True


def add_member(app: faust.App, member: Member, drain_seconds: float) -> None:
    """Start a member after the agents and stop it before them (Faust adds services last and stops in reverse)."""

    class _Service(faust.Service):
        async def on_start(self) -> None:
            while not self.should_stop and not await started(member):
                await self.sleep(AGAIN_SECONDS)

        async def on_stop(self) -> None:
            await member.stop(drain_seconds)

    _Service.__name__ = f"Group_{member.label.replace('-', '_')}"
    app.service(_Service)


def add_pages(app: faust.App, members: Sequence[Member], meter: PrometheusMeter) -> None:
    """/healthz, /readyz and /metrics."""

    async def healthz(view: View, request: Request) -> Response:
        del request
        stuck = [reason for member in members if (reason := member.stuck())]
        return _text(view, "\n".join(stuck) or "ok", 503 if stuck else 200)

    async def readyz(view: View, request: Request) -> Response:
        del request
        waiting = [member.label for member in members if not member.ready]
        text = f"not in its group yet: {', '.join(waiting)}" if waiting else "ok"
        return _text(view, text, 503 if waiting else 200)

    async def metrics(view: View, request: Request) -> Response:
        text, kind = meter.text(request.headers.get("Accept", ""))
        return view.bytes(text, headers={"Content-Type": kind})

    pages: dict[str, Callable[..., Any]] = {
        "/healthz": healthz,
        "/readyz": readyz,
        "/metrics": metrics,
    }
    for path, page in pages.items():
        app.page(path)(page)


def _text(view: View, text: str, status: int) -> Response:
    return view.text(text + "\n", content_type=_PLAIN, status=status)
