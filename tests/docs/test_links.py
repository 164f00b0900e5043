"""The link check: what leads nowhere is named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import links


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one page that others link to."""
    (tmp_path / "docs").mkdir()
    text = "# The `a.b` title, twice\n\n## Same\n\n## Same\n"
    (tmp_path / "docs" / "there.md").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "[a](docs/there.md)",
        "[a](docs/there.md#the-ab-title-twice) and [b](docs/there.md#same-1)",
        "![a](docs/there.md 'a title') `[code](gone.md)`",
        "[site](https://example.com/a#b)",
        "[here](#top)\n\n# Top",
        "```text\n[a](gone.md)\n```",
        "[a]: docs/there.md",
        "[folder](docs/)",
    ],
)
def test_links_that_lead_somewhere(line: str, root: Path) -> None:
    (root / "README.md").write_text(f"{line}\n", encoding="utf-8")
    assert links.faults(root) == []


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("gone.md", "no such file"),
        ("docs/there.md#gone", "no such heading"),
        ("#gone", "no such heading"),
        ("/docs/there.md", "write it relative"),
        ("../there.md", "write it relative"),
        ("file:///a", "a path of one machine"),
    ],
)
def test_links_that_lead_nowhere(target: str, why: str, root: Path) -> None:
    (root / "README.md").write_text(f"Text.\n\n[a]({target})\n", encoding="utf-8")
    (fault,) = links.faults(root)
    assert fault.startswith(f"README.md:3: {target}: {why}")


def test_folders_that_are_made_are_not_read(root: Path) -> None:
    (root / ".venv").mkdir()
    (root / ".venv" / "README.md").write_text("[a](gone.md)\n", encoding="utf-8")
    assert links.faults(root) == []
