"""Configurations of shippers that no test runs: they say so, name the container as key, and lose nothing on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from streams.drivers.http.ingest import PATHS

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


_HTTP: Final = (
    "vector/http.yaml",
    "fluent-bit/http.yaml",
    "otel-collector/panictrail.yaml",
    "alloy/panictrail.alloy",
)


@pytest.mark.parametrize("name", _HTTP)
def test_a_configuration_for_http_says_that_it_is_not_run_and_shows_the_token(name: str) -> None:
    text = (_OPS / name).read_text()
    assert "Not run here" in text.splitlines()[0]
    assert "PANICTRAIL_API_TOKEN" in text
    assert "Bearer" in text or _read(name)["sinks"]["panictrail"]["auth"]["strategy"] == "bearer"


def test_vector_posts_lines_in_order_and_waits_for_the_answer() -> None:
    sink = _read("vector/http.yaml")["sinks"]["panictrail"]
    assert sink["uri"].endswith(PATHS["lines"])
    assert (sink["encoding"]["codec"], sink["framing"]["method"]) == ("json", "newline_delimited")
    assert sink["compression"] in {"gzip", "zstd", "none"}
    assert sink["request"]["concurrency"] == 1
    assert sink["acknowledgements"]["enabled"] is True
    assert (sink["buffer"]["type"], sink["buffer"]["when_full"]) == ("disk", "block")


def test_fluent_bit_posts_lines_and_never_gives_up() -> None:
    output = _read("fluent-bit/http.yaml")["pipeline"]["outputs"][0]
    assert (output["uri"], output["format"]) == (PATHS["lines"], "json_lines")
    assert (output["compress"], output["retry_limit"], output["workers"]) == (
        "gzip",
        "no_limits",
        1,
    )


def test_the_collector_sends_json_from_a_queue_on_disk() -> None:
    exporter = _read("otel-collector/panictrail.yaml")["exporters"]["otlphttp/panictrail"]
    assert exporter["encoding"] == "json"
    assert exporter["compression"] in {"gzip", "zstd"}
    assert exporter["retry_on_failure"]["max_elapsed_time"] == 0
    assert exporter["sending_queue"] == {"storage": "file_storage", "num_consumers": 1}


def test_alloy_sends_otlp_as_json_with_the_labels_that_name_a_container() -> None:
    text = (_OPS / "alloy/panictrail.alloy").read_text()
    assert 'encoding = "json"' in text
    for label in ("namespace", "pod", "container"):
        assert f'target_label  = "{label}"' in text
    assert text.count("{") == text.count("}")
