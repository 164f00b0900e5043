"""`serve`: a listener, and the embedded pipeline behind it on a thread of its own.

In: settings, stages, an open state. Out: an exit code, after a signal or where the pipeline cannot go on. What the ends
of files gave is provisional (tails.py): it is taken out while deliveries are worked off, and put back when it is quiet.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.config import Settings
from streams.drivers.embedded.arrivals import announce
from streams.drivers.embedded.following import Followed, Following
from streams.drivers.embedded.lined import INPUT, HttpLines, Worked
from streams.drivers.embedded.metering import QuietMeter, Shown
from streams.drivers.embedded.notices import Notices, notifying_of
from streams.drivers.embedded.session import Options, Session
from streams.drivers.embedded.state import State
from streams.drivers.http.delivered import events_in
from streams.drivers.http.lined import LineInbox
from streams.drivers.http.listener import address
from streams.drivers.http.receiver import Receiver, open_inbox, open_lines
from streams.drivers.http.web import pages_of_state
from streams.drivers.inbox import Inbox, Position, Reader, Record
from streams.drivers.kafka.compute import Rules
from streams.drivers.kafka.lines import Pace, Reading
from streams.drivers.signals import ended_by_signal
from streams.drivers.sweeping import Sweeping
from streams.model.crash import Source
from streams.model.message import DecodeError
from streams.model.metrics import MetricName
from streams.model.step import Table, put
from streams.ports.facts import Resolver
from streams.topology import Stage, secret_patterns

# One row, key "": up to where the inbox is worked off; it moves with the rows that were made of it.
POSITION: Final = Table("driver.inbox", Position)
_QUEUE: Final[MetricName] = "panictrail_queue_records"
# While silence will end a crash, it is looked for so often.
_TICK_SECONDS: Final = 0.25
# So long without a delivery, and the ends of files are put back.
_QUIET_SECONDS: Final = 1.0
# While deliveries come in, the pipeline pauses so much longer than it worked: one thread of Python runs at a time.
_PAUSE_SHARE: Final = 4.0
_MOST_PAUSE_SECONDS: Final = 1.0


class Pipeline:
    """Works the inbox off through the stages into the state, in a thread."""

    def __init__(
        self, stages: Sequence[Stage], store: State, settings: Settings, facts: Resolver
    ) -> None:
        """Nothing runs yet. `store` belongs to the thread from `start` on, until `stop` returned."""
        self._store = store
        row = store.get(POSITION, "")
        self.done = row or Position()
        self.meter = PrometheusMeter()
        self._counted = QuietMeter(self.meter)
        self._session = Session(
            stages,
            store,
            Options(service=settings.service, state=settings.state),
            resolver=facts,
            meter=self._counted,
            # What it removes is gone, also where it runs while what is counted is provisional.
            sweeping=Sweeping(settings.retention(), self.meter),
        )
        self.notices = Notices(self._session.engine)
        self._shown = Shown(self._counted, store, self._session.engine, tuple(stages))
        self.failed: BaseException | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self._folder = Path(settings.state) if settings.state else None
        # Kept open to the end of the process: closing a file drops what SQLite has locked in it (fcntl(2)), and who
        # reads beside this process would then be in the way of its writes.
        self._synced: dict[tuple[int, int], int] = {}
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pipeline")
        self._provisional = False
        self._taken_at = 0.0
        self._inbox: Inbox | None = None
        self.lines = HttpLines(
            Reading(
                stage=next(stage for stage in stages if stage.name == "collect"),
                name=INPUT,
                topic=INPUT,
                pace=Pace(quiet_seconds=settings.quiet_seconds),
                defaults=Source(service=settings.service),
                rules=Rules(patterns=secret_patterns(settings.pipeline())),
            ),
            store,
            self._counted,
        )
        # Lets another segment of the inbox of lines begin, where that one is worked off.
        self.roll: Callable[[], None] = lambda: None

    def start(self, inbox: Inbox, lines: LineInbox) -> None:
        """Begin to work off what is in the inboxes."""
        self._inbox = inbox
        self.lines.start(lines)
        self._thread.start()

    def wake(self) -> None:
        """Something new is in the inbox."""
        self._wake.set()

    def stop(self) -> None:
        """Work off what is there, put the ends of files back, and end."""
        self._ending.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def trouble(self) -> str | None:
        """Why nothing moves."""
        return None if self.failed is None else str(self.failed)

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - the main thread ends the process with it
            self.failed = error
            self.on_failure()

    def _work(self) -> None:
        if self._inbox is None:
            raise AssertionError
        reader = Reader(self._inbox, self.done)
        announce(self._session.engine, self._store)
        self._finish()
        while True:
            self._wake.clear()
            began = time.monotonic()
            if self._read(reader):
                if self._wake.is_set():
                    # More came meanwhile: those who wait for an answer go first.
                    spent = time.monotonic() - began
                    self._ending.wait(min(_PAUSE_SHARE * spent, _MOST_PAUSE_SECONDS))
            elif self._ending.is_set():
                self._take_lines(self.lines.end())
                break
            elif not self._wake.wait(self._until()):
                self._quiet()
        if not self._provisional:
            self._finish()

    def _finish(self) -> None:
        """Put the ends of files back."""
        with self._counted.quiet(), self.notices.quiet():
            self._session.finish()
        self._provisional = True
        self._shown.recounted()

    def _read(self, reader: Reader) -> bool:
        """Take what is new in the inboxes; whether there was something."""
        records = reader.read()
        if records:
            self._begin()
            self._take(records)
        worked = self.lines.take()
        if worked is not None:
            self._take_lines(worked)
        return bool(records) or worked is not None

    def _until(self) -> float | None:
        """How long to wait for what is new: for ever where nothing else is to be done."""
        if self.lines.is_waiting or self.lines.can_roll:
            return _TICK_SECONDS
        return None if self._provisional else _QUIET_SECONDS

    def _quiet(self) -> None:
        """Nothing came for a while."""
        self._take_lines(self.lines.idle())
        if self.lines.can_roll:
            self.roll()
        if not self._provisional and time.monotonic() - self._taken_at >= _QUIET_SECONDS:
            self._finish()

    def _begin(self) -> None:
        """Take out what the ends of files gave, before something new is worked off."""
        self._taken_at = time.monotonic()
        if self._provisional:
            self._store.undo_tail()
            self._provisional = False

    def _take_lines(self, worked: Worked) -> None:
        """One transaction: what the lines gave, and up to where they are worked off."""
        if not worked:
            return
        # Rows that are written while the ends of files are in would be taken out with them.
        self._begin()
        self._store.apply(tuple(worked.changes))
        for sent in worked.events:
            if sent.event is not None:
                self._session.engine.submit(sent.topic, sent.key, sent.event)
        self.notices.flush()
        self._store.commit()
        self._session.sweeping.now_and_then(self._store)
        self._shown.committed()
        if self.lines.is_moved:
            self._sync()
        self.lines.committed()

    def _take(self, records: Sequence[Record]) -> None:
        """One transaction: what the records gave, and that they are worked off."""
        self.meter.set(_QUEUE, len(records), ("serve",))
        for record in records:
            try:
                events = events_in(record.payload)
            except DecodeError:
                continue  # its checksum is right: another version of ours wrote it
            for event in events:
                if event.event is not None:
                    self._session.engine.submit(event.topic, event.key, event.event)
        after = records[-1].after
        self._store.apply((put(POSITION, "", after),))
        self.notices.flush()
        self._store.commit()
        self._session.sweeping.now_and_then(self._store)
        self._shown.committed()
        self.meter.set(_QUEUE, 0, ("serve",))
        moved = after.segment != self.done.segment
        self.done = after
        if moved and self._inbox is not None:
            self._sync()
            self._inbox.forget(after)

    def _sync(self) -> None:
        """A commit of the state is only safe from a power cut when its journal is on disk."""
        if self._folder is None:
            return
        for path in self._folder.glob("*.sqlite*"):
            with contextlib.suppress(FileNotFoundError):
                found = path.stat()
                file = (found.st_dev, found.st_ino)
                if file not in self._synced:
                    self._synced[file] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                os.fsync(self._synced[file])


def serve(
    settings: Settings,
    pipeline: Pipeline,
    sock: socket.socket,
    say: Callable[[str], None],
    followed: Followed,
) -> None:
    """Serve until SIGTERM or Ctrl-C. `followed`: spools and cores.

    Raises what the pipeline could not go on from: BadInput, ServiceMissing.
    """
    asyncio.run(_serve(settings, pipeline, sock, say, followed))
    if pipeline.failed is not None:
        raise pipeline.failed


async def _serve(
    settings: Settings,
    pipeline: Pipeline,
    sock: socket.socket,
    say: Callable[[str], None],
    followed: Followed,
) -> None:
    loop = asyncio.get_running_loop()
    ended = ended_by_signal()

    def end() -> None:
        loop.call_soon_threadsafe(ended.set)

    pipeline.on_failure = end
    folder = Path(settings.state or "")
    inbox = open_inbox(folder, pipeline.done, pipeline.wake)
    lines = open_lines(folder, pipeline.lines.position, pipeline.lines.next_line, pipeline.wake)

    receiver = Receiver(
        settings,
        sock,
        inbox=inbox,
        behind=pipeline,
        meter=pipeline.meter,
        metrics=pipeline.meter.text,
        lines=lines,
        lines_done=lambda: pipeline.lines.position,
        open_pages=partial(pages_of_state, settings),
    )

    def roll() -> None:
        asyncio.run_coroutine_threadsafe(pipeline.lines.roll(), loop)

    pipeline.roll = roll
    notifying = notifying_of(settings, inbox, pipeline.meter)
    if notifying is not None:
        pipeline.notices.take = notifying.start()
    pipeline.start(inbox, lines)
    following = Following(settings, followed, inbox, receiver.backlog, pipeline.meter)
    following.start(ended.set)
    await receiver.listener.start()
    say(f"listening on http://{address(sock)}")
    if unsigned := receiver.open_to_all():
        say(f"from this machine only, for want of a secret: {', '.join(unsigned)}")
    try:
        await ended.wait()
    finally:
        await receiver.stop()
        await following.stop()
        if notifying is not None:
            await notifying.stop()
        await inbox.close()
        await lines.close()
        await loop.run_in_executor(None, pipeline.stop)
        if notifying is not None:
            notifying.close()
