"""The decision flow: an ordered tuple of rules, each with its conditions, its fault domain and its reason.

In: the user's rules. Out: all rules in the order in which they are asked. The first whose conditions all hold names the
domain; reading BUILT_IN_RULES from top to bottom is the flow (docs/reference/domains.md is made of it).
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.features.census import Wait
from streams.core.features.vector import Owner
from streams.model.crash import CrashKind
from streams.model.report import Domain
from streams.model.settings import DomainRule


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions that all have to hold; one that is empty or None holds always.

    `domain` None: the one that the words of the package say. `sited`: the innermost frame is where it went wrong.
    `package_domains`: what those words may say. `site`: a function from the crash site to the deepest non-standard
    frame. `function`: any function of the stack. `says`, `message`: one of these texts, or
    the regex, is found in what the crash says; a rule has one of the two.
    """

    name: str
    domain: Domain | None
    why: str
    sited: bool = False
    kinds: frozenset[CrashKind] = frozenset()
    panic_types: frozenset[str] = frozenset()
    package_domains: frozenset[Domain] = frozenset()
    package: re.Pattern[str] | None = None
    owners: frozenset[Owner] = frozenset()
    http_status: frozenset[int] = frozenset()
    min_depth: int | None = None
    max_depth: int | None = None
    site: re.Pattern[str] | None = None
    function: re.Pattern[str] | None = None
    says: tuple[str, ...] = ()
    message: re.Pattern[str] | None = None
    wait: Wait | None = None


def _set(*texts: str) -> frozenset[str]:
    return frozenset(texts)


def _text(name: str, domain: Domain, why: str, *says: str) -> Rule:
    return Rule(name=name, domain=domain, says=says, why=why)


def _site(name: str, domain: Domain, site: str, why: str) -> Rule:
    return Rule(name=name, domain=domain, site=re.compile(site), sited=True, why=why)


# Failures that show only where they were noticed: the innermost frame is that of whoever asked for memory next, met the
# other side of a race, or waited. The rules that go by the crash site do not apply to them.
NOTICED_ONLY_KINDS: Final[frozenset[CrashKind]] = frozenset(("dump", "race"))
NOTICED_ONLY_TYPES: Final = _set("deadlock", "out-of-memory", "concurrent-map", "test-timeout")
NOTICED_ONLY_TEXTS: Final = ("context canceled", "code = Canceled")
CLIENT_GONE_STATUS: Final = 499

# 1 to 3 are the decision flow of the article this follows, in its order. Taken by the letter its second rule would take
# everything that the first leaves, and nothing would reach the third. So the second names a domain only where the words
# of the package say one, and leaves a database package at status 500 to the third, which knows more of it. Where no
# word says anything, the rules below go by what the crash says; what the package is otherwise comes last.
_ARTICLE: Final[tuple[Rule, ...]] = (
    Rule(
        name="auth-status", domain="auth", sited=True,
        http_status=frozenset((401, 403)), max_depth=2, package_domains=frozenset(("auth",)),
        why="refused close to the handler, by a package that decides who may do what",
    ),
    Rule(
        name="deepest-package", domain=None, sited=True,
        package_domains=frozenset((
            "auth", "cache", "queue", "rpc", "http", "template", "encoding", "config", "observability",
            "filesystem", "network", "transport",
        )),
        why="the words of the deepest non-standard package say what it is for",
    ),
    Rule(
        name="database-status", domain="database-driver",
        http_status=frozenset((500,)), package_domains=frozenset(("database",)),
        why="the request failed in a package that talks to a database",
    ),
    Rule(
        name="database-status-std", domain="database-driver",
        http_status=frozenset((500,)), site=re.compile(r"database/sql(?:/driver)?\."),
        why="the request failed inside database/sql",
    ),
)  # fmt: skip

_CLIENT: Final[tuple[Rule, ...]] = (
    Rule(
        name="client-gone-status", domain="client-gone", http_status=frozenset((CLIENT_GONE_STATUS,)),
        why="nginx's status for a client that closed the connection before the answer",
    ),
    Rule(
        name="client-gone", domain="client-gone", says=NOTICED_ONLY_TEXTS,
        why="whoever asked cancelled: nobody waits for the answer any more",
    ),
)  # fmt: skip

