"""Which pipeline readers follow, by the rows of pipeline.generations."""

from __future__ import annotations

from streams.drivers.kafka.generations import adopted, next_generation, row_of, unfinished
from streams.model.events import Generation, GenerationState
from streams.model.instant import Instant


def row(name: str, generation: int, state: GenerationState) -> Generation:
    at = Instant(generation) if state in ("adopted", "replaced") else None
    return Generation(name=name, generation=generation, state=state, adopted_at=at)


def rows(*found: Generation) -> dict[str, Generation]:
    return {one.name: one for one in found}


def test_without_rows_the_default_pipeline_is_followed_as_generation_one() -> None:
    first = adopted({})
    assert (first.name, first.generation) == ("default", 1)
    assert row_of({}, "default") == first
    assert row_of({}, "other") is None
    assert next_generation({}) == 2


def test_a_replay_that_was_never_adopted_changes_nothing() -> None:
    found = rows(row("other", 0, "replaying"))
    assert adopted(found).name == "default"
    assert next_generation(found) == 2


def test_the_highest_adopted_generation_is_followed() -> None:
    found = rows(row("default", 3, "adopted"), row("other", 2, "replaced"))
    assert adopted(found).name == "default"
    assert unfinished(found) is None
    assert next_generation(found) == 4


def test_an_adoption_that_was_cut_short_is_seen_and_not_followed() -> None:
    found = rows(row("default", 1, "replaced"), row("other", 2, "adopted"), row("x", 3, "adopting"))
    assert adopted(found).name == "other"
    assert unfinished(found) == found["x"]
    assert next_generation(found) == 4
