"""What doctor says of sizes: of folders on this machine and of the view's tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.config import Settings

_SHOWN = 8


def check_sizes(settings: Settings) -> Iterator[tuple[str, int, str]]:
    """Rows for people; what is not there, or does not answer, is said by its own check."""
    from urllib.parse import unquote

    from streams.drivers.sizes import of_folder

    places = [("state", settings.state), ("data", settings.data), ("cores", settings.core_spool)]
    if settings.core_store.startswith(("/", "file:///")):
        places.append(("cores", settings.core_store.removeprefix("file://")))
    if settings.database and settings.database.startswith("sqlite:///"):
        places.append(("database", unquote(settings.database.removeprefix("sqlite:///"))))
    for what, folder in places:
        if folder is not None and (found := of_folder(Path(folder))):
            yield "size", 0, f"{what}: {folder}: {_listed(found)}"
    yield from _tables(settings)


def _listed(found: dict[str, int]) -> str:
    from streams.core.report.words import size

    parts = [f"{name} {size(number)}" for name, number in [*found.items()][:_SHOWN]]
    if len(found) > _SHOWN:
        parts.append(f"{len(found) - _SHOWN} more")
    return f"{size(sum(found.values()))}: {', '.join(parts)}"


def _tables(settings: Settings) -> Iterator[tuple[str, int, str]]:
    """The view, in the database of workers and in the state folder."""
    from urllib.parse import quote

    from streams.core.report.words import count, size
    from streams.drivers.sizes import of_database
    from streams.model.errors import BadInput, ServiceMissing

    urls = [("database", settings.database)]
    if settings.state is not None:
        urls.append(("state", f"sqlite:///{quote(settings.state)}"))
    for what, url in urls:
        if url is None:
            continue
        try:
            tables = of_database(url)
        except (BadInput, ServiceMissing):
            continue  # its own check says why
        for table in tables:
            rows = "" if table.rows is None else f", {count(table.rows, 'row')}"
            yield "size", 0, f"{what}: {table.name}: {size(table.bytes)}{rows}"