# What all goroutines together show. Only of programs that hang: in any other crash a few goroutines wait by chance.
_HANGS: Final[tuple[Rule, ...]] = (
    Rule(
        name="pool-exhaustion", domain="pool-exhaustion", wait="pool",
        why="many goroutines wait for a connection of a full pool",
    ),
    Rule(name="lock-convoy", domain="lock-convoy", wait="lock", why="many goroutines queue for one lock"),
    Rule(
        name="deadlock", domain="deadlock", panic_types=_set("deadlock"),
        why="the runtime found no goroutine that can go on",
    ),
    Rule(
        name="goroutine-leak", domain="goroutine-leak", wait="leak",
        why="most goroutines wait at one channel operation",
    ),
    Rule(
        name="goroutine-leak-test", domain="goroutine-leak",
        says=("found unexpected goroutines", "main bubble goroutine has exited but blocked goroutines remain"),
        why="goleak or testing/synctest found goroutines left over",
    ),
)  # fmt: skip

_PROCESS: Final[tuple[Rule, ...]] = (
    Rule(name="data-race", domain="data-race", kinds=frozenset(("race",)), why="the race detector saw both accesses"),
    Rule(
        name="concurrent-map", domain="data-race", panic_types=_set("concurrent-map"),
        why="the runtime saw a map used by two goroutines at once",
    ),
    Rule(
        name="out-of-memory", domain="out-of-memory", panic_types=_set("out-of-memory"),
        why="the allocator got no memory",
    ),
    Rule(
        name="stack-overflow", domain="stack-overflow", panic_types=_set("stack-overflow"),
        why="a goroutine's stack reached its limit: recursion without an end",
    ),
    Rule(
        name="resource-limit", domain="resource-limit",
        says=("too many open files", "thread exhaustion", "pthread_create failed", "failed to create new OS thread"),
        why="the operating system gave no further file or thread",
    ),
    Rule(
        name="test-timeout", domain="test", panic_types=_set("test-timeout"),
        why="testing ended a test that took too long",
    ),
)  # fmt: skip

_FAILURES: Final[tuple[Rule, ...]] = (
    Rule(
        name="nil-map", domain="nil-map", panic_types=_set("nil-map-write"),
        why="a map that was never made was written to",
    ),
    Rule(
        name="closed-channel", domain="closed-channel", panic_types=_set("closed-channel"),
        why="a channel was closed twice, or sent to after it was closed",
    ),
    Rule(
        name="lock-misuse", domain="lock-misuse", panic_types=_set("unlock-of-unlocked", "negative-waitgroup"),
        why="a lock or WaitGroup was released more often than taken",
    ),
)  # fmt: skip

# What a crash says of its cause, before where in the standard library it was said.
_TEXTS: Final[tuple[Rule, ...]] = (
    _text("tls-says", "transport", "an encrypted connection was not made, or not trusted",
          "tls: ", "x509: ", "certificate signed by unknown", "certificate has expired", "TLS handshake"),
    _text("rpc-refused", "auth", "the server did not accept who called",
          "code = Unauthenticated", "code = PermissionDenied"),
    _text("deadline", "timeout", "it took longer than somebody allowed",
          "context deadline exceeded", "code = DeadlineExceeded", "Client.Timeout exceeded"),
    _text("rpc-says", "rpc", "a status of gRPC",
          "rpc error: code = "),
    _text("database-says", "database", "a message of database/sql, a driver or a server",
          "sql: ", "driver: bad connection", "pq: ", "SQLSTATE ", "Error 1040", "too many connections", "mongo: ",
          "deadlock detected", "database is locked", "duplicate key value"),
    _text("cache-says", "cache", "a message of a cache",
          "redis: ", "WRONGTYPE ", "MOVED ", "memcache: "),
    _text("queue-says", "queue", "a message of a queue",
          "kafka: ", "kafka server: ", "nats: ", "Exception (504) Reason", "amqp: "),
    _text("network-says", "network", "a name was not found, or a connection not made or lost",
          "no such host", "server misbehaving", "connection refused", "connection reset by peer", "broken pipe",
          "i/o timeout", "network is unreachable", "no route to host", "address already in use",
          "use of closed network connection", "unexpected EOF"),
    _text("filesystem-says", "filesystem", "the file system refused",
          "no such file or directory", ": permission denied", "no space left on device", "read-only file system",
          "file already exists", "file already closed", "is a directory", "not a directory"),
    _text("template-says", "template", "a message of text/template or html/template",
          "template: ", "html/template"),
    _text("encoding-says", "encoding", "a text or value was not what a decoder wanted",
          "json: ", "invalid character '", "unexpected end of JSON input", "yaml: ", "toml: ", "xml: ", "gob: ",
          "XML syntax error", "illegal base64 data", "proto: "),
    _text("config-says", "config", "how the program was set up",
          "flag provided but not defined", "flag redefined", "missing required environment", "environment variable",
          "missing required flag", "Config File ", "config file", "invalid configuration"),
    _text("http-says", "http", "a message of net/http or of a websocket",
          "http: ", "net/http: ", "invalid WriteHeader code", "websocket: "),
)  # fmt: skip

