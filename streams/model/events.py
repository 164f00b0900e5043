"""One frozen struct per topic message (docs/reference/topics.md), and the Tick that drivers inject.

Public input events take any producer's JSON; internal ones are made by our stages only.
"""

from __future__ import annotations

from typing import Literal

from streams.model.attributing import Joined, SeenIn, Site
from streams.model.crash import Build, ChainedError, Context, CrashKind, Exit, Source
from streams.model.instant import Instant
from streams.model.message import Message, Value
from streams.model.regrouping import Grouping
from streams.model.report import Explanation, Report, RootCause
from streams.model.step import FactKind


class LogLines(Message, frozen=True, kw_only=True):
    r"""A run of whole lines of one input, in its order (topic logs.lines after transport).

    `input` names whatever is read (file, stdin, container); it is provenance. `stream` is the stream
    identity of law 2, empty for a plain file. `data` is text with `\n` between lines; bytes that are not
    UTF-8 are private-use characters (model/text.py). `line` is the 1-based number of the first line.
    `events`: every line is meant to be an input event, so one that is none is kept as a dead letter. `format` names
    the shape of every line; empty: each is recognised by itself.
    """

    input: str
    data: str
    line: int = 1
    stream: str = ""
    path: str | None = None
    defaults: Source = Source()
    events: bool = False
    format: str = ""


class RawPanic(Message, frozen=True, kw_only=True):
    """panics.raw: the text of one crash or logged error plus context. Only `text` is required.

    `event_id` is the producer's id, or the content id that COLLECT gave before scrubbing. `scrubbed`
    counts replaced secrets by kind; None means that no scrubber saw the text yet. `route`: how it came here, `lines`
    or `spool`; a crash that comes by both is counted once (ADR 0022). `exit` says how the process ended; with an empty
    `text`, which a killed process leaves, that is all there is. `pid`, `nspid`: as whoever tells has it, and inside
    its own PID namespace. `message` and `errors` are what a log line stated
    beside the stack in `text`: the value of the panic and its chain of errors, outermost first.
    """

    text: str
    at: Instant | None = None
    service: str | None = None
    host: str | None = None
    container: str | None = None
    pod: str | None = None
    namespace: str | None = None
    stream: str | None = None
    build: Build = Build()
    context: Context = Context()
    event_id: str | None = None
    continues: str | None = None
    truncated: bool = False
    message: str | None = None
    errors: tuple[ChainedError, ...] = ()
    at_zone_assumed: bool = False
    anonymous: bool = False
    path: str | None = None
    line: int | None = None
    scrubbed: dict[str, int] | None = None
    route: str | None = None
    pid: int | None = None
    nspid: int | None = None
    exit: Exit | None = None


class CoreRef(Message, frozen=True, kw_only=True):
    """cores.refs: a reference to a core and its binary, never the bytes."""

    core: str
    binary: str | None = None
    build_id: str | None = None
    sha256: str | None = None
    size: int = 0
    signal: int | None = None
    pid: int | None = None
    nspid: int | None = None
    exe: str | None = None
    cgroup: str | None = None
    truncated: bool = False
    at: Instant | None = None
    service: str | None = None
    host: str | None = None


class GitPush(Message, frozen=True, kw_only=True):
    """git.pushed. Zeros in `before`: the ref is new; in `after`: it was deleted.

    `forced`: what was there before is no ancestor. `truncated`: the sender left commits out, all are in before..after.
    """

    kind: Literal["git.push"] = "git.push"
    delivery_id: str
    occurred_at: Instant | None = None
    received_at: Instant | None = None
    repo: str
    ref: str | None = None
    before: str | None = None
    after: str | None = None
    commits: tuple[str, ...] = ()
    forced: bool | None = None
    truncated: bool = False


class Artifact(Value, frozen=True, kw_only=True):
    """What a CI build made for a service."""

    service: str | None = None
    digest: str | None = None


class CiBuild(Message, frozen=True, kw_only=True):
    """ci.finished."""

    kind: Literal["ci.build"] = "ci.build"
    delivery_id: str
    occurred_at: Instant | None = None
    received_at: Instant | None = None
    repo: str
    build_id: str
    attempt: int = 1
    ref: str | None = None
    commit: str | None = None
    status: str | None = None
    artifacts: tuple[Artifact, ...] = ()


class Deploy(Message, frozen=True, kw_only=True):
    """deploys.changed."""

    kind: Literal["deploy"] = "deploy"
    delivery_id: str
    occurred_at: Instant | None = None
    received_at: Instant | None = None
    service: str
    env: str | None = None
    region: str | None = None
    batch: str | None = None
    action: str | None = None
    phase: str | None = None
    percent: float | None = None
    build_id: str | None = None
    digest: str | None = None
    version: str | None = None
    revision: str | None = None


