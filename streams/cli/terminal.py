"""How wide and how colourful standard output is: only a terminal gets colour, a pipe gets 80 columns."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Final

_PIPE_WIDTH: Final = 80


def width() -> int:
    """Columns of the terminal, or 80."""
    if not sys.stdout.isatty():
        return _PIPE_WIDTH
    return max(40, shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns)


def color() -> bool:
    """Whether colour codes are welcome (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
