"""trace_link as LINK tells it, for tests: events in, rows out.

In: git, CI and deploy events. Out: what a reader of links.changed holds in the end, by row id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streams.core.join.rows import deploy_id
from streams.core.steps.link import linking
from streams.model.events import Artifact, CiBuild, Deploy, GitPush, LinkChanged
from streams.model.instant import Instant
from streams.model.message import Message
from streams.model.step import Emit
from tests.unit.core.steps.bench import Rows, done

DAY_NS: Final = 24 * 3600 * 10**9
_REMOVED: Final = "panictrail_retention_removed_total"
SHA: Final = "4f2a9c01d3e5b7f9a1c3e5b7d9f1a3c5e7b9d1f3"
OTHER: Final = "4f2a9c0aaaaabbbbbcccccdddddeeeeefffff000"


class Linked:
    """LINK over a state, and what a reader holds."""

    def __init__(self, keep_days: int | None = None) -> None:
        """Nothing came yet."""
        self.state = Rows()
        self.rows: dict[str, LinkChanged] = {}
        self.sent: list[Emit] = []
        self.removed = 0
        self._step = linking(keep_days)

    def take(self, *events: Message) -> Linked:
        """Events, in this order."""
        for event in events:
            made = done(self._step, self.state, event)
            self.state.apply(made.changes)
            for emit in made.outputs:
                if emit.topic == "links.changed":
                    self._take(emit)
            self.removed += sum(each.value for each in made.counts if each.name == _REMOVED)
        return self

    def _take(self, emit: Emit) -> None:
        self.sent.append(emit)
        if emit.event is None:
            del self.rows[emit.key]  # only what was told is taken back
            return
        assert isinstance(emit.event, LinkChanged)
        assert emit.event.link == emit.key
        assert self.rows.get(emit.key) != emit.event, "told twice"
        self.rows[emit.key] = emit.event

    def of(self, delivery: str) -> LinkChanged:
        """The row of a deploy."""
        return self.rows[deploy_id(delivery)]

    def undeployed(self) -> list[LinkChanged]:
        """The rows of builds."""
        deploys = {deploy_id(name) for name in self.state.rows.get("link.deploys", {})}
        return [row for link, row in sorted(self.rows.items()) if link not in deploys]


def rows(events: Iterable[Message], keep_days: int | None = None) -> dict[str, LinkChanged]:
    """What a reader holds in the end."""
    return Linked(keep_days).take(*events).rows


def build(  # noqa: PLR0913 - what a build may say, all named
    delivery: str = "b",
    *,
    repo: str = "acme/shop",
    number: str = "7",
    attempt: int = 1,
    commit: str | None = SHA,
    status: str = "success",
    tag: str | None = None,
    ref: str | None = None,
    made: Iterable[tuple[str | None, str | None]] = (),
    at: int | None = None,
) -> CiBuild:
    """A build; `made`: service and digest of what it made."""
    return CiBuild(
        delivery_id=delivery,
        repo=repo,
        build_id=number,
        attempt=attempt,
        commit=commit,
        status=status,
        ref=f"refs/tags/{tag}" if tag else ref or "refs/heads/main",
        artifacts=tuple(Artifact(service=service, digest=digest) for service, digest in made),
        occurred_at=None if at is None else Instant(at),
    )


def deploy(  # noqa: PLR0913 - what a deploy may say, all named
    delivery: str = "d",
    *,
    service: str = "shop",
    region: str = "eu",
    action: str = "rollout",
    phase: str = "complete",
    number: str | None = None,
    digest: str | None = None,
    version: str | None = None,
    revision: str | None = None,
    at: int | None = None,
) -> Deploy:
    """A deploy of batch `batch-DELIVERY` to prod."""
    return Deploy(
        delivery_id=delivery,
        service=service,
        env="prod",
        region=region,
        batch=f"batch-{delivery}",
        action=action,
        phase=phase,
        build_id=number,
        digest=digest,
        version=version,
        revision=revision,
        occurred_at=None if at is None else Instant(at),
    )


def push(*commits: str, delivery: str = "p", repo: str = "acme/shop") -> GitPush:
    """A push of these commits."""
    return GitPush(delivery_id=delivery, repo=repo, after=commits[-1], commits=commits)
