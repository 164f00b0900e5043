"""Names on the broker: a replay writes nothing of the default pipeline's, and equal keys meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.drivers.kafka.names import SHARED, Names, partition_of, replay_name, stored_topics
from streams.model.errors import BadInput
from streams.model.topics import TOPICS
from streams.topology import STAGES

DEFAULT = Names(prefix="team.")
REPLAY = Names(prefix="team.", name="next")


def test_the_default_pipeline_has_the_names_of_the_topics_table() -> None:
    assert Names().topic("panics.raw") == "panics.raw"
    assert DEFAULT.topic("reports.root_cause") == "team.reports.root_cause"


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_a_replay_shares_what_others_make_and_nothing_else(topic: str) -> None:
    assert (REPLAY.topic(topic) == DEFAULT.topic(topic)) == (topic in SHARED)
    assert REPLAY.plain(REPLAY.topic(topic)) == DEFAULT.plain(DEFAULT.topic(topic)) == topic


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_groups_changelogs_and_ids_of_two_pipelines_never_meet(stage: str) -> None:
    assert DEFAULT.group(stage) != REPLAY.group(stage)
    assert DEFAULT.changelog(stage) != REPLAY.changelog(stage)
    assert DEFAULT.transactional_id(stage, 1) != REPLAY.transactional_id(stage, 1)
    assert DEFAULT.transactional_id(stage, 1) != DEFAULT.transactional_id(stage, 11)


def test_everybody_reads_one_topic_of_reports() -> None:
    assert REPLAY.public_reports == DEFAULT.public_reports == "team.reports.root_cause"


@pytest.mark.parametrize("name", ["", "a.b", "a b", "x" * 65, "ä"])
def test_a_name_that_kafka_or_we_cannot_tell_apart_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="choose another with --as"):
        replay_name(name)


@given(key=st.text(), count=st.integers(1, 100))
def test_a_key_has_one_partition(key: str, count: int) -> None:
    assert 0 <= partition_of(key, count) < count
    assert partition_of(key, count) == partition_of(key, count)


def test_ticks_are_on_no_broker() -> None:
    assert "ticks" not in {topic.name for topic in stored_topics()}
