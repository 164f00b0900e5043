"""The values that reassembly passes around: open records, closed marks, finished records.

In: nothing. Out: types. They are state of COLLECT, so they are serialisable structs.
"""

from __future__ import annotations

import msgspec

from streams.core.parse.prefixed import Prefixed
from streams.model.crash import Build, ChainedError, Context, Source
from streams.model.instant import Instant
from streams.model.message import Value

# A record beyond this is closed and marked truncated; its later lines make records with `continues`.
MAX_RECORD_CHARS = 16 * 1024 * 1024
# Ten thousand containers may crash at once; beyond this the oldest open record is closed, to be continued.
MAX_OPEN_STREAMS = 16_384
# So is it when all of them together are larger than this.
MAX_OPEN_CHARS = 4 * MAX_RECORD_CHARS


class Origin(Value, frozen=True, kw_only=True):
    """What a line's prefix says of where and when it was written.

    `stream` is the stream identity (law 2), empty where the line names none; `time` the time exactly as
    the source wrote it (empty if none), `at` the same as an Instant where it can be read.
    """

    stream: str = ""
    time: str = ""
    at: Instant | None = None
    at_zone_assumed: bool = False
    source: Source = Source()
    context: Context = Context()


class Unfinished(Value, frozen=True, kw_only=True):
    """The parts so far of a line that its shipper cut; `line` and `last` number the first and the last of them.

    `whose` is the first part without its text.
    """

    whose: Prefixed
    parts: tuple[str, ...]
    chars: int
    line: int
    last: int


class Entry(Value, frozen=True, kw_only=True):
    """The lines so far of an entry of journald's export format; `line` numbers the first of them.

    `chars` is how long they are, `fields` what is of use. `value`: the place in `lines` of the first line of a value
    that is not whole yet, 0 if none is; `left`: how many bytes of it are to come, -1 while its length is not known.
    `again`: it began amid the lines of one that was none.
    """

    line: int
    lines: tuple[str, ...] = ()
    chars: int = 0
    fields: dict[str, str] = {}
    value: int = 0
    left: int = 0
    again: bool = False


class Step(Value, frozen=True, kw_only=True):
    """The last line that was given to a record, and what the record was before it: it may have come too early."""

    time: str
    line: str
    chars: int
    phase: str
    held: tuple[str, ...]


class OpenRecord(Value, frozen=True, kw_only=True):
    """A crash whose end was not seen yet.

    `last` is the number of its last certain line. `held` are lines that belong only if later lines say
    so. `indent` is that of the first line; `prefixed` whether it had a prefix. `continues` is empty (not
    None) while the id of the continued crash is not known. `seen` are times and check sums of its last lines, where
    lines have times of their own: of those that come again nothing is taken.
    """

    origin: Origin
    line: int
    phase: str
    text: str
    chars: int
    continues: str | None = None
    last: int = 0
    held: tuple[str, ...] = ()
    indent: str = ""
    prefixed: bool = False
    seen: tuple[tuple[str, int], ...] = ()
    step: Step | None = None


class ClosedMark(Value, frozen=True, kw_only=True):
    """The record of this stream that a quiet Tick (or the size limit) closed; its later lines continue it."""

    phase: str
    crash: str | None = None


class Settled(Value, frozen=True, kw_only=True):
    """How the last finished record of a stream ended; no text of the input, so a driver may store it.

    `last` as in Assembled, `read` is the last line that was read by then, `mark` what was left for later lines.
    """

    last: int
    read: int
    mark: ClosedMark | None = None


class AssemblerState(Value, frozen=True, kw_only=True):
    """Everything that reassembly remembers of one input between two runs of lines, by stream identity.

    `recent` holds the last few raw lines of the input, by the stream of their run (a logged panic value
    stands before its goroutine block); lines that a record has used are only marked. `settled` and `again`
    serve reading again (resume.py): lines before `again` were read before, so they give nothing, and those
    of a settled stream are passed over. `next_line` is the number that the next line should have.
    `unfinished` are lines of which parts are still to come, `spans` the numbers of the first and last part of lines
    that came in parts and of entries: nobody may begin to read in the middle of one. `entry` is the one that the next
    line goes on with. `format` is that of the lines, where it was
    named.
    """

    open: dict[str, OpenRecord] = {}
    closed: dict[str, ClosedMark] = {}
    recent: dict[str, tuple[str, ...]] = {}
    settled: dict[str, Settled] = {}
    again: int = 0
    next_line: int = 0
    unfinished: dict[str, Unfinished] = {}
    spans: tuple[tuple[int, int], ...] = ()
    entry: Entry | None = None
    format: str = ""

    def waiting(self) -> dict[str, int]:
        """Streams of which something may be to come, with the number of their last line."""
        last = {stream: record.last for stream, record in self.open.items()}
        for stream, part in self.unfinished.items():
            last[stream] = max(part.last, last.get(stream, 0))
        return last


class Assembled(msgspec.Struct, frozen=True, kw_only=True):
    """A finished record: the crash text without line prefixes, every line with its line end.

    `line` and `last` number its first and last line, `read` the last line that was read as if it could belong (0: none
    behind `last`). `resumable`: closed by a quiet Tick or the size limit.
    `message` is what a structured line said beside its stack field (the panic value), where it did, `errors` the
    chain of errors and `build` the build that it stated.
    `continues` is empty where this continues the resumable record before it, of the same stream and Read.
    """

    text: str
    origin: Origin
    line: int
    last: int
    read: int = 0
    phase: str = ""
    continues: str | None = None
    truncated: bool = False
    resumable: bool = False
    message: str | None = None
    context: Context = Context()
    errors: tuple[ChainedError, ...] = ()
    build: Build = Build()


class InputObject(msgspec.Struct, frozen=True):
    """A line that is one of the input events as a JSON object; `topic` says which."""

    topic: str
    value: dict[str, object]
    line: int


class BadLine(msgspec.Struct, frozen=True):
    """A line that claims to be an input event and is not; it goes to the dead letter."""

    text: str
    error: str
    line: int


class NearMiss(msgspec.Struct, frozen=True):
    """A line that looked like a crash and was none; shown when nothing was found."""

    line: int
    text: str
    why: str


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one run of lines."""

    state: AssemblerState
    found: tuple[Assembled | InputObject | BadLine, ...] = ()
    lines: int = 0
    formats: dict[str, int] = {}
    near_misses: tuple[NearMiss, ...] = ()
