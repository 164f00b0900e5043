"""Source lines as reports show them: an excerpt for each frame that has one, and what could not be had.

In: nothing; `core/join/excerpts.py` makes them. Out: values. They come from a repository while a report is rendered:
no part of the report, of its hash, or of what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.core.report.words import clip
from streams.model.crash import Frame
from streams.model.message import Value
from streams.model.report import Unknown


class Excerpt(Value, frozen=True, kw_only=True):
    """Lines around the one that a frame names. `file` and `line` as printed, `path` and `at` in the repository.

    `first` is the number of the first of `lines`; `at` says which revision, in words.
    """

    file: str
    line: int
    repo: str
    path: str
    at: str
    first: int
    lines: tuple[str, ...]


class Sources(Value, frozen=True, kw_only=True):
    """What one report shows of the source, and what is unknown of it."""

    excerpts: tuple[Excerpt, ...] = ()
    unknown: tuple[Unknown, ...] = ()

    def of(self, frame: Frame) -> Excerpt | None:
        """The excerpt of a frame, or None."""
        place = (frame.file, frame.line)
        return next((e for e in self.excerpts if (e.file, e.line) == place), None)


class Numbered(Value, frozen=True, kw_only=True):
    """A line of source, harmless: its number as wide as the others', its text, whether the frame names it."""

    number: str
    text: str
    named: bool


def numbered(excerpt: Excerpt, most: int) -> Iterator[Numbered]:
    """The lines of an excerpt, tabs as blanks; number and text together have at most `most` characters."""
    wide = len(str(excerpt.first + len(excerpt.lines) - 1))
    for number, line in enumerate(excerpt.lines, excerpt.first):
        text = clip(line.expandtabs(4).rstrip(), most - wide)
        yield Numbered(number=f"{number:>{wide}}", text=text, named=number == excerpt.line)


def where(excerpt: Excerpt) -> str:
    """`cart/store.go in shop at v1.4.2 (4f2a1c9d0e11)`; not harmless yet."""
    return f"{excerpt.path} in {excerpt.repo} {excerpt.at}"
