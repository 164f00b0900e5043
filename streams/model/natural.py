"""Names in the order that people expect: numbers in them by their value."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = re.compile(r"(\d{1,18})")


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """A key to sort by: `r2` before `r10`; names that differ at all have keys that differ."""
    parts = ((int(p), "") if p.isdecimal() else (-1, p) for p in _DIGITS.split(name))
    return (*parts, (-1, name))
