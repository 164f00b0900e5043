"""Dead letters, tried again.

In: a store, stages, the letters. Out: how many went through; those rows are gone, the others have one attempt more.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping

import msgspec

from streams.core.steps.collect import event_key
from streams.core.steps.view import dead_letter_id
from streams.drivers.embedded.notices import Notices, Take
from streams.drivers.embedded.session import Session
from streams.model.errors import Reason
from streams.model.events import DeadLetter, LogLines, Tick
from streams.model.message import DecodeError, Message, decode
from streams.model.step import put
from streams.model.text import from_bytes
from streams.model.topics import BY_NAME
from streams.model.view import DEAD
from streams.ports.facts import Resolver
from streams.ports.store import Store
from streams.topology import Stage


def event_of(key: str, letter: DeadLetter) -> Message:
    """The event that a letter holds. Raises DecodeError."""
    text = from_bytes(b64decode(letter.bytes_base64))
    if letter.topic == "logs.lines" and letter.reason == Reason.UNDECODABLE:
        # It claimed to be an event: read as an ordinary line it would be gone without a word.
        return LogLines(input=f"deadletter:{key}", data=text, events=True)
    return decode(text, BY_NAME[letter.topic].message)


def _try(session: Session, key: str, letter: DeadLetter) -> bool:
    """Submit one letter again; whether nothing of it died again."""
    died: list[Message] = []
    session.engine.sinks["deadletter"] = died.append
    try:
        event = event_of(key, letter)
    except (DecodeError, KeyError):
        return False
    session.engine.submit(letter.topic, event_key(event), event)
    if isinstance(event, LogLines):
        tick = Tick(input=event.input, end_of_input=True)
        session.engine.submit("ticks", event.input, tick)
    for again in died:
        if isinstance(again, DeadLetter) and dead_letter_id(again) != key:
            session.store.apply((put(DEAD, dead_letter_id(again), None),))
    return not died


def replay(
    store: Store,
    stages: Iterable[Stage],
    letters: Mapping[str, DeadLetter],
    resolver: Resolver,
    take: Take | None = None,
) -> int:
    """Try each letter again, one transaction each. `take`: what people are to be told of because of that."""
    session = Session(stages, store, resolver=resolver)
    notices = Notices(session.engine)
    notices.take = take
    through = 0
    for key, letter in letters.items():
        gone = _try(session, key, letter)
        through += gone
        kept = None if gone else msgspec.structs.replace(letter, attempt=letter.attempt + 1)
        store.apply((put(DEAD, key, kept),))
        notices.flush()
        store.commit()
    with notices.quiet():
        session.finish()
    return through
