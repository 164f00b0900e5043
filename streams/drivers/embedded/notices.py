"""What NOTIFY tells in the embedded driver: kept before the transaction commits that it came of.

In: an engine. Out: notifications, handed on once a transaction; a process that is killed in between makes the same ones
again, with the same ids. What the ends of files give is provisional, and told by nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from streams.adapters.sqlite_outbox import FILE_NAME, SqliteOutbox
from streams.config import Settings
from streams.drivers.embedded.engine import Engine
from streams.drivers.http.delivered import packed
from streams.drivers.inbox import Inbox, InboxError
from streams.drivers.notifying import TOPIC, Addressing, Notifier
from streams.model.errors import BadInput
from streams.model.events import Notice
from streams.model.message import Message
from streams.model.step import Emit
from streams.ports.meter import Meter

Take = Callable[[Iterable[Notice]], None]


class Notices:
    """The notifications of an engine; none are handed on until `take` is set."""

    def __init__(self, engine: Engine) -> None:
        """Nothing was told yet."""
        self.take: Take | None = None
        self._told: list[Notice] = []
        self._quiet = False
        engine.sinks[TOPIC] = self._tell

    def _tell(self, event: Message) -> None:
        if isinstance(event, Notice) and self.take is not None and not self._quiet:
            self._told.append(event)

    def flush(self) -> None:
        """Hand on what was told; before the commit. Raises BadInput."""
        told, self._told = self._told, []
        if told and self.take is not None:
            self.take(told)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """While this lasts nothing is told."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False


class Notifying:
    """The notifier of `serve`, with the outbox in the state folder."""

    def __init__(self, settings: Settings, folder: Path, inbox: Inbox, meter: Meter) -> None:
        """Nothing is sent yet. Dead letters go the way of everything that comes in. Raises BadInput."""

        async def keep(letters: tuple[Emit, ...]) -> None:
            try:
                await inbox.put(packed((), letters))
            except InboxError as error:
                raise BadInput(str(error)) from error

        self._outbox = SqliteOutbox(folder, settings.notifications_keep_days)
        self._notifier = Notifier(settings, self._outbox, meter, keep)

    def start(self) -> Take:
        """Send from now on, in the running loop; what takes notifications, from any thread."""
        self._notifier.start()
        return self._notifier.add

    async def stop(self) -> None:
        """Send no more; what is told from here on is kept for the next start."""
        await self._notifier.stop()

    def close(self) -> None:
        """Nothing is told any more."""
        self._outbox.close()


def notifying_of(settings: Settings, inbox: Inbox, meter: Meter) -> Notifying | None:
    """What sends notifications; None where nobody is to be told. Raises BadInput."""
    if settings.state is None or not settings.channels():
        return None
    return Notifying(settings, Path(settings.state), inbox, meter)


@contextmanager
def kept_for_later(settings: Settings) -> Iterator[Take | None]:
    """What takes notifications while nobody sends any: the next `serve` does, and tries again what was given up.

    None where nobody was ever told anything from this state.
    """
    folder = Path(settings.state or "")
    if settings.state is None or not (folder / FILE_NAME).exists():
        yield None
        return
    with closing(SqliteOutbox(folder, settings.notifications_keep_days)) as outbox:
        addressing = Addressing(settings)

        def take(notices: Iterable[Notice]) -> None:
            addressed, now = addressing.of(notices), time.time()
            outbox.add(addressed, now)
            for each in addressed:
                outbox.again(each.notice.id, now)

        yield take
