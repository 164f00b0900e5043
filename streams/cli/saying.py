"""What a command that serves says on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable


def sayer(command: str) -> Callable[[str], None]:
    """Says a line at once, with the command before it."""

    def say(line: str) -> None:
        sys.stderr.write(f"panictrail {command}: {line}\n")
        sys.stderr.flush()

    return say
