"""The decision flow on what a program really printed (decision/README.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.core.features.engine import features_of, rules_of
from streams.core.features.vector import looked_at
from streams.core.fingerprint.normalize import failure_class
from streams.core.fingerprint.rules import locus_of
from streams.core.fingerprint.texts import crash_of_text
from streams.model.crash import Build
from streams.model.events import Features
from streams.model.settings import PipelineSettings

LINES = (Path(__file__).parent / "decision/lines.jsonl").read_text("utf-8").splitlines()
MODULE = Build(module="example.com/acme/shop")


@pytest.mark.parametrize(
    ("line", "domain", "rule", "features"),
    [
        (0, "auth", "auth-status", ("nil-dereference", "example.com/acme/shop/internal/auth", 403, 2)),
        (1, "cache", "deepest-package", ("nil-map-write", "github.com/redis/go-redis/v9", 500, 2)),
        (2, "database-driver", "database-status", ("index-out-of-range", "github.com/lib/pq", 500, 2)),
    ],
)  # fmt: skip
def test_each_rule_of_the_article_names_the_domain_of_its_request(
    line: int, domain: str, rule: str, features: tuple[str, str, int, int]
) -> None:
    """Depth 2: the middleware is the user's own too, and outermost."""
    crash = crash_of_text(LINES[line] + "\n", MODULE, PipelineSettings())
    assert crash is not None
    failure = failure_class(crash.message, crash.panics[0].type, crash.kind)
    stack = looked_at(crash, locus_of(crash).frame)
    said = features_of(crash, stack, failure, rules_of(()))
    assert (said.domain, said.rule) == (domain, rule)
    panic_type, package, status, depth = features
    assert said.features == Features(
        panic_type=panic_type, package=package, http_status=status, depth=depth
    )
