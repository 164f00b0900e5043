"""Which of --state and --database a command reads."""

from __future__ import annotations

from argparse import Namespace

import pytest

from streams.cli.reading import database_of
from streams.config import Settings
from streams.model.errors import BadInput

URL = "sqlite:///d"


def chosen(state: str | None, database: str | None, *, flags: tuple[str, ...] = ()) -> str | None:
    """The database to read, where settings say this, and these of them are flags."""
    options = Namespace(
        state=state if "state" in flags else None,
        database=database if "database" in flags else None,
    )
    return database_of(options, Settings(state=state, database=database))


def test_what_is_set_alone_is_read() -> None:
    assert chosen(None, None) is None
    assert chosen("s", None) is None
    assert chosen(None, URL) == URL


def test_a_flag_wins_over_a_setting_of_the_other_kind() -> None:
    assert chosen("s", URL, flags=("state",)) is None
    assert chosen("s", URL, flags=("database",)) == URL


@pytest.mark.parametrize("flags", [(), ("state", "database")])
def test_two_of_a_kind_are_refused(flags: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="both a state folder and a database are set: name one of"):
        chosen("s", URL, flags=flags)
