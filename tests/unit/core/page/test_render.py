"""Pages: whatever a log says, nothing becomes markup, a control or a page without end."""

from __future__ import annotations

from html.parser import HTMLParser

from msgspec.structs import replace

from streams.core.page.asked import read
from streams.core.page.render import (
    ASSETS,
    asset,
    render_cluster,
    render_list,
    render_notice,
    spark,
    spark_words,
)
from streams.core.page.values import ClusterPage, ListPage, ListRow, Notice
from streams.core.report.run import Shown
from streams.model.cluster_facts import StackVariant
from streams.model.listing import Span
from streams.model.report import Evidence, Explanation, RootCause, Suspect, Unknown
from tests.unit.core.report import samples
from tests.view_rows import RATE, REPORT, VARIANT

HOSTILE = '<script>alert(1)</script>" onload="x\x1b[31m\u202egnp\x00' + "A" * 2_000_000
SPAN = Span(1_764_000_000 - 1_764_000_000 % 3600, 3600, 30)
REPORT_OF_EVIL = replace(
    REPORT,
    title=HOSTILE,
    root_cause=RootCause(function=HOSTILE[:3000], file=HOSTILE[:3000], line=1),
    services=tuple(f"{HOSTILE[:200]}{n}" for n in range(50)),
    builds=tuple(f"{HOSTILE[:200]}{n}" for n in range(50)),
    owners=(HOSTILE[:500],),
    suspects=(
        Suspect(
            commit=HOSTILE[:100],
            author=HOSTILE[:900],
            subject=HOSTILE,
            confidence=0.5,
            evidence=(Evidence(kind="blame", detail=HOSTILE, weight=0.4),),
        ),
    ),
    explain=(Explanation(rule="r", detail=HOSTILE),),
    unknown=(Unknown(what="w", why="y", how="h"),),
)


class Reader(HTMLParser):
    """What a browser would see: names of elements, attributes that act, ids and what is labelled by them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.fields: set[str] = set()
        self.labels: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.attributes |= found.keys()
        self.ids += [found["id"] or ""] if "id" in found else []
        if tag in ("input", "select"):
            self.fields.add(found.get("id") or "no id")
        if tag == "label":
            self.labels.add(found.get("for") or "")
        if tag == "a":
            self.links.append(found.get("href") or "")


def list_of_evil() -> str:
    asked = read({"q": '"><script>', "kind": "<script>", "page": "2", "limit": "1"})
    row = ListRow(report=REPORT_OF_EVIL, bars=(0,) * 29 + (7,))
    page = ListPage(asked=asked, rows=(row,), total=40, span=SPAN, most=7, services=("<b>", "a"))
    return render_list(page)


def cluster_of_evil() -> str:
    crash = replace(samples.CRASH, message=HOSTILE)
    stack = StackVariant(
        variant=replace(VARIANT, title=HOSTILE, fingerprint=HOSTILE[:300]),
        functions=(HOSTILE,) * 3,
        difference=("- " + HOSTILE, "+ <b>"),
    )
    return render_cluster(
        ClusterPage(
            shown=Shown(report=REPORT_OF_EVIL, crash=crash),
            variants=(stack,) * 12,
            former=(HOSTILE[:300],),
            raw=("<img src=x>",),
            rates=(replace(RATE, service=HOSTILE),) * 12,
            more_rates=3,
        )
    )


def test_nothing_from_a_log_becomes_markup_or_a_control() -> None:
    for text in (
        list_of_evil(),
        cluster_of_evil(),
        render_notice(Notice(status=404, title="t", text=HOSTILE)),
    ):
        assert text.count("<script") == 1, "the page's own"
        assert '<script src="/assets/page.js" defer></script>' in text
        found = Reader(text)
        assert not found.tags & {"img", "iframe", "object", "style", "base", "b"}
        assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
        assert all(char.isprintable() or char == "\n" for char in text if char != "\t")


def test_pages_are_bounded_whatever_comes() -> None:
    assert len(list_of_evil()) < 20_000
    assert len(cluster_of_evil()) < 150_000


def test_every_field_has_its_label_and_every_id_is_one() -> None:
    for text in (list_of_evil(), cluster_of_evil()):
        found = Reader(text)
        assert found.fields <= found.labels
        assert len(found.ids) == len(set(found.ids))
        anchors = {link[1:] for link in found.links if link.startswith("#")}
        assert anchors <= set(found.ids)


def test_what_was_asked_is_in_the_form_again_and_in_the_links() -> None:
    text = list_of_evil()
    assert 'value="&#34;&gt;&lt;script&gt;"' in text
    assert "Left out: kind=&lt;script&gt;: want one of panic" in text
    links = Reader(text).links
    assert "/?q=%22%3E%3Cscript%3E&limit=1" in [link.replace("&page=1", "") for link in links]
    assert "/?q=%22%3E%3Cscript%3E&limit=1&page=3" in links


def test_where_there_is_nothing_the_page_says_what_to_do() -> None:
    assert "/v1/crashes" in render_list(ListPage(asked=read({}), rows=(), total=0))
    assert "Show all clusters" in render_list(ListPage(asked=read({"q": "x"}), rows=(), total=0))
    assert "No page 9" in render_list(ListPage(asked=read({"page": "9"}), rows=(), total=30))


def test_bars_show_what_there_is_and_are_said_in_words() -> None:
    assert spark((0, 1, 1000), 1000) == "M5 24v-2h4v2zM10 24v-24h4v24z"
    said = spark_words((0, 3, 1), Span(1_764_000_000, 3600, 3))
    assert said == "most 3 in the step from 2025-11-24 17:00 UTC on"


def test_assets_are_local_and_load_nothing() -> None:
    for name in ASSETS:
        text = asset(name)
        assert text
        assert "//" not in text.replace("http://www.w3.org/2000/svg", "").replace(
            "// Reading needs", ""
        )
        assert "url(" not in text
        assert "@import" not in text
