"""Signals that end what serves, as an event of its loop.

In: a running loop. Out: an event, set by SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def ended_by_signal() -> asyncio.Event:
    """Set when one of them comes; others may set it, too."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in _SIGNALS:
        loop.add_signal_handler(number, ended.set)
    return ended
