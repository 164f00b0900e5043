"""Connecting to PostgreSQL: what is refused, what is said, what is never shown."""

from __future__ import annotations

import asyncio
import traceback

import pytest

from streams.adapters.postgres_link import Place, place_of, quoted
from streams.model.errors import BadInput, ServiceMissing
from tests.postgres_server import Server

_SECRET = ("Q4x", "Zk9", "Jw8")


def refused(url: str, schema: str = "s") -> str:
    """What is said of a database that cannot be used; nothing of it may be a part of the password."""

    async def connect() -> None:
        await place_of(url, schema).connect(30.0)

    with pytest.raises((BadInput, ServiceMissing)) as caught:
        asyncio.run(connect())
    everything = "".join(traceback.format_exception(caught.value))
    assert not [part for part in _SECRET if part in everything]
    return f"{type(caught.value).__name__}: {caught.value}"


def shown(url: str) -> str:
    return str(place_of(url, "s"))


def test_a_place_is_shown_without_user_and_password() -> None:
    assert shown("postgresql://u:Jw8@db.example:5432/shop?sslmode=disable") == (
        "PostgreSQL at db.example:5432, database shop"
    )
    assert (
        shown("postgres://u@[::1]:5432,b:1/x%20y") == "PostgreSQL at [::1]:5432,b:1, database x y"
    )
    assert shown("postgresql:///x?host=/run/pg&password=Jw8") == (
        "PostgreSQL at /run/pg, database x"
    )
    assert shown("postgresql://") == "PostgreSQL at its usual place"
    assert "Jw8" not in repr(Place("postgresql://u:Jw8@h/d", "s"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:Q4x/Zk9@h/d",
        "postgresql://u:Q4x?Zk9@h/d",
        "postgresql://u:Q4x#Zk9@h/d",
        "postgresql://u:12/Zk9@h/d",
        "postgresql://u:Jw8@h:port/d",
        "postgresql://u:Jw8@h:1:2/d",
        "postgresql://u:Jw8@[h/d",
        "mysql://u:Jw8@h/d",
        "Jw8",
        "",
    ],
)
def test_a_url_that_cannot_be_read_is_not_shown(url: str) -> None:
    assert refused(url).startswith(
        "BadInput: the database URL cannot be read: want postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40"
    )


@pytest.mark.parametrize("schema", ["", "x" * 64, "ä" * 32, "a\0b", "pg_mine"])
def test_a_name_that_no_schema_may_have_is_refused(schema: str) -> None:
    with pytest.raises(BadInput, match="cannot name a schema of PostgreSQL: choose another"):
        place_of("postgresql://h/d", schema)


def test_names_are_quoted() -> None:
    assert quoted('a"; DROP SCHEMA b; --') == '"a""; DROP SCHEMA b; --"'


def test_a_wrong_password_is_said_and_not_shown(postgres: Server) -> None:
    wrong = "wrong-Q4x"
    assert refused(postgres.url(password=wrong)) == (
        f"BadInput: PostgreSQL at 127.0.0.1:{postgres.port}, database postgres: password authentication "
        'failed for user "postgres": mend user and password in the database URL'
    )


def test_a_missing_password_is_said(postgres: Server) -> None:
    said = refused(f"postgresql://postgres@127.0.0.1:{postgres.port}/postgres")
    assert said.startswith("BadInput: PostgreSQL at 127.0.0.1")
    assert said.endswith(": mend user and password in the database URL")


def test_a_missing_database_is_said(postgres: Server) -> None:
    assert refused(postgres.url("nowhere")).endswith(
        'database "nowhere" does not exist: create it (CREATE DATABASE …), or mend the database URL'
    )


def test_options_that_nobody_knows_are_said(postgres: Server) -> None:
    assert refused(postgres.url() + "?sslmode=maybe").startswith(
        "BadInput: PostgreSQL at 127.0.0.1"
    )
    said = refused(postgres.url() + "?no_such_setting=1")
    assert 'unrecognized configuration parameter "no_such_setting"' in said


def test_a_server_that_does_not_answer_is_missing(postgres: Server) -> None:
    url = postgres.url().replace(f":{postgres.port}/", ":1/")
    said = refused(url)
    assert said.startswith("ServiceMissing: PostgreSQL at 127.0.0.1:1, database postgres: ")
    assert said.endswith(": start it, or mend the database URL")
    assert refused("postgresql://u:Jw8@no-such-host.invalid/d").startswith("ServiceMissing: ")
    assert refused("postgresql://u:Jw8@/d?host=/nowhere").startswith("ServiceMissing: ")


def test_tls_that_the_server_does_not_speak_is_said(postgres: Server) -> None:
    assert "rejected SSL upgrade" in refused(postgres.url() + "?sslmode=require")
