"""Which side inputs are known for a service: stored pushes, builds, deploys and what ties them together.

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
# Ties: build id -> repositories (two may number their builds alike), service -> build id, repository pushed,
# service -> deployed.
BUILD_REPO: Final = Table("link.build_repo", Named)
SERVICE_BUILD: Final = Table("link.service_build", Named)
REPO_PUSHED: Final = Table("link.repo_pushed", Named)
SERVICE_DEPLOYED: Final = Table("link.service_deployed", Named)

SEPARATOR: Final = "\x1f"
KINDS: Final = ("ci.build", "deploy", "git.push")


def repos_of(state: State, build: str) -> set[str]:
    """Repositories that say they made a build of this id."""
    return {tie.name for _, tie in state.scan(BUILD_REPO, build + SEPARATOR)}


def _repos(state: State, service: str) -> set[str]:
    """Repositories whose builds the service is known to run."""
    repos: set[str] = set()
    for _, build in state.scan(SERVICE_BUILD, service + SEPARATOR):
        repos.update(repos_of(state, build.name))
    return repos


def given(state: State, service: str) -> tuple[str, ...]:
    """The kinds of side input that are known for `service`."""
    repos = _repos(state, service)
    found = {
        "deploy": state.get(SERVICE_DEPLOYED, service) is not None,
        "ci.build": bool(repos),
        "git.push": any(state.get(REPO_PUSHED, repo) is not None for repo in repos),
    }
    return tuple(kind for kind in KINDS if found[kind])
