"""Claim: HTTP ingest keeps 2,000 crashes and more per second of one core, durable before the answer, of 10 shippers.

That is of crashes in batches, as shippers post; one in a request costs what a request costs, so it is compared: 40 % of
what a bare aiohttp handler does that appends and syncs each body, at least, in the same run. That one reads no JSON,
looks for no secret, and knows nothing of what came before.

In: crashes in the forms that they are posted in. Out: a table of crashes per CPU second of the server, ours beside that
handler; `panictrail serve` with its pipeline; what kill -9 lost. Exit 1 when a claim does not hold. `--quick`: fewer
crashes, for a look.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks._ingest_load import FORMS, Form, requests
from benchmarks._process import cpu_seconds
from benchmarks._webhook_load import post
from benchmarks.webhooks import end, server
from streams.drivers.http.delivered import events_in
from streams.drivers.inbox import kept

_BAR: Final = 2000
_SHARE: Final = 0.4
_SHIPPERS: Final = 10
_WARM: Final = 100


def measure(name: str, sent: Sequence[bytes], form: Form) -> tuple[float, float]:
    """Crashes per CPU second of the server, and per second of the clock."""
    warm = max(1, _WARM // form.crashes)
    with tempfile.TemporaryDirectory() as place, server(name, Path(place)) as (process, port):
        asyncio.run(post(port, 0, sent[:warm], _SHIPPERS))
        began, used = time.monotonic(), cpu_seconds(process.pid)
        answered = asyncio.run(post(port, warm, sent[warm:], _SHIPPERS))
        took = time.monotonic() - began
        # What a pipeline has yet to do is its work too: an orderly end does all of it.
        whole = end(process) if name == "serve" else cpu_seconds(process.pid)
    if len(answered) != len(sent) - warm:
        message = f"{name}: {len(sent) - warm - len(answered)} were not answered with 200"
        raise SystemExit(message)
    count = len(answered) * form.crashes
    return count / (whole - used), count / took


def killed(form: Form, sent: Sequence[bytes]) -> tuple[int, int]:
    """Requests that were answered before kill -9 in the midst of them; crashes of those that are not in the inbox."""

    async def kill_in_the_midst(process: object, port: int) -> set[int]:
        posting = asyncio.create_task(post(port, 0, sent, _SHIPPERS))
        await asyncio.sleep(0.5)
        process.kill()  # type: ignore[attr-defined]  # a Popen
        return await posting

    with tempfile.TemporaryDirectory() as place:
        with server("endpoint", Path(place)) as (process, port):
            answered = asyncio.run(kill_in_the_midst(process, port))
        found = sum(len(events_in(payload)) for payload in kept(Path(place) / "inbox"))
    return len(answered), max(0, len(answered) * form.crashes - found)


def main() -> int:
    """Measure, print, judge."""
    count = 1500 if "--quick" in sys.argv else 6000
    print(
        f"{count} crashes of 1.6 KB, {_SHIPPERS} shippers; crashes per CPU second of the server (per second)"
    )
    peers = ("peer", "endpoint")
    print(f"{'':28}{'aiohttp, append, sync':>24}{'panictrail, durable':>24}")
    batches, shares = [], []
    for form in FORMS:
        sent = requests(form, count // form.crashes)
        speeds = [measure(name, sent, form) for name in peers]
        cells = "".join(f"{cpu:14,.0f} ({wall:7,.0f})" for cpu, wall in speeds)
        print(f"{form.name:28}{cells}", flush=True)
        if form.crashes > 1:
            batches.append(speeds[1][0])
        else:
            shares.append(speeds[1][0] / speeds[0][0])
    few = requests(FORMS[1], count // 3)
    cpu, _ = measure("serve", few, FORMS[1])
    print(f"panictrail serve, the whole pipeline included: {cpu:,.0f} per CPU second")
    answered, lost = killed(FORMS[1], requests(FORMS[1], count))
    print(f"kill -9 in the midst: {answered} answered, {lost} lost   bar 0")
    good = min(batches) >= _BAR and min(shares) >= _SHARE and lost == 0 and answered > 0
    print(
        f"bars: {_BAR} per CPU second in batches, {_SHARE:.0%} of the bare handler one by one: "
        f"{'ok' if good else 'MISSED'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
