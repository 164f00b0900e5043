r"""Lines wrapped as container runtimes and log shippers wrap them, for tests: one line or several a record.

In: lines of a container. Out: JSON records without their line end, as a topic or a file holds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import msgspec
import orjson

from streams.model.instant import parse_instant

IMAGE: Final = "registry.example/shop/checkout@sha256:0b6f"


class Container(msgspec.Struct, frozen=True):
    """Whose lines they are."""

    id: str
    name: str = "checkout"
    pod: str = "checkout-6c9f7d5b8-x2x7p"
    namespace: str = "shop"
    uid: str = "2f3c9a50-5d1e-4d1b-9a37-0d4d2c1b7a11"
    node: str = "node-7"
    output: str = "stderr"

    @property
    def stream(self) -> str:
        """The stream identity of law 2."""
        return f"{self.id}/{self.output}"


# A text and the number of its moment.
Wrap = Callable[[Container, str, int], str]


class Part(Protocol):
    """A text and the number of its moment as a part of a line."""

    def __call__(self, container: Container, text: str, moment: int, *, last: bool) -> str:
        """`last`: the line ends with it."""
        ...


def time_of(moment: int) -> str:
    """A moment as a container runtime writes it: nine digits, 1 ms after the one before."""
    seconds, milliseconds = divmod(moment, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"2026-11-01T{10 + minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{milliseconds:03d}000000Z"


def _json(value: dict[str, object]) -> str:
    return orjson.dumps(value).decode()


def vector(container: Container, text: str, moment: int) -> str:
    """Vector's kubernetes_logs source."""
    return _json(
        {
            "file": f"/var/log/pods/{container.namespace}_{container.pod}_{container.uid}/{container.name}/0.log",
            "kubernetes": {
                "container_id": f"containerd://{container.id}",
                "container_image": IMAGE,
                "container_name": container.name,
                "namespace_labels": {"kubernetes.io/metadata.name": container.namespace},
                "node_labels": {"kubernetes.io/arch": "amd64"},
                "pod_ip": "10.42.3.17",
                "pod_ips": ["10.42.3.17"],
                "pod_labels": {"app": "shop", "version": "2026.3.1"},
                "pod_name": container.pod,
                "pod_namespace": container.namespace,
                "pod_node_name": container.node,
                "pod_owner": "ReplicaSet/checkout-6c9f7d5b8",
                "pod_uid": container.uid,
            },
            "message": text,
            "source_type": "kubernetes_logs",
            "stream": container.output,
            "timestamp": time_of(moment),
        }
    )


def vector_docker(container: Container, text: str, moment: int) -> str:
    """Vector's docker_logs source."""
    return _json(
        {
            "container_created_at": "2026-11-01T00:00:00.000000000Z",
            "container_id": container.id,
            "container_name": container.name,
            "host": container.node,
            "image": IMAGE,
            "label": {"com.docker.compose.service": "shop"},
            "message": text,
            "source_type": "docker_logs",
            "stream": container.output,
            "timestamp": time_of(moment),
        }
    )


def fluent_bit(container: Container, text: str, moment: int) -> str:
    """Fluent Bit's tail input with its kubernetes filter."""
    return _json(
        {
            "@timestamp": time_of(moment),
            "time": time_of(moment),
            "stream": container.output,
            "_p": "F",
            "log": text,
            "kubernetes": {
                "pod_name": container.pod,
                "namespace_name": container.namespace,
                "pod_id": container.uid,
                "labels": {"app": "shop"},
                "host": container.node,
                "container_name": container.name,
                "docker_id": container.id,
                "container_image": IMAGE,
            },
        }
    )


def filebeat(container: Container, text: str, moment: int) -> str:
    """Filebeat's filestream input with its container parser and kubernetes metadata."""
    return _json(
        {
            "@timestamp": time_of(moment),
            "message": text,
            "stream": container.output,
            "log": {"offset": moment, "file": {"path": f"/var/log/containers/{container.pod}.log"}},
            "input": {"type": "filestream"},
            "container": {"id": container.id, "image": {"name": IMAGE}},
            "kubernetes": {
                "namespace": container.namespace,
                "pod": {"name": container.pod, "uid": container.uid},
                "container": {"name": container.name},
                "node": {"name": container.node},
                "labels": {"app": "shop"},
            },
            "ecs": {"version": "8.0.0"},
        }
    )


def docker_fluentd(container: Container, text: str, _moment: int) -> str:
    """Docker's fluentd driver."""
    return _json(
        {
            "container_id": container.id,
            "container_name": f"/{container.name}",
            "source": container.output,
            "log": text,
        }
    )


