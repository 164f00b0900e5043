"""Words of many senders for one thing: the outcome of a build, the action and phase of a deployment, a canary.

In: texts as senders write them. Out: the words of `ci.build` and `deploy` events, or None where a text says none.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Phase = Literal["canary", "ramp", "complete", "failed"]
Action = Literal["rollout", "restart", "scale", "rollback"]

_OUTCOMES: Final = {
    "success": "success", "succeeded": "success", "passed": "success", "successful": "success", "pass": "success",
    "failure": "failure", "failed": "failure", "error": "failure", "timed_out": "failure", "fail": "failure",
    "startup_failure": "failure", "unstable": "failure",
    "cancelled": "cancelled", "canceled": "cancelled", "cancel": "cancelled", "aborted": "cancelled",
    "skipped": "skipped", "neutral": "neutral", "stale": "stale", "action_required": "action_required",
}  # fmt: skip
_PHASES: Final[dict[str, Phase]] = {
    "canary": "canary", "gray": "canary", "grey": "canary", "grayscale": "canary", "greyscale": "canary",
    "gray-release": "canary", "grey-release": "canary",
    "ramp": "ramp", "in_progress": "ramp", "running": "ramp", "progressing": "ramp", "started": "ramp",
    "promoting": "ramp", "paused": "ramp",
    "complete": "complete", "completed": "complete", "success": "complete", "succeeded": "complete",
    "healthy": "complete", "deployed": "complete", "finished": "complete",
    "failed": "failed", "failure": "failed", "error": "failed", "degraded": "failed",
}  # fmt: skip
_ACTIONS: Final[tuple[tuple[re.Pattern[str], Action], ...]] = (
    (re.compile(r"\broll(ed)?[-_ ]?back\b|\brevert\b"), "rollback"),
    (re.compile(r"\brestart(ed)?\b"), "restart"),
    (re.compile(r"\bscaled?\b"), "scale"),
    (re.compile(r"\b(deploy(ed)?|rollout|release|upgraded?|promote)\b"), "rollout"),
)
_CANARY: Final = re.compile(
    r"(?:^|[-_./ ])(?:canary|gr[ae]y(?:[-_]?(?:release|scale))?)(?:$|[-_./ ])", re.IGNORECASE
)


def outcome(word: str | None) -> str | None:
    """How a build ended; None for one that did not end, and for a word that we do not know."""
    return _OUTCOMES.get(word.lower()) if word else None


def phase_of(word: str | None) -> Phase | None:
    """How far a deployment is."""
    return _PHASES.get(word.lower()) if word else None


def action_of(word: str | None) -> Action | None:
    """What was done, by a task's or action's name such as `deploy:rollback`."""
    if not word:
        return None
    spaced = word.lower().replace(":", " ").replace("/", " ").replace("_", "-")
    return next((action for pattern, action in _ACTIONS if pattern.search(spaced)), None)


def without_canary(env: str | None) -> tuple[str | None, bool]:
    """An environment, and whether its name says that it is the canary of it: `production/canary`, `prod-canary`."""
    if env is None or not says_canary(env):
        return env, False
    left = _CANARY.sub(_joint, env)
    return left or env, True


def _joint(found: re.Match[str]) -> str:
    """What stays between the words around it; nothing at an end."""
    inside = found.start() > 0 and found.end() < len(found.string)
    return found[0][0] if inside else ""


def says_canary(word: str | None) -> bool:
    """Whether a name or label says canary or gray release: `canary`, `production-canary`, `gray`."""
    return bool(word and _CANARY.search(word))
