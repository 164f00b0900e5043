"""How commits are worded, in the style of each repository.

In: `type: text|scope` of a change, the states before and after. Out: a message.
"""

from __future__ import annotations

import random
from typing import Final

from benchmarks.suspects.names import title
from benchmarks.suspects.state import State

_TYPES: Final = {
    "logging": "chore",
    "metrics": "feat",
    "deps": "chore(deps)",
    "ops": "ops",
    "cleanup": "refactor",
}

_REVIEWED: Final = 0.3


def subject(rng: random.Random, message: str, before: State, after: State) -> str:
    """The message of a change."""
    said, _, scope = message.partition("|")
    kind, _, text = said.partition(": ")
    if kind == "deps":
        text = _bumped(before, after) or text
        scope = ""
    match after.frame.style:
        case "conventional":
            kind = _TYPES.get(kind, kind)
            return f"{kind}({scope}): {text}" if scope and "(" not in kind else f"{kind}: {text}"
        case "ticket":
            tail = "" if not scope or rng.choice((True, False)) else f" ({scope})"
            return f"{after.frame.name[:3].upper()}-{rng.randint(100, 2999)}: {text}{tail}"
        case _:
            tail = (
                f"\n\nReviewed-by: {rng.choice(after.frame.people)}"
                if rng.random() < _REVIEWED
                else ""
            )
            return f"{title(text)}{f' in {scope}' if scope and rng.choice((True, False)) else ''}{tail}"


def _bumped(before: State, after: State) -> str:
    for old, new in zip(before.features, after.features, strict=True):
        for dep, module in new.modules.items():
            if old.version(dep) != new.version(dep):
                return f"bump {module.path} from {module.tag(old.version(dep))} to {module.tag(new.version(dep))}"
    return ""
