"""Pages to render, small enough that a person can check the golden files beside this one.

In: nothing. Out: values. Never reads a clock or a file.
"""

from __future__ import annotations

from msgspec.structs import replace

from streams.core.report.history import History, Times, Variant
from streams.core.report.page import page
from streams.core.report.run import Miss, Page, Problem, RunSummary
from streams.core.report.source import Excerpt, Sources
from streams.model.crash import Crash, CreatedBy, Frame, Goroutine, Source
from streams.model.instant import parse_instant
from streams.model.report import (
    Evidence,
    Explanation,
    Introduced,
    Report,
    RootCause,
    Suspect,
    Unknown,
)

GO = "/usr/local/go/src"

NO_REPOSITORY = Unknown(
    what="the commit that introduced it",
    why="no git repository was given",
    how="panictrail analyze … --repo shop=PATH --events EVENTS.jsonl",
)
NEVER_DEPLOYED = Unknown(
    what="whether build v1.4.2 was deployed",
    why="no deploy event names it",
    how="give deploy events with --events",
)


def frame(function: str, file: str | None = None, line: int | None = None) -> Frame:
    """A frame marked as the symbolize stage would: below /src it is the user's."""
    ours = file is not None and file.startswith("/src/")
    std = file is not None and file.startswith(GO)
    return Frame(function=function, file=file, line=line, in_app=ours, std=std)


STACK = (
    frame("panic", f"{GO}/runtime/panic.go", 884),
    frame("runtime.sigpanic", f"{GO}/runtime/signal_unix.go", 851),
    frame("example.com/acme/shop/cart.(*Store).Add", "/src/cart/store.go", 41),
    frame("example.com/acme/shop/api.(*Server).handleAdd", "/src/api/cart.go", 118),
    frame("net/http.HandlerFunc.ServeHTTP", f"{GO}/net/http/server.go", 2136),
    frame(
        "github.com/go-chi/chi/v5.(*Mux).routeHTTP",
        "/go/pkg/mod/github.com/go-chi/chi/v5@v5.0.8/mux.go",
        444,
    ),
    frame("example.com/acme/shop/api.logged.func1", "/src/api/logging.go", 33),
    frame("net/http.serverHandler.ServeHTTP", f"{GO}/net/http/server.go", 2938),
    frame("net/http.(*conn).serve", f"{GO}/net/http/server.go", 2009),
)

_IDLE = (
    frame("runtime.gopark", f"{GO}/runtime/proc.go", 398),
    frame("example.com/acme/shop/queue.(*Worker).Run", "/src/queue/worker.go", 77),
)


def idle(number: int) -> Goroutine:
    """One of many goroutines that wait at the same place."""
    started = CreatedBy(function="main.main", file="/src/main.go", line=40, goroutine=1)
    return Goroutine(id=number, state="select", frames=_IDLE, created_by=started)


CRASH = Crash(
    id="crash-1",
    kind="panic",
    message="runtime error: invalid memory address or nil pointer dereference",
    goroutines=(
        Goroutine(
            id=312,
            state="running",
            crashed=True,
            frames=STACK,
            created_by=CreatedBy(
                function="net/http.(*Server).Serve", file=f"{GO}/net/http/server.go", line=3086
            ),
        ),
        *map(idle, range(20, 23)),
    ),
    source=Source(service="checkout", path="logs/checkout.log", line=1204),
)

NIL_MAP = Report(
    cluster="9f2c1e0b7d4a4c3e8f10a2b3c4d5e6f7",
    title="nil pointer dereference in cart.(*Store).Add",
    kind="panic",
    root_cause=RootCause(
        function="example.com/acme/shop/cart.(*Store).Add",
        file="/src/cart/store.go",
        line=41,
        domain="http",
        rule="plain1/in-app",
    ),
    occurrences=17,
    first_seen=parse_instant("2026-11-23T08:00:00Z"),
    last_seen=parse_instant("2026-11-23T09:12:44Z"),
    services=("checkout", "worker"),
    builds=("v1.4.2", "4f2a1c9d0e114f2a1c9d0e114f2a1c9d0e114f2a"),
    hosts=3,
    fingerprints=2,
    representative="crash-1",
    status="regressed",
    introduced=Introduced(
        build_id="4f2a1c9d0e114f2a1c9d0e114f2a1c9d0e114f2a",
        release="v1.4.3",
        deploy_batch="2026-11-23-a",
        last_good_build="v1.4.1",
    ),
    suspects=(
        Suspect(
            commit="4f2a1c9d0e114f2a1c9d0e114f2a1c9d0e114f2a",
            author="Ada Lovelace",
            at=parse_instant("2026-11-22T18:00:00Z"),
            subject="cart: look prices up before the lock is taken",
            confidence=0.83,
            evidence=(
                Evidence(kind="range", detail="in v1.4.1..v1.4.3", weight=0.25),
                Evidence(kind="blame", detail="last changed cart/store.go:41", weight=0.4),
            ),
        ),
    ),
    owners=("@acme/checkout",),
    unknown=(NO_REPOSITORY, NEVER_DEPLOYED),
    explain=(
        Explanation(rule="in-app", detail="same panic in the same first in-app frame"),
        Explanation(rule="merged", detail="differs only in an inlined frame", distance=0.08),
    ),
)

