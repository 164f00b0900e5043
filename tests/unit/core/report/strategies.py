"""Texts and pages as an attacker, or a very unlucky program, would send them.

In: hypothesis' choices. Out: strategies for texts and for whole pages made of such texts.
"""

from __future__ import annotations

from hypothesis import Phase, settings
from hypothesis import strategies as st

from streams.core.report.page import page
from streams.core.report.run import Miss, Page, Problem, RunSummary
from streams.core.report.source import Excerpt, Sources
from streams.model.crash import (
    Access,
    Build,
    Context,
    Crash,
    CreatedBy,
    Fault,
    Frame,
    Goroutine,
    Panic,
    Source,
)
from streams.model.instant import Instant
from streams.model.report import (
    Evidence,
    Explanation,
    Introduced,
    Report,
    RootCause,
    Suspect,
    Unknown,
)

NASTY = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b2J",
    "a\r\nb\x00c\x7f\x85",
    "\u202egnp.exe\u2066",
    "\u2028\u200b\ufeff",
    "\udc80\ud800",
    "[bold red]rich[/bold red] :boom: [link=http://evil.example]x[/link]",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>' onmouseover='x",
    "</pre></details></style></title><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}&lt;&#x3c;",
    "````\n# heading\n~~~",
    "`` ` `` \\` ![x](http://evil.example) <http://evil.example> [y]: z",
    "@everyone #1 !2 www.evil.example https://evil.example",
    "- item\n1. one\n> quote\n---",
    "語" * 60,
    "x" * 200,
    " ",
    "",
)

texts = st.sampled_from(NASTY) | st.text(max_size=40)
names = texts.filter(lambda text: bool(text.strip()))
maybe = st.none() | texts
instants = st.integers(0, 4_000_000_000).map(lambda seconds: Instant(seconds * 10**9))
lines = st.none() | st.integers(1, 99_999)

frames = st.builds(
    Frame,
    function=texts,
    package=maybe,
    file=maybe,
    line=lines,
    std=st.booleans(),
    native=st.booleans(),
    in_app=st.booleans(),
)
stacks = st.lists(frames, max_size=6).map(tuple)
created_by = st.none() | st.builds(CreatedBy, function=texts, file=maybe, line=lines)
goroutines = st.builds(
    Goroutine,
    id=st.integers(1, 99),
    state=texts,
    crashed=st.booleans(),
    frames=stacks,
    elided=st.integers(0, 3),
    created_by=created_by,
)
crashes = st.builds(
    Crash,
    id=st.just("crash"),
    kind=st.sampled_from(("panic", "fatal", "race")),
    message=texts,
    panics=st.lists(st.builds(Panic, value=texts), max_size=2).map(tuple),
    goroutines=st.lists(goroutines, max_size=3).map(tuple),
    accesses=st.lists(st.builds(Access, kind=texts, addr=maybe, frames=stacks), max_size=1).map(
        tuple
    ),
    source=st.builds(Source, service=maybe, host=maybe, pod=maybe, path=maybe, line=lines),
    build=st.builds(Build, go=maybe, revision=maybe),
    context=st.builds(Context, http_path=maybe, trace_id=maybe),
    truncated=st.booleans(),
    faults=st.lists(st.builds(Fault, line=st.integers(1, 9), reason=texts), max_size=1).map(tuple),
)
unknowns = st.lists(st.builds(Unknown, what=texts, why=texts, how=texts), max_size=2).map(tuple)
suspects = st.lists(
    st.builds(
        Suspect,
        commit=texts,
        author=maybe,
        subject=maybe,
        at=st.none() | instants,
        confidence=st.floats(0, 1),
        evidence=st.lists(
            st.builds(Evidence, kind=texts, detail=texts, weight=st.floats(0, 1)), max_size=2
        ).map(tuple),
    ),
    max_size=2,
).map(tuple)
text_tuples = st.lists(texts, max_size=3).map(tuple)
reports = st.builds(
    Report,
    cluster=names,
    title=texts,
    kind=st.sampled_from(("panic", "fatal", "race")),
    root_cause=st.builds(
        RootCause, function=maybe, file=st.none() | names, line=lines, domain=maybe, rule=maybe
    ),
    occurrences=st.integers(1, 10**6),
    first_seen=st.none() | instants,
    last_seen=st.none() | instants,
    services=text_tuples,
    builds=text_tuples,
    hosts=st.integers(0, 9),
    representative=st.sampled_from(("crash", "gone")),
    status=st.sampled_from(("new", "regressed")),
    introduced=st.builds(Introduced, build_id=maybe, release=maybe, last_good_build=maybe),
    suspects=suspects,
    owners=text_tuples,
    unknown=unknowns,
    explain=st.lists(st.builds(Explanation, rule=texts, detail=texts), max_size=2).map(tuple),
)
runs = st.builds(
    RunSummary,
    files=st.integers(0, 9),
    lines=st.integers(0, 9999),
    bytes=st.integers(0, 10**9),
    formats=st.dictionaries(texts, st.integers(0, 99), max_size=2),
    scrubbed=st.dictionaries(texts, st.integers(1, 99), max_size=2),
    dead_letters=st.integers(0, 2),
    misses=st.lists(
        st.builds(Miss, path=texts, line=st.integers(1, 9), text=texts, why=texts), max_size=2
    ).map(tuple),
    problems=st.lists(st.builds(Problem, thing=texts, what=texts, next_step=texts), max_size=1).map(
        tuple
    ),
    state=maybe,
)


# Without shrinking: a page has hundreds of choices, and shrinking one outlasts the test's time limit.
# Without deadline: the first page pays for importing rich or jinja2.
HOSTILE = settings(
    max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)


@st.composite
def sources_of(draw: st.DrawFn, crash: Crash) -> Sources:
    """Source of some frames of the crash, as a hostile repository would have it."""
    frames = [frame for goroutine in crash.goroutines for frame in goroutine.frames][:3]
    excerpts = [
        Excerpt(
            file=frame.file or "",
            line=frame.line,
            repo=draw(texts),
            path=draw(texts),
            at=draw(texts),
            first=max(1, frame.line - 1),
            lines=tuple(draw(st.lists(texts, min_size=2, max_size=4))),
        )
        for frame in frames
        if frame.line is not None and draw(st.booleans())
    ]
    return Sources(excerpts=tuple(excerpts), unknown=draw(unknowns))


@st.composite
def pages(draw: st.DrawFn) -> Page:
    """A page whose every text may be hostile."""
    found = draw(st.lists(reports, max_size=3, unique_by=lambda report: report.cluster))
    crash = draw(crashes)
    sources = draw(sources_of(crash))
    by_cluster = {report.cluster: sources for report in found}
    return page(found, {"crash": crash}, draw(runs), {}, by_cluster)
