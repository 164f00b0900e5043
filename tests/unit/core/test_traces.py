"""The trace of a crash, and links to it, whatever stands in a log."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.page.render import render_cluster
from streams.core.page.values import ClusterPage
from streams.core.report.html import render_html
from streams.core.report.page import linked, page
from streams.core.report.run import RunSummary, Shown
from streams.core.traces import Traced, links, traced
from streams.model.crash import Context, Crash, Goroutine, Source
from streams.model.instant import Instant
from streams.model.traces import TraceLink, checked
from tests.unit.core.report import samples
from tests.view_rows import REPORT

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
JAEGER = ("Jaeger", "https://jaeger.example/trace/{trace_id}?uiFind={span_id}")
LOGS = (
    "Logs",
    "http://logs.example/vmui/#/?query=trace_id%3A{trace_id}&start={start_ms}&end={end_ms}",
)


def crash(
    labels: dict[str, str] | None = None, trace_id: str | None = None, span_id: str | None = None
) -> Crash:
    first = Goroutine(id=1, state="running", crashed=True, labels=labels or {})
    other = Goroutine(id=2, state="running", labels={"trace_id": "another's"})
    return replace(
        samples.CRASH,
        context=Context(trace_id=trace_id, span_id=span_id),
        goroutines=(other, first),
    )


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (crash(trace_id=TRACE, span_id=SPAN), Traced(TRACE, SPAN)),
        (crash({"trace_id": "label"}, trace_id=TRACE), Traced(TRACE, None)),
        (crash({"trace_id": TRACE, "span_id": SPAN}), Traced(TRACE, SPAN)),
        (crash({"traceparent": f"00-{TRACE}-{SPAN}-01"}), Traced(TRACE, SPAN)),
        (crash({"traceparent": f"00-{TRACE}-{SPAN}"}), Traced()),
        (crash({"trace_id": "x" * 129}), Traced()),
        (crash(), Traced()),
    ],
)
def test_what_is_stated_wins_over_labels_of_the_goroutine_that_crashed(
    given: Crash, wanted: Traced
) -> None:
    assert traced(given) == wanted


def test_a_link_needs_everything_that_its_template_asks_for() -> None:
    whole = crash(trace_id=TRACE, span_id=SPAN)
    timed = replace(whole, source=Source(at=Instant(1_764_000_000_000_000_000)))
    assert links(timed, [JAEGER, LOGS]) == (
        TraceLink("Jaeger", f"https://jaeger.example/trace/{TRACE}?uiFind={SPAN}"),
        TraceLink(
            "Logs",
            f"http://logs.example/vmui/#/?query=trace_id%3A{TRACE}&start=1763999700000&end=1764000300000",
        ),
    )
    assert links(replace(whole, source=Source()), [LOGS]) == ()
    assert links(crash(trace_id=TRACE), [JAEGER]) == ()
    assert links(crash(), [JAEGER, LOGS]) == ()


@given(st.text(min_size=1, max_size=60))
def test_whatever_an_id_is_it_stays_where_the_template_has_it(text: str) -> None:
    template = checked("https://jaeger.example/search?q={trace_id}&x=1#end")
    (made,) = links(crash(trace_id=text), [("J", template)])
    parts = urlsplit(made.url)
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == (
        "https", "jaeger.example", "/search", "end",
    )  # fmt: skip
    found = parse_qs(parts.query, strict_parsing=True)
    assert found == {"q": [text.encode("utf-8", "replace").decode()], "x": ["1"]}


def test_page_and_report_show_links() -> None:
    evil = replace(crash(trace_id='"><script>', span_id="s"), id=REPORT.representative)
    made = links(evil, [JAEGER])
    report = replace(REPORT, representative=evil.id)
    shown = linked(page([report], {evil.id: evil}, RunSummary()), [JAEGER])
    for text in (
        render_cluster(ClusterPage(shown=Shown(report=report, crash=evil, links=made))),
        render_html(shown),
    ):
        assert 'href="https://jaeger.example/trace/%22%3E%3Cscript%3E?uiFind=s">Jaeger</a>' in text
        assert '"><script>' not in text
