"""Rows of the view as tests write them.

In: nothing. Out: one message of each kind, and changes that write one row of every table.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from streams.model.events import (
    ClusterCommand,
    ClusterRate,
    ClusterRedirected,
    ClusterVariant,
    DeadLetter,
    DecisionMade,
    Features,
    Fingerprinted,
    LinkChanged,
    Storm,
)
from streams.model.instant import Instant
from streams.model.message import Value
from streams.model.report import Report, RootCause
from streams.model.step import Change, Keep, Put, Table, put
from streams.model.view import (
    CRASHES,
    DEAD,
    DECISIONS,
    LINKS,
    PRINTS,
    RATES,
    REDIRECTS,
    REPORTS,
    SEPARATOR,
    VARIANTS,
    CrashRow,
    PrintRow,
)

AT = Instant(1_764_000_000_123_456_789)
REPORT = Report(
    cluster="c1",
    title="panic: boom",
    kind="panic",
    root_cause=RootCause(function="main.f", package="main", file="/src/f.go", line=7),
    occurrences=3,
    first_seen=AT,
    last_seen=AT,
    services=("cart", "shop"),
    hosts=2,
    representative="crash-1",
)
EVENT = Fingerprinted(
    crash="crash-1",
    block="main.f",
    fingerprint="fp1:1",
    title="panic: boom",
    kind="panic",
    root_cause=REPORT.root_cause,
    features=Features(panic_type="panic"),
    at=AT,
    service="cart",
)
LETTER = DeadLetter(topic="t", stage="s", reason="invalid", error="e", bytes_base64="eA==", at=AT)
VARIANT = ClusterVariant(
    cluster="c1", block="main.f", fingerprint="fp1:1", crash="crash-1", title="panic: boom"
)
DECISION = DecisionMade(
    decision="k1", command=ClusterCommand(command="ignore", cluster="c1", at=AT, by="ada")
)
LINK = LinkChanged(
    link="l1",
    service="cart",
    env="prod",
    region="eu",
    commit_sha="c" * 40,
    repo="acme/shop",
    build_id="7",
    build_status="success",
    build_attempt=2,
    deploy_batch="d-77",
    action="rollout",
    phase="canary",
    percent=2.5,
    digest="sha256:1f",
    version="v1.4.2",
    joined_by="digest",
    timestamp=AT,
)
RATE = ClusterRate(
    cluster="c1",
    service="shop",
    minute=AT,
    crashes=120,
    window_minutes=5,
    usual=1.5,
    limit=14,
    usual_per_hour=18.25,
    weeks=6,
    storm=Storm(began=AT, last=AT, crashes=431),
)
BLOB = "0" * 64
_CRASH_ROW = CrashRow(
    blob=BLOB,
    kind="panic",
    continues="crash-0",
    trace_id="t",
    span_id="s",
    at_seconds=1_764_000_000,
)


def everything(text: str = "") -> tuple[Change, ...]:
    """A blob and a row of every table; messages differ by `text`."""
    return (
        Keep(BLOB, b"record"),
        put(CRASHES, "crash-1", _CRASH_ROW),
        put(PRINTS, "crash-1", PrintRow(event=msgspec.structs.replace(EVENT, title="p" + text))),
        put(REPORTS, "c1", msgspec.structs.replace(REPORT, title="r" + text)),
        put(REDIRECTS, "c0", ClusterRedirected(cluster="c0", to=f"c1{text}")),
        put(
            VARIANTS,
            f"c1{SEPARATOR}fp1:1",
            msgspec.structs.replace(VARIANT, title="v" + text),
        ),
        put(DECISIONS, "k1", msgspec.structs.replace(DECISION, undone_by="u" + text)),
        put(LINKS, "l1", msgspec.structs.replace(LINK, repo="l" + text)),
        put(RATES, f"c1{SEPARATOR}shop", msgspec.structs.replace(RATE, service="shop" + text)),
        put(DEAD, "d1", msgspec.structs.replace(LETTER, error="d" + text)),
    )


def rows_of(changes: Sequence[Change]) -> dict[tuple[str, str], Value | None]:
    """The rows that changes leave."""
    return {(c.table.name, c.key): c.value for c in changes if isinstance(c, Put)}


def keys_of(changes: Sequence[Change]) -> list[tuple[Table[Value], str]]:
    """The rows that changes touch, to ask for them."""
    return [(c.table, c.key) for c in changes if isinstance(c, Put)]
