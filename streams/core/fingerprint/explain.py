"""Crash to Fingerprinted: identity, title, features and the reasons for them.

In: a marked crash. Out: the event that clustering needs. Addresses, goroutine ids and the order of other
goroutines never matter.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from streams.core.features.engine import Verdict, features_of, rules_of
from streams.core.features.vector import Stack, looked_at
from streams.core.fingerprint.alike import Kept, likeness
from streams.core.fingerprint.bounded import bounded, named_shortly, shortly
from streams.core.fingerprint.embedded import first_told
from streams.core.fingerprint.inlined import key_of
from streams.core.fingerprint.locus import Grouped, error_text, grouped, named
from streams.core.fingerprint.message import innermost
from streams.core.fingerprint.normalize import failure_class
from streams.core.fingerprint.rules import Locus, below_panic, goroutine_of, locus_of
from streams.core.fingerprint.stack import stack_of
from streams.core.join.sighting import seen_in
from streams.core.suspects.site import site_of
from streams.model.crash import Crash, Frame
from streams.model.events import Fingerprinted, GroupedBy
from streams.model.identity import content_id
from streams.model.report import Explanation, RootCause
from streams.model.settings import PipelineSettings
from streams.model.step import Fact, Facts, Need, Request

_DEFAULTS: Final = PipelineSettings()
_NO_FACTS: Final[dict[Request, Fact]] = {}
_TITLE_CHARS: Final = 120
_ADDRESS: Final = re.compile(r"0x[0-9a-f]+")


def short_function(function: str) -> str:
    """`example.com/acme/shop/cart.(*Store).Add` -> `cart.(*Store).Add`, as Go developers say it."""
    return function.rpartition("/")[2]


def headline(crash: Crash) -> str:
    """First line of the message, cut to what fits a title."""
    line = next(iter(crash.message.strip().splitlines()), "").strip() or crash.kind
    return line if len(line) <= _TITLE_CHARS else line[: _TITLE_CHARS - 1] + "…"


def _title(crash: Crash, locus: Locus) -> str:
    if locus.frame is None:
        return headline(crash)
    return f"{headline(crash)} in {short_function(locus.frame.function)}"


def _module(crash: Crash, frame: Frame | None) -> str | None:
    module = crash.build.module
    if module and frame and frame.package and frame.package.startswith(module):
        return module
    return None


def _nameless(crash: Crash) -> str:
    """The block of a crash without frames: what it says, without addresses."""
    return "?" + _ADDRESS.sub("0x…", headline(crash))


def _root_cause(crash: Crash, locus: Locus, method: str, verdict: Verdict) -> RootCause:
    frame = locus.frame
    return RootCause(
        function=frame.function if frame else None,
        file=frame.file if frame else None,
        line=frame.line if frame else None,
        package=frame.package if frame else None,
        module=_module(crash, frame),
        domain=verdict.domain,
        domain_rule=verdict.rule,
        rule=f"{method}/{locus.rule}",
    )


def _build_name(crash: Crash) -> str | None:
    build = crash.build
    return build.build_id or build.release or build.version or build.tag or build.revision


def fingerprint(
    crash: Crash, settings: PipelineSettings = _DEFAULTS, facts: Facts = _NO_FACTS
) -> Fingerprinted | Need:
    """Group key, title and features of one crash, by the method that the settings name."""
    first = crash if settings.method == "plain1" else first_told(crash, settings)
    if first is not crash:
        made = _fingerprint(named_shortly(first), _failure(crash), settings, facts)
        if isinstance(made, Need):
            return made
        told = Explanation(rule="told-stack", detail="the stack that the panic's value tells")
        return bounded(msgspec.structs.replace(made, explain=(*made.explain, told)))
    failure = _failure(crash)
    alike = None if settings.repositories else likeness(crash, failure, settings.method)
    same = None if alike is None else _KNOWN.get(alike)
    if same is not None:
        return bounded(_told(crash, failure, settings, _of_goroutine(same, crash)))
    short = named_shortly(crash)
    if short is not crash:
        crash, alike = short, None
    made = _fingerprint(crash, failure, settings, facts, alike)
    return made if isinstance(made, Need) else bounded(made)


def _failure(crash: Crash) -> str:
    value_type = shortly(crash.panics[0].type) if crash.panics else None
    return failure_class(crash.message, value_type, crash.kind)


def _fingerprint(
    crash: Crash,
    failure: str,
    settings: PipelineSettings,
    facts: Facts,
    alike: Hashable | None = None,
) -> Fingerprinted | Need:
    locus = locus_of(crash)
    if settings.method in ("locus1", "dual1"):
        found = grouped(crash, locus, failure, settings, facts)
        if isinstance(found, Need):
            return found
        if isinstance(found, Grouped):
            return _by_source(crash, failure, found, settings)
        parts = _by_names(crash, failure, locus, settings, found)
    else:
        parts = _by_names(crash, failure, locus, settings, "")
    same = _same(crash, settings, parts)
    # What has no name is grouped by what it says.
    if alike is not None and parts.by == "names":
        _KNOWN.put(alike, crash, same)
    return _told(crash, failure, settings, same)


def _by_source(
    crash: Crash, failure: str, found: Grouped, settings: PipelineSettings
) -> Fingerprinted:
    placed = found.placed
    why = "; ".join(placed.reasons) or "innermost frame of your own code"
    reasons = (
        Explanation(rule="source", detail=found.detail),
        Explanation(rule=found.rule, detail=f"{placed.path}:{placed.line}: {why}"),
        Explanation(rule="failure-class", detail=failure),
        *(Explanation(rule="doubt", detail=doubt) for doubt in placed.doubts),
    )
    locus = Locus(found.frame, found.rule, found.detail)
    method = settings.method
    key = content_id(method, placed.function, placed.statement)
    parts = _Parts(locus, placed.function, f"{method}:{key}", "source", reasons, placed.trees)
    return _told(crash, failure, settings, _same(crash, settings, parts))


def _by_names(
    crash: Crash, failure: str, locus: Locus, settings: PipelineSettings, why: str
) -> _Parts:
    method = settings.method
    frame, name, rule = locus.frame, "", locus.rule
    if method == "plain1":
        name = key_of(frame, crash) if frame else ""
    elif method == "top1":
        name = frame.function if frame else ""
    else:
        frame, name, rule = named(crash, locus, failure)
        # Every program has a package main, yet a name takes no module with it: a core knows its module and the log of
        # the same crash does not, and both are one crash.
    text = error_text(crash)
    if text and method != "plain1":
        # What failed is said at the end; where it was logged, and what wrapped it on the way, depends on the route.
        rule = "error-text"
        block = "?" + innermost(text)
    else:
        block = name or _nameless(crash)
    chosen = Locus(frame, rule, locus.detail)
    reasons = (
        Explanation(rule="failure-class", detail=failure),
        Explanation(rule=rule, detail=f"{block}: {locus.detail}"),
        *((Explanation(rule="no-source", detail=why),) if why else ()),
    )
    key = content_id(method, failure, block)
    by: GroupedBy = "message" if block.startswith("?") else "names"
    return _Parts(chosen, block, f"{method}:{key}", by, reasons)


class _Parts(NamedTuple):
    """What a method found of a crash."""

    locus: Locus
    block: str
    key: str
    by: GroupedBy
    reasons: tuple[Explanation, ...]
    trees: bytes = b""


@lru_cache(maxsize=8192)
def _stack_id(key: str, stack: bytes) -> str:
    """Names a distinct stack of a locus. Both are short, and mostly known."""
    return content_id(key, stack.hex())


class _Same(NamedTuple):
    """What crashes have in common that are grouped alike; `goroutine`: the id that the reasons name."""

    parts: _Parts
    fingerprint: str
    frames: bytes
    stack: Stack
    goroutine: int | None


_KNOWN: Final = Kept[_Same]()


def _same(crash: Crash, settings: PipelineSettings, parts: _Parts) -> _Same:
    goroutine = goroutine_of(crash)
    frames = stack_of(below_panic(goroutine.frames)) if goroutine else b""
    return _Same(
        parts=parts,
        fingerprint=f"{settings.method}:{_stack_id(parts.key, frames)}",
        frames=frames,
        stack=looked_at(crash, parts.locus.frame),
        goroutine=goroutine.id if goroutine else None,
    )


def _of_goroutine(same: _Same, crash: Crash) -> _Same:
    """The same with reasons that name the goroutine of this crash."""
    goroutine = crash.goroutines[0].id
    if goroutine == same.goroutine:
        return same
    before, after = f"goroutine {same.goroutine}", f"goroutine {goroutine}"
    # No name has a blank: what reads like this is what `locus_of` said.
    reasons = tuple(
        Explanation(rule=reason.rule, detail=reason.detail.replace(before, after))
        for reason in same.parts.reasons
    )
    return same._replace(parts=same.parts._replace(reasons=reasons))


def _told(crash: Crash, failure: str, settings: PipelineSettings, same: _Same) -> Fingerprinted:
    """What one crash says beside what it has in common with others."""
    method, parts = settings.method, same.parts
    locus = parts.locus
    verdict = features_of(crash, same.stack, failure, rules_of(settings.domain_rules))
    return Fingerprinted(
        crash=crash.id,
        block=parts.block,
        fingerprint=same.fingerprint,
        locus=parts.key,
        by=parts.by,
        frames=same.frames,
        trees=parts.trees,
        go=crash.build.go,
        title=_title(crash, locus),
        kind=crash.kind,
        root_cause=_root_cause(crash, locus, method, verdict),
        features=verdict.features,
        at=crash.source.at,
        service=crash.source.service,
        host=crash.source.host,
        build=_build_name(crash),
        anonymous=crash.source.anonymous,
        at_zone_assumed=crash.source.at_zone_assumed,
        continues=crash.continues,
        explain=(*parts.reasons, Explanation(rule=f"domain/{verdict.rule}", detail=verdict.detail)),
        seen=seen_in(crash),
        site=site_of(crash, failure) if settings.repositories else None,
    )
