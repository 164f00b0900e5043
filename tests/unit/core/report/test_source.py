"""Source lines made ready to be written."""

from __future__ import annotations

from streams.core.report.source import Excerpt, Sources, numbered, where
from streams.model.crash import Frame

EXCERPT = Excerpt(
    file="/app/a.go",
    line=10,
    repo="shop",
    path="cart/a.go",
    at="at v1",
    first=9,
    lines=("\tfirst()  ", "second(\x1b[31m)", ""),
)


def test_numbers_are_equally_wide_and_the_named_line_is_marked() -> None:
    rows = list(numbered(EXCERPT, 80))
    assert [(row.number, row.named) for row in rows] == [(" 9", False), ("10", True), ("11", False)]


def test_tabs_are_blanks_and_nothing_acts() -> None:
    assert [row.text for row in numbered(EXCERPT, 80)] == ["    first()", r"second(\x1b[31m)", ""]


def test_number_and_text_are_no_longer_than_asked() -> None:
    assert [row.text for row in numbered(EXCERPT, 9)] == ["    fi…", "second…", ""]


def test_an_excerpt_is_found_by_file_and_line() -> None:
    sources = Sources(excerpts=(EXCERPT,))
    assert sources.of(Frame(function="f", file="/app/a.go", line=10)) == EXCERPT
    assert sources.of(Frame(function="f", file="/app/a.go", line=11)) is None
    assert sources.of(Frame(function="f")) is None


def test_it_says_where_in_words() -> None:
    assert where(EXCERPT) == "cart/a.go in shop at v1"
