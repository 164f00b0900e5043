"""Configurations of shippers that no test runs: they say so, name the container as key, and lose nothing on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

_OPS: Final = Path(__file__).resolve().parents[2] / "ops"
_NOT_RUN: Final = ("vector/panictrail.yaml", "fluent-bit/panictrail.yaml", "filebeat/filebeat.yml")


def _read(name: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    return yaml.safe_load((_OPS / name).read_text())


@pytest.mark.parametrize("name", _NOT_RUN)
def test_a_configuration_that_is_not_run_says_so_in_its_first_line(name: str) -> None:
    assert "Not run here" in (_OPS / name).read_text().splitlines()[0]


@pytest.mark.parametrize("name", [*_NOT_RUN, "rsyslog/panictrail.conf"])
def test_lines_go_to_the_topic_of_shippers_with_the_prefix_of_the_environment(name: str) -> None:
    text = (_OPS / name).read_text()
    assert "logs.lines" in text
    assert "PANICTRAIL_BROKER" in text
    assert "PANICTRAIL_TOPIC_PREFIX" in text


def test_vector_waits_for_all_replicas_and_keys_by_container() -> None:
    sink = _read("vector/panictrail.yaml")["sinks"]["panictrail"]
    assert sink["key_field"] == "kubernetes.container_id"
    assert sink["librdkafka_options"]["acks"] == "all"
    assert sink["librdkafka_options"]["enable.idempotence"] == "true"
    assert sink["acknowledgements"]["enabled"] is True
    assert sink["message_timeout_ms"] == 0
    assert (sink["buffer"]["type"], sink["buffer"]["when_full"]) == ("disk", "block")


def test_fluent_bit_waits_for_all_replicas_and_keys_by_the_file_of_the_container() -> None:
    pipeline = _read("fluent-bit/panictrail.yaml")["pipeline"]
    source, output = pipeline["inputs"][0], pipeline["outputs"][0]
    assert output["message_key_field"] == source["path_key"]
    assert (output["rdkafka.acks"], output["rdkafka.enable.idempotence"]) == ("all", "true")
    assert (output["retry_limit"], output["queue_full_retries"]) == ("no_limits", 0)
    assert source["storage.type"] == "filesystem"


def test_filebeat_waits_for_all_replicas_and_keys_by_container() -> None:
    output = _read("filebeat/filebeat.yml")["output.kafka"]
    assert output["key"] == "%{[container.id]}"
    assert output["required_acks"] == -1
    assert output["partition.hash"] == {"reachable_only": False}


@pytest.mark.parametrize("name", _NOT_RUN)
def test_compression_is_one_that_our_readers_have(name: str) -> None:
    """Aiokafka reads gzip with the standard library, the others with cramjam, which is locked."""
    codecs = [
        line.split(":")[1]
        for line in (_OPS / name).read_text().splitlines()
        if "compression" in line
    ]
    (codec,) = codecs
    assert codec.strip() in {"gzip", "lz4", "snappy", "zstd"}
