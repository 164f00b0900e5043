"""`model.topics`, its schemas and its golden messages belong together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from streams.model.message import version_of
from streams.model.topics import BY_MESSAGE, BY_NAME, TOPIC_OF_KIND, TOPICS, Topic

ROOT = Path(__file__).resolve().parents[3]
every_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def test_names_messages_and_schemas_are_unique() -> None:
    assert len(BY_NAME) == len(BY_MESSAGE) == len(TOPICS)
    assert len({topic.schema for topic in TOPICS}) == len(TOPICS)


@every_topic
def test_a_schema_name_states_the_version_that_is_written(topic: Topic) -> None:
    assert re.fullmatch(rf"[a-z]+(-[a-z]+)*\.v{version_of(topic.message)}", topic.schema)


@every_topic
def test_a_topic_has_a_schema_a_row_and_a_golden_message(topic: Topic) -> None:
    assert (ROOT / "schemas" / f"{topic.schema}.json").is_file()
    assert f"| `{topic.name}` |" in (ROOT / "schemas" / "README.md").read_text(encoding="utf-8")
    assert (ROOT / "tests" / "golden_messages" / f"{topic.schema}.json").is_file()


@every_topic
def test_a_message_documents_itself(topic: Topic) -> None:
    assert topic.message.__doc__


@pytest.mark.parametrize(("kind", "name"), TOPIC_OF_KIND.items())
def test_a_kind_of_input_event_is_the_kind_of_its_topics_message(kind: str, name: str) -> None:
    assert get_args(get_type_hints(BY_NAME[name].message)["kind"]) == (kind,)


def test_every_message_that_states_a_kind_has_its_topic() -> None:
    with_kind = {
        topic.name for topic in TOPICS if get_args(get_type_hints(topic.message).get("kind"))
    }
    assert set(TOPIC_OF_KIND.values()) <= with_kind
