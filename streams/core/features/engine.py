"""Features and fault domain of a crash, with the rule that fired.

In: a crash, the frame that it is grouped by, its failure class, the rules. Out: a Verdict. Every condition is answered
for all rules at once, as a number with a bit for each rule that it lets pass; the lowest bit that is left is the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

import msgspec

from streams.core.features.census import Wait, census
from streams.core.features.domains import package_domain
from streams.core.features.rules import (
    CLIENT_GONE_STATUS,
    NOTICED_ONLY_KINDS,
    NOTICED_ONLY_TEXTS,
    NOTICED_ONLY_TYPES,
    Rule,
    all_rules,
)
from streams.core.features.status import status_of
from streams.core.features.vector import Stack
from streams.model.crash import Crash, CrashKind
from streams.model.events import Features
from streams.model.report import Domain
from streams.model.settings import DomainRule

# Values of a stream repeat; a cache of so many holds what a service prints in a day.
_KEPT: Final = 8192
# A verdict is kept with a message and the names of a stack: some kilobytes.
_KEPT_VERDICTS: Final = 1024
# What a crash says is looked at so far: a cause stands at its beginning.
_MOST_CHARS: Final = 1024
_MOST_LINKS: Final = 8
_OF_RUNTIME: Final = "runtime error: "
_HANGING: Final = frozenset(("deadlock", "test-timeout", "out-of-memory"))

_NO_WAITS: Final[Mapping[Wait, str]] = {}

K = TypeVar("K", bound=Hashable)


class Verdict(msgspec.Struct, frozen=True):
    """The features of a crash, the domain that they mean, the rule that says so, and what it saw."""

    features: Features
    domain: Domain
    rule: str
    detail: str


class _Seen(NamedTuple):
    """All that rules are asked of, but for what goroutines wait for."""

    kind: CrashKind
    failure: str
    stack: Stack
    status: int | None
    said: str


def _mask(rules: tuple[Rule, ...], fits: Callable[[Rule], bool]) -> int:
    return sum(1 << at for at, rule in enumerate(rules) if fits(rule))


def _masks(rules: tuple[Rule, ...], fits: Callable[[Rule, K], bool]) -> Callable[[K], int]:
    """For a value the rules that it lets pass, remembered."""

    @lru_cache(maxsize=_KEPT)
    def passed(value: K) -> int:
        return _mask(rules, lambda rule: fits(rule, value))

    return passed


def _depth_fits(rule: Rule, depth: int | None) -> bool:
    if rule.min_depth is None and rule.max_depth is None:
        return True
    least = rule.min_depth or 0
    return (
        depth is not None and least <= depth and (rule.max_depth is None or depth <= rule.max_depth)
    )


def _package_fits(rule: Rule, package: str | None) -> bool:
    if rule.package is not None and not (package and rule.package.search(package)):
        return False
    return not rule.package_domains or (
        package is not None and package_domain(package) in rule.package_domains
    )


def _waits_fit(rule: Rule, waits: frozenset[Wait]) -> bool:
    return rule.wait is None or rule.wait in waits


def _site_fits(rule: Rule, function: str) -> bool:
    return rule.site is not None and rule.site.match(function) is not None


def _function_fits(rule: Rule, function: str) -> bool:
    return rule.function is not None and rule.function.search(function) is not None


class Rules:
    """Rules in their order, ready to be asked."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.kind = _masks(rules, lambda rule, kind: not rule.kinds or kind in rule.kinds)
        self.panic_type = _masks(
            rules, lambda rule, name: not rule.panic_types or name in rule.panic_types
        )
        self.package = _masks(rules, _package_fits)
        self.owner = _masks(rules, lambda rule, owner: not rule.owners or owner in rule.owners)
        self.status = _masks(
            rules, lambda rule, code: not rule.http_status or code in rule.http_status
        )
        self.depth = _masks(rules, _depth_fits)
        self.message = lru_cache(maxsize=_KEPT)(self._message)
        self.sited = _masks(rules, lambda rule, sited: sited or not rule.sited)
        self.waits = _masks(rules, _waits_fit)
        self._anywhere = _mask(rules, lambda rule: rule.site is None)
        self._whatever = _mask(rules, lambda rule: rule.function is None)
        self._at_site = _masks(rules, _site_fits)
        self._on_stack = _masks(rules, _function_fits)
        self._silent = _mask(rules, lambda rule: not rule.says and rule.message is None)
        bits = [(rule, 1 << at) for at, rule in enumerate(rules)]
        self._texts = [(text, bit) for rule, bit in bits for text in rule.says]
        self._regexes = [(rule.message, bit) for rule, bit in bits if rule.message is not None]
        self._all = (1 << len(rules)) - 1
        self._known = lru_cache(maxsize=_KEPT_VERDICTS)(self._verdict)

    def _message(self, said: str) -> int:
        # Messages differ more than anything else: most are looked at once. Those of the runtime speak of no cause.
        passed = self._silent
        for text, bit in () if said.startswith(_OF_RUNTIME) and "\n" not in said else self._texts:
            if text in said:
                passed |= bit
        for regex, bit in self._regexes:
            if regex.search(said):
                passed |= bit
        return passed

    def site(self, functions: Iterable[str]) -> int:
        """The rules that one of the functions at the crash site lets pass."""
        passed = self._anywhere
        for name in functions:
            passed |= self._at_site(name)
        return passed

    def stack(self, functions: Iterable[str]) -> int:
        """The rules that one of the functions of the stack lets pass."""
        passed = self._whatever
        if passed != self._all:
            for name in functions:
                passed |= self._on_stack(name)
        return passed

    def verdict(self, seen: _Seen, waits: Mapping[Wait, str]) -> Verdict:
        """What the first rule says whose conditions all hold."""
        if waits or len(seen.said) > _MOST_CHARS:
            return self._verdict(seen, waits)
        return self._known(seen)

    def _verdict(self, seen: _Seen, waits: Mapping[Wait, str] = _NO_WAITS) -> Verdict:
        kind, failure, stack, status, said = seen
        passed = (
            self.kind(kind)
            & self.panic_type(failure)
            & self.package(stack.package)
            & self.owner(stack.owner)
            & self.status(status)
            & self.depth(stack.depth)
            & self.message(said)
            & self.sited(_is_sited(kind, failure, said, status))
            & self.waits(frozenset(waits))
            & self.site(stack.site)
            & self.stack(stack.functions)
        )
        rule = self.rules[(passed & -passed).bit_length() - 1]
        features = Features(
            panic_type=failure, package=stack.package, http_status=status, depth=stack.depth
        )
        domain = (
            rule.domain or (package_domain(stack.package) if stack.package else None) or "unknown"
        )
        return Verdict(features, domain, rule.name, _detail(rule, features, waits))


