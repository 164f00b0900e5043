"""Functions that serve others, by their names: rules as data, each with its reason.

In: a function as printed. Out: whether a failure in it is rather the fault of whoever called it. Source, where it is at
hand, decides what the value at fault was; names only say which functions are worth asking.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec


class HelperRule(msgspec.Struct, frozen=True):
    """Functions by a pattern on `package-folder.Recv.Name`, and why they are helpers.

    `any_failure`: also where they fail by a runtime error; else only where they panic on purpose.
    """

    pattern: re.Pattern[str]
    why: str
    any_failure: bool = False


def _rule(pattern: str, why: str, *, any_failure: bool = False) -> HelperRule:
    return HelperRule(re.compile(pattern), why, any_failure)


HELPER_RULES: Final[tuple[HelperRule, ...]] = (
    _rule(r"(?:^|/)musts?\.", "a package of functions that panic on bad input", any_failure=True),
    _rule(r"(?:^|/)(?:assert\w*|require|checks?|guards?|invariants?|preconditions?|ensure|expect)\.",
          "a package of checks", any_failure=True),
    _rule(r"(?:^|/)(?:valid\w*|verify|verifier)\.", "a package of validators", any_failure=True),
    _rule(r"(?:^|[./])[Mm]ust(?:[A-Z_]\w*)?$", "Must…: panics where the other form returns an error", any_failure=True),
    _rule(r"\.(?:[Aa]ssert|[Rr]equire|[Ee]nsure|[Ee]xpect|[Vv]erify|[Vv]alidate|[Cc]heck|[Pp]anicIf|[Dd]ie|[Bb]ail)(?:[A-Z_]\w*)?$",
          "a check that panics when it does not hold"),
    _rule(r"(?:^|/)(?:\w*utils?|\w*helpers?|common|misc|lib|support|shared)\.", "a package of odds and ends"),
    _rule(r"(?:^|/)(?:containers?|collections?|ds|structures?|generics?|slicesx?|mapsx?|stack|queue|ring|heap|lru|set|deque|list|pool)\.",
          "a package of containers", any_failure=True),
    _rule(r"(?:^|/)(?:convert\w*|conv|cast|coerce)\.", "a package of conversions"),
    _rule(r"(?:^|/)(?:conf|config|cfg|settings|env|flags|params)\.(?:\w+\.)?(?:Get|Lookup|Must|String|Int|Bool|Duration|Value)\w*$",
          "looks a setting up"),
)  # fmt: skip


@lru_cache(maxsize=65536)
def helper_rule(key: str) -> HelperRule | None:
    """The rule by which a normalised function is a helper, or None."""
    package, _, name = key.rpartition("/")
    short = f"{package.rpartition('/')[2]}/{name}" if package else name
    return next((rule for rule in HELPER_RULES if rule.pattern.search(short)), None)


def is_helper(key: str, failure: str) -> bool:
    """Whether a failure of this class in a normalised function is rather the fault of whoever called it."""
    rule = helper_rule(key)
    return rule is not None and (
        rule.any_failure or ":" in failure or failure in ("panic", "error")
    )