class Features(Value, frozen=True, kw_only=True):
    """What rules look at: panic type, package of the deepest non-standard frame, HTTP status, call depth.

    `depth`: frames between the crash site and the outermost frame of the user's own code, inlined ones counted, panic
    machinery and scaffolding not; 0 in the handler itself.
    """

    panic_type: str
    package: str | None = None
    http_status: int | None = None
    depth: int | None = None


class Member(Value, frozen=True, kw_only=True):
    """A crash that shares everything else with the one it is folded into; `title`, `site` None: that too."""

    crash: str
    at: Instant | None = None
    service: str | None = None
    host: str | None = None
    build: str | None = None
    go: str | None = None
    anonymous: bool = False
    at_zone_assumed: bool = False
    title: str | None = None
    site: Site | None = None
    twin: str | None = None


# By what a crash was grouped: its place in the source, the names on its stack, what it says.
GroupedBy = Literal["source", "names", "message"]


class Fingerprinted(Message, frozen=True, kw_only=True):
    """crashes.fingerprinted: what clustering needs of one crash, keyed by its block.

    `fingerprint` names a distinct normalised stack (a variant). `locus`: the key of the place that the crash is grouped
    by; crashes of equal block and locus are one cluster by the methods that go by a key. `frames`: 8 bytes for each of
    at most 64 normalised frames, innermost first (core/fingerprint/stack.py). `trees`: 4 bytes for each distinct
    subtree of the root-cause function, sorted, empty without source.
    `seen`: where it was seen and what it says of its build, None where it says nothing. `site`: what attribution needs
    of it, None without repositories.
    `twin`: the crash that this record tells of, which was counted when another route told it: nothing is counted now.
    `taken_back`: it was counted before that was known.
    `folded`: further crashes of a storm in the same batch (core/fingerprint/fold.py).
    """

    crash: str
    block: str
    fingerprint: str
    locus: str = ""
    by: GroupedBy = "names"
    frames: bytes = b""
    trees: bytes = b""
    go: str | None = None
    title: str
    kind: CrashKind
    root_cause: RootCause
    features: Features
    at: Instant | None = None
    service: str | None = None
    host: str | None = None
    build: str | None = None
    anonymous: bool = False
    at_zone_assumed: bool = False
    continues: str | None = None
    explain: tuple[Explanation, ...] = ()
    seen: SeenIn | None = None
    site: Site | None = None
    twin: str | None = None
    taken_back: bool = False
    folded: tuple[Member, ...] = ()


class Placed(Message, frozen=True, kw_only=True):
    """crashes.placed: a text of a crash whose process is known, for a core of the same process (ADR 0022).

    `pid`: as the process has it itself; `mark`: what tells it from others of its program (model/crash.py, mark_of),
    empty where the text does not state it; `story`: hash of what groups the crash. With `core`, its name, and what was
    `sent` of it, it is a core, for texts that have but a mark.
    """

    crash: str
    pid: int | None = None
    mark: str | None = None
    at: Instant
    container: str | None = None
    pod: str | None = None
    host: str | None = None
    story: str
    core: str | None = None
    sent: Fingerprinted | None = None


class Representative(Value, frozen=True, kw_only=True):
    """The crash that stands for a cluster, chosen without looking at arrival order."""

    crash: str
    at: Instant | None = None
    title: str
    kind: CrashKind
    root_cause: RootCause
    service: str | None = None


class Sighted(Value, frozen=True, kw_only=True):
    """What a crash that stands for a cluster says of where it was seen, and of its cause."""

    seen: SeenIn | None = None
    site: Site | None = None


class BuildSeen(Value, frozen=True, kw_only=True):
    """A build in which a cluster was seen, when first and when last; `build` is empty for crashes that state none.

    `revision`: the commit that such crashes state.
    """

    build: str
    revision: str | None = None
    first: Instant | None = None
    last: Instant | None = None


class ClusterSummary(Value, frozen=True, kw_only=True):
    """What a cluster is at this moment; counts are exact. `seen_builds`: by name and revision, sorted."""

    cluster: str
    block: str
    occurrences: int
    first_seen: Instant | None = None
    last_seen: Instant | None = None
    untimed: int = 0
    zone_assumed: int = 0
    anonymous: int = 0
    services: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    seen_builds: tuple[BuildSeen, ...] = ()
    go_versions: tuple[str, ...] = ()
    hosts: int = 0
    fingerprints: int = 0
    representative: Representative
    explain: tuple[Explanation, ...] = ()


