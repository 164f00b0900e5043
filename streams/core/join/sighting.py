"""Where a crash was seen and what it says of its build: from the record's source, build and attributes.

In: a crash record, or labels. Out: a SeenIn. Nothing is guessed: what no field states is None. Names of labels are
those of OpenTelemetry (semantic conventions 1.27: deployment, cloud, service), of Kubernetes' recommended labels, of
OCI image annotations and of Datadog's unified tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from streams.core.versions import pseudo_commit
from streams.model.attributing import SeenIn
from streams.model.crash import Build, Crash
from streams.model.instant import Instant
from streams.model.links import Place, Sighting, Stated

ENV_LABELS: Final = (
    "deployment.environment.name", "deployment.environment", "environment", "env",
    "tags.datadoghq.com/env",
)  # fmt: skip
REGION_LABELS: Final = ("cloud.region", "region", "topology.kubernetes.io/region")
VERSION_LABELS: Final = (
    "service.version", "app.kubernetes.io/version", "version", "tag", "release",
    "org.opencontainers.image.version", "tags.datadoghq.com/version",
)  # fmt: skip
BUILD_LABELS: Final = ("build_id", "build", "build-id", "ci.build_id")
REVISION_LABELS: Final = (
    "revision", "commit", "git_sha", "vcs.ref.head.revision", "org.opencontainers.image.revision",
)  # fmt: skip
DIGEST_LABELS: Final = (
    "digest", "image_digest", "container.image.repo_digests", "image_id", "image",
)  # fmt: skip
_TRACK_LABELS: Final = ("track", "canary", "deployment.track")
_CANARY: Final = frozenset(("canary", "true", "1", "yes"))
_NOT_CANARY: Final = frozenset(("stable", "false", "0", "no"))
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_NO_VERSION: Final = "(devel)"


def label(labels: Mapping[str, str], names: Sequence[str]) -> str | None:
    """The first of these labels that says anything."""
    return next((labels[name] for name in names if labels.get(name)), None)


def digest_in(text: str | None) -> str | None:
    """The digest in the name of an image."""
    found = _DIGEST.search(text or "")
    return found[0] if found else None


def version_and_revision(version: str | None) -> tuple[str | None, str | None]:
    """A module's version as a tag that a repository may have, or as the commit that a pseudo-version names."""
    if not version or version == _NO_VERSION:
        return None, None
    commit = pseudo_commit(version)
    if commit is not None:
        return None, commit
    # +dirty, +incompatible: https://go.dev/ref/mod#glos-build-metadata
    return version.partition("+")[0], None


def _canary(labels: Mapping[str, str]) -> bool | None:
    said = (label(labels, _TRACK_LABELS) or "").lower()
    return True if said in _CANARY else False if said in _NOT_CANARY else None


def seen_in(crash: Crash) -> SeenIn | None:
    """Where a crash record was seen; None where it says nothing of that."""
    labels = crash.context.attributes
    if not labels and crash.build == _NOTHING_BUILT:
        return None
    found = seen_of(crash.build, labels)
    return None if found == _NOTHING_SEEN else found


def seen_of(build: Build, labels: Mapping[str, str]) -> SeenIn:
    """What a build and labels say; the binary is believed first."""
    version, revision = version_and_revision(build.version)
    return SeenIn(
        env=label(labels, ENV_LABELS),
        region=label(labels, REGION_LABELS),
        canary=_canary(labels),
        revision=build.revision or revision or label(labels, REVISION_LABELS),
        version=build.tag or version or build.release or label(labels, VERSION_LABELS),
        build_id=build.build_id or label(labels, BUILD_LABELS),
        digest=digest_in(label(labels, DIGEST_LABELS)),
        modified=bool(build.modified),
    )


_NOTHING_BUILT: Final = Build()
_NOTHING_SEEN: Final = SeenIn()


def stated_of(seen: SeenIn) -> Stated:
    """What a crash says of its build, for a Timeline."""
    return Stated(
        revision=seen.revision or "",
        version=seen.version or "",
        build_id=seen.build_id or "",
        digest=seen.digest or "",
        modified=seen.modified,
    )


def place_of(service: str, seen: SeenIn) -> Place:
    """Where it was seen."""
    return Place(service, seen.env or "", seen.region or "")


def sighting_of(service: str, at: Instant, seen: SeenIn) -> Sighting:
    """When and where, for a Timeline."""
    return Sighting(at=at, place=place_of(service, seen), canary=seen.canary)
