"""What the words of an import path say."""

from __future__ import annotations

from typing import get_args

import pytest

from streams.core.features.domains import PACKAGE_RULES, package_domain
from streams.model.report import Domain


@pytest.mark.parametrize(
    ("package", "domain"),
    [
        ("github.com/golang-jwt/jwt/v5", "auth"),
        ("golang.org/x/oauth2/clientcredentials", "auth"),
        ("example.com/acme/shop/internal/auth", "auth"),
        ("example.com/acme/shop/auth_token", "auth"),
        ("github.com/lib/pq", "database"),
        ("github.com/jackc/pgx/v5/pgxpool", "database"),
        ("gorm.io/gorm/callbacks", "database"),
        ("go.mongodb.org/mongo-driver/v2/mongo", "database"),
        ("gopkg.in/redis%2ev5", "cache"),
        ("github.com/redis/go-redis/v9", "cache"),
        ("github.com/segmentio/kafka-go/protocol", "queue"),
        ("google.golang.org/grpc/internal/transport", "rpc"),
        ("github.com/gin-gonic/gin", "http"),
        ("gopkg.in/yaml.v3", "encoding"),
        ("github.com/spf13/viper", "config"),
        ("github.com/miekg/dns", "network"),
        # The last element that says anything.
        ("example.com/acme/shop/auth/cache", "cache"),
        ("example.com/acme/shop/auth/internal/check", "auth"),
        # Host and owner say nothing.
        ("auth.example.com/shop/cart", None),
        ("github.com/redis/handbook", None),
        ("example.com/acme/shop/cart", None),
        ("main", None),
        ("", None),
        # Parts of words are no words.
        ("example.com/acme/author", None),
        ("example.com/acme/configure", None),
    ],
)
def test_the_last_telling_word_of_a_path_counts(package: str, domain: Domain | None) -> None:
    assert package_domain(package) == domain


def test_a_word_belongs_to_one_domain() -> None:
    words = [word for rule in PACKAGE_RULES for word in rule.words]
    assert sorted(words) == sorted(set(words))


def test_every_rule_has_a_domain_of_its_own_of_the_closed_list_and_a_reason() -> None:
    domains = [rule.domain for rule in PACKAGE_RULES]
    assert len(set(domains)) == len(domains)
    assert set(domains) <= set(get_args(Domain))
    assert all(rule.why and rule.words for rule in PACKAGE_RULES)


def test_a_hostile_path_is_cut() -> None:
    assert package_domain("x" * 2_000_000 + "/auth") is None
    assert package_domain("a/" * 400_000 + "auth") is None
