"""Who sent this: each sender's proof, against the vectors that senders publish and against everything near them."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

import pytest

from streams.core.webhooks.delivery import Provider
from streams.core.webhooks.signature import refusal, same
from streams.model.instant import Instant

# docs.github.com, Validating webhook deliveries: "Testing the webhook payload validation".
GITHUB_SECRET = "It's a Secret to Everybody"  # noqa: S105 - published
GITHUB_BODY = b"Hello, World!"
GITHUB_SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
# Standard Webhooks 1.0.0, spec/standard-webhooks.md, example of a signature.
STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - published
STANDARD_BODY = b'{"test": 2432232314}'
STANDARD = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
SENT = Instant(1_614_265_330 * 10**9)


def status(
    provider: Provider,
    secret: str,
    headers: dict[str, str],
    body: bytes = b"{}",
    at: Instant = SENT,
) -> int | None:
    """The status of the refusal, None where there is none."""
    found = refusal(provider, secret, headers, body, at)
    assert found is None or secret not in found.error + found.where
    return None if found is None else found.status


def test_the_published_vector_of_github_passes() -> None:
    headers = {"x-hub-signature-256": GITHUB_SIGNATURE}
    assert status("github", GITHUB_SECRET, headers, GITHUB_BODY) is None


@pytest.mark.parametrize(
    "given",
    [
        "",
        "sha256=",
        GITHUB_SIGNATURE[:-1],
        GITHUB_SIGNATURE[:-1] + "8",
        GITHUB_SIGNATURE.removeprefix("sha256="),
        GITHUB_SIGNATURE.upper(),
        "sha1=" + "0" * 40,
        "ü" * 71,
        "\udcff",
    ],
)
def test_what_is_near_the_signature_of_github_is_refused(given: str) -> None:
    assert status("github", GITHUB_SECRET, {"x-hub-signature-256": given}, GITHUB_BODY) == 401


def test_a_changed_body_another_secret_and_an_unsigned_delivery_are_refused() -> None:
    headers = {"x-hub-signature-256": GITHUB_SIGNATURE}
    assert status("github", GITHUB_SECRET, headers, GITHUB_BODY + b" ") == 401
    assert status("github", GITHUB_SECRET + " ", headers, GITHUB_BODY) == 401
    assert status("github", GITHUB_SECRET, {}, GITHUB_BODY) == 401
    bearer = {"authorization": f"Bearer {GITHUB_SECRET}"}
    assert status("github", GITHUB_SECRET, bearer, GITHUB_BODY) == 401


@pytest.mark.parametrize("provider", ["gitlab", "argocd", "kubernetes", "plain"])
def test_the_published_vector_of_standard_webhooks_passes(provider: Provider) -> None:
    assert status(provider, STANDARD_SECRET, STANDARD, STANDARD_BODY) is None


@pytest.mark.parametrize(
    ("changed", "seconds"),
    [
        ({}, 301),
        ({}, -301),
        ({"webhook-timestamp": "1614265331"}, 0),
        ({"webhook-timestamp": ""}, 0),
        ({"webhook-timestamp": "now"}, 0),
        ({"webhook-timestamp": "-1614265330"}, 0),
        ({"webhook-timestamp": "١٦١٤٢٦٥٣٣٠"}, 0),
        ({"webhook-timestamp": "9" * 5000}, 0),
        ({"webhook-id": "msg_other"}, 0),
        ({"webhook-id": ""}, 0),
        ({"webhook-signature": ""}, 0),
        ({"webhook-signature": STANDARD["webhook-signature"].replace("v1,", "v2,")}, 0),
        ({"webhook-signature": STANDARD["webhook-signature"].removeprefix("v1,")}, 0),
        ({"webhook-signature": "v1,ü"}, 0),
        ({"webhook-signature": "v1,x " * 20 + STANDARD["webhook-signature"]}, 0),
    ],
)
def test_what_is_near_a_standard_signature_is_refused(
    changed: dict[str, str], seconds: int
) -> None:
    headers, at = {**STANDARD, **changed}, Instant(SENT.ns + seconds * 10**9)
    assert status("gitlab", STANDARD_SECRET, headers, STANDARD_BODY, at) == 401


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_are_tolerated(seconds: int) -> None:
    at = Instant(SENT.ns + seconds * 10**9)
    assert status("plain", STANDARD_SECRET, STANDARD, STANDARD_BODY, at) is None


def test_one_of_several_signatures_is_enough_while_a_key_is_replaced() -> None:
    headers = {**STANDARD, "webhook-signature": f"v1,AAAA {STANDARD['webhook-signature']} v1a,x"}
    assert status("plain", STANDARD_SECRET, headers, STANDARD_BODY) is None


@pytest.mark.parametrize("secret", ["not base64 at all", "whsec_!"])
def test_a_secret_that_is_no_base64_is_used_as_it_stands(secret: str) -> None:
    signed = b"%b.%b.{}" % (
        STANDARD["webhook-id"].encode(),
        STANDARD["webhook-timestamp"].encode(),
    )
    mine = b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    assert status("gitlab", secret, {**STANDARD, "webhook-signature": f"v1,{mine}"}) is None


def test_a_wrong_signature_is_not_mended_by_a_right_token() -> None:
    headers = {**STANDARD, "webhook-signature": "v1,AAAA", "x-gitlab-token": STANDARD_SECRET}
    assert status("gitlab", STANDARD_SECRET, headers, STANDARD_BODY) == 401


@pytest.mark.parametrize(
    ("provider", "header", "prefix"),
    [
        ("gitlab", "x-gitlab-token", ""),
        ("argocd", "authorization", "Bearer "),
        ("kubernetes", "authorization", "bearer "),
        ("plain", "authorization", "Bearer  "),
    ],
)
def test_tokens_are_compared_whole(provider: Provider, header: str, prefix: str) -> None:
    assert status(provider, "open sesame", {header: f"{prefix}open sesame"}) is None
    for wrong in ("", "open", "open sesame!", "Open sesame", "\udcff"):
        assert status(provider, "open sesame", {header: f"{prefix}{wrong}"}) == 401


def test_a_bearer_is_no_other_scheme() -> None:
    assert status("plain", "open sesame", {"authorization": "Basic open sesame"}) == 401


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is compared goes through the one function that takes the same time for all."""
    compared: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def spy(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", spy)
    assert same("a", "a")
    assert status("github", "sesame", {"x-hub-signature-256": "sha256=00"}) == 401
    assert status("gitlab", "sesame", {"x-gitlab-token": "t"}) == 401
    assert status("plain", STANDARD_SECRET, STANDARD, STANDARD_BODY) is None
    assert status("plain", "sesame", {"authorization": "Bearer t"}) == 401
    assert len(compared) == 5
