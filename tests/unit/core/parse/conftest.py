"""Texts that real programs printed (Go 1.26.8, `-trimpath`; texts/README.md says how they were made)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

_TEXTS = Path(__file__).parent / "texts"


@pytest.fixture(scope="session")
def crash_text() -> Callable[[str], str]:
    """The text of a fixture by its name."""

    def read(name: str) -> str:
        return (_TEXTS / f"{name}.txt").read_text()

    return read


@pytest.fixture(scope="session")
def every_text() -> dict[str, str]:
    """All fixture texts by name."""
    return {path.stem: path.read_text() for path in sorted(_TEXTS.glob("*.txt"))}
