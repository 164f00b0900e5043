"""The HTML page: one file, no script, nothing from a log becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from msgspec.structs import replace

from streams.core.report import html
from streams.core.report.html import crash_facts, render_html
from streams.core.report.page import page
from streams.core.report.run import Page, RunSummary
from streams.core.report.trace import place
from streams.core.report.words import visible
from streams.model.crash import Build, ChainedError, Context, Panic, Signal, Source
from streams.model.instant import Instant
from tests.unit.core.report import samples
from tests.unit.core.report.rewrite import GOLDEN, expected
from tests.unit.core.report.strategies import HOSTILE, pages

VOID = {"meta"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "div", "header", "main", "nav", "article"),
    *(
        "section",
        "footer",
        "p",
        "h1",
        "h2",
        "h3",
        "ol",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "pre",
        "code",
    ),
    *("span", "a", "details", "summary"),
}
ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "href",
    "aria-label",
}


class Reader(HTMLParser):
    """Collects what a browser would see: elements, attributes, text; and checks the nesting."""

    def __init__(self, text: str) -> None:
        """Read the whole text."""
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every end closes the innermost open element."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text, but not the style sheet."""
        if "style" not in self.open:
            self.words.append(data)


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.endswith(".html")])
def test_html_is_as_reviewed(name: str) -> None:
    """Rewrite with `python -m tests.unit.core.report.rewrite`."""
    assert GOLDEN[name]() == expected(name)


@given(pages())
@HOSTILE
def test_nothing_from_a_log_becomes_an_element_or_an_attribute(shown: Page) -> None:
    reader = Reader(render_html(shown))
    assert set(reader.tags) <= TAGS
    assert {name for name, _ in reader.attributes} <= ATTRIBUTES
    assert all(value.startswith("#") for name, value in reader.attributes if name == "href")
    assert reader.open == []


@given(pages())
@HOSTILE
def test_every_character_of_the_page_is_printable(shown: Page) -> None:
    text = render_html(shown)
    assert all(char.isprintable() for char in text.replace("\n", ""))


@given(pages())
@HOSTILE
def test_every_title_cluster_and_place_can_be_read_as_it_was(shown: Page) -> None:
    text = "".join(Reader(render_html(shown)).words)
    for one in shown.shown:
        root = one.report.root_cause
        where = place(root.file, root.line)
        known = (one.report.title, one.report.cluster, root.function or "", where or "")
        assert all(visible(word) in text for word in known)


@given(pages())
@HOSTILE
def test_the_links_at_the_top_lead_to_the_clusters(shown: Page) -> None:
    attributes = Reader(render_html(shown)).attributes
    targets = [value for name, value in attributes if name == "id"]
    assert targets == [visible(one.report.cluster) for one in shown.shown]
    assert len([name for name, _ in attributes if name == "href"]) == len(targets)


def test_the_page_forbids_itself_everything_but_its_own_style() -> None:
    text = render_html(samples.two_clusters())
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert "<script" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_equal_pages_give_equal_bytes() -> None:
    assert render_html(samples.two_clusters()) == render_html(samples.two_clusters())


def test_headings_go_down_one_level_at_a_time() -> None:
    levels = [
        int(t[1])
        for t in Reader(render_html(samples.two_clusters())).tags
        if t in ("h1", "h2", "h3")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_template_travels_with_the_package() -> None:
    assert (Path(html.__file__).parent / "templates" / "report.html").is_file()


def test_many_goroutines_at_one_place_are_one_stack() -> None:
    crowd = replace(samples.CRASH, goroutines=tuple(map(samples.idle, range(1000))))
    text = render_html(page((samples.NIL_MAP,), {"crash-1": crowd}, RunSummary()))
    assert "999 goroutines [select]" in text
    assert len(text) < 60_000


def test_the_facts_of_a_crash_are_those_that_are_known() -> None:
    assert crash_facts(replace(samples.CRASH, source=Source(), id="x")) == (("crash", "x"),)
    crash = replace(
        samples.CRASH,
        panics=(Panic(value="first"), Panic(value="second")),
        errors=(ChainedError(message="outer"), ChainedError(message="inner")),
        signal=Signal(name="SIGSEGV", addr="0x0"),
        source=Source(at=Instant(0), pod="web-1", namespace="shop"),
        build=Build(go="1.26", tag="v2"),
        context=Context(http_method="GET", http_path="/cart", http_status=500),
    )
    assert dict(crash_facts(crash)) == {
        "crash": "crash-1",
        "time": "1970-01-01 00:00:00 UTC",
        "pod": "shop/web-1",
        "signal": "SIGSEGV at address 0x0",
        "panics": "first → second",
        "errors": "outer → inner",
        "request": "GET /cart 500",
        "Go": "1.26",
        "version": "v2",
    }