HISTORY = History(
    times=Times(
        start=parse_instant("2026-11-23T08:00:00Z"),
        step_seconds=300,
        counts=(1, 2, 0, 0, 4, 3, 0, 0, 0, 1, 0, 0, 0, 0, 3),
        untimed=3,
    ),
    variants=(
        Variant(
            title="nil pointer dereference in cart.(*Store).Add",
            where="/src/cart/store.go:41",
            occurrences=12,
            last_seen=parse_instant("2026-11-23T09:12:44Z"),
            services=("checkout", "worker"),
            builds=("v1.4.2", "4f2a1c9d0e114f2a1c9d0e114f2a1c9d0e114f2a"),
            way=("cart.(*Store).Add", "api.(*Server).handleAdd", "api.logged.func1"),
        ),
        Variant(
            title="nil pointer dereference in cart.(*Store).Add",
            where="/src/cart/store.go:44",
            occurrences=5,
            last_seen=parse_instant("2026-11-23T08:25:10Z"),
            services=("worker",),
            builds=("v1.4.2",),
        ),
    ),
    more_variants=1,
)

DEADLOCK = Report(
    cluster="11aa1e0b7d4a4c3e8f10a2b3c4d5e6f7",
    title="fatal error: all goroutines are asleep - deadlock!",
    kind="fatal",
    root_cause=RootCause(function="main.main", file="/src/main.go", line=40),
    occurrences=1,
    representative="gone",
    unknown=(NO_REPOSITORY,),
    explain=(Explanation(rule="in-app", detail="the only crash with this stack"),),
)

RUN = RunSummary(
    files=4,
    lines=1234,
    bytes=56_789,
    formats={"plain": 900, "docker-json": 334},
    crashes=18,
    duplicates=2,
    dead_letters=3,
    scrubbed={"email": 3, "bearer token": 1},
    misses=(Miss(path="a.log", line=17, text="exit status 2", why="no stack stands before it"),),
    problems=(Problem(thing="b.gz", what="not gzip", next_step="send the whole file"),),
    state="/var/lib/panic trail",
)


def two_clusters() -> Page:
    """One report with everything known, one with almost nothing."""
    return page((DEADLOCK, NIL_MAP), {CRASH.id: CRASH}, RUN, {NIL_MAP.cluster: HISTORY})


NO_LIBRARY = Unknown(
    what="the source of /go/pkg/mod/github.com/go-chi/chi/v5@v5.0.8/mux.go:444",
    why="it is of the dependency github.com/go-chi/chi/v5@v5.0.8",
    how="panictrail analyze … --repo NAME=PATH of the repository that has it",
)
SOURCES = Sources(
    excerpts=(
        Excerpt(
            file="/src/cart/store.go",
            line=41,
            repo="acme/shop",
            path="cart/store.go",
            at="at v1.4.2 (4f2a1c9d0e11)",
            first=39,
            lines=(
                "// Add puts an item in; <b>never</b> `nil`.",
                "func (s *Store) Add(id string) {",
                "\ts.items[id] = append(s.items[id], id)",
                "\t// ```",
                "}\x1b[31m\u202e",
            ),
        ),
        Excerpt(
            file="/src/api/cart.go",
            line=118,
            repo="acme/shop",
            path="api/cart.go",
            at="at v1.4.2 (4f2a1c9d0e11)",
            first=117,
            lines=(
                "func (s *Server) handleAdd(w http.ResponseWriter, r *http.Request) {",
                "\ts.store.Add(" + "veryLongName." * 30 + "ID)",
            ),
        ),
    ),
    unknown=(NO_LIBRARY,),
)


def with_source() -> Page:
    """A report with source lines of two frames, and why a third has none."""
    return page((NIL_MAP,), {CRASH.id: CRASH}, RUN, {}, {NIL_MAP.cluster: SOURCES})


def nothing() -> Page:
    """A run over logs without a crash."""
    run = replace(RUN, crashes=0, duplicates=0, dead_letters=0, scrubbed={}, problems=())
    return page((), {}, run)


def many(clusters: int) -> Page:
    """More clusters than one screen shows."""
    reports = tuple(
        replace(
            DEADLOCK,
            cluster=f"{i:032x}",
            title=f"panic: job {i} was lost on its way to the queue that should have had it",
            root_cause=RootCause(file=f"/src/job{i}.go", line=i),
            unknown=(),
        )
        for i in range(clusters)
    )
    return page(reports, {}, RunSummary(files=1, lines=clusters, crashes=clusters))
