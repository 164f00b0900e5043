"""A listener in this process, on a real socket, and requests byte by byte.

In: settings, limits. Out: statuses, heads and bodies as a sender sees them; what is in the inbox.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

import msgspec

from streams.adapters.memory_meter import MemoryMeter
from streams.config import Settings
from streams.drivers.http.access import Access
from streams.drivers.http.delivered import events_in
from streams.drivers.http.ingest import Ingest
from streams.drivers.http.intake import Intake, Limits, Terms
from streams.drivers.http.lined import Batch, LineInbox, batch_of
from streams.drivers.http.listener import HEAD_SECONDS, MOST_CONNECTIONS, Listener, bind
from streams.drivers.http.receiver import known
from streams.drivers.http.seen import Seen
from streams.drivers.http.webhooks import Webhooks
from streams.drivers.inbox import Inbox, Position, kept
from streams.model.step import Emit
from tests.unit.core.webhooks.cases import Case, cases

SECRET: Final = "open sesame"  # noqa: S105 - of a listener that lives for one test
LIMITS: Final = Limits(body_bytes=64 * 1024, inbox_bytes=10**9, body_seconds=5)
OPEN: Final = Settings()
CLOSED: Final = Settings(
    webhook_github_secret=SECRET,
    webhook_gitlab_secret=SECRET,
    webhook_plain_secret=SECRET,
    api_token="the token",  # noqa: S106 - as above
)


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    head: str
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever it is, tests compare it
        """The body."""
        return json.loads(self.body)


class Served(msgspec.Struct, frozen=True):
    """A running listener."""

    port: int
    folder: Path
    inbox: Inbox
    lines: LineInbox
    meter: MemoryMeter

    async def send(self, data: bytes) -> Answer:
        """One request on a connection of its own; status 0 where it was closed without an answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        try:
            return await answer(reader)
        finally:
            writer.close()

    async def post(self, path: str, body: bytes | object, **headers: str) -> Answer:
        """One POST; `_` in names of headers is `-`."""
        return await self.send(request(path, body, **headers))

    async def case(self, case: Case, **headers: str) -> Answer:
        """A golden delivery, signed."""
        body = json.dumps(case["body"]).encode()
        return await self.post(
            f"/webhooks/{case['provider']}",
            body,
            **{k.replace("-", "_"): v for k, v in case["headers"].items()},
            **signed(body),
            **headers,
        )

    def events(self) -> list[Emit]:
        """Everything that was accepted."""
        return [event for payload in kept(self.folder) for event in events_in(payload)]

    def batches(self) -> list[Batch]:
        """The lines that were accepted."""
        return [batch_of(payload) for payload in kept(self.folder / "lines")]


Scene = Callable[[Served], Awaitable[object]]


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """What every sender shows when it knows the secret."""
    return {
        "X_Hub_Signature_256": "sha256="
        + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        "X_Gitlab_Token": secret,
        "Authorization": f"Bearer {secret}",
    }


def request(path: str, body: bytes | object, **headers: str) -> bytes:
    """A POST as bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    rows = {"Host": "x", "Content_Length": str(len(data)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in rows.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + data


async def answer(reader: asyncio.StreamReader) -> Answer:
    """The next answer of a connection."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0] or 0)
        return Answer(int(head.split(" ", 2)[1]), head, await reader.readexactly(length))
    except (EOFError, OSError):
        return Answer(0, "", b"")


class Varied(TypedDict, total=False):
    """What tests vary. `host`: what it believes to listen on. `done`: up to where both inboxes are worked off."""

    limits: Limits
    host: str
    done: Position
    head_seconds: float
    most_connections: int


@asynccontextmanager
async def served(
    folder: Path, settings: Settings = OPEN, **varied: Unpack[Varied]
) -> AsyncIterator[Served]:
    """A listener with an inbox and nothing behind it."""
    inbox, meter = Inbox(folder), MemoryMeter()
    lines = LineInbox(folder / "lines", after=Position(), next_line=1, on_durable=lambda: None)
    done = varied.get("done", Position())
    terms = Terms(
        access=Access(settings, varied.get("host", "127.0.0.1")),
        limits=varied.get("limits", LIMITS),
        patterns=(),
    )
    intake = Intake(
        terms,
        inbox=inbox,
        seen=Seen(known(inbox, lines)),
        meter=meter,
        backlog=lambda: inbox.backlog(done) + lines.inbox.backlog(done),
    )
    sock = bind("127.0.0.1", 0)
    listener = Listener(
        sock,
        (*Webhooks(intake).routes(), *Ingest(intake, lines).routes()),
        drain_seconds=5,
        head_seconds=varied.get("head_seconds", HEAD_SECONDS),
        most_connections=varied.get("most_connections", MOST_CONNECTIONS),
    )
    await listener.start()
    try:
        yield Served(sock.getsockname()[1], folder, inbox, lines, meter)
    finally:
        await listener.stop()
        await intake.close()
        await inbox.close()
        await lines.close()


def play(folder: Path, scene: Scene, settings: Settings = OPEN, **varied: Unpack[Varied]) -> None:
    """Run a scene with a listener."""

    async def run() -> None:
        async with served(folder, settings, **varied) as it:
            await scene(it)

    asyncio.run(run())


def every_case() -> Iterator[tuple[str, Case]]:
    """Golden deliveries that give events."""
    return ((name, case) for name, case in cases().items() if case["events"])
