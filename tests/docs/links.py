"""Markdown files of the work tree -> links that lead nowhere.

In: the root of the work tree. Out: messages with file and line. Relative links and anchors are
checked, links to other sites are not (no network); a path of one machine is a fault.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LINK: Final = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'][^\"']*[\"'])?\s*\)")
_REFERENCE: Final = re.compile(r"^ {0,3}\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)")
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*$")
_CODE: Final = re.compile(r"(`+)(?:(?!\1).)*\1")
_FENCE: Final = re.compile(r"^\s*(`{3,}|~{3,})")
_SITE: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_SKIPPED: Final = frozenset({"node_modules", "testdata", "__pycache__"})


def faults(root: Path) -> list[str]:
    """One message per link that leads nowhere."""
    return [
        f"{page.relative_to(root)}:{line}: {fault}"
        for page in _pages(root)
        for line, target in _links(page)
        if (fault := _fault(page, target, root))
    ]


def _pages(root: Path) -> list[Path]:
    """Every Markdown file that is ours; folders with a leading dot are made, not written."""
    found = (path.relative_to(root) for path in root.rglob("*.md"))
    ours = (path for path in found if not _is_made(path))
    return sorted(root / path for path in ours)


def _is_made(path: Path) -> bool:
    return any(part.startswith(".") or part in _SKIPPED for part in path.parts[:-1])


def _prose(page: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines outside fenced blocks."""
    closing: str | None = None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if closing is None and fence:
            closing = fence[1]
        elif closing is not None:
            if line.strip().startswith(closing):
                closing = None
        else:
            yield number, line


def _links(page: Path) -> Iterator[tuple[int, str]]:
    for number, line in _prose(page):
        text = _CODE.sub("", line)
        for target in [*_LINK.findall(text), *_REFERENCE.findall(text)]:
            yield number, target


def _fault(page: Path, target: str, root: Path) -> str | None:
    """Why the link leads nowhere; None when it does, or when it leaves the repository."""
    if _SITE.match(target):
        return f"{target}: a path of one machine" if target.startswith("file:") else None
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    if name.startswith("/") or not path.is_relative_to(root):
        return f"{target}: write it relative to this file, inside the repository"
    if not path.exists():
        return f"{target}: no such file"
    if anchor and path.suffix == ".md" and anchor not in _anchors(path):
        return f"{target}: no such heading"
    return None


def _anchors(page: Path) -> frozenset[str]:
    """The anchors that GitHub gives to the headings of a page; equal ones are numbered."""
    found: list[str] = []
    seen: dict[str, int] = {}
    for _, line in _prose(page):
        if heading := _HEADING.match(line):
            slug = re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            found.append(f"{slug}-{count}" if count else slug)
    return frozenset(found)


def main() -> int:
    """Exit code 0 when every link leads somewhere."""
    found = faults(Path(__file__).resolve().parents[2])
    for fault in found:
        print(fault)
    print(f"doc links: {len(found)} dead" if found else "doc links: all lead somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
