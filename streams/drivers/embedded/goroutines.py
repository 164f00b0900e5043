"""All goroutines of what is in some inputs: crashes and dumps, whole, however large.

In: inputs, settings. Out: Found for each record, in order of its first line. Reads as `parse` does, with two
differences: blocks of a large dump are taken out of the lines before COLLECT reads them one by one (core.parse.skim),
and what it closes at its size limit is put together again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, Literal

import msgspec

from streams.core.parse.dump import Dump, Goroutines, Rows, Stack, without_bodies
from streams.core.parse.record import MAX_RECORD_CHARS, Assembled
from streams.core.parse.skim import awaiting, first_part, headers_in, rows_of, stretches
from streams.core.parse.traceback import parse_traceback
from streams.core.report.goroutines import Found, Part
from streams.core.scrub.scrub import scrub
from streams.core.steps.collect import INPUTS, collect
from streams.core.steps.symbolize import record_of
from streams.core.symbolize.addresses import without_unnamed
from streams.core.symbolize.marks import mark_frame, mark_goroutines
from streams.drivers.embedded.dumps import LARGE_CHARS, read_large
from streams.drivers.embedded.session import Session
from streams.model.crash import Build, Fault, Goroutine, Traceback
from streams.model.events import RawPanic
from streams.model.message import Message
from streams.model.settings import PipelineSettings
from streams.model.text import readable
from streams.topology import Stage, secret_patterns, stages

# What will be asked for: stacks alone; also who started each goroutine; all that was printed.
Detail = Literal["stacks", "creators", "all"]
_BLOCK: Final = "goroutine "
# What a header may hold beside its labels that scrubbing looks into (core.scrub.protected).
_OPEN: Final = frozenset("\"'{=")


class _Skimmed(msgspec.Struct, frozen=True):
    """Blocks that were taken out of a record, behind so many characters, lines and goroutines of the rest of it.

    `text` is as it was read; empty where no id will be made of it.
    """

    chars: int
    below: int
    goroutines: int
    lines: int
    rows: Rows
    text: str
    scrubbed: dict[str, int]


class Reading:
    """Hears of the records that a session reads, which must have `stage` as its only one."""

    def __init__(self, settings: PipelineSettings, order: dict[str, int], detail: Detail) -> None:
        """Nothing is read yet; `order` has the inputs by name. Raises ValueError for a pattern that is none."""
        self._settings = settings
        self._patterns = secret_patterns(settings)
        self._order = order
        self._detail = detail
        self._raw: list[RawPanic] = []
        self._skimmed: dict[tuple[str, int], list[_Skimmed]] = {}
        self._session: Session | None = None
        self.dead = 0

    @property
    def stage(self) -> Stage:
        """COLLECT, which makes ids of the whole texts."""
        plain = next(stage for stage in stages(self._settings) if stage.name == "collect")
        return msgspec.structs.replace(plain, step=collect(self._patterns, self._whole))

    def listen(self, session: Session) -> None:
        """Hear of what this session reads."""
        self._session = session
        session.passing = partial(self._passing, session)
        session.engine.sinks["panics.raw"] = self.take
        session.engine.sinks["deadletter"] = self._dead_letter

    def found(self) -> Iterator[Found]:
        """Every record with its goroutines, in order of its first line."""
        for raw in self._joined():
            found = self._found(raw)
            if found is None:
                self.dead += 1
            else:
                yield found

    def take(self, event: Message) -> None:
        """One that was found; it is scrubbed already."""
        if isinstance(event, RawPanic):
            self._raw.append(event)

    def _dead_letter(self, _event: Message) -> None:
        self.dead += 1

    def _passing(
        self, session: Session, name: str, data: str, line: int
    ) -> Iterator[tuple[str, int]]:
        """The lines that COLLECT is to read; it has read those before when the next are asked for."""
        for text, blocks in stretches(data):
            if not blocks or not self._skim(session, name, text):
                yield text, line
            line += text.count("\n")

    def _skim(self, session: Session, name: str, text: str) -> bool:
        """Take blocks out, where they belong to what is open for certain."""
        state = session.store.get(INPUTS, name)
        record = awaiting(state.assembler) if state else None
        above = headers_in(record.text) if record else 0
        # The first goroutine may be the one that crashed.
        rows = rows_of(text) if above else None
        if record is None or rows is None:
            return False
        before = self._skimmed.setdefault((name, record.line), [])
        read = len(record.text) + sum(len(each.text) for each in before)
        clean, scrubbed = self._clean(text, rows)
        before.append(
            _Skimmed(
                chars=len(record.text),
                below=record.text.count("\n"),
                goroutines=above,
                lines=text.count("\n"),
                rows=clean,
                text=text if read <= MAX_RECORD_CHARS else "",
                scrubbed=scrubbed,
            )
        )
        session.meter.add("panictrail_lines_read_total", text.count("\n"), ())
        return True

    def _clean(self, text: str, rows: Rows) -> tuple[Rows, dict[str, int]]:
        """The same without secrets, and how many; labels are all that has some where arguments are not shown."""
        odd = any(head.labels or _OPEN.intersection(head.state) for head in rows.headers)
        counts: dict[str, int] = {}
        if self._detail == "all" or odd or not text.isascii():
            clean = readable(text)
            if self._patterns is not None:
                clean, counts = msgspec.structs.astuple(scrub(clean, self._patterns))
            rows = rows_of(clean) or rows
        return without_bodies(rows) if self._detail == "stacks" else rows, counts

    def _whole(self, found: Assembled, name: str) -> str:
        """The text of a record, as far as its id is made of it."""
        skimmed = self._skimmed.get((name, found.line))
        if not skimmed:
            return found.text
        pieces: list[str] = []
        done = 0
        for each in skimmed:
            pieces += (found.text[done : each.chars], each.text)
            done = each.chars
        return first_part("".join((*pieces, found.text[done:])), MAX_RECORD_CHARS)

    def _joined(self) -> list[RawPanic]:
        """The records, with the parts of those that were too large in one, in order."""
        whole: dict[str, list[RawPanic]] = {}
        for number, raw in enumerate(self._raw):
            first = raw.continues if raw.continues in whole else raw.event_id or str(number)
            whole.setdefault(first or str(number), []).append(raw)
        return sorted(map(_in_one, whole.values()), key=self._place)

    def _place(self, raw: RawPanic) -> tuple[int, int]:
        return self._order.get(raw.path or "", 0), raw.line or 0

    def _found(self, raw: RawPanic) -> Found | None:
        skimmed = self._skimmed.get((raw.path or "", raw.line or 0), [])
        # What a shipper wrote, or a field of a structured line, was not skimmed.
        large = len(raw.text) > LARGE_CHARS and not skimmed
        dump = read_large(raw.text, None, raw.message) if large else None
        said = dump.outer if dump else parse_traceback(raw.text, raw.message)
        crash = record_of(raw, _told(said, skimmed), self._settings)
        if crash is None:
            return None
        crash = without_unnamed(crash, {})
        if dump:
            return Found(crash, self._parts_of(dump, raw.build))
        forged = headers_in(raw.text) - len(said.goroutines) if skimmed else 0
        # Blocks of a panic value do not count, but what was scrubbed in them does.
        clean = _added(crash.scrubbed, *(each.scrubbed for each in skimmed))
        crash = msgspec.structs.replace(crash, scrubbed=clean)
        return Found(crash, tuple(self._skimmed_parts(skimmed, forged, raw.build)))

    def _parts_of(self, dump: Dump, build: Build) -> tuple[Part, ...]:
        before = len(dump.outer.goroutines) - dump.below
        return tuple(self._part(before, each.rows, build) for each in dump.middle)

    def _skimmed_parts(self, skimmed: list[_Skimmed], forged: int, build: Build) -> Iterator[Part]:
        """Where they belong among the goroutines of the rest, of which so many headers were of a panic value."""
        for each in skimmed:
            if each.goroutines > forged:
                yield self._part(each.goroutines - forged, each.rows, build)

    def _part(self, before: int, rows: Rows, build: Build) -> Part:
        stacks = tuple(self._marked(stack, build) for stack in rows.stacks)
        marked = msgspec.structs.replace(rows, stacks=stacks)
        return Part(before, Goroutines(marked), self._marking(build))

    def _marked(self, stack: Stack, build: Build) -> Stack:
        frames = tuple(mark_frame(frame, build, self._settings) for frame in stack.frames)
        return msgspec.structs.replace(stack, frames=frames)

    def _marking(self, build: Build) -> Callable[[Goroutine], Goroutine]:
        return lambda one: mark_goroutines((one,), build, self._settings)[0]


def _in_one(parts: list[RawPanic]) -> RawPanic:
    """A record of which the size limit made several."""
    first, last = parts[0], parts[-1]
    if first is last:
        return first
    # The blank line above a header went with the cut.
    texts = ("\n" + p.text if p.text.startswith(_BLOCK) else p.text for p in parts[1:])
    return msgspec.structs.replace(
        first,
        text=first.text + "".join(texts),
        truncated=last.truncated,
        scrubbed=_added(*(part.scrubbed or {} for part in parts)),
    )


def _added(*counts: dict[str, int]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


def _told(said: Traceback, skimmed: list[_Skimmed]) -> Traceback:
    """What the rest of a record says, with the numbers that the lines of its faults have in all of it."""
    if not said.faults or not skimmed:
        return said
    faults = tuple(
        Fault(line=f.line + sum(e.lines for e in skimmed if e.below < f.line), reason=f.reason)
        for f in said.faults
    )
    return msgspec.structs.replace(said, faults=faults)
