"""`python -m tests.browser`: the report page and the web page in a real browser; `make browser`.

In: nothing. Out: screenshots and PDFs in .cache/browser, those of the web page in docs/screens, to be looked at, and a
table of what was measured; exit 1 where a report is wider than its window, a text has too little contrast, something
was loaded, a fold is lost in print. What holds for the web page is in test_pages.py.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from streams.core.report.html import render_html
from tests.browser.driver import Browser, Look, browser
from tests.browser.measures import CONTRAST, MEASURE
from tests.browser.world import SCREENS, pages, world
from tests.unit.core.report import samples

_ROOT: Final = Path(__file__).resolve().parents[2]
_OUT: Final = _ROOT / ".cache" / "browser"
_LOOKS: Final = tuple(
    Look(f"{size}-{'dark' if dark else 'light'}", width, height, dark, size == "phone")
    for size, width, height in (("phone", 360, 780), ("desktop", 1280, 900))
    for dark in (False, True)
)
_TALLEST: Final = 4200
# What fits beside a text.
_SHOWN: Final = 1600
_FOLDED: Final = """
return [...document.querySelectorAll("details")].filter((e) => e.lastElementChild.getBoundingClientRect().height === 0
  || !e.lastElementChild.checkVisibility()).map((e) => e.textContent.trim().slice(0, 40));
"""


def _pages() -> dict[str, Path]:
    """What is looked at: the demo as a newcomer sees it, and pages made for the tests."""
    demo = _OUT / "demo.html"
    subprocess.run(
        [sys.executable, "-m", "streams.cli.main", "analyze", "docs/demo", "--html", demo],
        cwd=_ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    pages = {"demo": demo}
    for name, page in (
        ("clusters", samples.two_clusters()),
        ("source", samples.with_source()),
        ("nothing", samples.nothing()),
        ("many", samples.many(120)),
    ):
        pages[name] = _OUT / f"{name}.html"
        pages[name].write_text(render_html(page), "utf-8")
    return pages


def _problems(seen: Browser, name: str, page: Path, look: Look) -> list[str]:
    seen.open(page, look)
    found = seen.said(MEASURE)
    (_OUT / f"{name}-{look.name}.png").write_bytes(
        seen.photograph(look, min(found["height"], _TALLEST))
    )
    print(
        f"{name:10} {look.name:14} {found['width']:5} of {found['window']:5} px wide, "
        f"{found['height']:6} px long, least contrast {found['least']:.1f}"
    )
    problems = []
    if not found["letters"]:
        problems.append("no letter is visible: has the browser a font?")
    if found["width"] > found["window"] or found["wide"]:
        problems.append(f"wider than the window: {found['wide']}")
    if found["least"] < CONTRAST:
        problems.append(f"contrast {found['least']:.2f}: {found['where']}")
    if found["loaded"]:
        problems.append(f"{len(found['loaded'])} resources were loaded")
    return [f"{name} {look.name}: {problem}" for problem in problems]


def _printed(seen: Browser, name: str) -> list[str]:
    """Paper has nothing to click at: whatever is folded must be there."""
    (_OUT / f"{name}.pdf").write_bytes(seen.printed())
    seen.print_view()
    folded = seen.said(_FOLDED)
    (_OUT / f"{name}-print.png").write_bytes(seen.photograph(_LOOKS[-1], _TALLEST))
    return [f"{name}: {len(folded)} folds are lost in print, first {folded[0]}"] if folded else []


def _web_pages(seen: Browser) -> None:
    """Screenshots for the docs: on a phone and on a desktop, light and dark."""
    SCREENS.mkdir(exist_ok=True)
    with world(hostile=False) as base:
        for name, path in pages(base).items():
            for look in (_LOOKS[0], _LOOKS[2], _LOOKS[3]):
                seen.visit(base + path, look)
                height = min(seen.said("return document.body.scrollHeight"), _SHOWN)
                shot = seen.photograph(look, height)
                (SCREENS / f"{name}-{look.name}.png").write_bytes(shot)


def main() -> int:
    """Look at every page in every way."""
    _OUT.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with browser() as seen:
        for name, page in _pages().items():
            for look in _LOOKS:
                problems += _problems(seen, name, page, look)
            problems += _printed(seen, name)
        _web_pages(seen)
    for problem in problems:
        print(problem)
    print(f"{_OUT}: look at them")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