# Where in the standard library the crash site is, called by a package whose words say nothing.
_SITES: Final[tuple[Rule, ...]] = (
    _site("tls-site", "transport", r"crypto/(?:tls|x509)\.", "it crashed inside crypto/tls or crypto/x509"),
    _site("database-site", "database", r"database/sql(?:/driver)?\.", "it crashed inside database/sql"),
    _site("template-site", "template", r"(?:text|html)/template(?:/parse)?\.", "it crashed inside a template"),
    _site("encoding-site", "encoding", r"encoding/|compress/|archive/|mime/multipart\.", "it crashed inside a decoder"),
    _site("rpc-site", "rpc", r"net/rpc(?:/jsonrpc)?\.", "it crashed inside net/rpc"),
    _site("http-site", "http", r"net/http(?:/\w+)?\.", "it crashed inside net/http"),
    _site("network-site", "network", r"net(?:/(?:netip|url|smtp|textproto|mail))?\.", "it crashed inside net"),
    _site("filesystem-site", "filesystem",
          r"os\.(?:\(\*File\)|Open|Create|Read|Write|Mkdir|Remove|Rename|Stat)|io/fs\.|path/filepath\.",
          "it crashed in an operation on files"),
    _site("config-site", "config", r"flag\.", "it crashed while flags were read"),
)  # fmt: skip

# What is left of the article's second rule, and then of anything.
_REST: Final[tuple[Rule, ...]] = (
    Rule(
        name="deepest-package-database", domain="database", sited=True, package_domains=frozenset(("database",)),
        why="the words of the deepest non-standard package say that it talks to a database",
    ),
    Rule(
        name="native-code", domain="native", kinds=frozenset(("signal",)), owners=frozenset(("runtime", "nowhere")),
        why="a signal hit code that is not Go's",
    ),
    Rule(
        name="test-code", domain="test", owners=frozenset(("test",)),
        why="the deepest non-standard frame is in a _test.go file",
    ),
    Rule(
        name="deepest-package-own", domain="application", owners=frozenset(("own",)),
        why="the deepest non-standard package is your own, and neither its name nor the failure says more",
    ),
    Rule(
        name="deepest-package-dependency", domain="dependency", owners=frozenset(("dependency",)),
        why="the deepest non-standard package is not your own, and neither its name nor the failure says more",
    ),
    Rule(
        name="standard-library", domain="runtime", owners=frozenset(("runtime",)),
        why="every frame is of the standard library",
    ),
    Rule(name="nothing-known", domain="unknown", why="there is no stack, and what it says fits no rule"),
)  # fmt: skip

BUILT_IN_RULES: Final[tuple[Rule, ...]] = (
    *_ARTICLE, *_CLIENT, *_HANGS, *_PROCESS, *_FAILURES, *_TEXTS, *_SITES, *_REST,
)  # fmt: skip


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return None if text is None else re.compile(text)


def of_user(rule: DomainRule) -> Rule:
    """A rule of the settings, whose regexes were tried when the settings were read."""
    return Rule(
        name=rule.name,
        domain=rule.domain,
        why=rule.why or "your rule",
        kinds=frozenset((rule.kind,)) if rule.kind else frozenset(),
        panic_types=_set(rule.panic_type) if rule.panic_type else frozenset(),
        package=_pattern(rule.package),
        function=_pattern(rule.function),
        message=_pattern(rule.message),
        http_status=frozenset(rule.http_status),
        min_depth=rule.min_depth,
        max_depth=rule.max_depth,
    )


def all_rules(user: tuple[DomainRule, ...]) -> tuple[Rule, ...]:
    """The user's rules, then the built-in ones.

    The user's come before all others, the article's three included: who writes a rule has seen the verdict that it
    changes, and behind the second rule most of them would never be asked.
    """
    return (*map(of_user, user), *BUILT_IN_RULES)
