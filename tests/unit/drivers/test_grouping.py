"""How crashes are grouped, as settings say it, and who works for a replay by the way it was begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.config import load
from streams.drivers.grouping import as_begun, grouping_of, grouping_of_replay, settings_by
from streams.model.errors import BadInput
from streams.model.events import Generation
from streams.model.regrouping import Grouping

BEGUN = Grouping(method="dual1", eps=0.2, min_samples=2, repositories={"till": ""})
ROW = Generation(name="regroup-dual1", generation=0, state="replaying", grouping=BEGUN)


def test_a_way_of_grouping_and_settings_say_the_same(tmp_path: Path) -> None:
    settings = load({"method": "dual1", "repositories": {"till": str(tmp_path)}}, None, {}).settings
    found = grouping_of(settings)
    assert found.repositories == {"till": str(tmp_path.resolve())}
    assert grouping_of(settings_by(settings, found)) == found
    assert grouping_of_replay(settings).repositories == {"till": ""}


def test_who_works_for_a_replay_groups_as_it_was_begun_whatever_the_environment_says() -> None:
    env = {
        "PANICTRAIL_METHOD": "plain1",
        "PANICTRAIL_REPOSITORIES": "till=/src/till,shop=/src/shop",
    }
    settings, said = as_begun(load({}, None, env), ROW)
    assert (settings.method, settings.eps, settings.min_samples) == ("dual1", 0.2, 2)
    assert settings.repositories == {"till": "/src/till"}
    assert said == ("regroup-dual1 groups by dual1 (eps 0.2, min-samples 2) with source of till",)


def test_a_repository_that_is_not_at_hand_is_said() -> None:
    settings, said = as_begun(load({}, None, {}), ROW)
    assert settings.repositories == {}
    assert said[1].startswith("no repository till is named here")


@pytest.mark.parametrize(
    "flags", [{"method": "top1"}, {"eps": 0.3}, {"repositories": {"shop": "/src/shop"}}]
)
def test_a_flag_that_says_otherwise_is_refused(flags: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="was begun with dual1"):
        as_begun(load(flags, None, {}), ROW)


def test_the_same_flags_and_rows_of_former_versions_change_nothing() -> None:
    same = load({"method": "dual1", "eps": 0.2, "min_samples": 2}, None, {})
    assert as_begun(same, ROW)[0].method == "dual1"
    plain = Generation(name="fix1", generation=0)
    for row in (plain, None):
        assert as_begun(same, row) == (same.settings, ())
