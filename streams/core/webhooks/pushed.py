"""A push as GitHub and GitLab both write it: `ref`, `before`, `after`, and `commits` with their ids.

In: the JSON of a delivery. Out: a GitPush; what only one of them says, its reader adds.
"""

from __future__ import annotations

from streams.core.webhooks.delivery import Told
from streams.core.webhooks.reading import items, need, sha
from streams.model.events import GitPush
from streams.model.instant import Instant


def push(body: object, told: Told, repo: str, occurred_at: Instant | None) -> GitPush:
    """The push of a delivery. Raises UnreadableError where it names no ref."""
    ids = (sha(commit, "id") for commit in items(body, "commits"))
    return GitPush(
        delivery_id=told.delivery_id,
        occurred_at=occurred_at,
        received_at=told.received_at,
        repo=repo,
        ref=need(body, "ref"),
        before=sha(body, "before"),
        after=sha(body, "after"),
        commits=tuple(found for found in ids if found is not None),
    )
