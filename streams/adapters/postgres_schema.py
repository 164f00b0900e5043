"""The schema of the view in PostgreSQL: made, lifted to this version, or refused.

In: a connection. Out: tables as the newest file of migrations/ leaves them. A newer schema is never touched.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

from streams.adapters.postgres_link import Connection, Place, quoted, starting
from streams.model.errors import BadInput, NothingKept

# Generated columns.
_OLDEST_SERVER: Final = 120_000
_HAS_SCHEMA: Final = "SELECT count(*) FROM pg_namespace WHERE nspname = $1"


@cache
def migrations() -> tuple[str, ...]:
    """The scripts in order; the first lifts version 0 (nothing there) to 1."""
    folder = resources.files("streams.adapters") / "migrations"
    scripts = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    return tuple(text for name, text in sorted(scripts.items()) if name.endswith(".sql"))


async def version_of(link: Connection) -> int:
    """The version of the schema that the connection sees; 0: nothing there."""
    if await link.fetchval("SELECT to_regclass('schema_version')") is None:
        return 0
    found: int | None = await link.fetchval("SELECT max(version) FROM schema_version")
    return found or 0


async def _check(link: Connection, place: Place) -> int:
    """The version found. Raises BadInput where this code cannot work."""
    server = await link.fetchval("SELECT current_setting('server_version_num')::int")
    encoding = await link.fetchval("SHOW server_encoding")
    if server < _OLDEST_SERVER or encoding != "UTF8":
        message = (
            f"{place}: PostgreSQL {server // 10_000} with encoding {encoding}: want PostgreSQL 12 or newer "
            "and a database made with ENCODING 'UTF8'"
        )
        raise BadInput(message)
    found = await version_of(link)
    if found > len(migrations()):
        message = (
            f"{place}: schema {place.schema} was made by a newer panictrail (version {found}, "
            f"this one knows {len(migrations())}): upgrade panictrail, or name another database"
        )
        raise BadInput(message)
    return found


async def lift(link: Connection, place: Place) -> None:
    """Make the schema, or lift it to the newest version; several workers may try at the same time.

    Raises BadInput or ServiceMissing.
    """
    with starting(place):
        async with link.transaction():
            await link.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                f"panictrail {place.schema}",
            )
            found = await _check(link, place)
            if found == 0:
                # Whoever has a schema made for it need not be allowed to make one; IF NOT EXISTS would ask for that.
                if not await link.fetchval(_HAS_SCHEMA, place.schema):
                    await link.execute(f"CREATE SCHEMA {quoted(place.schema)}")
                await link.execute(
                    "CREATE TABLE schema_version(version integer PRIMARY KEY, "
                    "applied_at timestamptz NOT NULL DEFAULT now())"
                )
            for number, script in enumerate(migrations()[found:], found + 1):
                await link.execute(script)
                await link.execute("INSERT INTO schema_version(version) VALUES($1)", number)


async def check(link: Connection, place: Place) -> int:
    """The version, where the schema is one that can be read. Raises BadInput or ServiceMissing."""
    with starting(place):
        found = await _check(link, place)
    if found < len(migrations()):
        what = f"version {found}, want {len(migrations())}" if found else "nothing kept yet"
        message = f"{place}: schema {place.schema}: {what}: start a worker with this database first"
        raise BadInput(message) if found else NothingKept(message)
    return found