ClusterChange = Literal["assigned", "born", "grew", "merged", "split", "resolved", "regressed"]


class ClusterChanged(Message, frozen=True, kw_only=True):
    """clusters.changed: what a cluster is now, or what a part of one that people merged is.

    `cluster` is the id that people see. `part`: the cluster as it was grouped, where that is another. `summary` None:
    the part is not in this cluster any more. `hosts`: 8 bytes for each host of a part of several, so that they are
    counted once. `ignored`, `resolved_at`, `fixed_in`: what people decided. `sighted`: what the representative says,
    sent when it becomes that; None: as before, or it says nothing.
    """

    cluster: str
    change: ClusterChange
    crash: str | None = None
    summary: ClusterSummary | None = None
    part: str | None = None
    hosts: bytes = b""
    ignored: bool = False
    resolved_at: Instant | None = None
    fixed_in: str | None = None
    sighted: Sighted | None = None


class Storm(Value, frozen=True, kw_only=True):
    """Far more crashes than usual, from the minute in which that showed to the last one so far.

    `crashes`: in it and in the minutes before that showed it, as far as minutes are kept (six hours with a crash).
    `before`: what the cluster had then in all services; None where people merged it with others.
    """

    began: Instant
    last: Instant
    crashes: int
    before: int | None = None


class ClusterRate(Message, frozen=True, kw_only=True):
    """clusters.rates: how often a cluster crashes in a service, against what is usual there (docs/baselines.md).

    `crashes` came in the `window_minutes` up to and with `minute`; `usual` are so many in such a window, and from
    `limit` on it is a storm. `usual_per_hour`: in this hour of the week, known from so many `weeks`. `storm`: the one
    that the minute belongs to.
    """

    cluster: str
    service: str | None = None
    minute: Instant
    crashes: int
    window_minutes: int
    usual: float
    limit: int
    usual_per_hour: float
    weeks: int
    storm: Storm | None = None


class ServiceSeen(Message, frozen=True, kw_only=True):
    """services.seen: a cluster met a service for the first time, or another crash stands for it (cluster tells link).

    `crash`: the one that stands for it, seen in this service at `at`; empty where that one was seen elsewhere.
    """

    service: str
    cluster: str
    crash: str = ""
    at: Instant | None = None
    seen: SeenIn | None = None


# By what the build or the commit of a deploy was found; ambiguous: what it states fits builds of several commits.
JoinedBy = Literal["build_id", "digest", "version", "revision", "ambiguous"]


class LinkChanged(Message, frozen=True, kw_only=True):
    """links.changed: one row of trace_link as it is now; a null record: there is no such row any more.

    `link` names the row. A row is a deploy with the build that it brought, as far as that is known, or (without batch,
    phase and action) the last attempt of a build that was never deployed. `timestamp`: when it was deployed or built.
    `version`, `revision`: as the deploy states them, else the version is the tag of the build. `joined_by`: by what its
    build, or else its commit, was found; None: neither was.
    """

    link: str = ""
    service: str | None = None
    env: str | None = None
    region: str | None = None
    commit_sha: str | None = None
    repo: str | None = None
    build_id: str | None = None
    build_status: str | None = None
    build_attempt: int | None = None
    deploy_batch: str | None = None
    action: str | None = None
    phase: str | None = None
    percent: float | None = None
    digest: str | None = None
    version: str | None = None
    revision: str | None = None
    joined_by: JoinedBy | None = None
    timestamp: Instant | None = None


class AttributionRequest(Message, frozen=True, kw_only=True):
    """attribution.requests: work this cluster out again; `given` = side inputs known for its services.

    `joined`: what builds and deploys say of `crash`, which stands for the cluster.
    """

    cluster: str
    service: str
    given: tuple[str, ...] = ()
    crash: str = ""
    joined: Joined | None = None


SplitOn = Literal["frame", "variant", "kind"]


class SplitRule(Value, frozen=True, kw_only=True):
    """Which crashes of a cluster are a cluster of their own: those of which one of `values` is true.

    `frame`: a function is on the stack (among its first 64 frames of the user's own code); `variant`: a fingerprint;
    `kind`: a kind of crash.
    """

    on: SplitOn
    values: tuple[str, ...]


class VariantName(Value, frozen=True, order=True, kw_only=True):
    """A distinct stack."""

    block: str
    fingerprint: str


