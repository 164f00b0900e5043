"""`python -m tests.fuzz.webhooks`: what reads webhooks, on bodies that no sender would write, for a time.

In: `--seconds`, `--seed`. Out: progress, how many deliveries; one that fails is kept in tests/fuzz/corpus/webhooks and
ends it. Deliveries are damaged from the golden ones: as JSON values, and as bytes.
"""

from __future__ import annotations

import json
import sys
import time
from functools import cache
from random import Random
from typing import Final

import msgspec

from streams.core.webhooks.delivery import PROVIDERS, Delivery, Provider, Refused
from streams.core.webhooks.signature import refusal
from streams.core.webhooks.understand import understand
from streams.drivers.http.delivered import events_in, packed
from streams.drivers.http.webhooks import emitted
from streams.model.message import decode, encode
from streams.model.topics import BY_NAME
from tests.chaos.crashes import dice
from tests.fuzz.trying import Fuzz
from tests.unit.core.webhooks.cases import RECEIVED, Case, cases

# Of a body of some 100 KB; what takes longer is not linear.
_MOST_SECONDS: Final = 5.0
_MOST_DAMAGE: Final = 4
_VALUES: Final[tuple[object, ...]] = (
    None, True, False, 0, -1, 1.5, 1e300, -(2**63), 2**64 - 1, "", " ", "x", "\x00", "\u2028", "ü" * 600, "9" * 400,
    "0" * 40, "refs/heads/" + "a/" * 500, "2026-11-23T08:00:00Z", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z",
    1795420800, 10**30, "canary", "sha256:" + "f" * 64, "pkg:oci/a@%00?%", "http://[", "::1", "line\nline", [], {},
    [[]] * 50, {"a": {}}, {"kind": "deploy"}, ["x"] * 300,
)  # fmt: skip
_BITS: Final = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\n", b"\x00", b"\xff", b"\\u0000", b"\\ud800", b"1e999", b"null",
    b"[" * 2000, b'{"a":' * 2000, b"\xef\xbb\xbf", b"payload=", b"%00",
)  # fmt: skip


class Hostile(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery, and why it was kept."""

    provider: Provider
    headers: dict[str, str]
    body: bytes
    why: str = ""


@cache
def seeds() -> tuple[Case, ...]:
    """The golden deliveries."""
    return tuple(cases().values())


def _changed(thrown: Random, value: object) -> object:
    """A value with something in it replaced, taken away, doubled or nested."""
    if isinstance(value, dict) and value and thrown.random() < 0.8:
        key = thrown.choice(list(value))
        if thrown.random() < 0.15:
            return {k: v for k, v in value.items() if k != key}
        if thrown.random() < 0.1:
            return {
                **value,
                thrown.choice(("kind", "object", "type", "app", "specversion")): value[key],
            }
        return {**value, key: _changed(thrown, value[key])}
    if isinstance(value, list) and value and thrown.random() < 0.8:
        index = thrown.randrange(len(value))
        part = [_changed(thrown, value[index])] * thrown.choice((1, 1, 1, 2, 5))
        return [*value[:index], *part, *value[index + 1 :]]
    for _ in range(thrown.choice((0, 0, 0, 0, 0, 70))):
        value = [value]
    return thrown.choice((value, *_VALUES))


def _bytes(thrown: Random, data: bytes) -> bytes:
    """Bytes with parts cut out, doubled, or others put in."""
    for _ in range(thrown.randrange(4)):
        start = thrown.randrange(len(data) + 1)
        end = min(len(data), start + thrown.choice((1, 10, 100)))
        data = thrown.choice(
            (
                data[:start] + data[end:],
                data[:end] + data[start:],
                data[:start] + thrown.choice(_BITS) + data[start:],
                data + b"\n" + data[start:],
            )
        )
    return data


def make(seed: str, number: int) -> Hostile:
    """A delivery of a seed."""
    thrown = dice(f"{seed} {number}")
    case = thrown.choice(seeds())
    body: object = case["body"]
    for _ in range(thrown.randrange(_MOST_DAMAGE)):
        body = _changed(thrown, body)
    headers = {name.lower(): str(value) for name, value in case["headers"].items()}
    for name in list(headers):
        if thrown.random() < 0.1:
            headers[name] = thrown.choice(("", "x", "ü", "\udcff", "push", "release", "9" * 300))
    data = json.dumps(body).encode()
    if thrown.random() < 0.4:
        data = _bytes(thrown, data)
    provider = case["provider"] if thrown.random() < 0.9 else thrown.choice(PROVIDERS)
    return Hostile(provider=provider, headers=headers, body=data)


def judge(found: Hostile) -> int:
    """Fail where it is no answer, where the answer cannot be kept, or where it takes long; how many events it had."""
    began = time.process_time()
    for headers in (
        found.headers,
        {**found.headers, "webhook-signature": "v1,x", "webhook-id": "x"},
    ):
        assert refusal(found.provider, "secret", headers, found.body, RECEIVED) is not None
    delivery = Delivery(
        provider=found.provider, headers=found.headers, body=found.body, received_at=RECEIVED
    )
    said = understand(delivery)
    assert said == understand(delivery)
    count = 0
    if isinstance(said, Refused):
        assert said.status == 400
        assert said.where
    else:
        assert said.events or said.ignored or said.bad
        assert len({(e.kind, e.delivery_id) for e in said.events}) == len(said.events)
        emits = tuple(map(emitted, said.events))
        assert events_in(packed(("n",), emits)) == emits
        for emit in emits:
            assert emit.event is not None
            assert decode(encode(emit.event), BY_NAME[emit.topic].message) == emit.event
        count = len(emits)
    assert time.process_time() - began < _MOST_SECONDS, "slow"
    return count


FUZZ: Final = Fuzz("webhooks", Hostile, make, judge, "post", "events")

if __name__ == "__main__":
    sys.exit(FUZZ.run(__doc__, 900.0))
