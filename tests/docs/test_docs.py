"""Docs are tests: every console block runs, every command, topic and make verb is documented.

A file is one test, because the blocks of a file share `$TMP` and run in order; its message names
the line of every command that failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.model import topics
from tests.docs import console, links
from tests.docs.commands import make_targets, missing
from tests.tools import reference

_RUN = ("run", "recorded")


def _pages() -> list[str]:
    """Files whose console blocks are promises, as paths from the root."""
    root = console.ROOT
    found = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]
    return [path.relative_to(root).as_posix() for path in found if path.is_file()]


def _page(name: str) -> console.Page:
    return console.read((console.ROOT / name).read_text(encoding="utf-8"))


def _blocks(*, run: bool) -> Iterator[tuple[str, console.Block]]:
    for name in _pages():
        for block in _page(name).blocks:
            if (block.kind in _RUN) == run:
                yield name, block


def _quoted(*, run: bool) -> list[object]:
    return [
        pytest.param(name, block, id=f"{name}:{block.line}") for name, block in _blocks(run=run)
    ]


@pytest.mark.parametrize("name", _pages())
def test_every_command_is_in_a_console_block(name: str) -> None:
    assert _page(name).faults == ()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted({name for name, _ in _blocks(run=True)}))
def test_documented_commands_print_what_the_page_shows(name: str, tmp_path: Path) -> None:
    env = console.environment(tmp_path)
    faults: list[str] = []
    for block in _page(name).blocks:
        for step in block.steps if block.kind in _RUN else ():
            code, output = console.run(console.command_to_run(block, step), env)
            if code != step.exit_code or not console.matches(step.expected, output):
                shown = console.difference(step.expected, output)
                faults.append(f"{name}:{step.line}: $ {step.command}\nexit {code}\n{shown}")
    assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize(("name", "block"), _quoted(run=False))
def test_commands_that_are_not_run_name_things_that_exist(name: str, block: console.Block) -> None:
    faults = [fault for step in block.steps for fault in missing(step.command, block.kind)]
    assert not faults, f"{name}:{block.line}: {faults}"


@pytest.mark.parametrize(("name", "block"), _quoted(run=False))
def test_figures_that_are_not_run_say_when_they_were_measured(
    name: str, block: console.Block
) -> None:
    assert block.kind == "setup" or block.measured, (
        f"{name}:{block.line}: put `measured YYYY-MM-DD at COMMIT` within three lines of the block"
    )


@pytest.mark.parametrize(("name", "block"), _quoted(run=True))
def test_recorded_input_exists(name: str, block: console.Block) -> None:
    if block.recorded is not None:
        assert (console.ROOT / block.recorded).is_file(), f"{name}:{block.line}: {block.recorded}"


def test_every_link_leads_somewhere() -> None:
    assert links.faults(console.ROOT) == []


def test_every_make_verb_is_in_contributing() -> None:
    text = (console.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    verbs = {"demo", "test", "check", "golden", "bench", "docs", "lock", "clean"}
    assert verbs <= make_targets()
    assert verbs <= set(re.findall(r"`make (\w+)`", text))


def test_every_subcommand_is_in_the_reference() -> None:
    page = (console.ROOT / reference.FOLDER / "cli.md").read_text(encoding="utf-8")
    names = reference.subcommands(reference.help_text(()))
    assert names
    assert [name for name in names if f"## panictrail {name}\n" not in page] == []


@pytest.mark.parametrize("topic", topics.TOPICS, ids=lambda topic: topic.name)
def test_every_topic_has_a_schema_and_a_row(topic: topics.Topic) -> None:
    assert (console.ROOT / "schemas" / f"{topic.schema}.json").is_file()
    rows = (console.ROOT / "schemas" / "README.md").read_text(encoding="utf-8").splitlines()
    assert any(row.startswith("|") and f"`{topic.name}`" in row for row in rows), topic.name
