"""A storm through the whole embedded pipeline to a receiver: 100,000 crashes of 3 bugs in 10 minutes of their time.

In: `--crashes`. Out: counts, messages, sizes, CPU time. Exit 1 where a count is not exact, where there is another count
of messages than one and a summary for each bug, or where a crash takes more than LIMIT_BYTES.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from streams.adapters.sqlite_outbox import FILE_NAME, SqliteOutbox
from streams.config import load
from streams.core.cluster.rates import RATES, WEEKS
from streams.core.steps.notify import TOLD
from streams.drivers.embedded.notices import Notices
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.embedded.state import State, open_state
from streams.drivers.notifying import Addressing
from streams.model.events import RawPanic
from streams.model.instant import Instant
from streams.model.message import encode
from streams.model.notifying import Verdict
from streams.topology import STAGES
from tests.unit.core.steps.bench import panic_text

BUGS = 3
SECONDS = 600
BATCH = 500
BEGIN_NS = 1_790_000_000 * 10**9
# The record of each crash, its fingerprint and its id: 1,100 were measured.
LIMIT_BYTES = 2_000
LIMIT_ROWS = 16_384
CHANNEL = "webhook"
URL = "http://127.0.0.1:9/never-sent"


def crash(number: int, crashes: int) -> RawPanic:
    """One of the bugs in turn, evenly over the time, on one of a hundred hosts."""
    bug = number % BUGS
    return RawPanic(
        text=panic_text(f"example.com/acme/shop.Bug{bug}", message=f"bug {bug}"),
        at=Instant(BEGIN_NS + number * SECONDS * 10**9 // crashes),
        service=f"service-{bug}",
        host=f"host-{number % 100}",
        event_id=f"{number:032x}",
    )


def storm(store: State, outbox: SqliteOutbox, crashes: int) -> None:
    """All of it through the stages, in transactions of BATCH crashes."""
    settings = load({"notify_webhook_url": URL}, environment={}).settings
    addressing, session = Addressing(settings), Session(STAGES, store)
    notices = Notices(session.engine)
    notices.take = lambda found: outbox.add(addressing.of(found), 0.0)
    for number in range(crashes):
        event = crash(number, crashes)
        session.engine.submit("panics.raw", event.event_id or "", event)
        if number % BATCH == BATCH - 1 or number == crashes - 1:
            notices.flush()
            store.commit()


def main(arguments: Sequence[str]) -> int:
    """Print what came of it; 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crashes", type=int, default=100_000)
    crashes = parser.parse_args(arguments).crashes
    told: Counter[tuple[str, str]] = Counter()
    summed: dict[str, int] = {}
    began = time.process_time()
    with tempfile.TemporaryDirectory() as name:
        with open_state(name) as store, closing(SqliteOutbox(Path(name))) as outbox:
            storm(store, outbox, crashes)
            spent = time.process_time() - began
            found = {report.title: report.occurrences for report in reports(store)}
            while (due := outbox.due(CHANNEL, 1e12)) is not None:
                told[due.notice.event, due.notice.cluster] += 1
                if due.notice.event == "summary":
                    summed[due.notice.title] = due.notice.crashes
                outbox.settle(due, Verdict(state="sent"), 1.0)
            tables = (RATES, WEEKS, TOLD)
            rows = [len(encode(value)) for table in tables for _, value in store.scan(table, "")]
        size = sum(path.stat().st_size for path in Path(name).iterdir())
        sent = (Path(name) / FILE_NAME).stat().st_size
    kinds = Counter(event for event, _ in told)
    print(f"{crashes:,} crashes of {BUGS} bugs in {SECONDS // 60} minutes: {dict(kinds)}")
    print(f"occurrences {found}; in summaries {summed}")
    print(
        f"state {size / 1e6:.1f} MB ({size / crashes:.0f} bytes a crash), of it the outbox {sent / 1e3:.0f} kB; "
        f"the largest row of series and notifications {max(rows):,} characters"
    )
    print(f"{spent * 1e6 / crashes:.0f} us of CPU a crash")
    exact = sum(found.values()) == crashes and found == summed
    once = kinds == {"new": BUGS, "summary": BUGS} and max(told.values()) == 1
    small = size / crashes <= LIMIT_BYTES and max(rows) <= LIMIT_ROWS
    return int(not (exact and once and small))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
