"""Helpers by their names: every rule has a function that it is for; what only looks like one is none."""

from __future__ import annotations

import pytest

from streams.core.fingerprint.helpers import HELPER_RULES, helper_rule

HELPERS = {
    "example.com/shop/must.Get": True,
    "must.OK": True,
    "example.com/shop/internal/assert.True": True,
    "example.com/shop/checks.NotNil": True,
    "example.com/shop/validate.Order": True,
    "example.com/shop/cart.MustLoad": True,
    "example.com/shop/cart.must": True,
    "example.com/shop/cart.Store.MustAdd": True,
    "example.com/shop/cart.assertOpen": False,
    "example.com/shop/cart.Store.check": False,
    "example.com/shop/strutil.Cut": False,
    "example.com/shop/common.First": False,
    "example.com/shop/container.Stack.Pop": True,
    "example.com/shop/queue.Push": True,
    "example.com/shop/convert.ToInt": False,
    "example.com/shop/config.GetString": False,
    "example.com/shop/config.Reader.Lookup": False,
}
OTHERS = (
    "example.com/shop/cart.Store.Add",
    "example.com/shop/cart.Mustard",
    "example.com/shop/cart.mustache",
    "example.com/must/cart.Add",
    "example.com/shop/checkout.Pay",
    "example.com/shop/mustard.Get",
    "example.com/shop/config.load",
    "example.com/shop/cart.Checkout",
    "main.main",
    "main.run",
    "",
    "]",
)


@pytest.mark.parametrize(("key", "any_failure"), HELPERS.items())
def test_a_helper_by_its_name(key: str, any_failure: bool) -> None:  # noqa: FBT001 - a table
    rule = helper_rule(key)
    assert rule is not None
    assert rule.why
    assert rule.any_failure == any_failure


@pytest.mark.parametrize("key", OTHERS)
def test_what_only_looks_like_one(key: str) -> None:
    assert helper_rule(key) is None


def test_every_rule_is_the_first_for_some_function() -> None:
    assert {id(helper_rule(key)) for key in HELPERS} == {id(rule) for rule in HELPER_RULES}


def test_a_name_of_a_megabyte_is_judged() -> None:
    for part in ("a", "must", "a/", "a.", "must."):
        helper_rule(part * (1_000_000 // len(part)))
