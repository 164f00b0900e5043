"""Servers for the benchmarks of what is posted, each a process: `peer` and `endpoint`.

In: a name, a folder; the port that was taken goes to stdout. `peer`: aiohttp's usual handler, which appends each body
to a file and syncs it, nothing else: no signature, no reading, no knowledge of what came before. `endpoint`: ours, with
nothing behind the inbox.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path

from aiohttp import web

from benchmarks._webhook_load import VARIABLE
from streams.adapters.memory_meter import MemoryMeter
from streams.config import Settings
from streams.drivers.http.listener import bind
from streams.drivers.http.receiver import Receiver, open_inbox, open_lines
from streams.drivers.inbox import Position


def _say(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


async def peer(folder: Path) -> None:
    """Append and sync each."""
    file = os.open(folder / "deliveries", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def keep(request: web.Request) -> web.Response:
        os.write(file, await request.read() + b"\n")
        os.fdatasync(file)
        return web.json_response({"accepted": 1})

    app = web.Application(client_max_size=Settings().body_limit_bytes)
    app.router.add_post("/{path:.*}", keep)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    sock = bind("127.0.0.1", 0)
    await web.SockSite(runner, sock).start()
    _say(sock.getsockname()[1])
    await asyncio.Event().wait()


class _Nobody:
    """Nothing works the inbox off."""

    done = Position()

    def trouble(self) -> str | None:
        """There is none."""
        return None


async def endpoint(folder: Path) -> None:
    """Ours."""
    settings = Settings(webhook_github_secret=os.environ.get(VARIABLE))
    sock = bind("127.0.0.1", 0)
    inbox = open_inbox(folder, Position(), lambda: None)
    lines = open_lines(folder, Position(), 1, lambda: None)
    receiver = Receiver(
        settings, sock, inbox=inbox, behind=_Nobody(), meter=MemoryMeter(), lines=lines
    )
    await receiver.listener.start()
    _say(sock.getsockname()[1])
    await asyncio.Event().wait()


if __name__ == "__main__":
    # As `panictrail` does for every command.
    gc.set_threshold(50_000, 20, 20)
    gc.collect()
    gc.freeze()
    asyncio.run({"peer": peer, "endpoint": endpoint}[sys.argv[1]](Path(sys.argv[2])))
