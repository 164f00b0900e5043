"""What retention removes from the view in PostgreSQL: statements, and one pass.

In: a connection in a transaction, bounds. Out: how much went. A pass is short, and of several workers one does it.
"""

from __future__ import annotations

from typing import Final

from streams.adapters.postgres_link import PooledConnection
from streams.model.retention import Bounds, Swept

NEWEST: Final = "SELECT max(at_seconds) FROM crashes"
_ALONE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 1))"
# The record goes, the row stays and says so. What stands for a stack is in `variants`.
_TEXTS_BEFORE: Final = """
WITH gone AS (
    SELECT c.crash, c.blob FROM crashes c WHERE c.has_text AND c.at_seconds < $1
    AND NOT EXISTS (SELECT 1 FROM variants v WHERE v.crash = c.crash)
    ORDER BY c.at_seconds NULLS FIRST LIMIT $2
), marked AS (UPDATE crashes c SET has_text = false FROM gone WHERE c.crash = gone.crash),
removed AS (DELETE FROM blobs b USING gone WHERE b.sha256 = gone.blob)
SELECT count(*) FROM gone
"""
# The table on disk, in no time: while that is below the limit, the texts are.
_TABLE_BYTES: Final = "SELECT pg_total_relation_size('blobs')"
# PostgreSQL knows how long a value is without reading it, but it reads the row.
_BYTES: Final = "SELECT coalesce(sum(octet_length(data)), 0) FROM blobs"
_TEXTS_ABOVE: Final = """
WITH oldest AS (
    SELECT c.crash, c.blob, c.at_seconds, octet_length(b.data) AS size
    FROM crashes c JOIN blobs b ON b.sha256 = c.blob
    WHERE c.has_text AND $3 = EXISTS (SELECT 1 FROM variants v WHERE v.crash = c.crash)
    ORDER BY c.at_seconds NULLS FIRST LIMIT $2
), summed AS (
    SELECT crash, blob, sum(size) OVER (ORDER BY at_seconds NULLS FIRST, crash ROWS UNBOUNDED PRECEDING) - size
    AS before FROM oldest
), gone AS (
    SELECT crash, blob FROM summed WHERE before < $1::bigint
), marked AS (UPDATE crashes c SET has_text = false FROM gone WHERE c.crash = gone.crash),
removed AS (DELETE FROM blobs b USING gone WHERE b.sha256 = gone.blob)
SELECT count(*) FROM gone
"""
_CRASHES_BEFORE: Final = """
WITH gone AS (
    SELECT c.crash, c.blob FROM crashes c WHERE c.at_seconds < $1
    AND NOT EXISTS (SELECT 1 FROM variants v WHERE v.crash = c.crash)
    ORDER BY c.at_seconds LIMIT $2
), texts AS (DELETE FROM blobs b USING gone WHERE b.sha256 = gone.blob),
prints AS (DELETE FROM fingerprints f USING gone WHERE f.crash = gone.crash),
rows AS (DELETE FROM crashes c USING gone WHERE c.crash = gone.crash)
SELECT count(*) FROM gone
"""
_LETTERS_BEFORE: Final = """
WITH gone AS (
    DELETE FROM dead_letters WHERE id IN
    (SELECT id FROM dead_letters WHERE at < to_timestamp($1::bigint) ORDER BY at LIMIT $2) RETURNING 1
)
SELECT count(*) FROM gone
"""


async def swept(link: PooledConnection, bounds: Bounds, name: str) -> Swept:
    """One pass, in the open transaction; nothing where another worker is at it. `name`: of the schema."""
    if not await link.fetchval(_ALONE, f"panictrail retention {name}"):
        return Swept()
    most = bounds.most
    crashes = await _before(link, _CRASHES_BEFORE, bounds.crashes, most)
    letters = await _before(link, _LETTERS_BEFORE, bounds.dead_letters, most)
    texts = await _before(link, _TEXTS_BEFORE, bounds.texts, most)
    above = await _above(link, bounds.texts_bytes, most - texts)
    texts += above
    return Swept(
        texts=texts,
        crashes=crashes,
        dead_letters=letters,
        more=most in (crashes, letters, texts) or above > 0,
    )


async def _before(link: PooledConnection, query: str, seconds: int | None, most: int) -> int:
    if seconds is None:
        return 0
    return int(await link.fetchval(query, seconds, most))


async def _above(link: PooledConnection, limit: int | None, most: int) -> int:
    """How many texts went to make room: those that stand for a stack last."""
    if limit is None or most <= 0 or int(await link.fetchval(_TABLE_BYTES)) <= limit:
        return 0
    above = int(await link.fetchval(_BYTES)) - limit
    if above <= 0:
        return 0
    for stands_for in (False, True):
        gone = int(await link.fetchval(_TEXTS_ABOVE, above, most, stands_for))
        if gone:
            return gone
    return 0
