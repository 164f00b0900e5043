"""Ports for servers of tests.

In: nothing. Out: a port on loopback that nobody has now.
"""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress
from typing import Final

# Below those that the system gives to connections (Linux: from 32768): one of them might take a port between our look
# and the server's bind, or while a killed server is away.
_PORTS: Final = range(12_000, 32_000)


def free_port() -> int:
    """A port on loopback that nobody has now."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", secrets.choice(_PORTS)))
            return int(probe.getsockname()[1])
