"""Connections to PostgreSQL, and its errors turned into ours.

In: a URL, the name of a schema. Out: connections that see this schema only. Never shows a password.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from streams.model.errors import BadInput, PassingTrouble, ServiceMissing

# As texts: at run time these classes take no parameters.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
PooledConnection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

_CONNECT_SECONDS: Final = 10.0
# One partition is one task, and each needs a connection for some milliseconds.
_POOL_SIZE: Final = 4
# PostgreSQL cuts a longer name without a word, and two schemas may become one.
_NAME_BYTES: Final = 63
_HOST: Final = re.compile(r"(\[[^\]/@]*\]|[^:/@\[\]]*)(:[0-9]{1,5})?")
_TEXT_CHARS: Final = 300

# SQLSTATE classes: what a row is to blame for (data, integrity, limits of a row or an index) ...
_VALUE_CLASSES: Final = ("22", "23", "54")
# ... what passes (connection, resources, restart or shutdown, system) ...
_PASSING_CLASSES: Final = ("08", "53", "57", "58")
# ... and what to do about the rest when a command or worker starts.
_NEXT_STEP: Final = {
    "28": "mend user and password in the database URL",
    "3D": "create it (CREATE DATABASE …), or mend the database URL",
    "42": "let the user of the URL create a schema (GRANT CREATE ON DATABASE … TO …), or name another database",
}


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


class Place(msgspec.Struct, frozen=True):
    """A schema of a database. `url` may hold a password; what `str` and `repr` give does not."""

    url: str
    schema: str

    def __str__(self) -> str:
        """Host and database, for messages."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2] or ",".join(parse_qs(parts.query).get("host", ()))
        shown = f"PostgreSQL at {host or 'its usual place'}"
        database = unquote(parts.path.lstrip("/"))
        return f"{shown}, database {database}" if database else shown

    def __repr__(self) -> str:
        """As `str`: it may stand in a traceback."""
        return f"<{self}, schema {self.schema}>"

    def _settings(self) -> dict[str, str]:
        return {
            "application_name": "panictrail",
            "search_path": quoted(self.schema),
            # A worker stopped in mid-transaction keeps its locks no longer than this.
            "idle_in_transaction_session_timeout": "5s",
        }

    async def connect(self, query_seconds: float) -> Connection:
        """One connection. Raises BadInput or ServiceMissing."""
        with starting(self):
            return await asyncpg.connect(
                self.url,
                timeout=_CONNECT_SECONDS,
                command_timeout=query_seconds,
                server_settings=self._settings(),
            )

    async def pool(self, query_seconds: float) -> Pool:
        """Connections that are opened when they are wanted, and opened anew when they were lost."""
        with starting(self):
            return await asyncpg.create_pool(
                self.url,
                min_size=0,
                max_size=_POOL_SIZE,
                timeout=_CONNECT_SECONDS,
                command_timeout=query_seconds,
                server_settings=self._settings(),
            )


def place_of(url: str, schema: str) -> Place:
    """A database URL and a schema, looked at. Raises BadInput, which never shows the URL: it may be misread."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    hosts = parts.netloc.rpartition("@")[2].split(",")
    # A password with a raw / or ? ends the host early: what is shown as host and path would be parts of it.
    misread = "@" in parts.path + parts.query + parts.fragment
    if (
        parts.scheme not in ("postgresql", "postgres")
        or misread
        or not all(map(_HOST.fullmatch, hosts))
    ):
        message = (
            "the database URL cannot be read: want postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
            "with %40, %2F and %3F for @, / and ? in a password"
        )
        raise BadInput(message)
    if not 0 < len(schema.encode()) <= _NAME_BYTES or "\0" in schema or schema.startswith("pg_"):
        message = (
            f"{schema!r} cannot name a schema of PostgreSQL: choose another name, "
            f"of at most {_NAME_BYTES} bytes and not beginning with pg_"
        )
        raise BadInput(message)
    return Place(url, schema)


def _said(error: Exception) -> str:
    """What an error says, without the length that data in it may have."""
    text = str(error) or type(error).__name__
    return text.partition("\n")[0][:_TEXT_CHARS]


def _sqlstate_class(error: Exception) -> str:
    state = getattr(error, "sqlstate", None) if isinstance(error, asyncpg.PostgresError) else None
    return str(state or "")[:2]


@contextmanager
def starting(place: Place) -> Iterator[None]:
    """Errors at the start of a command or worker: BadInput for what can be mended, ServiceMissing for a server away."""
    try:
        yield
    except asyncpg.PostgresError as error:
        kind = _sqlstate_class(error)
        if kind in _PASSING_CLASSES:
            message = f"{place}: {_said(error)}: try again when it takes connections"
            raise ServiceMissing(message) from error
        step = _NEXT_STEP.get(kind, "mend the database, or name another one")
        message = f"{place}: {_said(error)}: {step}"
        raise BadInput(message) from error
    except (ssl.SSLError, asyncpg.ClientConfigurationError) as error:
        message = f"{place}: {_said(error)}: mend the database URL"
        raise BadInput(message) from error
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        what = "no answer" if isinstance(error, TimeoutError) else _said(error)
        message = f"{place}: {what}: start it, or mend the database URL"
        raise ServiceMissing(message) from error


@contextmanager
def using(place: Place) -> Iterator[None]:
    """Errors in the middle of work: ValueError where a row is to blame, PassingTrouble for everything else.

    A changed password or a dropped table is mended by people while the partition waits: no record is at fault.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        message = f"{place}: {_said(error)}"
        if _sqlstate_class(error) in _VALUE_CLASSES:
            raise ValueError(message) from error
        raise PassingTrouble(message) from error
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        what = "no answer" if isinstance(error, TimeoutError) else _said(error)
        message = f"{place}: {what}"
        raise PassingTrouble(message) from error
