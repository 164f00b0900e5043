"""Markdown for an issue. markdown-it reads it back, as an outside program."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from streams.core.report.markdown import code, fenced, prose, render_markdown
from streams.core.report.run import Page
from streams.core.report.trace import place
from streams.core.report.words import visible
from tests.unit.core.report.rewrite import GOLDEN, expected
from tests.unit.core.report.strategies import HOSTILE, names, pages, texts

ALLOWED = {
    *("heading", "bullet_list", "list_item", "paragraph", "inline", "text", "text_special"),
    *("softbreak", "code_inline", "fence", "strong", "html_inline"),
}


def tokens(text: str) -> list[Token]:
    """Every token, inline ones too."""
    found: list[Token] = []
    for token in MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text):
        found += [token, *(token.children or [])]
    return found


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.endswith(".md")])
def test_markdown_is_as_reviewed(name: str) -> None:
    """Rewrite with `python -m tests.unit.core.report.rewrite`."""
    assert GOLDEN[name]() == expected(name)


@given(pages())
@HOSTILE
def test_nothing_from_a_log_becomes_markup(shown: Page) -> None:
    found = tokens(render_markdown(shown))
    kinds = {re.sub(r"_(open|close)$", "", token.type) for token in found}
    assert kinds <= ALLOWED
    assert {token.content for token in found if token.type == "html_inline"} <= {"<!-- -->"}


@given(pages())
@HOSTILE
def test_markdown_holds_nothing_that_a_terminal_obeys(shown: Page) -> None:
    text = render_markdown(shown)
    assert all(char.isprintable() for char in text.replace("\n", ""))


@given(pages())
@HOSTILE
def test_every_cluster_and_its_place_are_code_spans(shown: Page) -> None:
    spans = {
        token.content for token in tokens(render_markdown(shown)) if token.type == "code_inline"
    }
    for one in shown.shown:
        where = place(one.report.root_cause.file, one.report.root_cause.line)
        assert visible(one.report.cluster) in spans
        assert where is None or visible(where) in spans


@given(names)
def test_a_code_span_gives_its_text_back(text: str) -> None:
    spans = [token.content for token in tokens(f"x {code(text)} y") if token.type == "code_inline"]
    assert spans == ([visible(text)] if visible(text).strip() else [])


@given(texts)
def test_prose_gives_its_text_back(text: str) -> None:
    found = tokens(f"x {prose(text)}y")
    read = "".join(t.content for t in found if t.type in ("text", "text_special"))
    assert read == f"x {visible(text).strip()}y"


@given(texts)
def test_a_fence_cannot_be_closed_from_inside(text: str) -> None:
    found = tokens("\n".join(fenced(text.split("\n"))))
    assert [token.type for token in found] == ["fence"]


@pytest.mark.parametrize("text", ["@everyone", "#12", "!7", "mail@example.com"])
def test_nobody_is_notified_and_nothing_is_linked(text: str) -> None:
    assert not re.search(r"[@#!]\w", prose(text))


@pytest.mark.parametrize("text", ["https://evil.example", "www.evil.example"])
def test_an_address_is_not_made_a_link(text: str) -> None:
    assert "://" not in prose(text)
    assert "www." not in prose(text)
