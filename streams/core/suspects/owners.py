"""Whom CODEOWNERS names for a file.

In: the code of a revision, paths. Out: owners as they are written. The last pattern that fits decides, as on GitHub
(https://docs.github.com/articles/about-code-owners) and GitLab, whose sections are read as plain lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from streams.core.suspects.code import Code
from streams.model.text import from_bytes

_PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
_MOST_LINES: Final = 5000


def owners_of(code: Code, paths: Sequence[str]) -> tuple[str, ...]:
    """Owners of files, those of the first file first."""
    text = next((t for place in _PLACES if (t := from_bytes(code.read(place)))), "")
    if not text:
        return ()
    rules = _rules(text)
    found: list[str] = []
    for path in paths:
        fitting = [owners for pattern, owners in rules if pattern.match(path)]
        found.extend(fitting[-1] if fitting else ())
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=64)
def _rules(text: str) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    found = []
    for line in text.splitlines()[:_MOST_LINES]:
        plain = line.partition(" #")[0].strip()
        if not plain or plain.startswith(("#", "[", "^[")):
            continue
        words = re.split(r"(?<!\\)\s+", plain)
        found.append((_pattern(words[0].replace("\\ ", " ")), tuple(words[1:])))
    return tuple(found)


def _pattern(text: str) -> re.Pattern[str]:
    """As in .gitignore: a slash inside binds to the root, `*` stays in a folder, `**` does not."""
    rooted = "/" in text.rstrip("/")
    inside = text.strip("/")
    regular = ""
    for piece in re.split(r"(\*\*/|\*\*|\*|\?)", inside):
        regular += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(
            piece, re.escape(piece)
        )
    # `docs/*` is of the files in a folder alone, `docs` of all below.
    end = r"\Z" if inside.endswith("/*") or text == "*.*" else r"(?:/.*)?\Z"
    end = r"/.*\Z" if text.endswith("/") else end
    return re.compile(("" if rooted else "(?:.*/)?") + regular + end, re.DOTALL)