@lru_cache(maxsize=8)
def rules_of(user: tuple[DomainRule, ...]) -> Rules:
    """The user's rules and the built-in ones, ready to be asked. Those of equal settings are one value."""
    return Rules(all_rules(user))


def _said(crash: Crash) -> str:
    """What a crash says, cut short: its message, the values of its panics, the links of its errors."""
    message = crash.message
    said = message[:_MOST_CHARS]
    for panic in crash.panics[:_MOST_LINKS]:
        if panic.value != message:
            said = f"{said}\n{panic.value[:_MOST_CHARS]}"
    for link in crash.errors[:_MOST_LINKS]:
        said = f"{said}\n{link.message[:_MOST_CHARS]}"
    return said


def _is_sited(kind: CrashKind, failure: str, said: str, status: int | None) -> bool:
    """Whether the innermost frame is where something went wrong, not only where it was noticed."""
    if kind in NOTICED_ONLY_KINDS or failure in NOTICED_ONLY_TYPES or status == CLIENT_GONE_STATUS:
        return False
    return not any(text in said for text in NOTICED_ONLY_TEXTS)


def _detail(rule: Rule, features: Features, waits: Mapping[Wait, str]) -> str:
    """What the rule saw, and its reason; only of what it asks for, so that equal crashes say the same."""
    seen = []
    if rule.wait is not None:
        seen.append(waits[rule.wait])
    if rule.http_status:
        seen.append(f"status {features.http_status}")
    if rule.min_depth is not None or rule.max_depth is not None:
        seen.append(f"depth {features.depth}")
    if (rule.package_domains or rule.package or rule.owners) and features.package:
        seen.append(f"package {features.package}")
    if rule.panic_types:
        seen.append(features.panic_type)
    return f"{', '.join(seen)}: {rule.why}" if seen else rule.why


def features_of(crash: Crash, stack: Stack, failure: str, rules: Rules) -> Verdict:
    """The features of a marked crash with this stack that failed like `failure`, and what they mean."""
    seen = _Seen(crash.kind, failure, stack, status_of(crash), _said(crash))
    hangs = crash.kind == "dump" or failure in _HANGING
    return rules.verdict(seen, census(crash.goroutines) if hangs else _NO_WAITS)
