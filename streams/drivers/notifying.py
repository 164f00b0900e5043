"""Sends notifications over HTTP: what an outbox has, to the channels of the settings, until told to stop.

In: notifications, settings. Out: requests, verdicts in the outbox, dead letters. A channel whose receiver hangs holds
up no other. At least once: a process that is killed between sending and noting it sends again, under the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streams.adapters.sqlite_outbox import Addressed, Due, SqliteOutbox, standings
from streams.core.notify.render import posting
from streams.core.notify.retry import verdict
from streams.core.notify.routing import fitting
from streams.core.report.words import visible
from streams.core.steps.deadletters import dead_letter
from streams.model.errors import BadInput, Reason
from streams.model.events import Notice
from streams.model.instant import Instant
from streams.model.message import encode
from streams.model.notifying import Answer, Channel, DeliveryState, Posting, Verdict
from streams.model.step import Emit
from streams.ports.meter import Meter

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from streams.config import Settings

log = logging.getLogger(__name__)

TOPIC: Final = "notifications"
# Below the data folder of a process that does nothing else.
FOLDER: Final = "notify"
# Of an answer so much is read: it is shown to people, cut.
_MOST_ANSWER: Final = 512
_AGAIN_SECONDS: Final = 5.0
# Of a number of seconds that a receiver asks to wait.
_MOST_DIGITS: Final = 6
# Nothing tells the sender of another process that something is due; it also ends a wait that a clock makes wrong.
_LOOK_SECONDS: Final = 60.0

_STANDING: Final[dict[DeliveryState, str]] = {
    "sent": "sent",
    "waiting": "waiting",
    "dead": "given up",
}

Kept = Callable[[tuple[Emit, ...]], Awaitable[None]]


class Addressing:
    """To which channels of the settings notifications go."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is addressed yet."""
        self._channels = settings.channels()
        self._quiet = settings.notify_summary_seconds

    def of(self, notices: Iterable[Notice]) -> list[Addressed]:
        """Each with its channels; of several with an id the last one counts."""
        last = {notice.id: notice for notice in notices}
        return [self._addressed(notice) for notice in last.values()]

    def _addressed(self, notice: Notice) -> Addressed:
        names = tuple(channel.name for channel in fitting(notice, self._channels))
        quiet = self._quiet if notice.event == "summary" else 0.0
        return Addressed(notice=notice, channels=names, quiet_seconds=quiet)


