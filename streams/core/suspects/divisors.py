"""Constants that something is divided by: which way they went tells whether a quotient can be zero since.

In: the content of an edit of constants, functions of the stack. Out: whether it only makes quotients larger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from streams.core.source.syntax import Function
from streams.core.suspects.compare import Part, said
from streams.core.suspects.content import number_of

# https://pkg.go.dev/time#pkg-constants, in nanoseconds.
_UNITS: Final = {
    "Nanosecond": 1, "Microsecond": 10**3, "Millisecond": 10**6, "Second": 10**9, "Minute": 60 * 10**9,
    "Hour": 3600 * 10**9,
}  # fmt: skip
_UNIT: Final = re.compile(r"\btime \. (\w+)")


def divides_by_less(
    removed: Sequence[Part], added: Sequence[Part], functions: Iterable[Function]
) -> bool:
    """Whether constants are smaller than before, above zero, and nothing but divisors where the stack stands.

    What was not zero when it was divided by more is not zero now.
    """
    old, new = _values(removed), _values(added)
    if not old or old.keys() != new.keys():
        return False
    if not all(0 < new[name] < value for name, value in old.items()):
        return False
    texts = [said(statement) for function in functions for statement in function.statements]
    return all(_only_divides(name, texts) for name in old)


def _values(parts: Sequence[Part]) -> dict[str, int]:
    """Constants with their numbers; empty where one of them is none."""
    found: dict[str, int] = {}
    for part in parts:
        words = [word for word in part.words if word != "const"]
        if "=" not in words:
            return {}
        # Lines of constants are in single signs.
        text = " ".join(words[words.index("=") + 1 :]).replace("< <", "<<")
        value = number_of(_UNIT.sub(lambda match: str(_UNITS.get(match[1], match[0])), text))
        if value is None:
            return {}
        found[words[0]] = value
    return found


def _only_divides(name: str, texts: Sequence[str]) -> bool:
    """Whether a name is used, and as a divisor alone: of a remainder the size says nothing."""
    word = re.escape(name)
    uses = sum(len(re.findall(rf"(?<!\. )\b{word}\b", text)) for text in texts)
    divides = sum(len(re.findall(rf"/ {word}\b", text)) for text in texts)
    return bool(uses) and uses == divides
