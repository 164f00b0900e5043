"""What was scrubbed in all that is kept: crash records and dead letters of a state folder or a database.

In: a reader, names of the user's own patterns. Out: rows. One record is in memory at a time. Reads only.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from contextlib import suppress

import msgspec

from streams.core.report.masked import Tally
from streams.model.masked import MaskedPattern
from streams.model.view import CRASHES, DEAD
from streams.ports.reader import Reader

# How the record of a crash in which nothing was replaced says so (model/message.py, encode).
_NOTHING = b'"scrubbed":{}'
_MARK = b"[scrubbed:"


def masked(reader: Reader, own: Iterable[str]) -> tuple[MaskedPattern, ...]:
    """Row by pattern. Raises what the reader raises."""
    tally = Tally()
    for _, row in reader.scan(CRASHES):
        data = reader.blob(row.blob)
        if data is None or (_NOTHING in data and _MARK not in data):
            continue
        with suppress(msgspec.DecodeError):
            record = msgspec.json.decode(data)
            if isinstance(record, dict):
                tally.crash(record)
    for _, letter in reader.scan(DEAD):
        body: object = None
        with suppress(ValueError, msgspec.DecodeError):
            body = msgspec.json.decode(b64decode(letter.bytes_base64))
        tally.letter(letter.scrubbed, body)
    return tally.rows(own)
