"""Which side inputs are known for a service: stored pushes, builds, deploys and what ties services to repositories.

In: the rows that LINK stored. Out: names of inputs, sorted. Never guesses a tie that no event states.
"""

from __future__ import annotations

from typing import Final

from streams.model.events import CiBuild, Deploy, GitPush, ServiceSeen
from streams.model.message import Value
from streams.model.step import State, Table


class Named(Value, frozen=True, kw_only=True):
    """A row whose key says everything (a tie between two names)."""

    name: str


PUSHES: Final = Table("link.pushes", GitPush)
BUILDS: Final = Table("link.builds", CiBuild)
DEPLOYS: Final = Table("link.deploys", Deploy)
SERVICES: Final = Table("link.services", ServiceSeen)
# Ties (join/ties.py): repository pushed, repository built; service and delivery of its deploys; service and repository,
# whichever of them is asked for.
REPO_PUSHED: Final = Table("link.repo_pushed", Named)
REPO_BUILT: Final = Table("link.repo_built", Named)
SERVICE_DEPLOYED: Final = Table("link.service_deployed", Named)
SERVICE_REPO: Final = Table("link.service_repo", Named)
REPO_SERVICE: Final = Table("link.repo_service", Named)

SEPARATOR: Final = "\x1f"
KINDS: Final = ("ci.build", "deploy", "git.push")


def repos_of(state: State, service: str) -> set[str]:
    """Repositories of which the service is known to run something."""
    return {tie.name for _, tie in state.scan(SERVICE_REPO, service + SEPARATOR)}


def services_of(state: State, repo: str) -> set[str]:
    """Services that are known to run something of the repository."""
    return {tie.name for _, tie in state.scan(REPO_SERVICE, repo + SEPARATOR)}


def given(state: State, service: str) -> tuple[str, ...]:
    """The kinds of side input that are known for `service`."""
    repos = repos_of(state, service)
    found = {
        "deploy": any(True for _ in state.scan(SERVICE_DEPLOYED, service + SEPARATOR)),
        "ci.build": any(state.get(REPO_BUILT, repo) is not None for repo in repos),
        "git.push": any(state.get(REPO_PUSHED, repo) is not None for repo in repos),
    }
    return tuple(kind for kind in KINDS if found[kind])