class Notifier:
    """The channels of one process with their outbox."""

    def __init__(self, settings: Settings, outbox: SqliteOutbox, meter: Meter, keep: Kept) -> None:
        """Nothing is sent yet. `keep` takes dead letters; it may raise OSError or BadInput, and is called again."""
        self._channels = {channel.name: channel for channel in settings.channels()}
        self._link = settings.notify.link
        self._timeout = settings.notify_timeout_seconds
        self._budget = settings.notify_retry_seconds
        self._addressing = Addressing(settings)
        self._outbox = outbox
        self._meter = meter
        self._keep = keep
        self._wakers: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, notices: Iterable[Notice]) -> None:
        """Take notifications, durably when this returns; from any thread. Raises BadInput."""
        self._outbox.add(self._addressing.of(notices), time.time())
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for waker in self._wakers.values():
            waker.set()

    def start(self) -> None:
        """Send from now on, in the running loop."""
        self._loop = asyncio.get_running_loop()
        for channel in self._channels.values():
            self._wakers[channel.name] = asyncio.Event()
            self._tasks.append(self._loop.create_task(self._run(channel)))

    async def stop(self) -> None:
        """Send no more; an attempt under way is cut short, and made again by the next process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._loop = None

    async def _run(self, channel: Channel) -> None:
        from aiohttp import ClientSession, ClientTimeout, DummyCookieJar  # noqa: PLC0415 - only where one is sent

        timeout = ClientTimeout(total=self._timeout)
        async with ClientSession(timeout=timeout, cookie_jar=DummyCookieJar()) as session:
            while True:
                try:
                    await self._send_due(session, channel)
                except (BadInput, OSError) as error:
                    log.warning("notifications to %s: %s", channel.name, error)
                    await asyncio.sleep(_AGAIN_SECONDS)

    async def _send_due(self, session: ClientSession, channel: Channel) -> None:
        """One thing that is due, or wait until one is."""
        waker = self._wakers[channel.name]
        waker.clear()
        now = time.time()
        due = await asyncio.to_thread(self._outbox.due, channel.name, now)
        if due is not None:
            await self._send(session, channel, due)
            return
        next_due = await asyncio.to_thread(self._outbox.next_due, channel.name)
        wait = _LOOK_SECONDS if next_due is None else min(next_due - now, _LOOK_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(waker.wait(), max(wait, 0.01))

    async def _send(self, session: ClientSession, channel: Channel, due: Due) -> None:
        request = posting(due.notice, channel, Instant(time.time_ns()), self._link)
        answer = await _answered(session, request)
        now = time.time()
        tried = now - due.began if due.began is not None else 0.0
        found = verdict(answer, due.attempt, tried, self._budget)
        if found.state == "dead":
            await self._keep((_letter(channel, due, found),))
        forgotten = await asyncio.to_thread(self._outbox.settle, due, found, now)
        self._meter.add("panictrail_retention_removed_total", forgotten, ("notifications",))
        self._count(channel, due, found)

    def _count(self, channel: Channel, due: Due, found: Verdict) -> None:
        result = "retried" if found.state == "waiting" else found.state
        self._meter.add("panictrail_notifications_total", 1, (channel.name, result))
        if found.state != "sent":
            again = "given up" if found.state == "dead" else f"again in {found.wait:g} s"
            log.warning(
                "notification %s to %s, attempt %d: %s: %s",
                due.notice.id, channel.name, due.attempt, visible(found.error), again,
            )  # fmt: skip


async def _answered(session: ClientSession, request: Posting) -> Answer:
    """One attempt. Redirects are not followed: a signed body goes to the receiver that was named, or nowhere."""
    from aiohttp import ClientError  # noqa: PLC0415 - imported by then

    try:
        async with session.post(
            request.url, data=request.body, headers=request.headers, allow_redirects=False
        ) as response:
            text = await response.content.read(_MOST_ANSWER)
            return Answer(
                status=response.status,
                text=" ".join(text.decode("utf-8", "replace").split()),
                after=_seconds(response.headers.get("Retry-After")),
            )
    except TimeoutError:
        return Answer(text="no answer in time")
    except (ClientError, OSError, ValueError) as error:
        # Its text may quote the address, which may hold a token.
        return Answer(text=type(error).__name__)


def _seconds(text: str | None) -> float | None:
    """Retry-After in seconds; a date is not read: the usual wait holds."""
    return (
        float(text)
        if text and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        else None
    )


def _letter(channel: Channel, due: Due, found: Verdict) -> Emit:
    return dead_letter(
        topic=TOPIC,
        stage="notify",
        reason=Reason.RETRIES_EXHAUSTED,
        error=f"{channel.name}, attempt {due.attempt}: {found.error}",
        text=encode(due.notice).decode(),
        place=channel.name,
        patterns=None,  # what a stage emits is scrubbed already
    )


def standings_of(settings: Settings) -> dict[str, str]:
    """What the outboxes in the state and data folders say, by channel, for people. Raises BadInput."""
    found: dict[str, list[str]] = {}
    # That of serve, and that of notify.
    folders = ([Path(settings.state)] if settings.state else []) + [Path(settings.data) / FOLDER]
    for each in (row for folder in folders for row in standings(folder)):
        error = f" ({each.error})" if each.error and each.state != "sent" else ""
        text = f"{each.number} {_STANDING[each.state]}{error}"
        found.setdefault(each.channel, []).append(text)
    return {name: ", ".join(rows) for name, rows in found.items()}
