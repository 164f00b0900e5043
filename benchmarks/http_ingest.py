"""Claim: HTTP ingest keeps 2,000 crashes and more per second of one core, durable before the answer, of 10 shippers.

That is of crashes in batches, as shippers post; one in a request costs what a request costs, so it is compared: 40 % of
what a bare aiohttp handler does that appends and syncs each body, at least, in the same run. That one reads no JSON,
looks for no secret, and knows nothing of what came before.

In: crashes in the forms that they are posted in. Out: a table of crashes per CPU second of the server, ours beside that
handler; `panictrail serve` with its pipeline; what kill -9 lost. Exit 1 when a claim does not hold. `--quick`: fewer
crashes, for a look.
"""

from __future__ import annotations

import sys
from typing import Final

from benchmarks._ingest_load import FORMS, Form, requests
from benchmarks._pipeline_table import Figure, show
from benchmarks._posted import killed, measure
from streams.drivers.http.delivered import events_in

_BAR: Final = 2000
_SHARE: Final = 0.4
_SHIPPERS: Final = 10
_WARM: Final = 100
_PEERS: Final = ("peer", "endpoint")


def speeds(name: str, form: Form, count: int) -> tuple[float, float]:
    """Crashes per CPU second of the server, and per second of the clock."""
    sent = requests(form, count // form.crashes)
    cpu, wall = measure(name, sent, max(1, _WARM // form.crashes), _SHIPPERS)
    return cpu * form.crashes, wall * form.crashes


def lost_by_kill(form: Form, count: int) -> tuple[int, int]:
    """Requests that were answered before kill -9 in the midst of them; crashes of those that are not in the inbox."""
    answered, left = killed(requests(form, count), _SHIPPERS)
    found = sum(len(events_in(payload)) for payload in left)
    return len(answered), max(0, len(answered) * form.crashes - found)


def main() -> int:
    """Measure, print, judge."""
    count = 1500 if "--quick" in sys.argv else 6000
    print(
        f"{count} crashes of 1.6 KB, {_SHIPPERS} shippers; crashes per CPU second of the server (per second)"
    )
    print(f"{'':28}{'aiohttp, append, sync':>24}{'panictrail, durable':>24}")
    batches, shares = [], []
    for form in FORMS:
        peer, ours = [speeds(name, form, count) for name in _PEERS]
        cells = "".join(f"{cpu:14,.0f} ({wall:7,.0f})" for cpu, wall in (peer, ours))
        print(f"{form.name:28}{cells}", flush=True)
        if form.crashes > 1:
            batches.append(ours[0])
        else:
            shares.append(ours[0] / peer[0])
    single = FORMS[1]
    cpu, _ = speeds("serve", single, count // 3)
    answered, lost = lost_by_kill(single, count)
    figures = (
        Figure("panictrail serve, the whole pipeline included", cpu, "per CPU s"),
        Figure("in batches, the slowest", min(batches), "per CPU s", "at least", _BAR),
        Figure("one by one, of the bare handler", min(shares), "", "at least", _SHARE),
        Figure("answered before kill -9", answered, "requests", "at least", 1),
        Figure("lost of them", lost, "crashes", "exactly", 0),
    )
    return int(show("bars", figures) > 0)


if __name__ == "__main__":
    sys.exit(main())
