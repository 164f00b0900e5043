"""The machine's clock, for retries and idle time."""

from __future__ import annotations

import time


class SystemClock:
    """Implements the clock port."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment."""
        return time.monotonic()
