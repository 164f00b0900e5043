"""Scrub nested JSON: secrets in any text, and every string under a key that is named like a secret.

In: a plain JSON value (dict, list, str, number, bool, None). Out: a copy without secrets, with counts. The input is
not changed. Never goes deeper than a bound: what lies below is replaced, because nobody looked at it.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from streams.core.scrub.patterns import Pattern
from streams.core.scrub.scrub import is_marker, marker, scrub

MAX_DEPTH: Final = 64

# Ends of key names, without separators and case, and the name that their values are counted under.
_KEY_ENDS: Final[tuple[tuple[str, str], ...]] = (
    ("password", "password"),
    ("passwd", "password"),
    ("passphrase", "password"),
    ("pwd", "password"),
    ("secret", "secret"),
    ("secretkey", "secret"),
    ("secretaccesskey", "secret"),
    ("privatekey", "secret"),
    ("credential", "secret"),
    ("credentials", "secret"),
    ("token", "token"),
    ("sessionid", "token"),
    ("apikey", "api_key"),
    ("accesskey", "api_key"),
    ("accountkey", "api_key"),
    ("authkey", "api_key"),
    ("authorization", "authorization"),
    ("cookie", "cookie"),
    ("cookies", "cookie"),
)
_KEYS: Final = {"pass": "password", "auth": "authorization"}
_SEPARATORS: Final = str.maketrans("", "", "_-. ")


class ScrubbedValue(msgspec.Struct, frozen=True):
    """A JSON value without secrets; `counts` by pattern name."""

    value: object
    counts: dict[str, int]


def secret_key(key: str) -> str | None:
    """The name that a key's value is counted under if the key is named like a secret."""
    plain = key.lower().translate(_SEPARATORS)
    if plain in _KEYS:
        return _KEYS[plain]
    return next((name for end, name in _KEY_ENDS if plain.endswith(end)), None)


class _Walk:
    def __init__(self, extra: tuple[Pattern, ...]) -> None:
        self.extra = extra
        self.counts: Counter[str] = Counter()

    def text(self, text: str) -> str:
        done = scrub(text, self.extra)
        if done.counts:
            self.counts.update(done.counts)
        return done.text

    def replaced(self, text: str, name: str) -> str:
        if not text or is_marker(text):
            return text
        self.counts[name] += 1
        return marker(name)

    def value(self, value: object, depth: int, name: str | None) -> object:
        if isinstance(value, str):
            return self.replaced(value, name) if name else self.text(value)
        if not isinstance(value, (dict, list, tuple)):
            return value
        if depth >= MAX_DEPTH:
            return self.replaced("too deep", "depth")
        if isinstance(value, dict):
            return self.mapping(value, depth + 1)
        return [self.value(item, depth + 1, name) for item in value]

    def mapping(self, value: dict[object, object], depth: int) -> dict[object, object]:
        out: dict[object, object] = {}
        for key, item in value.items():
            name = secret_key(key) if isinstance(key, str) else None
            clean: object = self.text(key) if isinstance(key, str) else key
            while clean in out:
                clean = f"{clean}#"
            out[clean] = self.value(item, depth, name)
        return out


def scrub_value(value: object, extra: tuple[Pattern, ...] = ()) -> ScrubbedValue:
    """Scrub every text of a JSON value, and replace the strings under keys such as `password` or `api_key`."""
    walk = _Walk(extra)
    clean = walk.value(value, 0, None)
    return ScrubbedValue(clean, dict(walk.counts))
