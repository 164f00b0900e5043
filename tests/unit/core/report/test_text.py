"""Text for a terminal or a pipe."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from streams.core.report.page import page
from streams.core.report.run import Page, RunSummary
from streams.core.report.text import render_text
from streams.core.report.trace import place
from streams.core.report.words import visible
from streams.model.report import RootCause
from tests.unit.core.report import samples
from tests.unit.core.report.rewrite import GOLDEN, expected
from tests.unit.core.report.strategies import HOSTILE, pages

SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.endswith(".txt")])
def test_text_is_as_reviewed(name: str) -> None:
    """Rewrite with `python -m tests.unit.core.report.rewrite`."""
    assert GOLDEN[name]() == expected(name)


@given(pages(), st.integers(20, 200))
@HOSTILE
def test_nothing_that_a_terminal_obeys_gets_through(shown: Page, width: int) -> None:
    text = render_text(shown, width=width)
    assert all(char.isprintable() for char in text.replace("\n", ""))
    text.encode("utf-8")


@given(pages())
@HOSTILE
def test_in_colour_only_our_own_codes_are_sent(shown: Page) -> None:
    coloured = render_text(shown, color=True)
    assert all(char.isprintable() for char in SGR.sub("", coloured).replace("\n", ""))


@given(pages())
@HOSTILE
def test_colour_changes_no_word(shown: Page) -> None:
    plain = [line.rstrip() for line in render_text(shown).splitlines()]
    coloured = SGR.sub("", render_text(shown, color=True))
    assert [line.rstrip() for line in coloured.splitlines()] == plain


@given(pages())
@HOSTILE
def test_every_cluster_and_its_place_are_on_the_page(shown: Page) -> None:
    text = render_text(shown)
    joined = "".join(text.split())
    for one in shown.shown:
        where = place(one.report.root_cause.file, one.report.root_cause.line)
        assert "".join(visible(one.report.cluster).split()) in joined
        assert where is None or visible(where).rstrip() in text


@given(pages())
@HOSTILE
def test_no_line_ends_in_a_blank(shown: Page) -> None:
    assert not re.search(r"[ \t]$", render_text(shown), re.MULTILINE)


@given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=9), st.integers(40, 120))
@HOSTILE
def test_what_can_be_broken_stays_within_the_width(parts: list[str], width: int) -> None:
    """Functions, paths and commands may stick out; the texts of people and rules may not."""
    words = " ".join(parts)
    report = replace(
        samples.NIL_MAP,
        title=words,
        root_cause=RootCause(function="main.f", file="f.go", line=1),
        services=tuple(parts),
        owners=tuple(parts),
        explain=(replace(samples.NIL_MAP.explain[0], detail=words),),
    )
    text = render_text(page((report,), {}, RunSummary()), width=width)
    assert max(map(cell_len, text.splitlines())) <= width


def test_a_path_is_never_cut() -> None:
    path = "/src/" + "very/" * 60 + "deep.go"
    root = RootCause(function="main.main", file=path, line=7)
    text = render_text(page((replace(samples.DEADLOCK, root_cause=root),), {}, RunSummary()))
    assert f"at {path}:7\n" in text


def test_rich_markup_in_a_title_is_only_text() -> None:
    report = replace(samples.DEADLOCK, title="[red]x[/red] :boom: [/nonsense]")
    text = render_text(page((report,), {}, RunSummary()), color=True)
    assert "[red]x[/red] :boom: [/nonsense]" in text


def test_unknowns_that_all_clusters_share_are_said_once() -> None:
    text = render_text(samples.two_clusters(), width=200)
    assert text.count(samples.NO_REPOSITORY.why) == 1
    assert text.count(samples.NEVER_DEPLOYED.why) == 1
    assert text.index("What is unknown") < text.index(samples.NO_REPOSITORY.why)
    assert text.count("(all clusters)") >= 1


def test_a_single_cluster_says_what_is_unknown_itself() -> None:
    text = render_text(page((samples.DEADLOCK,), {}, RunSummary()), width=200)
    assert "For all clusters" not in text
    assert samples.NO_REPOSITORY.why in text


def test_what_broke_where_how_often_and_since_when_come_before_the_trace() -> None:
    text = render_text(samples.two_clusters())
    steps = ("nil pointer", "store.go:41", "17 times", "since 2026", "checkout", "trace", "grouped")
    found = [text.index(step) for step in steps]
    assert found == sorted(found)


def test_the_crash_text_is_shown_where_the_title_does_not_hold_it() -> None:
    assert samples.CRASH.message in render_text(samples.two_clusters())
    titled = replace(samples.NIL_MAP, title=f"panic: {samples.CRASH.message}")
    text = render_text(page((titled,), {"crash-1": samples.CRASH}, RunSummary()), width=200)
    assert text.count(samples.CRASH.message) == 1


def test_the_commands_are_those_that_the_reader_typed() -> None:
    text = render_text(samples.nothing(), command="python -m streams.cli.main analyze")
    assert "| python -m streams.cli.main analyze -\n" in text


def test_an_empty_input_is_told_from_a_log_without_crash() -> None:
    text = render_text(page((), {}, RunSummary(files=1)))
    assert "The input was empty." in text
    assert text.startswith("No Go crash found in 1 file (0 lines)\n")


def test_a_crash_text_that_ends_early_says_so() -> None:
    cut = replace(samples.CRASH, truncated=True)
    text = render_text(page((samples.NIL_MAP,), {"crash-1": cut}, RunSummary()))
    assert "The crash text ends early" in text
