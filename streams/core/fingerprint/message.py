"""What an error says, without what differs from one time to the next.

In: a message. Out: its template, and the template of its innermost parts: wrapping adds a part in front for every
function that an error passes, so that the route shows there and what failed at the end.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_MOST_CHARS: Final = 2000
_PARTS: Final = 3
_LEAST_LETTERS: Final = 4
# Applied in order; each is linear.
_VARIES: Final = re.compile(
    r"\"(?:[^\"\\]|\\.){0,500}\"|'[^'\n]{1,200}'|`[^`\n]{1,200}`"  # quoted
    r"|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,30}\b"  # UUID
    r"|\b\w+://[^\s,;)]*[^\s,;):]"  # URL; what is said of it comes after a colon
    r"|(?<![\w.*])/(?:[\w.@%+~-]+/)*[\w.@%+~-]+"  # path
    r"|(?<![\w.+-])[\w.+-]{1,100}+@[\w-]+\.[\w.-]+"  # mail address
    r"|(?<![A-Za-z])0x[0-9a-fA-F]+"
    r"|(?<![\w.-])(?:[^\W\d]|[.-])*+\d[\w.-]*"  # whatever holds a digit: ids, times, counts
    r"|[0-9]+"  # behind what was taken: 0x0_0
)


def template_of(message: str) -> str:
    """`query "x" took 3.1s` -> `query * took *`."""
    return _template_of(message[:_MOST_CHARS])


@lru_cache(maxsize=8192)
def _template_of(message: str) -> str:
    text = " ".join(message.split())
    return re.sub(r"\*(?:[\s,=/]*\*)+", "*", _VARIES.sub("*", text))


def innermost(message: str) -> str:
    """The template of the last parts of a wrapped error's text."""
    parts = [part for part in re.split(r": |\n", template_of(message)) if part.strip(" *")]
    return ": ".join(parts[-_PARTS:])


def constant_beginning(message: str) -> str:
    """The template up to the first thing that varies, where that says something; else all of it."""
    template = template_of(message.partition("\n")[0])
    start = template.partition("*")[0].strip(" :=([{")
    return start if sum(c.isalpha() for c in start) >= _LEAST_LETTERS else template
