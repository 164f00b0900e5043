"""What log shippers call the fields of a record that holds a line, or a few joined ones: a table, first match wins.

In: nothing. Out: SHAPES. A new shipper is a new row. A path names keys from the record inwards, `.` between them.
Sources: Vector's kubernetes_logs, docker_logs and file sources; Fluent Bit's tail input, multiline.parser cri and
kubernetes filter; Docker's json-file, fluentd and journald drivers; Filebeat's filestream input with its container
parser (ECS 8); systemd.journal-fields(7); Azure Monitor's ContainerLogV2.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    r"""One shape: paths of its fields, "" for what it does not have.

    `who`: ways to tell the container or process (law 2): the first path of one must be there, the others are added.
    `merged`: the text may be gone because its own JSON fields were lifted into the record. `only`: a path and the
    value that it must have. `goes_on`: flags of a part whose line goes on, unless `last` is true. `cut`: parts have
    no flag, they are as long as a part can be and end without `\n`. `bare`: the record says no more than which of a
    container's two outputs it is of.
    """

    name: str
    text: str
    times: tuple[str, ...]
    who: tuple[tuple[str, ...], ...]
    output: str = "stream"
    pod: str = ""
    namespace: str = ""
    container: str = ""
    host: str = ""
    image: str = ""
    labels: str = ""
    services: tuple[str, ...] = ()
    only: tuple[str, str] | None = None
    merged: bool = False
    goes_on: tuple[str, ...] = ()
    last: str = ""
    cut: bool = False
    bare: bool = False

    @property
    def telling(self) -> tuple[str, ...]:
        """The paths that say whether a record is of this shape, and what a program wrote."""
        only = (self.only[0],) if self.only else self.times if self.bare else ()
        return (self.text, *(p for way in self.who for p in way), *only, *self.goes_on, self.last)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path."""
        places = (self.pod, self.namespace, self.container, self.host, self.image, self.labels)
        return (*self.telling, *self.times, self.output, *places, *self.services)


_JOURNALD: Final = Shape(
    name="journald-json",  # journalctl -o json, and Docker's journald driver
    text="MESSAGE",
    times=("__REALTIME_TIMESTAMP",),
    # The parts of a line do not all name the container's id (moby): its name, they do.
    who=(
        ("CONTAINER_NAME", "_HOSTNAME"),
        ("SYSLOG_IDENTIFIER", "_PID", "_HOSTNAME"),
        ("_SYSTEMD_UNIT", "_PID", "_HOSTNAME"),
    ),
    output="",
    container="CONTAINER_NAME",
    host="_HOSTNAME",
    image="IMAGE_NAME",
    services=("CONTAINER_NAME", "SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT"),
    goes_on=("CONTAINER_PARTIAL_MESSAGE",),
)
# What exported.py makes of an entry of `journalctl -o export`: the same journal gives the same crashes.
EXPORTED: Final = msgspec.structs.replace(
    _JOURNALD, name="journald-export", text="panictrail_entry"
)

SHAPES: Final = (
    Shape(
        name="vector",
        text="message",
        times=("timestamp",),
        who=(
            ("kubernetes.container_id",),
            ("kubernetes.pod_uid", "kubernetes.container_name"),
        ),
        pod="kubernetes.pod_name",
        namespace="kubernetes.pod_namespace",
        container="kubernetes.container_name",
        host="kubernetes.pod_node_name",
        image="kubernetes.container_image",
        labels="kubernetes.pod_labels",
        goes_on=("_partial",),
    ),
    Shape(
        name="fluent-bit",  # `time` is the CRI parser's; `@timestamp` and `date` are what outputs add
        text="log",
        times=("time", "@timestamp", "date"),
        who=(("kubernetes.docker_id",), ("kubernetes.pod_id", "kubernetes.container_name")),
        pod="kubernetes.pod_name",
        namespace="kubernetes.namespace_name",
        container="kubernetes.container_name",
        host="kubernetes.host",
        image="kubernetes.container_image",
        labels="kubernetes.labels",
        merged=True,
        goes_on=("_p", "logtag"),
    ),
    Shape(
        name="filebeat",
        text="message",
        times=("@timestamp",),
        who=(("container.id",), ("kubernetes.pod.uid", "kubernetes.container.name")),
        pod="kubernetes.pod.name",
        namespace="kubernetes.namespace",
        container="kubernetes.container.name",
        host="kubernetes.node.name",
        image="container.image.name",
        labels="kubernetes.labels",
    ),
    Shape(
        name="vector-docker",
        text="message",
        times=("timestamp",),
        who=(("container_id",),),
        container="container_name",
        host="host",
        image="image",
        labels="label",
        goes_on=("_partial",),
    ),
    Shape(
        name="docker-fluentd",  # AWS FireLens writes the same
        text="log",
        times=("time", "@timestamp", "date"),
        who=(("container_id",),),
        output="source",
        container="container_name",
        host="host",
        goes_on=("partial_message",),
        last="partial_last",
    ),
    _JOURNALD,
    Shape(
        name="azure",  # ContainerLogV2
        text="LogMessage",
        times=("TimeGenerated",),
        who=(("ContainerId",), ("PodName", "ContainerName")),
        output="LogSource",
        pod="PodName",
        namespace="PodNamespace",
        container="ContainerName",
        host="Computer",
    ),
    Shape(
        name="vector-file",
        text="message",
        times=("timestamp",),
        who=(("file", "host"),),
        only=("source_type", "file"),
        host="host",
    ),
    Shape(
        name="filebeat-file",
        text="message",
        times=("@timestamp",),
        who=(("log.file.path", "host.name"),),
        host="host.name",
    ),
    Shape(
        name="docker",  # json-file; Fluent Bit without its kubernetes filter
        text="log",
        times=("time", "@timestamp", "date"),
        who=(("stream",),),
        goes_on=("_p", "logtag"),
        cut=True,
        bare=True,
    ),
    EXPORTED,
)
# Where the name of a service is looked for, before the container's own (OpenTelemetry's order for Kubernetes
# has the first; `app` is what most people write; the last is docker compose's).
SERVICE_LABELS: Final = ("app.kubernetes.io/name", "app", "com.docker.compose.service")
