"""Where a crash was seen and what it says of its build: what is stated, and nothing else."""

from __future__ import annotations

import pytest

from streams.core.join.sighting import (
    digest_in,
    seen_in,
    sighting_of,
    stated_of,
    version_and_revision,
)
from streams.model.attributing import SeenIn
from streams.model.crash import Build, Context, Crash
from streams.model.instant import Instant
from streams.model.links import Place, Stated

DIGEST = "sha256:" + "ab" * 32


def crash(build: Build | None = None, **attributes: str) -> Crash:
    """A crash with these attributes; dots are written as two underscores."""
    labels = {name.replace("__", "."): value for name, value in attributes.items()}
    context = Context(attributes=labels)
    return Crash(id="c", kind="panic", message="boom", build=build or Build(), context=context)


def test_a_crash_that_says_nothing_was_seen_nowhere() -> None:
    assert seen_in(crash()) is None
    assert seen_in(crash(Build(go="1.26"), colour="red")) is None


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (None, (None, None)),
        ("(devel)", (None, None)),
        ("v1.4.0", ("v1.4.0", None)),
        ("v1.4.0+dirty", ("v1.4.0", None)),
        ("v2.0.0+incompatible", ("v2.0.0", None)),
        ("v0.0.0-20260102030405-abcdef012345", (None, "abcdef012345")),
        ("v1.4.1-0.20260102030405-abcdef012345", (None, "abcdef012345")),
        ("v1.4.1-0.20260102030405-abcdef012345+dirty", (None, "abcdef012345")),
        ("v1.4.1-rc.1.0.20260102030405-abcdef012345", (None, "abcdef012345")),
    ],
)
def test_a_pseudo_version_names_a_commit(
    version: str | None, expected: tuple[str | None, str | None]
) -> None:
    assert version_and_revision(version) == expected


def test_labels_of_open_telemetry_and_kubernetes_say_where() -> None:
    seen = seen_in(
        crash(
            Build(version="v1.2.3"),
            deployment__environment__name="prod",
            cloud__region="eu-west",
            track="canary",
            container__image__repo_digests=f"registry.example/shop@{DIGEST}",
        )
    )
    assert seen == SeenIn(
        env="prod", region="eu-west", canary=True, version="v1.2.3", digest=DIGEST
    )


def test_the_binary_is_believed_before_labels() -> None:
    seen = seen_in(crash(Build(revision="4f2a1c9", modified=True), revision="other", version="v9"))
    assert seen == SeenIn(revision="4f2a1c9", version="v9", modified=True)


@pytest.mark.parametrize(("track", "canary"), [("stable", False), ("canary", True), ("x", None)])
def test_a_track_that_is_neither_is_not_known(track: str, canary: bool | None) -> None:  # noqa: FBT001
    seen = seen_in(crash(track=track, env="prod"))
    assert seen is not None
    assert seen.canary is canary


def test_an_image_without_digest_has_none() -> None:
    assert digest_in("registry.example/shop:v1") is None
    assert digest_in(None) is None


def test_what_a_timeline_is_asked_with() -> None:
    seen = SeenIn(env="prod", canary=False, revision="4f2a", version="v1")
    assert stated_of(seen) == Stated(revision="4f2a", version="v1")
    found = sighting_of("shop", Instant(5), seen)
    assert (found.at, found.place, found.canary) == (Instant(5), Place("shop", "prod", ""), False)
