"""The clock port: waiting between retries and idle time of live inputs. Never used for data (law 1)."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time as the driver may see it."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary moment, never going back."""
        ...
