"""Two owners of a partition: the one whose belief is stored goes on."""

from __future__ import annotations

import pytest

from streams.adapters.fencing import check_moves
from streams.model.errors import Fenced


def test_right_beliefs_pass() -> None:
    check_moves("view", {("t", 0): 5}, {("t", 0): (5, 6), ("t", 1): (None, 1)})
    check_moves("view", {}, {})


@pytest.mark.parametrize(("stored", "believed"), [(5, 4), (5, None), (None, 0), (0, None)])
def test_a_wrong_belief_is_said(stored: int | None, believed: int | None) -> None:
    said = f"view: t partition 3: position {stored} is stored, not {believed}: another worker"
    with pytest.raises(Fenced, match=said):
        check_moves("view", {("t", 3): stored}, {("t", 3): (believed, 9)})
