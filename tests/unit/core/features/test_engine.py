"""The decision flow: which rule fires, in which order, and what is said of it."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from streams.core.features.engine import Verdict, features_of, rules_of
from streams.core.features.rules import BUILT_IN_RULES, all_rules
from streams.core.features.vector import looked_at
from streams.core.fingerprint.normalize import FAILURE_RULES, failure_class
from streams.core.fingerprint.rules import locus_of
from streams.model.crash import Access, ChainedError, Crash, CrashKind, Frame
from streams.model.events import Features
from streams.model.report import Domain
from streams.model.settings import DomainRule
from tests.unit.core.features.page import PAGE, page
from tests.unit.core.features.stacks import PANIC, SERVER, SHOP, crash, goroutine, lib, own, std

HANDLER = own("Handler")
AUTH = own("Check", f"{SHOP}/internal/auth")
PQ = lib("github.com/lib/pq.(*conn).query")
REDIS = lib("github.com/redis/go-redis/v9.(*Client).Get")
NIL_MAP = "assignment to entry in nil map"
CONN = std("database/sql.(*DB).conn")
LOCK = (std("sync.(*Mutex).lockSlow"), std("sync.(*Mutex).Lock"))


def verdict(found: Crash, *user: DomainRule) -> Verdict:
    value_type = found.panics[0].type if found.panics else None
    failure = failure_class(found.message, value_type, found.kind)
    stack = looked_at(found, locus_of(found).frame)
    return features_of(found, stack, failure, rules_of(user))


def dump(count: int, state: str, *frames: Frame, message: str = "SIGQUIT: quit") -> Crash:
    each = (goroutine(*frames, number=n, state=state, crashed=False) for n in range(1, count + 1))
    kind: CrashKind = "dump" if message.startswith("SIG") else "fatal"
    return Crash(id="e", kind=kind, message=message, goroutines=tuple(each))


def logged(message: str, *errors: str, frames: tuple[Frame, ...] = (HANDLER,)) -> Crash:
    chain = tuple(ChainedError(message=error) for error in errors)
    goroutines = (goroutine(*frames, state=""),)
    return Crash(id="e", kind="error", message=message, errors=chain, goroutines=goroutines)


ARTICLE = [
    # 1: refused, close to the handler, by an auth package
    (crash(PANIC, AUTH, HANDLER, *SERVER, status=401), "auth", "auth-status"),
    (crash(PANIC, AUTH, HANDLER, *SERVER, status=403), "auth", "auth-status"),
    (crash(PANIC, AUTH, own("a"), HANDLER, *SERVER, status=403), "auth", "auth-status"),
    # not so close, or another status: the package alone
    (crash(PANIC, AUTH, own("a"), own("b"), HANDLER, status=403), "auth", "deepest-package"),
    (crash(PANIC, AUTH, HANDLER, *SERVER, status=500), "auth", "deepest-package"),
    # 2: otherwise the deepest non-standard package
    (crash(PANIC, REDIS, HANDLER, *SERVER, status=403), "cache", "deepest-package"),
    (crash(PANIC, REDIS, AUTH, HANDLER, *SERVER, status=500), "cache", "deepest-package"),
    (crash(PANIC, REDIS, HANDLER, message=NIL_MAP), "cache", "deepest-package"),
    # 3: 500 with a database package
    (crash(PANIC, PQ, HANDLER, *SERVER, status=500), "database-driver", "database-status"),
    (
        crash(PANIC, std("database/sql.(*Rows).Scan"), HANDLER, *SERVER, status=500),
        "database-driver",
        "database-status-std",
    ),
    (crash(PANIC, PQ, HANDLER, *SERVER, status=502), "database", "deepest-package-database"),
    (crash(PANIC, PQ, HANDLER), "database", "deepest-package-database"),
]
OTHERS = [
    (crash(PANIC, REDIS, HANDLER, status=499), "client-gone", "client-gone-status"),
    (logged("query failed", "find cart: context canceled", frames=(REDIS, HANDLER)), "client-gone", "client-gone"),
    (logged("x", "rpc error: code = Canceled desc = context canceled"), "client-gone", "client-gone"),
    (dump(12, "select", CONN, own("find", f"{SHOP}/cache")), "pool-exhaustion", "pool-exhaustion"),
    (dump(12, "sync.Mutex.Lock", *LOCK, own("Add", f"{SHOP}/cache")), "lock-convoy", "lock-convoy"),
    (dump(80, "chan send", own("produce")), "goroutine-leak", "goroutine-leak"),
    (
        dump(1, "chan receive", own("wait"), message="all goroutines are asleep - deadlock!"),
        "deadlock",
        "deadlock",
    ),
    # In a crash that is no hang, goroutines wait by chance.
    (
        msgspec.structs.replace(dump(12, "select", CONN, own("f")), kind="panic", message="m"),
        "database",
        "database-site",
    ),
    (crash(PANIC, REDIS, HANDLER, message="concurrent map writes", kind="fatal"), "data-race", "concurrent-map"),
    (
        Crash(id="e", kind="race", message="data race", accesses=(Access(kind="read", frames=(own("f"),)),)),
        "data-race",
        "data-race",
    ),
    (crash(REDIS, HANDLER, message="runtime: out of memory", kind="fatal"), "out-of-memory", "out-of-memory"),
    (crash(own("walk"), own("walk"), message="stack overflow", kind="fatal"), "stack-overflow", "stack-overflow"),
    (crash(PANIC, HANDLER, message=NIL_MAP), "nil-map", "nil-map"),
    (crash(PANIC, HANDLER, message="send on closed channel"), "closed-channel", "closed-channel"),
    (crash(PANIC, HANDLER, message="sync: negative WaitGroup counter"), "lock-misuse", "lock-misuse"),
    (crash(PANIC, HANDLER, message="test timed out after 1s"), "test", "test-timeout"),
    (crash(PANIC, msgspec.structs.replace(HANDLER, file="/src/a_test.go")), "test", "test-code"),
    (crash(PANIC, HANDLER, message="open /x: too many open files"), "resource-limit", "resource-limit"),
    (logged("dial", "remote error: tls: bad certificate"), "transport", "tls-says"),
    (logged("dial", "x509: certificate signed by unknown authority"), "transport", "tls-says"),
    (logged("call", "rpc error: code = PermissionDenied desc = no"), "auth", "rpc-refused"),
    (logged("call", "rpc error: code = Internal desc = no"), "rpc", "rpc-says"),
    (logged("call", "get: context deadline exceeded"), "timeout", "deadline"),
    (logged("find", "sql: no rows in result set"), "database", "database-says"),
    (logged("send", "kafka: client has run out of available brokers"), "queue", "queue-says"),
    (logged("get", "redis: nil"), "cache", "cache-says"),
    (logged("dial", "dial tcp: lookup db: no such host"), "network", "network-says"),
    (logged("load", "open /etc/shop.toml: no such file or directory"), "filesystem", "filesystem-says"),
    (crash(PANIC, HANDLER, message="template: x:1: unclosed action"), "template", "template-says"),
    (logged("decode", "json: cannot unmarshal string into Go value"), "encoding", "encoding-says"),
    (crash(PANIC, HANDLER, message="shop flag redefined: x"), "config", "config-says"),
    (crash(PANIC, std("crypto/tls.(*Conn).Write"), HANDLER), "transport", "tls-site"),
    (crash(PANIC, std("encoding/json.(*decodeState).object"), HANDLER), "encoding", "encoding-site"),
    (crash(PANIC, std("text/template.(*state).walk"), HANDLER), "template", "template-site"),
    (crash(PANIC, std("net/http.(*response).WriteHeader"), HANDLER, *SERVER), "http", "http-site"),
    (crash(PANIC, std("net.(*Dialer).Dial"), HANDLER), "network", "network-site"),
    (crash(PANIC, std("net/rpc/jsonrpc.(*clientCodec).Close"), HANDLER), "rpc", "rpc-site"),
    (crash(PANIC, std("flag.(*FlagSet).Var"), HANDLER), "config", "config-site"),
    (logged("found unexpected goroutines: [Goroutine 7"), "goroutine-leak", "goroutine-leak-test"),
    (crash(PANIC, HANDLER, message="net/http: abort Handler"), "http", "http-says"),
    (crash(PANIC, std("os.(*File).Write"), HANDLER), "filesystem", "filesystem-site"),
    (crash(PANIC, lib("github.com/segmentio/kafka-go.(*Writer).Close"), HANDLER), "queue", "deepest-package"),
    (crash(PANIC, own("Load", f"{SHOP}/config")), "config", "deepest-package"),
    # A logger or an assertion that was told to.
    (crash(PANIC, lib("go.uber.org/zap.(*Logger).Panic"), HANDLER), "application", "deepest-package-own"),
    (crash(PANIC, HANDLER, *SERVER, status=500), "application", "deepest-package-own"),
    (crash(PANIC, lib("example.com/x/lib.A"), HANDLER), "dependency", "deepest-package-dependency"),
    (crash(Frame(function="abort", native=True), kind="signal"), "native", "native-code"),
    (crash(PANIC, std("strings.Repeat")), "runtime", "standard-library"),
    (Crash(id="e", kind="error", message="m"), "unknown", "nothing-known"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "domain", "rule"), ARTICLE)
def test_the_three_rules_of_the_article_come_first_and_all_of_them_fire(
    found: Crash, domain: Domain, rule: str
) -> None:
    said = verdict(found)
    assert (said.domain, said.rule) == (domain, rule)


@pytest.mark.parametrize(("found", "domain", "rule"), OTHERS)
def test_the_other_rules_fire_in_their_order(found: Crash, domain: Domain, rule: str) -> None:
    said = verdict(found)
    assert (said.domain, said.rule) == (domain, rule)


def test_features_and_what_the_rule_saw_are_said() -> None:
    said = verdict(crash(PANIC, AUTH, HANDLER, *SERVER, status=403, message=NIL_MAP))
    package = f"{SHOP}/internal/auth"
    assert said.features == Features(
        panic_type="nil-map-write", package=package, http_status=403, depth=1
    )
    assert said.detail.startswith(f"status 403, depth 1, package {package}: refused ")
    full = verdict(dump(12, "select", CONN, own("find")))
    assert full.detail.startswith("12 goroutines wait in database/sql.(*DB).conn: ")


NEVER = DomainRule(name="never", domain="queue", http_status=(418,))


@pytest.mark.parametrize(
    "rule",
    [
        DomainRule(name="mine", domain="queue", kind="panic"),
        DomainRule(name="mine", domain="queue", panic_type="nil-map-write"),
        DomainRule(name="mine", domain="queue", package="internal/auth$"),
        DomainRule(name="mine", domain="queue", function=r"\.Handler$"),
        DomainRule(name="mine", domain="queue", message="entry in nil"),
        DomainRule(name="mine", domain="queue", http_status=(402, 403)),
        DomainRule(name="mine", domain="queue", min_depth=1),
        DomainRule(name="mine", domain="queue", max_depth=1),
        DomainRule(name="mine", domain="queue", package="auth", message="nil map", max_depth=1),
    ],
)
def test_a_rule_of_the_user_s_own_comes_before_all_others(rule: DomainRule) -> None:
    found = crash(PANIC, AUTH, HANDLER, *SERVER, status=403, message=NIL_MAP)
    said = verdict(found, NEVER, rule, msgspec.structs.replace(rule, name="later"))
    assert (said.domain, said.rule) == ("queue", "mine")
    assert said.detail.endswith("your rule")
    other = Crash(id="e", kind="error", message="m")
    assert verdict(other, rule).rule == "nothing-known"


def test_every_condition_of_a_rule_has_to_hold() -> None:
    found = crash(PANIC, AUTH, HANDLER, *SERVER, status=403, message=NIL_MAP)
    for condition in (
        {"min_depth": 2},
        {"kind": "fatal"},
        {"function": "nowhere"},
        {"http_status": [500]},
    ):
        rule = msgspec.convert(
            {"name": "mine", "domain": "queue", "package": "auth", **condition}, DomainRule
        )
        assert verdict(found, rule).rule == "auth-status"


def test_rules_of_equal_settings_are_one_value() -> None:
    rule = DomainRule(name="mine", domain="queue", kind="panic")
    assert rules_of((rule,)) is rules_of((msgspec.structs.replace(rule),))


def test_what_a_crash_says_is_cut() -> None:
    hostile = crash(PANIC, HANDLER, message="x" * 2_000_000 + "tls: ")
    assert verdict(hostile).rule == "deepest-package-own"


def test_the_order_of_the_rules_is_that_of_the_issue() -> None:
    names = [rule.name for rule in BUILT_IN_RULES]
    assert names[:3] == ["auth-status", "deepest-package", "database-status"]
    assert len(set(names)) == len(names)
    assert BUILT_IN_RULES[-1].name == "nothing-known"
    assert all_rules((NEVER,))[1:] == BUILT_IN_RULES


def test_every_rule_has_a_reason_and_every_domain_a_rule_that_was_tried() -> None:
    assert all(rule.why for rule in BUILT_IN_RULES)
    fired = {verdict(found).rule for found, _, _ in (*ARTICLE, *OTHERS)}
    assert {rule.name for rule in BUILT_IN_RULES} - fired == set()
    reached = {rule.domain for rule in BUILT_IN_RULES if rule.domain}
    of_packages = BUILT_IN_RULES[1].package_domains
    assert reached | of_packages == set(get_args(Domain))


def test_failures_that_rules_ask_for_exist() -> None:
    known = {rule.name for rule in FAILURE_RULES}
    assert {name for rule in BUILT_IN_RULES for name in rule.panic_types} <= known


def test_a_rule_has_texts_or_a_regex_for_what_is_said() -> None:
    assert not any(rule.says and rule.message for rule in BUILT_IN_RULES)


def test_the_page_in_the_work_tree_is_current() -> None:
    """`python -m tests.unit.core.features.page` writes it."""
    assert PAGE.read_text("utf-8") == page()
