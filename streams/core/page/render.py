"""Pages as HTML, with their style and script: server-rendered, readable without script, nothing from elsewhere.

In: values of this room. Out: texts. Every value passes the gate of the HTML report (core/report/html.py): nothing that
came from a log becomes markup or a control character. Equal pages give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from jinja2 import Environment

from streams.core.page import asked, rates
from streams.core.page.values import ClusterPage, ListPage, Notice
from streams.core.report.facts_text import words as decision_words
from streams.core.report.html import environment
from streams.core.report.words import clip, count, moment, number, span
from streams.model.instant import Instant
from streams.model.listing import Span
from streams.model.report import Report

_NS: Final = 1_000_000_000
_BAR: Final = 5
_TALL: Final = 24
# The policy under which pages are shown; a test holds the pages to it in a browser.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# Name, template, content type.
ASSETS: Final[Mapping[str, tuple[str, str]]] = {
    "page.css": ("page.css", "text/css"),
    "page.js": ("page.js", "text/javascript"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}


def render_list(page: ListPage) -> str:
    """The list of clusters."""
    return _templates().get_template("list.html").render(page=page, asked=page.asked)


def render_cluster(page: ClusterPage) -> str:
    """One cluster."""
    return _templates().get_template("cluster.html").render(page=page)


def render_notice(notice: Notice) -> str:
    """Why something is not there."""
    return _templates().get_template("notice.html").render(notice=notice)


def asset(name: str) -> str:
    """The text of one of ASSETS."""
    return _templates().get_template(ASSETS[name][0]).render()


@cache
def _templates() -> Environment:
    made = environment("streams.core.page", "streams.core.report")
    made.globals.update(
        kinds=asked.KINDS,
        statuses=asked.STATUSES,
        sorts=asked.SORTS,
        spark=spark,
        spark_words=spark_words,
        span_words=span_words,
        heading=heading,
        is_day=_is_day,
        decision_words=decision_words,
        brief_seen=brief_seen,
        rates=rates,
    )
    return made


def _is_day(text: str) -> bool:
    """Whether a browser's field for a day can show it."""
    year, _, rest = text.partition("-")
    month, _, day = rest.partition("-")
    parts = (year, month, day)
    return all(part.isdecimal() for part in parts) and [*map(len, parts)] == [4, 2, 2]


def heading(page: ListPage) -> str:
    """`1,204 clusters`, `3 of them on page 2`."""
    text = count(page.total, "cluster")
    return f"{text} found" if page.asked.is_filtered else text


def spark(bars: Sequence[int], most: int) -> str:
    """Bars as the path of an SVG, `_BAR` wide each and up to `_TALL` high; what is there at all can be seen."""
    parts = []
    for at, value in enumerate(bars):
        if value:
            tall = max(2, value * _TALL // max(most, 1))
            parts.append(f"M{at * _BAR} {_TALL}v-{tall}h{_BAR - 1}v{tall}z")
    return "".join(parts)


def spark_words(bars: Sequence[int], span: Span) -> str:
    """`12 crashes in 30 days, most 5 on 2026-11-23`: what the bars show, for those who do not see them."""
    most = max(bars)
    if not most:
        return "no crash in this time"
    start = Instant((span.start_seconds + bars.index(most) * span.step_seconds) * _NS)
    return f"most {number(most)} in the step from {moment(start)} on"


def span_words(span_of: Span) -> str:
    """`2026-10-24 00:00 to 2026-11-23 00:00 UTC`."""
    edges = span_of.edges
    return span(Instant(edges[0] * _NS), Instant(edges[-1] * _NS))


def brief_seen(report: Report) -> str:
    """`last 2026-11-23 08:00 UTC`, or `unknown time`."""
    return f"last {moment(report.last_seen)}" if report.last_seen else "unknown time"


def title_of(report: Report) -> str:
    """The title of a page about a cluster."""
    return clip(report.title, 120)