class ClusterCommand(Message, frozen=True, kw_only=True):
    """cluster.commands: a person's decision about a cluster.

    `other`: to merge with. `rule`: what to split off (`crashes`: those that it was made of). `variants`: to pin.
    `resolved_at`: later crashes are a regression (default: `at`), unless their build has not what fixed it. `fixed_in`:
    the commit, tag or version that fixed it. `decision`: to take back (default: the last one).
    """

    command: Literal["merge", "split", "pin", "ignore", "resolve", "undo"]
    cluster: str
    other: str | None = None
    rule: SplitRule | None = None
    variants: tuple[VariantName, ...] = ()
    crashes: tuple[str, ...] = ()
    resolved_at: Instant | None = None
    fixed_in: str | None = None
    decision: str | None = None
    by: str | None = None
    at: Instant | None = None
    reason: str | None = None


class ClusterDecided(Message, frozen=True, kw_only=True):
    """clusters.decided: all that people decided about one cluster id; every partition gets a copy.

    `canonical`: the id under which it is shown, where that is another. `shared`: it was merged with others. `rules`:
    what is split off, the first that is true. `pinned`: stacks that stay in it, however crashes are grouped.
    """

    cluster: str
    canonical: str | None = None
    shared: bool = False
    ignored: bool = False
    resolved_at: Instant | None = None
    fixed_in: str | None = None
    rules: tuple[SplitRule, ...] = ()
    pinned: tuple[VariantName, ...] = ()


class DecisionMade(Message, frozen=True, kw_only=True):
    """decisions.made: a command, and whether it is in force. `clusters`: the ids that it is about."""

    decision: str
    command: ClusterCommand
    clusters: tuple[str, ...] = ()
    undone_by: str | None = None


class ClusterRedirected(Message, frozen=True, kw_only=True):
    """clusters.redirected: where to look for what a cluster id named; a null record: the id is in use again."""

    cluster: str
    to: str


class ClusterVariant(Message, frozen=True, kw_only=True):
    """clusters.variants: a distinct stack of a cluster; a null record: it is in another one.

    `crash` is the first that has it. `messages`: some of what its crashes say.
    """

    cluster: str
    block: str
    fingerprint: str
    crash: str
    title: str
    kinds: tuple[CrashKind, ...] = ()
    frames: bytes = b""
    trees: bytes = b""
    messages: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    go_versions: tuple[str, ...] = ()


# `adopting`: an adoption began, and is not over or was cut short. `replaced`: nothing of it is public any more.
GenerationState = Literal["replaying", "adopting", "adopted", "replaced"]


class Generation(Message, frozen=True, kw_only=True):
    """pipeline.generations: which generation readers follow, and what a replay works on.

    Readers follow the highest generation that has `adopted_at`; a replay that was never adopted has generation 0.
    `since`, `until`: the crashes that a replay selects from its history, which are the records before the offsets
    `live_from` (by input topic and partition number); what came later it takes whole. `grouping`: by which method it
    was begun, with the names of its repositories; who works for it goes by that.
    """

    name: str
    generation: int
    adopted_at: Instant | None = None
    state: GenerationState | None = None
    since: Instant | None = None
    until: Instant | None = None
    live_from: dict[str, tuple[int, ...]] = {}
    grouping: Grouping | None = None


class DeadLetter(Message, frozen=True, kw_only=True):
    """deadletter: what could not be processed, scrubbed, with everything needed to try again."""

    topic: str
    partition: int | None = None
    offset: int | None = None
    stage: str
    reason: str
    error: str
    attempt: int = 1
    headers: dict[str, str] = {}
    bytes_base64: str = ""
    scrubbed: dict[str, int] = {}
    at: Instant | None = None
    place: str | None = None


NoticeEvent = Literal["new", "regressed", "storm", "summary"]
Severity = Literal["info", "warning", "critical"]


class Notice(Message, frozen=True, kw_only=True):
    """notifications: something that people are to be told of, once (docs/notifications.md).

    `id` is the same however often it is sent. `at`: when it happened, by the time of crashes. `storm`: what it is
    about, or what a new or regressed cluster began with. A summary is told again and again while its storm goes on, and
    sent on when that is over; `crashes` are those of the cluster since the storm was told of.
    """

    id: str
    event: NoticeEvent
    cluster: str
    title: str
    severity: Severity
    services: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    at: Instant | None = None
    storm: Storm | None = None
    crashes: int = 0
    report: Report


class Tick(Message, frozen=True, kw_only=True):
    """Time passing on one input (law 9): quiet for `quiet_ns`, or at its end. Injected by drivers.

    With `stream` only that stream of the input was quiet, or will not go on.
    """

    input: str
    end_of_input: bool = False
    quiet_ns: int = 0
    stream: str | None = None


class FactArrived(Message, frozen=True, kw_only=True):
    """facts.arrived: a fact that was absent is there now; whoever asked for it is worked out again."""

    kind: FactKind
    key: str
