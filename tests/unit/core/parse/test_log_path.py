"""Pods and containers by the path of their log."""

from __future__ import annotations

import pytest

from streams.core.parse.log_path import source_of_path
from streams.model.crash import Source

UID = "2f3c9a50-5d1e-4d1b-9a37-0d4d2c1b7a11"
WHO = Source(
    service="checkout", pod="checkout-6c9f7d5b8-x2x7p", namespace="shop", container="checkout"
)
PODS = f"shop_checkout-6c9f7d5b8-x2x7p_{UID}/checkout"


@pytest.mark.parametrize(
    "path",
    [
        f"/var/log/pods/{PODS}/0.log",
        f"{PODS}/12.log",
        f"copy/{PODS}/0.log.20261126-101500.gz",
        "/var/log/pods/shop_checkout-6c9f7d5b8-x2x7p_0123456789abcdef0123456789abcdef/checkout/0.log",
        f"/var/log/containers/checkout-6c9f7d5b8-x2x7p_shop_checkout-{'9f' * 32}.log",
    ],
)
def test_kubelet_s_paths_name_the_container(path: str) -> None:
    assert source_of_path(path) == WHO


@pytest.mark.parametrize(
    "path",
    ["-", "app.log", "/var/log/app/0.log", "shop_checkout/checkout/0.log", "a_b_c/d/x.log", f"{PODS}/0.txt",
     f"/var/lib/docker/containers/{'9f' * 32}/{'9f' * 32}-json.log"],
)  # fmt: skip
def test_other_paths_say_nothing(path: str) -> None:
    assert source_of_path(path) == Source()