def azure(container: Container, text: str, moment: int) -> str:
    """Azure Monitor's ContainerLogV2."""
    return _json(
        {
            "TimeGenerated": time_of(moment),
            "Computer": container.node,
            "ContainerId": container.id,
            "ContainerName": container.name,
            "PodName": container.pod,
            "PodNamespace": container.namespace,
            "LogMessage": text,
            "LogSource": container.output,
        }
    )


def otlp(container: Container, text: str, moment: int) -> str:
    """One line in a request of OTLP's logs."""
    resource = {
        "service.name": "shop",
        "container.id": container.id,
        "container.image.name": IMAGE,
        "k8s.namespace.name": container.namespace,
        "k8s.pod.name": container.pod,
        "k8s.container.name": container.name,
        "k8s.node.name": container.node,
    }
    record = {
        "timeUnixNano": str(parse_instant(time_of(moment)).ns),
        "body": {"stringValue": text},
        "attributes": _attributes({"log.iostream": container.output}),
        "traceId": "5b8efff798038103d269b633813fc60c",
    }
    scope = {"scope": {}, "logRecords": [record]}
    return _json(
        {
            "resourceLogs": [
                {"resource": {"attributes": _attributes(resource)}, "scopeLogs": [scope]}
            ]
        }
    )


def _attributes(values: dict[str, str]) -> list[dict[str, object]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def loki(container: Container, text: str, moment: int) -> str:
    """One line in a body of Loki's push API."""
    labels = {
        "namespace": container.namespace,
        "pod": container.pod,
        "container": container.name,
        "stream": container.output,
        "app": "shop",
    }
    value = [str(parse_instant(time_of(moment)).ns), text]
    return _json({"streams": [{"stream": labels, "values": [value]}]})


def journald(container: Container, text: str, moment: int) -> str:
    """`journalctl -o json` of Docker's journald driver."""
    return _json(
        {
            "__REALTIME_TIMESTAMP": str(parse_instant(time_of(moment)).ns // 1000),
            "CONTAINER_ID": container.id[:12],
            "CONTAINER_ID_FULL": container.id,
            "CONTAINER_NAME": container.name,
            "_HOSTNAME": container.node,
            "PRIORITY": "3",
            "MESSAGE": text,
        }
    )


def docker(container: Container, text: str, moment: int) -> str:
    """Docker's json-file driver: a file per container."""
    log = text if text.endswith("\n") else f"{text}\n"
    return _json({"log": log, "stream": container.output, "time": time_of(moment)})


def cri(container: Container, text: str, moment: int) -> str:
    """A line of containerd or CRI-O: a file per container."""
    return f"{time_of(moment)} {container.output} F {text}"


# They name the container by its id.
WRAPS: Final[dict[str, Wrap]] = {
    "vector": vector,
    "vector-docker": vector_docker,
    "fluent-bit": fluent_bit,
    "filebeat": filebeat,
    "docker-fluentd": docker_fluentd,
    "azure": azure,
    "otlp": otlp,
}
# They name it otherwise, or not at all.
OTHER_WRAPS: Final[dict[str, Wrap]] = {
    "loki": loki,
    "journald": journald,
    "docker": docker,
    "cri": cri,
}


def _flagged(wrap: Wrap, **flags: object) -> Part:
    """Records with these flags where a line goes on."""

    def part(container: Container, text: str, moment: int, *, last: bool) -> str:
        value = orjson.loads(wrap(container, text, moment))
        return _json(value if last else {**value, **flags})

    return part


def _cri_part(container: Container, text: str, moment: int, *, last: bool) -> str:
    return f"{time_of(moment)} {container.output} {'F' if last else 'P'} {text}"


def _docker_part(container: Container, text: str, moment: int, *, last: bool) -> str:
    log = f"{text}\n" if last else text
    return _json({"log": log, "stream": container.output, "time": time_of(moment)})


def _fluentd_part(container: Container, text: str, moment: int, *, last: bool) -> str:
    value = orjson.loads(docker_fluentd(container, text, moment))
    flags = {"partial_message": "true", "partial_id": "p1", "partial_last": str(last).lower()}
    return _json({**value, **flags})


# How a part of a line is written: text, moment, whether it is the last.
PARTS: Final[dict[str, Part]] = {
    "cri": _cri_part,
    "docker": _docker_part,
    "docker-fluentd": _fluentd_part,
    "journald": _flagged(journald, CONTAINER_PARTIAL_MESSAGE="true"),
    "vector-docker": _flagged(vector_docker, _partial=True),
    "fluent-bit": _flagged(fluent_bit, _p="P"),
}
