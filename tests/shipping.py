r"""Lines wrapped as log shippers wrap them, for tests: Vector, Fluent Bit, one line or several a record.

In: lines of a container. Out: JSON records without their line end, as a topic or a file holds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
import orjson


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
                "container_image": "registry.example/shop/checkout@sha256:0b6f",
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
            "image": "registry.example/shop/checkout@sha256:0b6f",
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
                "container_image": "registry.example/shop/checkout@sha256:0b6f",
            },
        }
    )


WRAPS: Final[dict[str, Wrap]] = {
    "vector": vector,
    "vector-docker": vector_docker,
    "fluent-bit": fluent_bit,
}
