"""A listener: the app with its routes, bound to one address, with limits for those who are slow or many.

In: routes. Out: a bound socket, answers. Raises BadInput where the address cannot be had. Later parts
(crashes, API, page) add their routes to the same app.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from aiohttp import web

from streams.drivers.http.answers import RefusedError, refusal
from streams.model.errors import BadInput

log = logging.getLogger(__name__)

# The head of a request has to be there after so long (aiohttp's timer of an idle connection runs on while a head
# trickles in), and a connection may be idle for so long.
HEAD_SECONDS: Final = 15.0
MOST_CONNECTIONS: Final = 1000
_BACKLOG: Final = 512
# How long the rest of a body that was refused is read, so that the sender sees the answer.
_LINGER_SECONDS: Final = 2.0

# aiohttp logs what it cannot read as HTTP, and quotes it: a header may hold a token.
_SILENT: Final = logging.getLogger(f"{__name__}.aiohttp")
_SILENT.setLevel(logging.CRITICAL + 1)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def host_and_port(listen: str) -> tuple[str, int]:
    """HOST:PORT, as settings have it, as two values."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is any free one. Raises BadInput."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        text = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        message = f"{host}:{port}: {text}: name an address of this machine with a port that is free with --listen"
        raise BadInput(message) from error
    return made


def address(sock: socket.socket) -> str:
    """HOST:PORT of a socket."""
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Listener:
    """Serves routes on one socket."""

    def __init__(
        self,
        sock: socket.socket,
        routes: Iterable[web.RouteDef],
        *,
        drain_seconds: float,
        head_seconds: float = HEAD_SECONDS,
        most_connections: int = MOST_CONNECTIONS,
    ) -> None:
        """Nothing is served yet."""
        self._sock = sock
        self._app = web.Application(middlewares=[_answering])
        self._app.add_routes(routes)
        self._runner = web.AppRunner(
            self._app,
            access_log=None,
            logger=_SILENT,
            auto_decompress=False,
            handle_signals=False,
            keepalive_timeout=head_seconds,
            lingering_time=_LINGER_SECONDS,
            shutdown_timeout=drain_seconds,
        )
        self._most_connections = most_connections
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Serve from now on."""
        await self._runner.setup()
        server = self._runner.server
        if server is None:
            raise AssertionError

        most = self._most_connections

        def connection() -> asyncio.Protocol:
            return server() if len(server.connections) < most else _Refusing()

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(connection, sock=self._sock, backlog=_BACKLOG)

    async def stop(self) -> None:
        """Take no more, and let those who are served end."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()


class _Refusing(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


@web.middleware
async def _answering(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as JSON. What a defect of ours says may quote what came in: only its name is logged."""
    try:
        return await handler(request)
    except RefusedError as refused:
        made = refusal(refused)
        if refused.status in (408, 413):
            made.force_close()
        return made
    except web.HTTPException as error:
        made = refusal(RefusedError(error.status, error.reason, "request"))
        if "Allow" in error.headers:
            made.headers["Allow"] = error.headers["Allow"]
        return made
    except (ConnectionError, asyncio.CancelledError):
        raise
    except Exception as error:  # noqa: BLE001 - a defect: the sender is told, and nothing of the request is logged
        where = f"{type(error).__name__} in {_place(error)}"
        log.error("%s: %s", request.path, where)  # noqa: TRY400 - as said above
        return refusal(RefusedError(500, "a defect of ours; nothing was kept", "server"))


def _place(error: Exception) -> str:
    """File and line where an error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "-" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
