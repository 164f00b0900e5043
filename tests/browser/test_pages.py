"""The web page in a real browser: at phone and desktop width, by keyboard, without scripts, under its policy."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.browser.driver import Browser, Look, browser
from tests.browser.measures import CONTRAST, MEASURE, UNREACHED, WATCH_FOCUS
from tests.browser.world import clusters, pages, world

TAB = "\ue004"
ENTER = "\ue007"
LOOKS = tuple(
    Look(f"{width}{'-dark' if dark else ''}", width, height, dark, width < 400)
    for width, height in ((360, 780), (1280, 900))
    for dark in (False, True)
)
NAMES = ("list", "cause", "variants", "filtered", "hostile", "missing")


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with world() as found:
        yield found


@pytest.fixture(scope="module")
def paths(base: str) -> dict[str, str]:
    """What is looked at."""
    evil = next(str(each["cluster"]) for each in clusters(base) if "<script>" in str(each["title"]))
    return {
        **pages(base),
        "filtered": "/?q=%3Cscript%3E&kind=panic&since=2026-11-01&status=all&limit=x",
        "hostile": f"/clusters/{evil}",
        "missing": "/clusters/ffff%3Cb%3E",
    }


@pytest.fixture(scope="module")
def seen() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_can_be_read_and_loads_its_own_files_only(
    seen: Browser, base: str, paths: dict[str, str], name: str, look: Look
) -> None:
    seen.console()
    seen.visit(base + paths[name], look)
    found = seen.said(MEASURE)
    assert found["letters"] > 0, "has the browser a font?"
    assert found["width"] <= found["window"] == look.width
    assert found["wide"] == []
    assert found["least"] >= CONTRAST, found["where"]
    assert {urlsplit(each).path for each in found["loaded"]} <= {
        "/assets/page.css", "/assets/page.js", "/assets/icon.svg",
    }  # fmt: skip
    # The status of a page that is not there is itself said on the console.
    complaints = [each for each in seen.console() if name != "missing" or "404" not in each]
    assert complaints == []
    assert (
        seen.said("return document.querySelectorAll('main script, main img, main b').length") == 0
    )


@pytest.mark.parametrize("name", ["list", "cause", "filtered", "missing"])
def test_every_control_is_reached_by_keyboard_and_has_a_name(
    seen: Browser, base: str, paths: dict[str, str], name: str
) -> None:
    seen.visit(base + paths[name], LOOKS[0])
    number = seen.said(WATCH_FOCUS)
    assert number >= 3
    # A field for a day has a part for each of year, month, day, and a button.
    seen.press(*[TAB] * (number + 12))
    found = seen.said(UNREACHED)
    assert found == {"unreached": [], "nameless": []}


def test_the_first_key_offers_the_way_past_the_head(seen: Browser, base: str) -> None:
    seen.visit(base + "/", LOOKS[0])
    seen.press(TAB)
    focused = "const e = document.activeElement, r = e.getBoundingClientRect(); return [e.textContent, r.left >= 0]"
    assert seen.said(focused) == ["Skip to content", True]
    seen.press(ENTER)
    assert seen.said("return document.activeElement.id") == "main"


def test_keys_go_through_the_list_and_into_the_search(seen: Browser, base: str) -> None:
    seen.visit(base + "/", LOOKS[2])
    rows = "const rows = [...document.querySelectorAll('a.row')]; return rows.indexOf(document.activeElement)"
    places = []
    for key in ("j", "j", "j", "k"):
        seen.press(key)
        places.append(seen.said(rows))
    assert places == [0, 1, 2, 1]
    seen.press("/")
    seen.press(*"jk")
    assert seen.said("return [document.activeElement.id, document.activeElement.value]") == [
        "q",
        "jk",
    ]


def test_without_scripts_everything_can_be_read(
    seen: Browser, base: str, paths: dict[str, str]
) -> None:
    """What is in a page does not depend on its script, which only adds keys and buttons."""
    texts = {}
    for off in (False, True):
        seen.without_scripts(off=off)
        try:
            seen.visit(base + paths["cause"], LOOKS[2])
        finally:
            seen.without_scripts(off=False)
        seen.said("document.querySelectorAll('.try button, .keys').forEach((e) => e.remove())")
        texts[off] = "".join(seen.said("return document.body.textContent").split())
    assert texts[True] == texts[False]
    assert "Whomayhavebroughtit" in texts[True]
