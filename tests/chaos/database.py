"""The database of `view` beside what was fed.

In: a URL. Out: figures. Reads by SQL alone.
"""

from __future__ import annotations

from collections import Counter

import asyncpg

from tests.chaos.check_topics import Reports
from tests.chaos.scene import Figure, difference
from tests.chaos.truth import Truth

_SCHEMA = "panictrail"


async def caught_up(url: str, crashes: int, letters: int, reports: dict[str, int]) -> bool:
    """Whether everything has arrived: so many crashes and dead letters, these revisions."""
    try:
        link = await asyncpg.connect(url, timeout=5, server_settings={"search_path": _SCHEMA})
    except (OSError, asyncpg.PostgresError):
        return False
    try:
        counts = [
            await link.fetchval(query)
            for query in (
                "SELECT count(*) FROM crashes",
                "SELECT count(*) FROM fingerprints",
                "SELECT count(*) FROM dead_letters",
            )
        ]
        if counts != [crashes, crashes, letters]:
            return False
        rows = await link.fetch("SELECT cluster, revision FROM reports")
        return {row["cluster"]: row["revision"] for row in rows} == reports
    except (OSError, asyncpg.PostgresError):
        return False
    finally:
        await link.close()


async def rows(url: str, truth: Truth, reports: Reports) -> list[Figure]:
    """Crashes, reports and dead letters as rows."""
    link = await asyncpg.connect(url, timeout=10, server_settings={"search_path": _SCHEMA})
    try:
        crashes = {row["crash"] for row in await link.fetch("SELECT crash FROM crashes")}
        prints = await link.fetch("SELECT crash, cluster FROM fingerprints")
        stored = await link.fetch("SELECT cluster, generation, revision, content_hash FROM reports")
        letters = await link.fetch(
            "SELECT (letter->>'partition')::int p, (letter->>'offset')::bigint o FROM dead_letters"
        )
        blobs = await link.fetchval(
            "SELECT count(*) FROM crashes c LEFT JOIN blobs b ON b.sha256 = c.blob WHERE b.sha256 IS NULL"
        )
    finally:
        await link.close()
    wanted = {
        (k, r["generation"], r["revision"], r["content_hash"]) for k, r in reports.last.items()
    }
    named = {truth.poison.get((row["p"], row["o"]), "of nothing") for row in letters}
    printed = Counter(row["cluster"] for row in prints)
    by_cluster = Counter({name: seen.occurrences for name, seen in truth.clusters.items()})
    return [
        Figure("crash rows lost or surplus", len(crashes ^ truth.repeats.keys())),
        Figure("crash rows without their record", int(blobs)),
        Figure("fingerprint rows of a wrong cluster", sum(difference(by_cluster, printed))),
        Figure("report rows that are not the last", len(wanted ^ {tuple(row) for row in stored})),
        Figure("dead-letter rows lost or surplus", len(truth.letters ^ named)),
        Figure("dead-letter rows twice", len(letters) - len(named)),
    ]
