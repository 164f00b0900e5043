"""The database of a URL: a keeper of the view for workers, a reader for commands.

In: `postgresql://…` or `sqlite:///DIR`, the name of a pipeline (`default`, or a replay's). Out: what implements the
port. PostgreSQL's client is imported only for a URL that needs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import unquote

from streams.adapters.sqlite_finder import SqliteFinder
from streams.adapters.sqlite_reader import SqliteReader
from streams.adapters.sqlite_views import OFFSETS, SqliteViews
from streams.core.cluster.assign import cluster_id_of
from streams.drivers.embedded.position import POSITIONS
from streams.drivers.embedded.state import has_state
from streams.drivers.kafka.names import DEFAULT
from streams.model.errors import BadInput
from streams.model.view import CRASHES, DEAD, REPORTS
from streams.ports.lists import Lists
from streams.ports.reader import Reader, SizedReader
from streams.ports.views import Views

__all__ = ("SCHEMA", "Reader", "Views", "describe", "open_reader", "open_views", "schema_of")

# The schema of the pipeline that is no replay; a replay's has the replay's name.
SCHEMA: Final = "panictrail"
_SQLITE: Final = "sqlite:///"


def schema_of(name: str) -> str:
    """The schema of a pipeline. Raises BadInput for a replay whose name is taken."""
    if name == DEFAULT:
        return SCHEMA
    if name in (SCHEMA, "public", "information_schema"):
        message = f"a replay cannot be named {name}: that schema is another's; choose another name"
        raise BadInput(message)
    return name


def _folder(url: str, name: str) -> Path | None:
    """The folder of a sqlite URL; None for another database. A replay has a folder of its own in it."""
    if not url.startswith("sqlite:"):
        return None
    if not url.startswith(_SQLITE) or url == _SQLITE:
        message = f"{url}: want sqlite:///FOLDER, or sqlite:////FOLDER for one that begins with /"
        raise BadInput(message)
    folder = Path(unquote(url.removeprefix(_SQLITE)))
    return folder if name == DEFAULT else folder / schema_of(name)


def _refuse_analysed(folder: Path) -> None:
    """Raise BadInput for a folder that `analyze --state` counts in: two pipelines would overwrite each other."""
    if not has_state(str(folder)):
        return
    reader = SqliteReader(folder)
    try:
        foreign = reader.count(POSITIONS) and not reader.count(OFFSETS)
    finally:
        reader.close()
    if foreign:
        message = (
            f"{folder} is the state of panictrail analyze: name another folder with --database"
        )
        raise BadInput(message)


async def open_views(url: str, name: str = DEFAULT) -> Views:
    """Where a worker keeps the view of a pipeline; made, or lifted to this version.

    Raises BadInput for what the user can mend, ServiceMissing where the server does not answer.
    """
    folder = _folder(url, name)
    if folder is not None:
        _refuse_analysed(folder)
        return SqliteViews(folder)
    from streams.adapters.postgres_views import PostgresViews  # noqa: PLC0415 - needs an extra

    return await PostgresViews.connect(url, schema_of(name), cluster_id_of)


def open_reader(url: str, name: str = DEFAULT) -> SizedReader:
    """What workers have kept, for a command. Raises BadInput and ServiceMissing as `open_views`."""
    folder = _folder(url, name)
    if folder is not None:
        return SqliteReader(folder)
    from streams.adapters.postgres_reader import PostgresReader  # noqa: PLC0415 - needs an extra

    return PostgresReader(url, schema_of(name))


def open_lists(url: str, name: str = DEFAULT) -> Lists:
    """The same for the web page, which also looks for rows. Raises BadInput and ServiceMissing as `open_views`."""
    folder = _folder(url, name)
    if folder is not None:
        return SqliteFinder(folder)
    from streams.adapters.postgres_finder import PostgresFinder  # noqa: PLC0415 - needs an extra

    return PostgresFinder(url, schema_of(name))


def describe(url: str, name: str = DEFAULT) -> str:
    """Which database it is and what it holds, in one line. Raises BadInput and ServiceMissing."""
    reader = open_reader(url, name)
    try:
        held = ((REPORTS, "clusters"), (CRASHES, "crashes"), (DEAD, "dead letters"))
        return f"{reader}: {', '.join(f'{reader.count(table)} {what}' for table, what in held)}"
    finally:
        reader.close()
