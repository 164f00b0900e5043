"""A state, or a database, with many clusters, for benchmarks/web_page.py.

In: how many. Out: changes as the view stage writes them: reports, crashes, variants, rates, links, records.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from streams.model.attributing import SeenIn
from streams.model.crash import Build, Crash, CrashKind, Frame, Goroutine, Source
from streams.model.events import (
    ClusterRate,
    ClusterVariant,
    Features,
    Fingerprinted,
    LinkChanged,
    Storm,
)
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.listing import statuses
from streams.model.message import encode
from streams.model.report import (
    ClusterStatus,
    Evidence,
    Explanation,
    Introduced,
    Report,
    RootCause,
    Suspect,
    Unknown,
)
from streams.model.step import Change, Keep, put
from streams.model.view import (
    CRASHES,
    LINKS,
    PRINTS,
    RATES,
    REPORTS,
    SEPARATOR,
    VARIANTS,
    CrashRow,
    PrintRow,
)
from tests.releases import hashed, one_of

_NS: Final = 1_000_000_000
_START: Final = 1_790_000_000
_WORDS: Final = (
    "ledger", "invoice", "quota", "session", "token", "shard", "cursor", "replica", "billing", "search",
)  # fmt: skip
SERVICES: Final = tuple(f"service-{n:02}" for n in range(40))
_GOROUTINES: Final = 60
_DAY: Final = 86_400
_SECONDS: Final = 30 * _DAY
# Most clusters have few crashes, few have many: a Pareto distribution, cut off.
_ALPHA: Final = 1.1
_MOST_CRASHES: Final = 200
_HASHES: Final = 1 << 32
_KINDS: Final[tuple[CrashKind, ...]] = ("panic", "panic", "panic", "fatal", "error")
_STATUSES: Final = statuses("open")


def _at(seconds: int) -> Instant:
    return Instant((_START + seconds) * _NS)


def links() -> Iterator[Change]:
    """A deploy of every service each day of a month."""
    for number, service in enumerate(SERVICES):
        for day in range(30):
            name = f"{number}-{day}"
            row = LinkChanged(
                link=name, service=service, env="prod", region="eu", deploy_batch=f"d{day}", action="rollout",
                phase="complete", build_id=f"b{day}", commit_sha=sha256(name.encode()).hexdigest()[:40],
                timestamp=_at(day * _DAY),
            )  # fmt: skip
            yield put(LINKS, name, row)


class _Cluster:
    """One cluster in the making."""

    def __init__(self, number: int, crashes: int) -> None:
        self.crashes = crashes
        word, other = one_of(_WORDS, "word", number), one_of(_WORDS, "other", number)
        self.cluster = content_id("cluster", str(number))
        self.block = f"example.com/acme/{word}.(*{other.title()}).Apply{number}"
        self.cause = RootCause(
            function=self.block, package=f"example.com/acme/{word}", file=f"/src/{word}/{other}.go",
            line=number % 900 + 1, domain="application", rule="top-in-app",
        )  # fmt: skip
        self.title = f"runtime error: index out of range [{number}] with length 3 in {word}.(*{other.title()}).Apply"
        services = range(one_of((1, 2, 3), "services", number))
        self.services = tuple(sorted({one_of(SERVICES, "service", number, n) for n in services}))
        self.times = sorted(hashed("time", number, n) % _SECONDS for n in range(crashes))
        self.kind: CrashKind = one_of(_KINDS, "kind", number)
        self.status: ClusterStatus = one_of(_STATUSES, "status", number)

    def crash_id(self, number: int) -> str:
        return content_id("crash", self.cluster, str(number))

    def report(self) -> Report:
        evidence = tuple(
            Evidence(kind=kind, detail=f"it edits {self.block}, on the stack, line {n}", weight=0.4)
            for n, kind in enumerate(("range", "blame", "proximity"))
        )
        return Report(
            cluster=self.cluster, title=self.title, kind=self.kind, root_cause=self.cause, occurrences=self.crashes,
            first_seen=_at(self.times[0]), last_seen=_at(self.times[-1]), services=self.services,
            builds=tuple(sorted({f"b{at // _DAY}" for at in self.times})), hosts=3, fingerprints=3,
            representative=self.crash_id(0), status=self.status,
            content_hash=self.cluster, introduced=Introduced(build_id="b1", deploy_batch="d1", last_good_build="b0"),
            suspects=tuple(
                Suspect(commit=sha256(f"{self.cluster}{n}".encode()).hexdigest()[:40], author="Ada", at=_at(0),
                        subject=f"Apply {self.block} at once", confidence=0.6 / (n + 1), evidence=evidence)
                for n in range(3)
            ),
            owners=("@acme/core",), unknown=(Unknown(what="the host", why="none is stated", how="state it"),),
            explain=(Explanation(rule="top-in-app", detail="innermost frame of your own code"),),
        )  # fmt: skip

    def record(self, stack: int) -> Crash:
        def frames(depth: int) -> tuple[Frame, ...]:
            own = Frame(
                function=self.block, file=self.cause.file, line=self.cause.line, in_app=True
            )
            others = (
                Frame(function=f"example.com/acme/api.(*Server).step{stack}_{n}", file=f"/src/api/server{n}.go",
                      line=10 + n, in_app=n % 2 == 0, args="0xc000012345, 0x2")
                for n in range(depth)
            )  # fmt: skip
            return (own, *others)

        first = Goroutine(id=1, state="running", crashed=True, frames=frames(14))
        others = (
            Goroutine(id=n, state="select", wait_minutes=n % 7, frames=frames(6 + n % 5))
            for n in range(2, _GOROUTINES)
        )
        return Crash(
            id=self.crash_id(stack), kind="panic", message=self.title, goroutines=(first, *others),
            source=Source(service=self.services[0], at=_at(self.times[0])), build=Build(go="go1.26.1"),
        )  # fmt: skip

    def changes(self) -> Iterator[Change]:
        """Everything that the view has of it."""
        yield put(REPORTS, self.cluster, self.report())
        for stack in range(min(3, self.crashes)):
            data = encode(self.record(stack))
            name = sha256(data).hexdigest()
            yield Keep(name, data)
            yield put(CRASHES, self.crash_id(stack), CrashRow(blob=name, kind="panic"))
            variant = ClusterVariant(
                cluster=self.cluster, block=self.block, fingerprint=f"locus1:{self.cluster}{stack}",
                crash=self.crash_id(stack), title=self.title, messages=(self.title,), builds=("b1",),
            )  # fmt: skip
            yield put(VARIANTS, self.cluster + SEPARATOR + variant.fingerprint, variant)
        for service in self.services:
            rate = ClusterRate(
                cluster=self.cluster, service=service, minute=_at(self.times[-1]), crashes=14, window_minutes=2,
                usual=0.4, limit=12, usual_per_hour=11.5, weeks=3,
                storm=Storm(began=_at(self.times[-1]), last=_at(self.times[-1]), crashes=14),
            )  # fmt: skip
            yield put(RATES, self.cluster + SEPARATOR + service, rate)
        event = Fingerprinted(
            crash="", block=self.block, fingerprint="", title=self.title, kind="panic", root_cause=self.cause,
            features=Features(panic_type="index"), seen=SeenIn(env="prod", region="eu"),
        )  # fmt: skip
        for number, at in enumerate(self.times):
            one = replace(
                event, crash=self.crash_id(number), fingerprint=f"locus1:{self.cluster}{number % 3}", at=_at(at),
                service=self.services[number % len(self.services)], build=f"b{at // _DAY}",
            )  # fmt: skip
            yield put(PRINTS, one.crash, PrintRow(event=one))


def clusters(number: int, storm: int) -> Iterator[Change]:
    """So many clusters of some crashes each, the first one with `storm` crashes."""
    for each in range(number):
        yield from _Cluster(each, storm if each == 0 else _crashes(each)).changes()


def _crashes(number: int) -> int:
    chance = (hashed("crashes", number) % _HASHES + 1) / _HASHES
    return 1 + int(chance ** (-1 / _ALPHA)) % _MOST_CRASHES
