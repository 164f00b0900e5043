"""docker-compose.kafka.yml as Compose reads it: anchors merged, variables of the environment put in.

In: the file, an environment. Out: services as plain values. Starts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
FILE: Final = ROOT / "docker-compose.kafka.yml"
# ${NAME:?what to do} and ${NAME:-otherwise}: the two forms that the file may use.
_VARIABLE: Final = re.compile(r"\$\{(?P<name>\w+):(?P<form>[?-])(?P<text>[^}]*)\}")

Service = dict[str, Any]


class UnsetError(Exception):
    """A variable without which the file means nothing; the text is what the file says about it."""


def read(environment: Mapping[str, str]) -> dict[str, Any]:
    """The whole file. Raises UnsetError."""

    def put_in(match: re.Match[str]) -> str:
        value = environment.get(match["name"])
        if value:
            return value
        if match["form"] == "?":
            raise UnsetError(f"{match['name']}: {match['text']}")
        return match["text"]

    text = FILE.read_text(encoding="utf-8")
    found = yaml.safe_load(_VARIABLE.sub(put_in, text))
    assert isinstance(found, dict)
    return found


def services(environment: Mapping[str, str]) -> dict[str, Service]:
    """The services by name."""
    found: dict[str, Service] = read(environment)["services"]
    return found


def ours(environment: Mapping[str, str]) -> dict[str, Service]:
    """The services that run panictrail."""
    every = services(environment)
    return {name: it for name, it in every.items() if it["image"].startswith("panictrail:")}
