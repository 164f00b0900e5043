"""Claim: a webhook endpoint takes 1,000 deliveries and more per second of one core, durable before the answer.

In: signed pushes as GitHub sends them. Out: a table of deliveries per CPU second of the server, ours beside a bare
aiohttp handler that appends and syncs each body, and `panictrail serve` with its pipeline; what kill -9 lost. Exit 1
when a claim does not hold. `--quick`: fewer deliveries, for a look.
"""

from __future__ import annotations

import sys
from typing import Final

from benchmarks._posted import killed, measure
from benchmarks._webhook_load import request
from streams.drivers.http.delivered import events_in, names_in

_BAR: Final = 1000
_WARM: Final = 300


def main() -> int:
    """Measure, print, judge."""
    count = 1500 if "--quick" in sys.argv else 6000
    requests = [request(number) for number in range(count + _WARM)]
    size = sum(map(len, requests)) / len(requests)
    print(f"{count} pushes of {size:,.0f} bytes, 32 connections; signature checked by ours only")
    rows = (
        ("peer", "aiohttp, append and sync each body"),
        ("endpoint", "panictrail, answered when durable"),
        ("serve", "panictrail serve, pipeline included"),
    )
    print(f"{'':40}{'per CPU second':>16}{'per second':>12}")
    speeds = {}
    for name, words in rows:
        speeds[name], wall = measure(name, requests, _WARM)
        print(f"{words:40}{speeds[name]:16,.0f}{wall:12,.0f}")
    answered, left = killed(requests)
    found = {
        int(names_in(payload)[0].removeprefix("github ")) for payload in left if events_in(payload)
    }
    lost = len(answered - found)
    print(f"kill -9 in the midst: {len(answered)} answered, {lost} lost   bar 0")
    good = speeds["endpoint"] >= _BAR and lost == 0 and bool(answered)
    print(f"bar {_BAR} per CPU second: {'ok' if good else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
