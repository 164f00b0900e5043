"""Finding the next line that could matter: fast, by plain substring search in what programs wrote.

In: the text of a run. Out: positions. Ordinary lines are never looked at one by one (measured: >= 200 MB/s).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from streams.core.parse.shipped import GOES_ON, SHIPPED, has_hint, texts_of

# Every start of a record contains one of these; each costs one pass over the text (about 2 GB/s).
_WORDS: Final = ("panic", "goroutine", "fatal", "SIG", "Exception 0x", "DATA RACE")
# So does every line that goes on in the next one (CRI; shippers' records), that could be an input event (also inside a
# JSON string), or that is of an error, as JSON, logfmt or klog write its level. Each only where the first text is.
_MORE: Final = {
    " std": ("stdout P", "stderr P"),
    "{": (
        *('"kind', '"core', '"text'),
        *('"error"', '"ERROR"', '"err"', '"FATAL"', '"critical"', '"CRITICAL"'),
    ),
    "=": ("=error", "=ERROR", 'err="'),
    "\0": (GOES_ON,),
}
# What must follow for a word to count; without it most words of a log would.
_TELLING: Final = {
    "SIG": re.compile(r"SIG[A-Z0-9]{2,10}: "),
    '"kind': re.compile(r'"kind\\*"'),
    '"core': re.compile(r'"core\\*"'),
    '"text': re.compile(r'"text\\*"'),
}


class _Texts:
    """What programs wrote in the records of shippers, without the rest of them, in one text."""

    def __init__(self, data: str) -> None:
        self._lines = data.removesuffix("\n").split("\n")
        self._texts = texts_of(self._lines)
        self.text = "\n".join(self._texts)
        self._starts: tuple[list[int], list[int]] | None = None

    def _both(self) -> tuple[list[int], list[int]]:
        """Where each line begins, in the data and in the text; asked for only where something was found."""
        if self._starts is None:
            lines = accumulate((len(line) + 1 for line in self._lines), initial=0)
            texts = accumulate((len(text) + 1 for text in self._texts), initial=0)
            self._starts = list(lines), list(texts)
        return self._starts

    def inside(self, position: int) -> int:
        """A place in the text for one in the data: the beginning of the line there, or of the next."""
        if position == 0:
            return 0
        lines, texts = self._both()
        return texts[bisect_left(lines, position)]

    def outside(self, position: int) -> int:
        """The beginning of the line in the data that a place in the text belongs to."""
        lines, texts = self._both()
        return lines[bisect_right(texts, position) - 1]


class Quiet:
    """The next telling position of a text, per word remembered so that no part is searched twice."""

    def __init__(self, data: str, format_name: str = "") -> None:
        """Of shippers' records only what a program wrote is searched: decoding is faster than what it saves."""
        self._data = data
        objects = (
            format_name in ("", *SHIPPED)
            and "{" in data
            and (data.startswith("{") or "\n{" in data)
        )
        self._texts = _Texts(data) if objects and has_hint(data) else None
        self._searched = data if self._texts is None else self._texts.text
        more = (word for text, words in _MORE.items() if text in self._searched for word in words)
        words = (*_WORDS, *more)
        self._words = dict.fromkeys(words, -1)
        self._marks: dict[str, int] = {}
        self._word = -1

    def after(self, position: int, marks: Iterable[str] = ()) -> int:
        """The first telling position at or behind `position`, the length of the text if there is none.

        `position` is the beginning of a line. `marks` are texts that tell as well, besides the words.
        """
        if self._word < position:
            self._word = self._next_word(position)
        nearest = self._word
        for mark in marks:
            at = self._marks.get(mark, -1)
            if at < position:
                at = self._marks[mark] = _found(self._data, mark, position)
            nearest = min(nearest, at)
        return nearest

    def _next_word(self, position: int) -> int:
        texts = self._texts
        start = position if texts is None else texts.inside(position)
        for word, at in self._words.items():
            if at < start:
                self._words[word] = _found(self._searched, word, start)
        nearest = min(self._words.values())
        if nearest == len(self._searched):
            return len(self._data)
        return nearest if texts is None else texts.outside(nearest)


def _found(text: str, word: str, position: int) -> int:
    at = text.find(word, position)
    telling = _TELLING.get(word)
    while telling is not None and at >= 0 and not telling.match(text, at):
        at = text.find(word, at + 1)
    return at if at >= 0 else len(text)
