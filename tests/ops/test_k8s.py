"""ops/k8s: all manifests parse, stages have one shape, and what the README promises of them holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from streams import __version__
from streams.cli.main import command_parser
from streams.config import Settings, load
from streams.drivers.kafka.names import Names
from streams.model.topics import BY_NAME
from streams.topology import STAGES

_FOLDER: Final = Path(__file__).resolve().parents[2] / "ops" / "k8s"
_STAGES: Final = ["collector", *(stage.name for stage in STAGES if stage.name != "collect")]
_WORKERS: Final = {
    stage: ["collect", "lines"] if stage == "collector" else ["worker", stage] for stage in _STAGES
}
_SECRETS: Final = {"panictrail", "panictrail-database", "panictrail-kafka-ca"}

Manifest = dict[str, Any]


def _read(name: str) -> list[Manifest]:
    return list(yaml.safe_load_all((_FOLDER / name).read_text(encoding="utf-8")))


def _one(manifests: list[Manifest], kind: str) -> Manifest:
    (found,) = (manifest for manifest in manifests if manifest["kind"] == kind)
    return found


def _pod(name: str) -> Manifest:
    kind = "Job" if name == "topics.yaml" else "StatefulSet"
    found: Manifest = _one(_read(name), kind)["spec"]["template"]["spec"]
    return found


def _container(name: str) -> Manifest:
    (found,) = _pod(name)["containers"]
    assert isinstance(found, dict)
    return found


_FILES: Final = [f"{stage}.yaml" for stage in _STAGES]
_PODS: Final = [*_FILES, "topics.yaml"]


def test_every_manifest_is_looked_at() -> None:
    found = {path.name for path in _FOLDER.glob("*.yaml")}
    assert found == {*_PODS, "config.yaml"}
    assert {path.name for path in (_FOLDER / "examples").iterdir()} == {"keda.yaml"}


@pytest.mark.parametrize("name", [*_PODS, "config.yaml", "examples/keda.yaml"])
def test_every_object_has_a_kind_and_a_name_of_ours(name: str) -> None:
    for manifest in _read(name):
        assert manifest["apiVersion"]
        assert manifest["kind"]
        assert manifest["metadata"]["name"].startswith("panictrail")
        assert "namespace" not in manifest["metadata"], "kubectl -n says where"


@pytest.mark.parametrize("name", _FILES)
def test_a_stage_has_the_same_shape_as_all_others(name: str) -> None:
    """What differs: its name, its command, how many, and for `view` the database."""

    def shape(file: str) -> str:
        stage = file.removesuffix(".yaml")
        text = (_FOLDER / file).read_text(encoding="utf-8")
        text = text[text.index("apiVersion") :]
        text = re.sub(r"replicas: \d", "replicas: N", text)
        text = re.sub(r"args: \[.*\]", "args: WORDS", text)
        text = re.sub(r" +- name: PANICTRAIL_DATABASE\n(?: {14,}.*\n)+", "", text)
        return re.sub(rf"\b{stage}\b", "STAGE", text)

    assert shape(name) == shape("symbolize.yaml")


@pytest.mark.parametrize("stage", _STAGES)
def test_a_stage_is_a_stateful_set_with_a_volume_a_headless_service_and_a_budget(
    stage: str,
) -> None:
    manifests = _read(f"{stage}.yaml")
    name = f"panictrail-{stage}"
    assert {manifest["metadata"]["name"] for manifest in manifests} == {name}
    service, budget, workers = (
        _one(manifests, kind)["spec"] for kind in ("Service", "PodDisruptionBudget", "StatefulSet")
    )
    labels = workers["template"]["metadata"]["labels"]
    assert service["clusterIP"] == "None"
    assert service["selector"] == labels
    assert budget["selector"]["matchLabels"] == labels
    assert workers["selector"]["matchLabels"] == labels
    assert budget["maxUnavailable"] == 1
    assert workers["serviceName"] == name
    (claim,) = workers["volumeClaimTemplates"]
    mounts = {
        mount["name"]: mount["mountPath"] for mount in _container(f"{stage}.yaml")["volumeMounts"]
    }
    assert mounts[claim["metadata"]["name"]] == _settings()["PANICTRAIL_DATA"]


@pytest.mark.parametrize("stage", _STAGES)
def test_there_are_never_more_workers_than_partitions(stage: str) -> None:
    replicas = _one(_read(f"{stage}.yaml"), "StatefulSet")["spec"]["replicas"]
    reads = next((item.reads for item in STAGES if item.name == stage), ("logs.lines",))
    single = all(BY_NAME[topic].single for topic in reads if topic != "ticks")
    assert replicas <= (1 if single else int(_settings()["PANICTRAIL_PARTITIONS"]))


def _settings() -> dict[str, str]:
    found = _one(_read("config.yaml"), "ConfigMap")["data"]
    assert all(isinstance(value, str) for value in found.values())
    return dict(found)


def test_the_settings_are_ones_that_the_program_takes() -> None:
    given = {**_settings(), "PANICTRAIL_LISTEN": "10.0.0.7:6066"}
    settings = load({}, None, given).settings
    assert len(settings.brokers()) == 3
    assert (settings.kafka_security, settings.replication) == ("sasl_ssl", 3)
    known = {f"PANICTRAIL_{field.upper()}" for field in Settings.__struct_fields__}
    assert given.keys() <= known


@pytest.mark.parametrize("name", _PODS)
def test_a_command_is_one_that_the_program_has(name: str) -> None:
    command, *words = _container(name)["args"]
    parser, _ = command_parser(command)
    parser.parse_args(words)
    if name != "topics.yaml":
        assert [command, *words] == _WORKERS[name.removesuffix(".yaml")]


@pytest.mark.parametrize("name", _PODS)
def test_a_pod_has_no_rights_that_it_does_not_need(name: str) -> None:
    pod, container = _pod(name), _container(name)
    context = pod["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] == context["runAsGroup"] == context["fsGroup"] == 10001
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert (
        pod["serviceAccountName"]
        == _one(_read("config.yaml"), "ServiceAccount")["metadata"]["name"]
    )
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()


@pytest.mark.parametrize("name", _PODS)
def test_a_pod_has_requests_limits_and_a_pinned_image(name: str) -> None:
    container = _container(name)
    assert container["image"] == f"panictrail:{__version__}"
    assert container["resources"].keys() == {"requests", "limits"}
    for part in container["resources"].values():
        assert part.keys() == {"cpu", "memory"}


@pytest.mark.parametrize("name", _FILES)
def test_a_worker_is_asked_how_it_is_and_has_time_to_end(name: str) -> None:
    pod, container = _pod(name), _container(name)
    paths = {
        probe: container[probe]["httpGet"]["path"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    drain = float(_settings()["PANICTRAIL_DRAIN_SECONDS"])
    assert pod["terminationGracePeriodSeconds"] >= drain + 20
    assert pod["topologySpreadConstraints"]
    listen = next(it["value"] for it in container["env"] if it["name"] == "PANICTRAIL_LISTEN")
    assert listen == f"$(POD_IP):{container['ports'][0]['containerPort']}"


@pytest.mark.parametrize("name", _PODS)
def test_secrets_and_settings_are_named_never_written(name: str) -> None:
    pod, container = _pod(name), _container(name)
    sources = [it["valueFrom"] for it in container["env"] if "valueFrom" in it]
    named = {source["secretKeyRef"]["name"] for source in sources if "secretKeyRef" in source}
    named |= {volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume}
    assert named <= _SECRETS
    assert ("panictrail-database" in named) == (name == "view.yaml")
    assert container["envFrom"] == [{"configMapRef": {"name": "panictrail"}}]
    written = [it["name"] for it in container["env"] if "value" in it]
    assert written == ([] if name == "topics.yaml" else ["PANICTRAIL_LISTEN"])
    text = (_FOLDER / "README.md").read_text(encoding="utf-8")
    assert [secret for secret in sorted(_SECRETS) if f"generic {secret} " not in text] == []


def test_keda_scales_on_the_lag_of_the_stage_and_never_beyond_its_partitions() -> None:
    scaled = _one(_read("examples/keda.yaml"), "ScaledObject")["spec"]
    assert scaled["scaleTargetRef"]["kind"] == "StatefulSet"
    stage = scaled["scaleTargetRef"]["name"].removeprefix("panictrail-")
    (trigger,) = scaled["triggers"]
    assert trigger["type"] == "kafka"
    metadata = trigger["metadata"]
    assert metadata["consumerGroup"] == Names().group(stage)
    assert metadata["topic"] in next(item.reads for item in STAGES if item.name == stage)
    assert metadata["allowIdleConsumers"] == "false"
    assert metadata["bootstrapServers"] == _settings()["PANICTRAIL_BROKER"]
    assert scaled["maxReplicaCount"] <= int(_settings()["PANICTRAIL_PARTITIONS"])


def test_the_table_of_groups_is_right() -> None:
    text = (_FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(panictrail-\w+)` \| `([\w-]+)` \| `([\w.]+)` \|$", text, re.MULTILINE)
    stages = {item.name: item for item in STAGES}
    assert len(rows) == 6
    for name, group, topic in rows:
        stage = stages[name.removeprefix("panictrail-")]
        assert group == Names().group(stage.name)
        assert topic in stage.reads
