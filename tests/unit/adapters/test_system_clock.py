"""The machine's clock."""

from __future__ import annotations

from streams.adapters.system_clock import SystemClock


def test_the_clock_goes_on_while_it_waits() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0.001)
    assert clock.monotonic() - before >= 0.001
