"""The reference pages: made from the program, and the same every time."""

from __future__ import annotations

from tests.docs import console
from tests.tools import reference

_OVERVIEW = """\
usage: prog COMMAND

commands:
  analyze     read logs
              and more logs
  dead-letter what is spelt too close to its text is no row
  doctor      what is configured

  prog COMMAND --help  says how

options:
  version     not a command
"""


def test_commands_are_the_rows_below_their_heading() -> None:
    assert reference.subcommands(_OVERVIEW) == ("analyze", "doctor")


def test_a_command_without_commands_has_none() -> None:
    assert reference.subcommands("usage: prog doctor\n\noptions:\n  --json  lines\n") == ()


def test_the_pages_in_the_work_tree_are_current() -> None:
    assert reference.stale(console.ROOT) == []
