"""The open records of an input, by stream, the oldest first; only those that a run touches are worked on.

In: OpenRecords. Out: OpenCrashes, and OpenRecords again. Of ten thousand containers a run of lines is of some.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.core.parse.reassemble import OpenCrash
from streams.core.parse.record import OpenRecord


class Opened:
    """A mapping of streams to open records."""

    def __init__(self, records: dict[str, OpenRecord]) -> None:
        self._records: dict[str, OpenRecord | None] = {**records}
        self._crashes: dict[str, OpenCrash] = {}
        # How much text all of them hold: exact at every line, so that no division of lines changes what is closed.
        self.chars = sum(r.chars + sum(map(len, r.held)) for r in records.values())

    def __len__(self) -> int:
        """How many are open."""
        return len(self._records)

    def __iter__(self) -> Iterator[str]:
        """Their streams, the oldest first."""
        return iter(self._records)

    def __contains__(self, stream: str) -> bool:
        """Whether a stream has one."""
        return stream in self._records

    def get(self, stream: str) -> OpenCrash | None:
        """The record of a stream, to be worked on."""
        crash = self._crashes.get(stream)
        if crash is None:
            record = self._records.get(stream)
            if record is None:
                return None
            crash = self._crashes[stream] = OpenCrash(record)
        return crash

    def open(self, stream: str, record: OpenRecord) -> OpenCrash:
        """Take a new one."""
        self._records[stream] = None
        crash = self._crashes[stream] = OpenCrash(record)
        return crash

    def pop(self, stream: str) -> OpenCrash:
        """The record of a stream, which has none then. Raises KeyError where it had none."""
        crash = self.get(stream)
        if crash is None:
            raise KeyError(stream)
        del self._crashes[stream], self._records[stream]
        self.chars -= crash.size
        return crash

    def frozen(self) -> dict[str, OpenRecord]:
        """All as values."""
        found: dict[str, OpenRecord] = {}
        for stream, record in self._records.items():
            if stream in self._crashes:
                found[stream] = self._crashes[stream].frozen()
            elif record is not None:
                found[stream] = record
        return found
