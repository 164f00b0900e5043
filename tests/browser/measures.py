"""Scripts that measure a page from inside of it, for reports and for the web page.

In: nothing. Out: texts of JavaScript; what each returns is said beside it.
"""

from __future__ import annotations

from typing import Final

# WCAG 2.2, 1.4.3 (AA): 4.5, for large text 3.
CONTRAST: Final = 4.5
# Width of the page and of the window, what is wider, the least contrast and where, what was loaded, the height.
MEASURE: Final = """
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
// What scrolls by itself may be wider inside.
const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
  && !e.closest(".wide")).map((e) => e.tagName + "." + e.className + ": " + e.textContent.slice(0, 40));
const heading = document.createRange(); heading.selectNodeContents(document.querySelector("h1"));
return { letters: heading.getBoundingClientRect().width, width: document.documentElement.scrollWidth,
  window: innerWidth, wide: wide.slice(0, 3), least, where,
  loaded: performance.getEntriesByType("resource").map((entry) => entry.name), height: document.body.scrollHeight };
"""
# Notes, from now on, which controls get the focus; returns how many there are.
WATCH_FOCUS: Final = """
window.controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter((e) => e.checkVisibility() && !e.disabled);
window.focused = new Set();
document.addEventListener("focusin", (event) => window.focused.add(event.target));
document.activeElement.blur();
return window.controls.length;
"""
# Controls that never had the focus, that show no mark when they have it, and that have no name.
UNREACHED: Final = """
const named = (e) => (e.getAttribute("aria-label") || e.textContent || "").trim()
  || [...(e.labels || [])].map((l) => l.textContent.trim()).join("")
  || (document.getElementById(e.getAttribute("aria-labelledby")) || { textContent: "" }).textContent.trim();
const said = (e) => e.tagName + "#" + e.id + ": " + (e.textContent || e.name || "").trim().slice(0, 40);
return { unreached: window.controls.filter((e) => !window.focused.has(e)).map(said),
  nameless: window.controls.filter((e) => !named(e)).map(said) };
"""
