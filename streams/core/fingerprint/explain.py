"""Crash to Fingerprinted: identity, title, features and the reasons for them.

In: a marked crash. Out: the event that clustering needs. Addresses, goroutine ids and the order of other
goroutines never matter.
"""

from __future__ import annotations

import re
from typing import Final

from streams.core.fingerprint.inlined import own_name
from streams.core.fingerprint.normalize import failure_class, function_key
from streams.core.fingerprint.rules import METHOD, Locus, locus_of
from streams.model.crash import Crash, Frame
from streams.model.events import Features, Fingerprinted
from streams.model.identity import content_id
from streams.model.report import Explanation, RootCause

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


def _key(crash: Crash, frame: Frame) -> str:
    return function_key(own_name(frame, crash) or frame.function)


def _root_cause(crash: Crash, locus: Locus) -> RootCause:
    frame = locus.frame
    return RootCause(
        function=frame.function if frame else None,
        file=frame.file if frame else None,
        line=frame.line if frame else None,
        package=frame.package if frame else None,
        module=_module(crash, frame),
        rule=f"{METHOD}/{locus.rule}",
    )


def _build_name(crash: Crash) -> str | None:
    build = crash.build
    return build.build_id or build.release or build.version or build.tag or build.revision


def fingerprint(crash: Crash) -> Fingerprinted:
    """Group key, title and features of one crash, by the method `plain1`."""
    locus = locus_of(crash)
    value_type = crash.panics[0].type if crash.panics else None
    failure = failure_class(crash.message, value_type, crash.kind)
    name = _key(crash, locus.frame) if locus.frame else _nameless(crash)
    reasons = (
        Explanation(rule="failure-class", detail=failure),
        Explanation(rule=locus.rule, detail=f"{name}: {locus.detail}"),
    )
    return Fingerprinted(
        crash=crash.id,
        block=name,
        fingerprint=f"{METHOD}:{content_id(METHOD, failure, name)}",
        title=_title(crash, locus),
        kind=crash.kind,
        root_cause=_root_cause(crash, locus),
        features=Features(
            panic_type=failure,
            package=locus.frame.package if locus.frame else None,
            http_status=crash.context.http_status,
        ),
        at=crash.source.at,
        service=crash.source.service,
        host=crash.source.host,
        build=_build_name(crash),
        anonymous=crash.source.anonymous,
        at_zone_assumed=crash.source.at_zone_assumed,
        continues=crash.continues,
        explain=reasons,
    )
