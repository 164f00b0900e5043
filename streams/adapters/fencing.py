"""The check that keeps two owners of a partition apart.

In: positions as they are stored, moves. Out: nothing, or Fenced.
"""

from __future__ import annotations

from collections.abc import Mapping

from streams.model.errors import Fenced
from streams.ports.views import Moves


def check_moves(stage: str, stored: Mapping[tuple[str, int], int | None], moves: Moves) -> None:
    """Raise Fenced unless every stored position is what its owner believes it is."""
    for (topic, partition), (believed, _) in moves.items():
        found = stored.get((topic, partition))
        if found != believed:
            message = (
                f"{stage}: {topic} partition {partition}: position {found} is stored, not {believed}: "
                "another worker has this partition"
            )
            raise Fenced(message)
