"""What topics must be, and what is said of those that are otherwise. No broker."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from streams.drivers.kafka.names import SHARED, Names, stored_topics
from streams.drivers.kafka.topic_plan import (
    MAX_MESSAGE_BYTES,
    PARTITIONS,
    Asked,
    Found,
    Wanted,
    agreed,
    conflict,
    number,
    wrong,
)
from streams.model.retention import TopicLimits
from streams.model.topics import BY_NAME
from streams.topology import STAGES

NAMES = Names(app="shop", prefix="team.")
ADDRESS = "kafka:9092"
DAY_MS = 24 * 3600 * 1000


def by_name(topics: Iterable[Wanted]) -> dict[str, Wanted]:
    return {topic.name: topic for topic in topics}


def as_wanted(asked: Asked, partitions: int) -> dict[str, Found]:
    """A broker on which all is as it must be."""
    return {t.name: Found(t.partitions, t.config) for t in asked.topics(partitions)}


def changed(found: dict[str, Found], name: str, **changes: str | int) -> dict[str, Found]:
    """The same with one topic otherwise; `_` stands for the dots of a setting."""
    there = found[name]
    partitions = int(changes.pop("partitions", there.partitions))
    config = {key.replace("_", "."): str(value) for key, value in changes.items()}
    return found | {name: Found(partitions, {**there.config, **config})}


def test_every_stored_topic_is_wanted_once_with_its_partitions() -> None:
    topics = by_name(Asked(NAMES).topics(6))
    for topic in stored_topics():
        assert topics[f"team.{topic.name}"].partitions == (1 if topic.single else 6)
    assert "team.ticks" not in topics


def test_every_stage_of_a_worker_with_a_table_has_a_changelog_like_its_inputs() -> None:
    topics = by_name(Asked(NAMES).topics(6))
    changelogs = {name: topic.partitions for name, topic in topics.items() if topic.is_changelog}
    assert changelogs == {
        "team.shop-symbolize-changelog": 6,
        "team.shop-fingerprint-changelog": 6,
        "team.shop-decide-changelog": 1,
        "team.shop-cluster-changelog": 6,
        "team.shop-link-changelog": 1,
        "team.shop-attribute-changelog": 6,
        "team.shop-notify-changelog": 6,
    }


def test_a_new_stage_gets_a_changelog_without_a_change_here() -> None:
    extra = msgspec.structs.replace(STAGES[3], name="extra", reads=("git.pushed",))
    topics = by_name(Asked(NAMES, stages=(*STAGES, extra)).topics(6))
    assert topics["team.shop-extra-changelog"].partitions == 1


@pytest.mark.parametrize(
    ("topic", "policy", "retention_ms"),
    [
        ("logs.lines", "delete", 3 * DAY_MS),
        ("crashes.symbolized", "delete", 3 * DAY_MS),
        ("panics.raw", "delete", 30 * DAY_MS),
        ("git.pushed", "delete", -1),
        ("reports.root_cause", "compact", None),
    ],
)
def test_topics_are_kept_as_their_table_says(
    topic: str, policy: str, retention_ms: int | None
) -> None:
    config = by_name(Asked(NAMES).topics(6))[f"team.{topic}"].config
    assert config["cleanup.policy"] == policy
    assert config.get("retention.ms") == (None if retention_ms is None else str(retention_ms))
    assert config["max.message.bytes"] == str(MAX_MESSAGE_BYTES)
    assert config["message.timestamp.type"] == "LogAppendTime"


def test_settings_say_how_long_topics_are_kept_but_for_compacted_ones() -> None:
    limits = TopicLimits(
        days={"panics.raw": 7, "reports.root_cause": 1}, bytes={"panics.raw": 4096}
    )
    topics = by_name(Asked(NAMES, limits=limits).topics(6))
    raw = topics["team.panics.raw"].config
    assert (raw["retention.ms"], raw["retention.bytes"]) == (str(7 * DAY_MS), "4096")
    before = by_name(Asked(NAMES).topics(6))
    assert {name for name in topics if topics[name] != before[name]} == {"team.panics.raw"}
    assert "retention.ms" not in topics["team.reports.root_cause"].config
    # What was made with more than that is as good; what keeps less is said.
    there = {name: Found(topic.partitions, topic.config) for name, topic in before.items()}
    assert wrong(there, Asked(NAMES, limits=limits), "b:9092") == []
    there = {name: Found(topic.partitions, topic.config) for name, topic in topics.items()}
    (said,) = wrong(there, Asked(NAMES), "b:9092")
    assert f"team.panics.raw: retention.ms = {7 * DAY_MS}, want {30 * DAY_MS}" in said


def test_a_replay_has_topics_of_its_own_and_reads_the_shared_ones() -> None:
    replay = msgspec.structs.replace(NAMES, name="june")
    names = {topic.name for topic in Asked(replay).topics(6)}
    for topic in stored_topics():
        own = "" if topic.name in SHARED else "june."
        assert f"team.{own}{topic.name}" in names
    assert "team.shop-june-cluster-changelog" in names


# ---- how many partitions


def test_without_topics_the_number_that_was_asked_for_counts() -> None:
    assert number({}, Asked(NAMES, 3)) == 3
    assert number({}, Asked(NAMES)) == PARTITIONS


def test_topics_that_are_there_say_the_number() -> None:
    found = as_wanted(Asked(NAMES), 4)
    assert number(found, Asked(NAMES)) == 4
    assert conflict(found, Asked(NAMES)) is None
    assert conflict(found, Asked(NAMES, 4)) is None


def test_another_number_than_that_of_the_topics_is_a_conflict() -> None:
    asked = Asked(NAMES, 8)
    found = as_wanted(asked, 4)
    said = "partitions = 8, and the topics have 4: set it to 4, or begin anew with another topic_prefix"
    assert conflict(found, asked) == said
    assert wrong(found, asked, ADDRESS) == [said]


def test_one_topic_that_a_shipper_made_says_nothing() -> None:
    """A broker that makes topics by itself gives them one partition."""
    found = {"team.logs.lines": Found(1, {}), "team.panics.raw": Found(1, {})}
    assert agreed(found, Asked(NAMES)) is None
    assert number(found, Asked(NAMES)) == PARTITIONS


def test_topics_of_one_partition_and_changelogs_say_nothing() -> None:
    asked = Asked(NAMES)
    found = {t.name: Found(5, t.config) for t in asked.topics(5) if t.single or t.is_changelog}
    assert agreed(found, asked) is None


# ---- what is wrong


def test_what_is_as_it_must_be_is_not_mentioned() -> None:
    asked = Asked(NAMES)
    assert wrong(as_wanted(asked, 4), asked, ADDRESS) == []


def test_where_nothing_is_there_one_line_says_so() -> None:
    asked = Asked(NAMES)
    count = len(asked.topics(1))
    assert wrong({}, asked, ADDRESS) == [
        f"none of the {count} topics is there: panictrail topics create"
    ]


def test_a_missing_topic_is_named_with_the_command_that_makes_it() -> None:
    asked = Asked(msgspec.structs.replace(NAMES, name="june"))
    found = as_wanted(asked, 4)
    del found["team.june.deadletter"]
    assert wrong(found, asked, ADDRESS) == [
        "team.june.deadletter: missing: panictrail topics create --as june"
    ]


def test_a_wrong_number_of_partitions_is_named_with_the_commands_that_mend_it() -> None:
    asked = Asked(NAMES)
    found = changed(as_wanted(asked, 4), "team.panics.raw", partitions=1)
    (said,) = wrong(found, asked, ADDRESS)
    assert said == (
        "team.panics.raw: 1 partition, want 4 as the others have: stop its writers, delete it with its records "
        "(kafka-topics.sh --bootstrap-server kafka:9092 --delete --topic team.panics.raw), "
        "then panictrail topics create"
    )


def test_a_topic_that_must_have_one_partition_says_why() -> None:
    asked = Asked(NAMES)
    found = changed(as_wanted(asked, 4), "team.git.pushed", partitions=4)
    (said,) = wrong(found, asked, ADDRESS)
    assert said.startswith("team.git.pushed: 4 partitions, want 1 because keys of several topics")


def test_a_changelog_unlike_its_inputs_asks_for_another_application() -> None:
    asked = Asked(NAMES)
    found = changed(as_wanted(asked, 4), "team.shop-cluster-changelog", partitions=2)
    (said,) = wrong(found, asked, ADDRESS)
    assert said == (
        "team.shop-cluster-changelog: 2 partitions, want 4 as the inputs of its stage have: "
        "choose another app_id, and the tables are built anew from the topics"
    )


@pytest.mark.parametrize(
    ("topic", "key", "value", "want"),
    [
        ("panics.raw", "retention.ms", 1000, 30 * DAY_MS),
        ("git.pushed", "retention.ms", 30 * DAY_MS, -1),
        ("panics.raw", "retention.bytes", 1000, -1),
        ("panics.raw", "cleanup.policy", "compact", "delete"),
        ("reports.root_cause", "cleanup.policy", "delete", "compact"),
        ("reports.root_cause", "cleanup.policy", "compact,delete", "compact"),
        ("crashes.symbolized", "max.message.bytes", 1048588, MAX_MESSAGE_BYTES),
        ("panics.raw", "message.timestamp.type", "CreateTime", "LogAppendTime"),
        ("shop-cluster-changelog", "cleanup.policy", "delete", "compact"),
    ],
)
def test_a_setting_that_loses_records_is_named_with_the_command_that_mends_it(
    topic: str, key: str, value: int | str, want: int | str
) -> None:
    asked = Asked(NAMES)
    name = f"team.{topic}"
    found = changed(as_wanted(asked, 4), name, **{key.replace(".", "_"): value})
    (said,) = wrong(found, asked, ADDRESS)
    assert said == (
        f"{name}: {key} = {value}, want {want}: kafka-configs.sh --bootstrap-server kafka:9092 "
        f"--alter --entity-type topics --entity-name {name} --add-config {key}={want}"
    )


@pytest.mark.parametrize(
    ("topic", "key", "value"),
    [
        ("panics.raw", "retention.ms", 31 * DAY_MS),
        ("panics.raw", "retention.ms", -1),
        ("panics.raw", "max.message.bytes", 2 * MAX_MESSAGE_BYTES),
        ("panics.raw", "compression.type", "zstd"),
        ("shop-cluster-changelog", "segment.ms", 1000),
    ],
)
def test_what_an_operator_may_know_better_is_not_mentioned(
    topic: str, key: str, value: int | str
) -> None:
    asked = Asked(NAMES)
    found = changed(as_wanted(asked, 4), f"team.{topic}", **{key.replace(".", "_"): value})
    assert wrong(found, asked, ADDRESS) == []


def test_the_longest_names_that_settings_allow_are_names_of_topics() -> None:
    """Kafka takes 249 characters."""
    names = Names(app="a" * 64, prefix="p" * 64, name="r" * 64)
    assert max(len(topic.name) for topic in Asked(names).topics(1)) <= 249
    assert {len(name) for name in BY_NAME} < set(range(50))
