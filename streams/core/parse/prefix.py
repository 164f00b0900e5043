"""What collectors and terminals put before a line: a table of rules, first match wins.

In: one raw line. Out: Prefixed (who wrote it, when, and the line as the program wrote it). A rule that gives
no stream identity leaves that to the run. New shapes are new rows of RULES, JSON ones of shipped.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Final

import msgspec

from streams.core.parse.prefixed import Prefixed
from streams.core.parse.record import Origin
from streams.core.parse.shape import GO_LOG_TIME, own_line, plain
from streams.core.parse.shipped import SHIPPED, read_shipped, unjoined
from streams.model.crash import Context, Source
from streams.model.instant import Instant, parse_instant

_RFC3339: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"

PLAIN: Final = "plain"
# A record in a record in a record: files of one shipper that another one reads.
_MOST_DEEP: Final = 4
_PASSED_ON: Final = (
    "time", "service", "host", "pod", "namespace", "container", "output", "image", "trace",
)  # fmt: skip


class Rule(msgspec.Struct, frozen=True):
    """One prefix shape. `weak` rules could be crash text and are not tried inside an unprefixed record."""

    shape: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Prefixed]
    weak: bool = False


def _kubectl(match: re.Match[str]) -> Prefixed:
    pod, container, time, payload = match.groups()
    # The container's name is the last of the places where OpenTelemetry takes service.name from on
    # Kubernetes (spec: semantic conventions, k8s attributes); the prefix has none of the others.
    return Prefixed(
        "kubectl",
        payload or "",
        f"{pod}/{container}",
        time or "",
        service=container,
        pod=pod,
        container=container,
    )


def _syslog(match: re.Match[str]) -> Prefixed:
    time, host, unit, pid, payload = match.groups()
    identity = f"{host}/{unit}[{pid}]" if pid else f"{host}/{unit}"
    return Prefixed("journald", payload or "", identity, time, service=unit, host=host)


def _cri(match: re.Match[str]) -> Prefixed:
    """The file says which output a line is of, not whose: that is in its name."""
    time, output, tags, payload = match.groups()
    goes_on = tags.partition(":")[0] == "P"
    return Prefixed("cri", payload or "", output, time, output=output, goes_on=goes_on)


def _timestamped(match: re.Match[str]) -> Prefixed:
    return Prefixed("timestamped", match[2] or "", time=match[1])


def _compose(match: re.Match[str]) -> Prefixed:
    name, time, payload = match.groups()
    service = re.sub(r"[-_]\d+$", "", name)
    return Prefixed("compose", payload or "", name, time or "", service=service, container=name)


# What the rules begin with: most lines of most logs need no more than this look.
_ANY: Final = re.compile(rf"\[pod/|[A-Z][a-z]{{2}} [ \d]\d |\d{{4}}-\d\d-\d\dT|{_NAME} {{1,128}}\|")

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        shape="kubectl",  # kubectl logs --prefix [--timestamps]
        pattern=re.compile(
            rf"\[pod/([^/\]\s]{{1,253}})/([^\]\s]{{1,253}})\](?: (?:({_RFC3339})(?: |$))?(.*))?$",
            re.DOTALL,
        ),
        read=_kubectl,
    ),
    Rule(
        shape="journald",  # journalctl -o short, short-precise; syslog files
        pattern=re.compile(
            r"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})?) (\S{1,255}) "
            r"([^\s:\[\]]{1,128})(?:\[(\d{1,10})\])?:(?: (.*))?$",
            re.DOTALL,
        ),
        read=_syslog,
    ),
    Rule(
        shape="journald",  # journalctl -o short-iso, short-iso-precise; the pid tells it from a log line
        pattern=re.compile(
            rf"({_RFC3339}) (\S{{1,255}}) ([^\s:\[\]]{{1,128}})\[(\d{{1,10}})\]:(?: (.*))?$",
            re.DOTALL,
        ),
        read=_syslog,
    ),
    Rule(
        # kubelet's container runtime interface (kubernetes, cri-client/pkg/logs/logs.go): files of containerd, CRI-O
        shape="cri",
        pattern=re.compile(
            rf"({_RFC3339}) (stdout|stderr) ([PF](?::[^ ]{{0,40}})?)(?: (.*))?$", re.DOTALL
        ),
        read=_cri,
    ),
    Rule(
        shape="timestamped",  # kubectl logs --timestamps, docker logs -t
        pattern=re.compile(rf"({_RFC3339})(?: (.*))?$", re.DOTALL),
        read=_timestamped,
        weak=True,
    ),
    Rule(
        shape="compose",  # docker compose logs [-t]
        pattern=re.compile(rf"({_NAME}) {{1,128}}\|(?: (?:({_RFC3339})(?: |$))?(.*))?$", re.DOTALL),
        read=_compose,
        weak=True,
    ),
)


def split_prefix(line: str, *, strong_only: bool = False) -> Prefixed:
    """Take the prefix off a line, or the first line out of a shipper's record; shape `plain` when it has none."""
    if line.startswith("{"):
        return next(iter(read_shipped(line)), None) or Prefixed("plain", line)
    if _ANY.match(line):
        for rule in RULES:
            if not (strong_only and rule.weak) and (match := rule.pattern.match(line)):
                return rule.read(match)
    return Prefixed("plain", line)


