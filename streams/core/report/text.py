"""Reports for a terminal or a pipe: short, most important first, nothing that a terminal obeys.

In: a Page, a width, whether colour is wanted. Out: one text that ends in a newline. Never cuts a
`file:line`, never sends a control character of a log, never asks the environment.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from streams.core.report import summary
from streams.core.report.run import Miss, Page, RunSummary, Shown
from streams.core.report.source import Excerpt, Sources, numbered, where
from streams.core.report.trace import (
    Folded,
    Kept,
    Omitted,
    Stack,
    TraceLine,
    folded_words,
    last_events,
    main_stacks,
    others,
    place,
    shorten,
)
from streams.core.report.words import clip, count, listing, number, visible
from streams.model.crash import Crash
from streams.model.report import Report, Suspect, Unknown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# The first screen: what is shown of each thing before a count stands for the rest.
_CLUSTERS_SHOWN: Final = 10
_TRACE_LINES: Final = 8
_REASONS_SHOWN: Final = 3
_VARIANTS_SHOWN: Final = 3
_SUSPECTS_SHOWN: Final = 3
_EVIDENCE_SHOWN: Final = 3
_MISSES_SHOWN: Final = 5
_TITLE_CHARS: Final = 300
_MESSAGE_CHARS: Final = 240

_NARROWEST: Final = 40
_LABEL_INDENT: Final = 3
_BODY_INDENT: Final = 12
_SHORTEST_TITLE: Final = 24
# The body, six blanks, a mark and a blank, two blanks behind the number.
_SOURCE_INDENT: Final = _BODY_INDENT + 10


def render_text(
    page: Page,
    *,
    width: int = 80,
    color: bool = False,
    command: str = summary.DEFAULT_COMMAND,
) -> str:
    """The page as text; only a path, a function or a command may be wider than `width`.

    `command` is what the reader typed, for the commands that the text suggests.
    """
    paper = _Paper(max(width, _NARROWEST), color=color)
    paper.write(summary.headline(page), style="bold")
    if page.shown:
        _clusters(paper, page)
    else:
        _nothing(paper, page.run, command)
    notes = summary.notes(page, command)
    if notes:
        paper.blank()
    for note in notes:
        paper.write(note, hang=2)
    return paper.text()


class _Paper:
    """Lines no wider than the paper; rich measures, wraps and colours, and reads no markup."""

    def __init__(self, width: int, *, color: bool) -> None:
        # Imported on first use: rich costs about 50 ms, which `--json` and `--help` need not pay.
        from rich.console import Console  # noqa: PLC0415 - see above
        from rich.text import Text  # noqa: PLC0415 - see above

        self.width = width
        self._text = Text
        self._color = color
        self._out = io.StringIO()
        self._console: Console = Console(
            file=self._out,
            width=10**6,
            color_system="standard" if color else None,
            force_terminal=color,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            soft_wrap=True,
            no_color=False,
            _environ={},
        )

    def styled(self, *parts: tuple[str, str]) -> Text:
        """One Text of (text, style) parts; the texts must be harmless already."""
        return self._text.assemble(*parts)

    def blank(self) -> None:
        """An empty line."""
        self._out.write("\n")

    def write(
        self, content: str | Text, *, style: str = "", indent: int = 0, hang: int = 0
    ) -> None:
        """Wrap at blanks, a word longer than the paper wherever it ends."""
        text = self._text(content, style) if isinstance(content, str) else content
        for i, line in enumerate(self._wrapped(text, self.width - indent - hang)):
            self._line(line, indent + (hang if i else 0))

    def write_whole(self, content: str, *, style: str = "", indent: int = 0) -> None:
        """One line, however long: a path must stay findable and clickable."""
        self._line(self._text(content, style), indent)

    def field(self, label: str, content: str, *, style: str = "", hang: int = 0) -> None:
        """A label and its wrapped content beside it; an empty label continues the field above."""
        text = self._text(content, style)
        for i, line in enumerate(self._wrapped(text, self.width - _BODY_INDENT - hang)):
            self._labelled("" if i else label, line, hang if i else 0)

    def field_whole(self, label: str, content: str, *, style: str = "") -> None:
        """A label and a content that must not be broken."""
        self._labelled(label, self._text(content, style))

    def fits(self, content: str, indent: int) -> bool:
        """Whether a text stays within the paper on one line."""
        return self._text(content).cell_len + indent <= self.width

    def text(self) -> str:
        """Everything written so far."""
        return self._out.getvalue()

    def _wrapped(self, text: Text, width: int) -> Sequence[Text]:
        if text.cell_len <= width:
            return (text,)
        return list(text.wrap(self._console, width, tab_size=1))

    def _labelled(self, label: str, line: Text, hang: int = 0) -> None:
        gap = " " * (_BODY_INDENT - _LABEL_INDENT - len(label) + hang)
        head = self._text.assemble((label, "dim"), gap) if label else self._text(gap)
        self._line(head + line, _LABEL_INDENT)

    def _line(self, line: Text, indent: int) -> None:
        line.rstrip()
        if not self._color:
            self._out.write(f"{' ' * indent}{line.plain}".rstrip() + "\n")
        else:
            text = self._text(" " * indent) + line if line.plain else line
            self._console.print(text, no_wrap=True, overflow="ignore", crop=False)


def _clusters(paper: _Paper, page: Page) -> None:
    ways = summary.ways_to_know(page)
    for rank, shown in enumerate(page.shown[:_CLUSTERS_SHOWN], 1):
        paper.blank()
        _cluster(paper, rank, shown, ways)
    rest = page.shown[_CLUSTERS_SHOWN:]
    if rest:
        paper.blank()
        paper.write(f"{count(len(rest), 'more cluster')}:")
    for rank, shown in enumerate(rest, _CLUSTERS_SHOWN + 1):
        _row(paper, rank, shown.report)
    if ways:
        paper.blank()
        paper.write("What is unknown, and how to know it:")
    for mark, way in enumerate(ways, 1):
        _way(paper, f"[{mark}] ", way)


def _way(paper: _Paper, mark: str, way: summary.Way) -> None:
    why = f": {visible(way.why)}" if way.why else ""
    where = " (all clusters)" if way.everywhere else ""
    text = f"{mark}{visible(way.what)}{where}{why}. To know: {visible(way.how)}"
    paper.write(text, indent=2, hang=len(mark))


def _cluster(paper: _Paper, rank: int, shown: Shown, ways: Sequence[summary.Way]) -> None:
    report = shown.report
    _title(paper, rank, report)
    _where(paper, report)
    paper.field("seen", summary.seen(report), hang=2)
    if shown.history.times is not None:
        times = shown.history.times
        paper.field("times", f"{summary.bars(times)} {summary.over_time(times)}", hang=2)
    around = summary.surroundings(report)
    if around:
        paper.field("in", around, hang=2)
    if shown.crash is not None:
        _trace(paper, shown.crash, shown)
    _variants(paper, shown)
    _why(paper, report)
    _who(paper, report)
    for at, batch in enumerate(shown.history.batches):
        paper.field("" if at else "batches", summary.batch_words(batch), hang=2)
    if ways:
        marked = summary.marked_unknowns(shown, ways)
        if marked:
            paper.field("unknown", marked, hang=2)
        return
    for unknown in shown.unknown:
        paper.field("unknown", _unknown(unknown), hang=2)


def _title(paper: _Paper, rank: int, report: Report) -> None:
    head = f"{rank}. "
    parts = [(head, "dim"), (clip(report.title, _TITLE_CHARS), "bold red")]
    if report.status != "new":
        parts.append((f" [{report.status}]", "bold yellow"))
    paper.write(paper.styled(*parts), hang=len(head))


def _where(paper: _Paper, report: Report) -> None:
    function = visible(report.root_cause.function or "")
    where = summary.report_place(report)
    if where is None:
        text = f"{function}, file and line unknown" if function else "place unknown"
        paper.field_whole("where", text)
        return
    both = f"{function} at {where}" if function else where
    if not function or paper.fits(both, _BODY_INDENT):
        paper.field_whole("where", both, style="cyan")
        return
    paper.field_whole("where", function, style="cyan")
    paper.field_whole("", f"at {where}", style="cyan")


def _trace(paper: _Paper, crash: Crash, shown: Shown) -> None:
    report = shown.report
    label = "trace"
    said = clip(crash.message, _MESSAGE_CHARS)
    if said and said not in visible(report.title):
        paper.field(label, said)
        label = ""
    for stack in main_stacks(crash, report.root_cause):
        paper.field(label, _stack_head(stack, crash), style="dim", hang=2)
        label = ""
        _stack(paper, stack, shown.sources)
    more = others(crash)
    if more:
        paper.field(label, f"… {count(more, 'other goroutine')}", style="dim")
        label = ""
    for caveat in summary.caveats(crash):
        paper.field(label, caveat, hang=2)
        label = ""
    for at, event in enumerate(last_events(crash)):
        paper.field("" if at else "before", event, hang=2)


def _stack_head(stack: Stack, crash: Crash) -> str:
    read = place(crash.source.path, crash.source.line)
    head = visible(stack.head)
    return f"{head}, read at {visible(read)}" if read else head


def _stack(paper: _Paper, stack: Stack, sources: Sources) -> None:
    for line in shorten(stack.lines, _TRACE_LINES):
        _trace_line(paper, line, sources)
    if stack.elided:
        paper.field("", f"  … {count(stack.elided, 'frame')} left out by the runtime", style="dim")
    if stack.created_by is not None:
        by = stack.created_by
        text = f"  started by {visible(by.function)}"
        _function_at(paper, text, place(by.file, by.line), "dim")


def _trace_line(paper: _Paper, line: TraceLine, sources: Sources) -> None:
    if isinstance(line, Omitted):
        paper.field("", f"  … {count(line.frames, 'more frame')}", style="dim")
    elif isinstance(line, Folded):
        paper.field("", f"  … {folded_words(line)}", style="dim", hang=4)
    else:
        _frame(paper, line)
        excerpt = sources.of(line.frame)
        if excerpt is not None:
            _excerpt(paper, excerpt)


def _excerpt(paper: _Paper, excerpt: Excerpt) -> None:
    """The source below its frame, each line whole as far as the paper is wide."""
    paper.field_whole("", f"      {visible(where(excerpt))}", style="dim")
    for row in numbered(excerpt, paper.width - _SOURCE_INDENT):
        mark = ">" if row.named else " "
        style = "bold" if row.named else "dim"
        paper.field_whole("", f"      {mark} {row.number}  {row.text}", style=style)


def _frame(paper: _Paper, line: Kept) -> None:
    mark = "→ " if line.root else "  "
    times = f" ({number(line.times)} times)" if line.times > 1 else ""
    text = f"{mark}{visible(line.frame.function)}{times}"
    _function_at(paper, text, place(line.frame.file, line.frame.line), _frame_style(line))


def _frame_style(line: Kept) -> str:
    if line.root:
        return "bold cyan"
    return "bold" if line.frame.in_app else ""


def _function_at(paper: _Paper, function: str, where: str | None, style: str) -> None:
    """A function and its place: on one line where both fit, else the place below."""
    if where is None:
        paper.field_whole("", function, style=style)
        return
    both = f"{function}  {visible(where)}"
    if paper.fits(both, _BODY_INDENT):
        paper.field_whole("", both, style=style)
        return
    paper.field_whole("", function, style=style)
    paper.field_whole("", f"      {visible(where)}", style=style)


def _variants(paper: _Paper, shown: Shown) -> None:
    label = "variants"
    for variant in shown.history.variants[:_VARIANTS_SHOWN]:
        paper.field(label, summary.variant_words(variant, shown.report), hang=2)
        label = ""
        way = summary.variant_way(variant)
        if way:
            paper.field("", f"  {way}", style="dim", hang=4)
    more = shown.history.more_variants + len(shown.history.variants[_VARIANTS_SHOWN:])
    if more:
        paper.field("", f"… {count(more, 'more variant')}", style="dim")


def _why(paper: _Paper, report: Report) -> None:
    reasons = summary.reasons(report)
    shown = "; ".join(reasons[:_REASONS_SHOWN])
    if len(reasons) > _REASONS_SHOWN:
        shown += f"; … {count(len(reasons) - _REASONS_SHOWN, 'more reason')}"
    if shown:
        paper.field("grouped", f"by {shown}", hang=2)
    paper.field("", summary.grouped(report), hang=2)


def _who(paper: _Paper, report: Report) -> None:
    introduced = summary.introduced_words(report.introduced)
    if introduced:
        paper.field("new in", introduced, hang=2)
    label = "suspect" if len(report.suspects) == 1 else "suspects"
    for suspect in report.suspects[:_SUSPECTS_SHOWN]:
        _suspect(paper, label, suspect)
        label = ""
    if len(report.suspects) > _SUSPECTS_SHOWN:
        paper.field("", f"… {len(report.suspects) - _SUSPECTS_SHOWN} less likely", style="dim")
    if report.owners:
        paper.field("owners", listing(report.owners), hang=2)


def _suspect(paper: _Paper, label: str, suspect: Suspect) -> None:
    paper.field(label, summary.suspect_words(suspect), hang=2)
    for text in summary.evidence_words(suspect)[:_EVIDENCE_SHOWN]:
        paper.field("", f"  {text}", hang=4)


def _unknown(unknown: Unknown) -> str:
    return f"{summary.unknown_words(unknown)}. To know: {visible(unknown.how)}"


def _row(paper: _Paper, rank: int, report: Report) -> None:
    """`11. 17x  place  title  cluster`; what does not fit beside the place goes below it."""
    where = summary.report_place(report) or visible(report.root_cause.function or "place unknown")
    head = f"{rank:>3}. {number(report.occurrences)}x  {where}"
    tail = f"  {visible(report.cluster)}"
    room = paper.width - len(head) - len(tail) - 2
    if room >= _SHORTEST_TITLE:
        paper.write_whole(f"{head}  {clip(report.title, room)}{tail}")
        return
    paper.write_whole(head + tail)
    paper.write(clip(report.title, paper.width - 5), indent=5)


def _nothing(paper: _Paper, run: RunSummary, command: str) -> None:
    paper.blank()
    paper.write(f"Read: {summary.what_was_read(run)}.", hang=2)
    if run.misses:
        paper.blank()
        paper.write("Closest to a crash:")
    for miss in run.misses[:_MISSES_SHOWN]:
        _miss(paper, miss)
    if len(run.misses) > _MISSES_SHOWN:
        paper.write(f"… {count(len(run.misses) - _MISSES_SHOWN, 'more line')}", indent=2)
    paper.blank()
    paper.write("Try:")
    for step in summary.advice(run, command):
        paper.write_whole(visible(step.command), indent=2, style="bold")
        paper.write(step.why, indent=6)


def _miss(paper: _Paper, miss: Miss) -> None:
    paper.write_whole(f"{visible(miss.path)}:{miss.line}", indent=2, style="cyan")
    if miss.text:
        paper.write(clip(miss.text.strip(), paper.width - 6), indent=6)
    paper.write(visible(miss.why), indent=6)
