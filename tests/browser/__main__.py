"""`python -m tests.browser`: the report page in a real browser; `make browser`.

In: nothing. Out: screenshots and PDFs in .cache/browser, to be looked at, and a table of what was measured; exit 1
where a page is wider than its window, a text has too little contrast, something was loaded, a fold is lost in print.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from streams.core.report.html import render_html
from tests.browser.driver import Browser, Look, browser
from tests.unit.core.report import samples

_ROOT: Final = Path(__file__).resolve().parents[2]
_OUT: Final = _ROOT / ".cache" / "browser"
_LOOKS: Final = tuple(
    Look(f"{size}-{'dark' if dark else 'light'}", width, height, dark, size == "phone")
    for size, width, height in (("phone", 360, 780), ("desktop", 1280, 900))
    for dark in (False, True)
)
# WCAG 2.2, 1.4.3 (AA): 4.5, for large text 3.
_CONTRAST: Final = 4.5
_TALLEST: Final = 4200
_MEASURE: Final = """
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255;
  return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const ground = (node) => { for (let e = node; e; e = e.parentElement) {
  const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
  return [255, 255, 255]; };
let least = 99, where = "";
for (const e of document.body.querySelectorAll("*")) {
  if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.closest("svg")) continue;
  const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < least) { least = ratio; where = e.tagName + "." + e.className + ": " + e.textContent.slice(0, 40); }
}
const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.tagName + "." + e.className + ": " + e.textContent.slice(0, 40));
const heading = document.createRange(); heading.selectNodeContents(document.querySelector("h1"));
return { letters: heading.getBoundingClientRect().width, width: document.documentElement.scrollWidth,
  window: innerWidth, wide: wide.slice(0, 3), least, where,
  loaded: performance.getEntriesByType("resource").length, height: document.body.scrollHeight };
"""


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
    found = seen.said(_MEASURE)
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
    if found["least"] < _CONTRAST:
        problems.append(f"contrast {found['least']:.2f}: {found['where']}")
    if found["loaded"]:
        problems.append(f"{found['loaded']} resources were loaded")
    return [f"{name} {look.name}: {problem}" for problem in problems]


def _printed(seen: Browser, name: str) -> list[str]:
    """Paper has nothing to click at: whatever is folded must be there."""
    (_OUT / f"{name}.pdf").write_bytes(seen.printed())
    seen.print_view()
    folded = seen.said(_FOLDED)
    (_OUT / f"{name}-print.png").write_bytes(seen.photograph(_LOOKS[-1], _TALLEST))
    return [f"{name}: {len(folded)} folds are lost in print, first {folded[0]}"] if folded else []


def main() -> int:
    """Look at every page in every way."""
    _OUT.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with browser() as seen:
        for name, page in _pages().items():
            for look in _LOOKS:
                problems += _problems(seen, name, page, look)
            problems += _printed(seen, name)
    for problem in problems:
        print(problem)
    print(f"{_OUT}: look at them")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
