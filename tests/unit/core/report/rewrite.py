"""Golden renderings: `python -m tests.unit.core.report.rewrite` writes them; then read the diff.

In: the pages of samples.py. Out: the files beside this one. Nothing in them is volatile.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from streams.core.report.html import render_html
from streams.core.report.markdown import render_markdown
from streams.core.report.text import render_text
from tests.unit.core.report import samples

HERE: Final = Path(__file__).parent

GOLDEN: Final[dict[str, Callable[[], str]]] = {
    "two_clusters.txt": lambda: render_text(samples.two_clusters()),
    "two_clusters_narrow.txt": lambda: render_text(samples.two_clusters(), width=50),
    "with_source.txt": lambda: render_text(samples.with_source()),
    "with_source.md": lambda: render_markdown(samples.with_source()),
    "with_source.html": lambda: render_html(samples.with_source()),
    "many.txt": lambda: render_text(samples.many(12)),
    "nothing.txt": lambda: render_text(samples.nothing()),
    "two_clusters.md": lambda: render_markdown(samples.two_clusters()),
    "nothing.md": lambda: render_markdown(samples.nothing()),
    "two_clusters.html": lambda: render_html(samples.two_clusters()),
    "nothing.html": lambda: render_html(samples.nothing()),
}


def expected(name: str) -> str:
    """The golden text, as it was last reviewed."""
    return (HERE / name).read_text(encoding="utf-8")


def main() -> None:
    """Write every golden file."""
    for name, render in GOLDEN.items():
        (HERE / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
