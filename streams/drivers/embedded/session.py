"""One run of the embedded pipeline over inputs: read, process, commit batch by batch, close the tails.

In: inputs, settings, a store. Out: rows in the store and a RunSummary. The end of a file is processed in the
store's tail, which the next run undoes: a file that grew gives what it would have given in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.no_facts import NoFacts
from streams.adapters.system_clock import SystemClock
from streams.core.parse.exported import looks_exported
from streams.core.parse.log_path import source_of_path
from streams.core.report.run import Miss, Problem, RunSummary
from streams.core.scrub.patterns import Pattern
from streams.core.spool import Damage
from streams.core.steps.collect import INPUTS, ORDINALS
from streams.drivers.embedded.chunks import (
    CHUNK_BYTES,
    Lines,
    Run,
    file_reader,
    inflated,
    live_reader,
)
from streams.drivers.embedded.engine import Engine
from streams.drivers.embedded.inputs import Input, open_file, open_live
from streams.drivers.embedded.once import grouped_once, prints_of_tails
from streams.drivers.embedded.position import POSITIONS, Consumed, go_on, unchanged
from streams.drivers.embedded.tails import TAILS, Tails
from streams.drivers.spooled import SPOOLS, spool_batches
from streams.drivers.sweeping import Sweeping
from streams.model.crash import Source
from streams.model.events import LogLines, Tick
from streams.model.retention import Retention
from streams.model.step import Note, put
from streams.model.text import from_bytes
from streams.ports.clock import Clock
from streams.ports.facts import Resolver
from streams.ports.meter import Meter
from streams.ports.store import Store
from streams.topology import Stage

_MISSES_SHOWN: Final = 5
# Of retention at the end of a run: ten thousand texts.
_PASSES: Final = 20
_BINARY_WINDOW: Final = 8192
# What reading may raise; zlib's and zstandard's errors are OSError here (chunks.py).
_TROUBLE: Final = (OSError, EOFError)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to read; nothing here changes what the pipeline computes.

    `patterns`: the user's own for secrets, beside the built-in ones (None: scrubbing is off); what a spool holds is
    scrubbed before it goes anywhere. `retention`: what is removed before a run ends; None: nothing.
    """

    chunk_bytes: int = CHUNK_BYTES
    quiet_seconds: float = 2.0
    service: str | None = None
    state: str | None = None
    wake: int | None = None
    format: str = ""
    patterns: tuple[Pattern, ...] | None = ()
    retention: Retention | None = None


def _after_lines(data: bytes, lines: int) -> int:
    """Where the next line begins after so many."""
    end = 0
    for _ in range(lines):
        end = data.find(b"\n", end) + 1
    return end


def _is_binary(data: bytes) -> bool:
    """Whether an input that begins like this is no text."""
    head = data[:_BINARY_WINDOW]
    return b"\0" in head and not looks_exported(head)


def _damaged(item: Input, damage: Damage) -> Problem:
    return Problem(
        thing=item.name,
        what=f"{damage.size} bytes from offset {damage.begin} on are no record: {damage.why}",
        next_step="they are left out; the other records of this segment were read",
    )


class _End(msgspec.Struct, frozen=True):
    """What a file ended with: the text after its last newline, and the number of that line."""

    rest: str
    line: int
    events: bool