# What files on a node are written in, which shippers read line by line.
_FILES: Final = tuple(rule for rule in RULES if rule.shape in ("cri", "journald"))


def _within(outer: Prefixed, inner: Prefixed) -> Prefixed:
    """A line of a record inside a record: the inner one says more of it, the outer one what that does not say."""
    named = {name: getattr(inner, name) or getattr(outer, name) for name in _PASSED_ON}
    stream = "/".join(filter(None, (outer.stream, inner.stream)))
    return msgspec.structs.replace(inner, stream=stream, **named)


def _inside(payload: str) -> tuple[Prefixed, ...]:
    """What a line of a shipper holds that is itself a record of one, or a line of a file of another's; else nothing."""
    if payload.startswith("{"):
        found = read_shipped(payload.rstrip())
        # Of a record whose text was merged into it, it is the line itself.
        return () if any(inner.payload == payload for inner in found) else found
    for rule in _FILES if _ANY.match(payload) else ():
        if match := rule.pattern.match(payload):
            return (rule.read(match),)
    return ()


def inner_lines(line: Prefixed, depth: int = _MOST_DEEP) -> Iterator[Prefixed]:
    """The lines of an event that a shipper joined, or in which a record of another is; the line itself if it is one."""
    whole = line.payload
    inside = _inside(whole) if depth and line.shape != PLAIN else ()
    if inside:
        for inner in inside:
            yield from inner_lines(_within(line, inner), depth - 1)
        return
    joined = "\n" in whole
    for text in map(plain, own_line(whole).split("\n") if joined else (whole,)):
        same = text == whole
        yield line if same else msgspec.structs.replace(line, payload=text, joined=joined)


def raw_lines(raw: str) -> list[str]:
    """What arrived as one line: itself, or the lines of a record that held several."""
    line = plain(raw)
    inside = unjoined(line)
    return [line] if inside is None else [plain(part) for part in inside.split("\n")]


def every_line(raw: str, format_name: str = "") -> Iterator[Prefixed]:
    """All lines of a raw line without their prefixes, as they are outside of any record."""
    for line in raw_lines(raw):
        for found in read_as(line, format_name):
            yield from inner_lines(found)


# What `--format` takes: the shapes of lines.
FORMATS: Final = (PLAIN, *dict.fromkeys(rule.shape for rule in RULES), *SHIPPED)


def read_as(line: str, format_name: str) -> tuple[Prefixed, ...]:
    """The lines of a raw line in this format, `plain` where it is not in it; in any, where none is named."""
    if not format_name:
        return read_shipped(line) or (split_prefix(line),)
    if format_name in SHIPPED:
        found = read_shipped(line, format_name)
    else:
        rules = (rule for rule in RULES if rule.shape == format_name)
        matches = ((rule, rule.pattern.match(line)) for rule in rules)
        found = tuple(rule.read(match) for rule, match in matches if match)[:1]
    return found or (Prefixed(PLAIN, line),)


def _instant(time: str) -> tuple[Instant | None, bool]:
    """The moment that a text states, and whether its zone had to be assumed (UTC)."""
    try:
        return parse_instant(time), False
    except ValueError:
        pass
    try:
        return parse_instant(time, UTC), True
    except ValueError:
        # Syslog and journald's short form state no year.
        return None, False


def origin_of(line: Prefixed, stream: str, defaults: Source) -> Origin:
    """The origin of a record that begins with this line; `stream` is the identity of its run."""
    logged = GO_LOG_TIME.match(line.payload)
    inside = logged[0].strip() if logged else ""
    time = line.time or inside
    at, assumed = _instant(time) if time else (None, False)
    if at is None and inside:
        at, assumed = _instant(inside)
    image = {"container.image.name": line.image} if line.image else {}
    source = msgspec.structs.replace(
        defaults,
        service=line.service or defaults.service,
        host=line.host or defaults.host,
        pod=line.pod or defaults.pod,
        namespace=line.namespace or defaults.namespace,
        stream=line.output or defaults.stream,
        container=line.container or defaults.container,
    )
    return Origin(
        stream=line.stream or stream,
        time=time,
        at=at,
        at_zone_assumed=assumed,
        source=source,
        context=Context(trace_id=line.trace, attributes=image),
    )


def joined_context(outer: Context, inner: Context) -> Context:
    """What a shipper says around a line, and what the line says itself, which counts."""
    return msgspec.structs.replace(
        inner,
        trace_id=inner.trace_id or outer.trace_id,
        attributes={**outer.attributes, **inner.attributes},
    )
