"""Names that stay the same across builds: functions without closures, generics, versions; failure classes.

In: texts of a crash. Out: texts. Each rule is one line of a table, applied top to bottom.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec


class NameRule(msgspec.Struct, frozen=True):
    """One rewriting of a function name, and why it is needed; `at_end`: cut off there, as often as it stands there."""

    pattern: re.Pattern[str]
    replacement: str
    why: str
    at_end: bool = False

    def applied(self, text: str) -> str:
        """The text as the rule leaves it."""
        if self.at_end:
            return _without_end(self.pattern, text)
        return self.pattern.sub(self.replacement, text)


# `[...]` in a traceback, `[go.shape.map[string][]uint8]` in a symbol table; deeper ones were never seen.
_INNER: Final = r"(?:[^\[\]]|\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*+\])*+\])*+\])*+"
_TYPE_ARGUMENTS: Final = re.compile(rf"\[{_INNER}\]")

_CLOSURES: Final = NameRule(
    re.compile(r"\.(?:func|gowrap|deferwrap)\d+(?:\.\d+)*|-range\d+"),
    "",
    "closures are numbered by position",
    at_end=True,
)
NAME_RULES: Final[tuple[NameRule, ...]] = (
    NameRule(re.compile(r"%2[eE]"), ".", "the linker escapes dots of a path's last element"),
    NameRule(_TYPE_ARGUMENTS, "", "type arguments depend on instantiation"),
    NameRule(re.compile(r"-fm$"), "", "a method value is its method"),
    _CLOSURES,
    NameRule(
        re.compile(r"\.glob\.$"), ".init", "closures of package variables, Go < 1.22: glob..func1"
    ),
    NameRule(re.compile(r"\.init\.\d+$"), ".init", "init functions are numbered by position"),
    NameRule(re.compile(r"\(\*([^()]*)\)"), r"\1", "pointer and value receivers"),
    NameRule(re.compile(r"/v\d+(?=[./])"), "", "major version of a module path"),
    NameRule(re.compile(r"^.*?/vendor/"), "", "a vendored dependency is the dependency"),
    NameRule(re.compile(r"_test(?=\.)"), "", "an external test package is its package"),
)


def _without_end(pattern: re.Pattern[str], text: str) -> str:
    """The text without what matches at its end, again and again; one pass, whatever is in it."""
    end = len(text)
    for match in reversed(list(pattern.finditer(text))):
        if match.end() != end:
            break
        end = match.start()
    return text[:end]


@lru_cache(maxsize=65536)
def without_closures(function: str) -> str:
    """The function that a closure, or a closure in a closure, stands in."""
    return _CLOSURES.applied(function)


@lru_cache(maxsize=65536)
def function_key(function: str) -> str:
    """A function's name as it is the same in every build, by NAME_RULES."""
    for rule in NAME_RULES:
        function = rule.applied(function)
    return function


class FailureRule(msgspec.Struct, frozen=True):
    """A failure class: the first rule whose pattern is found in the message names it."""

    name: str
    pattern: re.Pattern[str]


FAILURE_RULES: Final[tuple[FailureRule, ...]] = tuple(
    FailureRule(name, re.compile(pattern))
    for name, pattern in (
        # Texts of runtime/error.go, runtime/panic.go and runtime/map*.go, Go 1.16 to 1.26.
        # The compiler's own wrapper of a method says it in other words (runtime.panicwrap).
        (
            "nil-dereference",
            r"nil pointer dereference|invalid memory address|^value method \S+ called using nil \*",
        ),
        ("index-out-of-range", r"runtime error: index out of range"),
        ("slice-out-of-range", r"runtime error: slice bounds out of range"),
        ("slice-to-array", r"cannot convert slice with length"),
        ("makeslice", r"makeslice: (?:len|cap) out of range|makechan: size out of range"),
        ("divide-by-zero", r"integer divide by zero"),
        ("nil-map-write", r"assignment to entry in nil map"),
        ("type-assertion", r"interface conversion: "),
        ("unhashable", r"hash of unhashable type"),
        ("uncomparable", r"comparing uncomparable type"),
        ("closed-channel", r"send on closed channel|close of (?:closed|nil) channel"),
        ("negative-shift", r"negative shift amount"),
        ("negative-waitgroup", r"sync: negative WaitGroup counter"),
        ("concurrent-map", r"concurrent map (?:writes|read and map write|iteration and map write)"),
        ("deadlock", r"all goroutines are asleep - deadlock|no goroutines \(main called"),
        ("stack-overflow", r"stack overflow|stack exceeds \d+-byte limit"),
        ("unlock-of-unlocked", r"[uU]nlock of unlocked"),
        ("out-of-memory", r"out of memory|cannot allocate memory"),
        ("unexpected-fault", r"unexpected fault address|^fault$"),
        ("nil-panic", r"panic called with nil argument"),
        ("test-timeout", r"test timed out after"),
    )
)


def failure_class(message: str, value_type: str | None, kind: str) -> str:
    """The class of failure: a rule's name, the Go type of the panic value, or just the kind."""
    rule = _known_rule(message) if len(message) <= _CACHED_CHARS else _rule_of(message)
    if rule is not None:
        return rule
    if value_type:
        return f"{kind}:{function_key(value_type.strip('()').lstrip('*'))}"
    return kind


def _rule_of(message: str) -> str | None:
    return next((rule.name for rule in FAILURE_RULES if rule.pattern.search(message)), None)


# Most crashes say what others of the same place said.
_CACHED_CHARS: Final = 300
_known_rule = lru_cache(maxsize=8192)(_rule_of)