class Session:
    """Reads inputs through the stages into a store."""

    def __init__(  # noqa: PLR0913 - the ports of a driver, each named
        self,
        stages: Iterable[Stage],
        store: Store,
        options: Options | None = None,
        *,
        resolver: Resolver | None = None,
        clock: Clock | None = None,
        stopping: Callable[[], bool] = lambda: False,
        progress: Callable[[int], None] = lambda _bytes: None,
        meter: Meter | None = None,
        sweeping: Sweeping | None = None,
    ) -> None:
        """Undo the tail of the last run; nothing is read yet. `meter`: counts go there, and not into the summary."""
        self.store = store
        self.tally = MemoryMeter()
        self.meter: Meter = meter or self.tally
        # What the ends of files gave is worked out again, and is grouped as it was.
        tails = prints_of_tails(store)
        once = tuple(grouped_once(stage, tails) for stage in stages)
        self.engine = Engine(once, store, resolver or NoFacts(), clock or SystemClock(), self.meter)
        self.engine.on_note = self._note
        # Lines that begin with a number, to those of them that the stages are to read, with their numbers.
        self.passing: Callable[[str, str, int], Iterable[tuple[str, int]]] | None = None
        self._options = options or Options()
        self._stopping = stopping
        self._progress = progress
        self._files = 0
        self._formats: dict[str, int] = {}
        self._misses: list[Miss] = []
        self._problems: list[Problem] = []
        self._ends: dict[str, _End] = {}
        self._tails = Tails(store)
        self.sweeping = sweeping or Sweeping(self._options.retention, self.meter)
        store.undo_tail()

    def _note(self, note: Note) -> None:
        if note.kind == "format":
            self._formats[note.text] = self._formats.get(note.text, 0) + note.count
        elif len(self._misses) < _MISSES_SHOWN:
            miss = Miss(path=note.path or "-", line=note.line, text=note.text, why=note.why)
            self._misses.append(miss)

    def problem(self, found: Problem) -> None:
        """Add something that the person must look at."""
        self._problems.append(found)

    def read(self, item: Input) -> None:
        """Read one input to its end (or until asked to stop), committing run by run."""
        self._files += 1
        try:
            if item.path is not None and item.spool:
                self._read_spool(item, item.path)
            elif item.path is not None and item.resumable:
                self._read_file(item, item.path)
            else:
                self._read_live(item)
        except _TROUBLE as error:
            self.store.commit()
            self._unreadable(item, error)

    def _unreadable(self, item: Input, error: Exception) -> None:
        what = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self.problem(
            Problem(
                thing=item.name,
                what=f"cannot be read: {what}",
                next_step="what was read before is kept; check the file and run again",
                fatal=True,
            )
        )

    def _read_live(self, item: Input) -> None:
        consumed = self._fresh(item)
        with open_live(item) as stream:
            reader = live_reader(stream.fileno(), self._options.quiet_seconds, self._options.wake)
            self._pump(item, inflated(reader), consumed)

    def _read_file(self, item: Input, path: Path) -> None:
        position = self.store.get(POSITIONS, item.name)
        if position is not None:
            with open_file(path) as stream:
                same = unchanged(stream, position)
            if same:
                self._tails.drop(item.name)
                with open_file(path) as stream:
                    consumed = go_on(stream, position)
                    self._pump(item, file_reader(stream, self._options.chunk_bytes), consumed)
                return
            # Rotated or rewritten: what was open ends here, and the new content is read whole.
            self._submit_tail(item.name)
        self._tails.drop(item.name)
        with open_file(path) as stream:
            reader = file_reader(stream, self._options.chunk_bytes)
            self._pump(item, reader, self._fresh(item))

    def _read_spool(self, item: Input, path: Path) -> None:
        """The records of a segment that were not read before."""
        batches = spool_batches(
            path, self.store.get(SPOOLS, item.name), self._options.service, self._options.patterns
        )
        for batch in batches:
            for event in batch.events:
                placed = msgspec.structs.replace(event, path=item.name)
                self.engine.submit("panics.raw", event.event_id or "", placed)
            for damage in batch.damages:
                self.problem(_damaged(item, damage))
                self.meter.add("panictrail_spool_corrupt_bytes_total", damage.size, ())
            self.meter.add("panictrail_spool_records_total", len(batch.events), ())
            self.meter.add("panictrail_bytes_read_total", batch.size, ())
            self._note(Note(kind="format", text="spool", count=len(batch.events)))
            self.store.apply((put(SPOOLS, item.name, batch.position),))
            self.store.commit()
            self._progress(batch.size)
            if self._stopping():
                return

    def _submit_tail(self, name: str) -> None:
        for event in self._tails.of(name):
            self.engine.submit(event.topic, event.key, event.message())

    def _fresh(self, item: Input) -> Consumed:
        for table in (INPUTS, ORDINALS, POSITIONS):
            self.store.forget(table, item.name)
        return Consumed()

    def _pump(self, item: Input, read: Callable[[], bytes | None], consumed: Consumed) -> None:
        lines = Lines(read)
        try:
            for run in lines:
                self._take(item, run, consumed)
                if self._stopping():
                    break
        except _TROUBLE as error:
            # What came before the trouble is a file that ends there.
            self._unreadable(item, error)
        self._finish(item, lines.rest, consumed)

    def _take(self, item: Input, run: Run, consumed: Consumed) -> None:
        if run.idle:
            quiet_ns = int(self._options.quiet_seconds * 1e9)
            self.engine.submit("ticks", item.name, Tick(input=item.name, quiet_ns=quiet_ns))
            self.store.commit()
            return
        if consumed.offset == 0 and _is_binary(run.data):
            self._binary(item, run.data)
        if run.cut and not any(p.thing.startswith(item.name) for p in self._problems):
            self._long_line(item, consumed.line + 1)
        offset, line = consumed.offset, consumed.line
        self._lines(item, run.data, line + 1)
        consumed.add(run.data)
        if item.resumable:
            self._keep_position(item, run.data, (offset, line), consumed)
        self.store.commit()
        self._progress(len(run.data))

    def _keep_position(
        self, item: Input, data: bytes, start: tuple[int, int], consumed: Consumed
    ) -> None:
        """Store from where this input can be read again without anything that is in memory now.

        `start` is the offset and the lines before `data`. A place before it was stored with its own run.
        """
        state, (offset, line) = self.store.get(INPUTS, item.name), start
        known = self.store.get(POSITIONS, item.name)
        restart = state.restart - 1 if state else 0
        if restart < line:
            place = (known.offset, known.line) if known else (0, 0)
        else:
            # A part of a line that is too long has no end, and begins where the line does.
            lines = min(restart - line, data.count(b"\n"))
            place = (offset + _after_lines(data, lines), line + lines)
        self.store.apply((put(POSITIONS, item.name, consumed.position(*place)),))

    def _lines(self, item: Input, data: bytes, line: int) -> None:
        self.meter.add("panictrail_bytes_read_total", len(data), ())
        self._submit_lines(item.name, from_bytes(data), line, events=item.events)

    def _submit_lines(self, name: str, data: str, line: int, *, events: bool) -> None:
        if self.passing is None or events:
            self._submit_text(name, data, line, events=events)
            return
        for text, number in self.passing(name, data, line):
            self._submit_text(name, text, number)

    def _submit_text(self, name: str, data: str, line: int, *, events: bool = False) -> None:
        event = LogLines(
            input=name,
            data=data,
            line=line,
            path=name,
            defaults=self._defaults(name),
            format=self._options.format,
            events=events,
        )
        self.engine.submit("logs.lines", name, event)

    def _defaults(self, name: str) -> Source:
        """What holds where the lines do not say it: the service that was named, and what the path says."""
        source = source_of_path(name)
        named = self._options.service
        return msgspec.structs.replace(source, service=named) if named else source

    def _finish(self, item: Input, rest: bytes, consumed: Consumed) -> None:
        if consumed.offset == 0 and _is_binary(rest):
            self._binary(item, rest)
        self.meter.add("panictrail_bytes_read_total", len(rest), ())
        end = _End(from_bytes(rest), consumed.line + 1, item.events)
        if item.resumable:
            self._ends[item.name] = end
            known = self.store.get(POSITIONS, item.name)
            place = (known.offset, known.line) if known else (0, 0)
            position = consumed.plus(rest).position(*place)
            self.store.apply((put(POSITIONS, item.name, position),))
        else:
            self._end(item.name, end)
            self._fresh(item)
        self.store.commit()

    def _end(self, name: str, end: _End) -> None:
        """The end of an input: what follows its last newline, and the Tick that closes what is open."""
        if end.rest:
            self._submit_lines(name, end.rest, end.line, events=end.events)
        self.engine.submit("ticks", name, Tick(input=name, end_of_input=True))

    def _binary(self, item: Input, data: bytes) -> None:
        elf = data.startswith(b"\x7fELF")
        what = "an ELF file (a binary or a core)" if elf else "not text (it has NUL bytes)"
        step = (
            "this version reads crash text only: give what the program wrote to stderr"
            if elf
            else "it was searched for crash text all the same; give logs as text, .gz or .zst"
        )
        self.problem(Problem(thing=item.name, what=what, next_step=step))

    def _long_line(self, item: Input, line: int) -> None:
        self.problem(
            Problem(
                thing=f"{item.name}:{line}",
                what="a line longer than 8 MiB, searched in parts",
                next_step="if a crash is cut there, ship it as lines or as several events",
            )
        )

    def finish(self) -> None:
        """Close the ends of all files, so that reports show them; the next run undoes this first."""
        # Now: a row that goes while the tail is in would be put back.
        self.sweeping.run(self.store, _PASSES)
        self.store.begin_tail(TAILS)
        for name in sorted({*self._tails.names(), *self._ends}):
            end = self._ends.get(name)
            if end is None:
                self._submit_tail(name)
                continue
            with self._tails.recording(self.engine, name):
                self._end(name, end)
        self.store.commit()

    def misfit(self) -> Problem | None:
        """What is wrong with the format that was named: no line is in it."""
        name, others = self._options.format, {k: v for k, v in self._formats.items() if v}
        if not name or not others or name in others:
            return None
        return Problem(
            thing=f"--format {name}",
            what=f"none of {sum(others.values()):,} lines is in this format: they were read as they are",
            next_step="leave --format out: each line's own is found then",
        )

    def summary(self, *, crashes: int, dead_letters: int, interrupted: bool) -> RunSummary:
        """What this run read and found."""
        return RunSummary(
            files=self._files,
            lines=self.tally.total("panictrail_lines_read_total"),
            bytes=self.tally.total("panictrail_bytes_read_total"),
            formats=dict(sorted(self._formats.items())),
            crashes=crashes,
            duplicates=self.tally.total("panictrail_duplicates_total"),
            dead_letters=dead_letters,
            scrubbed=self.tally.by_label("panictrail_secrets_scrubbed_total"),
            misses=tuple(self._misses),
            problems=(*self._problems, *filter(None, (self.misfit(),))),
            interrupted=interrupted,
            state=self._options.state,
        )
