"""Whose log a file is, by its path: kubelet's folders name the pod and the container.

In: the path of an input. Out: Source with what it says. Sources: kubernetes pkg/kubelet/kuberuntime/helpers.go
BuildPodLogsDirectory and legacy.go legacyLogSymlink.
"""

from __future__ import annotations

import re
from typing import Final

from streams.model.crash import Source

_NAME: Final = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_PATHS: Final = (
    # /var/log/pods/NAMESPACE_POD_UID/CONTAINER/RESTART.log, and what logrotate makes of it
    re.compile(
        rf"(?:.*/)?(?P<namespace>{_NAME})_(?P<pod>{_NAME})_[0-9a-f-]{{32,36}}/(?P<container>{_NAME})/\d+\.log[^/]*"
    ),
    # /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log
    re.compile(
        rf"(?:.*/)?(?P<pod>{_NAME})_(?P<namespace>{_NAME})_(?P<container>{_NAME})-[0-9a-f]{{64}}\.log[^/]*"
    ),
)


def source_of_path(path: str) -> Source:
    """Pod, namespace and container of a log file; nothing for any other path.

    The service is the container, as for the lines of shippers without labels.
    """
    for pattern in _PATHS:
        if match := pattern.fullmatch(path.replace("\\", "/")):
            found = match.groupdict()
            return Source(
                service=found["container"],
                pod=found["pod"],
                namespace=found["namespace"],
                container=found["container"],
            )
    return Source()
