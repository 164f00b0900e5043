"""How crashes are grouped, as settings state it; and how whoever works for a replay is told by which way it was begun.

In: settings, a replay's row. Out: a Grouping; settings that group so, with what to say of them. Pure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from streams.config import Configuration, Settings
from streams.core.cluster.difference import name_of
from streams.model.errors import BadInput
from streams.model.events import Generation
from streams.model.regrouping import Grouping

# Settings by which crashes are grouped, repositories apart.
PARAMETERS: Final = ("method", "eps", "min_samples")


def grouping_of(settings: Settings) -> Grouping:
    """A way of grouping as settings state it; repositories where they are on this machine."""
    return Grouping(
        method=settings.method,
        eps=settings.eps,
        min_samples=settings.min_samples,
        repositories={n: str(Path(path).resolve()) for n, path in settings.repositories.items()},
    )


def grouping_of_replay(settings: Settings) -> Grouping:
    """The same for everybody who works for a replay: where a repository is on a machine is that machine's business."""
    found = grouping_of(settings)
    return msgspec.structs.replace(
        found, repositories=dict.fromkeys(sorted(found.repositories), "")
    )


def settings_by(settings: Settings, wanted: Grouping) -> Settings:
    """Settings that group so."""
    return msgspec.structs.replace(
        settings,
        method=wanted.method,
        eps=wanted.eps,
        min_samples=wanted.min_samples,
        repositories=wanted.repositories,
    )


def as_begun(found: Configuration, row: Generation | None) -> tuple[Settings, tuple[str, ...]]:
    """The settings of who works for a replay, grouping as it was begun; and what is to be said of that.

    A file or the environment is mostly about the pipeline beside it, so it gives way; a flag is about the replay.
    Raises BadInput where a flag says another way of grouping.
    """
    settings = found.settings
    if row is None or row.grouping is None:
        return settings, ()
    wanted = row.grouping
    own = {
        name: path for name, path in settings.repositories.items() if name in wanted.repositories
    }
    chosen = settings_by(settings, msgspec.structs.replace(wanted, repositories=own))
    flagged = {origin.name for origin in found.origins if origin.origin == "flag"}
    asked = {name: getattr(settings, name) for name in PARAMETERS if name in flagged}
    other = msgspec.structs.replace(wanted, **asked)
    if "repositories" in flagged:
        other = msgspec.structs.replace(
            other, repositories=dict.fromkeys(settings.repositories, "")
        )
    if not other.gives_the_same(wanted):
        message = (
            f"{row.name} was begun with {name_of(wanted)}, and goes on so: leave out what says {name_of(other)}, or "
            "begin another replay with --as"
        )
        raise BadInput(message)
    lacking = sorted(wanted.repositories.keys() - own.keys())
    said = [f"{row.name} groups by {name_of(wanted)}"]
    if lacking:
        said.append(
            f"no repository {', '.join(lacking)} is named here: its crashes are grouped by names; name where it is in "
            "panictrail.toml, [repositories]"
        )
    return chosen, tuple(said)
