"""Reports as one self-contained HTML page: no script, no outside resource, readable on a phone.

In: a Page. Out: the page's text. Never lets a text from a log become markup or a control character,
never reads a clock: equal pages give equal bytes.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from streams.core.report import source, summary, words
from streams.core.report import trace as traces
from streams.core.report.run import Page
from streams.core.traces import traced
from streams.model.crash import Crash
from streams.model.report import RootCause

_MESSAGE_LINES: Final = 40
_MESSAGE_CHARS: Final = 2000
_STACKS_SHOWN: Final = 60
_MISSES_SHOWN: Final = 50
_SOURCE_CHARS: Final = 300
_SURE: Final = 0.5


def render_html(page: Page, *, command: str = summary.DEFAULT_COMMAND) -> str:
    """The page as HTML; `command` is what the reader typed, for the commands suggested."""
    return _template().render(
        page=page,
        run=page.run,
        command=command,
        program=summary.program(command),
        shared=summary.shared_unknowns(page),
    )


@cache
def _template() -> Template:
    return environment("streams.core.report").get_template("report.html")


def environment(*packages: str) -> Environment:
    """Templates of these packages, the first that has one; each value that they write is harmless and escaped."""
    environment = Environment(
        autoescape=True,
        loader=ChoiceLoader([PackageLoader(package, "templates") for package in packages]),
        undefined=StrictUndefined,
        # The one gate that every value passes before it is escaped and written.
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        summary=summary,
        words=words,
        traces=traces,
        traced=traced,
        bar_height=bar_height,
        crash_facts=crash_facts,
        kind_of_line=kind_of_line,
        message_lines=message_lines,
        other_stacks=other_stacks,
        source_lines=source_lines,
        source_where=source.where,
        misses_shown=_MISSES_SHOWN,
        sure=_SURE,
    )
    return environment


def _harmless(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return words.visible(value)
    return value


def bar_height(number: int, most: int) -> int:
    """Of 40; what is there at all can be seen."""
    return max(2, number * 40 // most)


def kind_of_line(line: traces.TraceLine) -> str:
    """`Kept`, `Folded` or `Omitted`, for the template."""
    return type(line).__name__


def message_lines(crash: Crash) -> tuple[str, ...]:
    """The crash's own message, line by line, as far as a page bears it."""
    most = _MESSAGE_LINES * _MESSAGE_CHARS
    lines = words.visible_lines(crash.message[: most + 1], _MESSAGE_LINES)
    return tuple(words.clip(line, _MESSAGE_CHARS) for line in lines)


def source_lines(excerpt: source.Excerpt) -> tuple[source.Numbered, ...]:
    """The lines of an excerpt, as far as a page bears them."""
    return tuple(source.numbered(excerpt, _SOURCE_CHARS))


def other_stacks(crash: Crash, root: RootCause) -> tuple[tuple[traces.Stack, ...], int]:
    """The other goroutines as stacks, and how many goroutines are not shown."""
    return traces.other_stacks(crash, _STACKS_SHOWN, root)


def crash_facts(crash: Crash) -> tuple[tuple[str, str], ...]:
    """What is known of the crash that stands for its cluster, as (name, value)."""
    source, build, context = crash.source, crash.build, crash.context
    signal, trace = crash.signal, traced(crash)
    request = (context.http_method, context.http_path, context.http_status)
    named: tuple[tuple[str, str | None], ...] = (
        ("crash", crash.id),
        ("read at", traces.place(source.path, source.line)),
        ("time", None if source.at is None else words.moment(source.at, seconds=True)),
        ("service", source.service),
        ("host", source.host),
        ("pod", _joined(source.namespace, source.pod, "/")),
        ("container", source.container),
        ("signal", None if signal is None else _joined(signal.name, signal.addr, " at address ")),
        ("panics", " → ".join(panic.value for panic in crash.panics[:5]) if crash.panics else None),
        ("errors", " → ".join(e.message for e in crash.errors[:5]) if crash.errors else None),
        ("request", " ".join(str(part) for part in request if part is not None)),
        ("trace id", trace.trace_id),
        ("span id", trace.span_id),
        ("Go", build.go),
        ("version", build.version or build.release or build.tag),
        ("revision", build.revision),
    )
    return tuple((name, words.clip(value, 500)) for name, value in named if value)


def _joined(first: str | None, second: str | None, between: str) -> str | None:
    return f"{first}{between}{second}" if first and second else first or second
