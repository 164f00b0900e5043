"""How many of 200 crashes are counted that the real panicwatch keeps and a container runtime logs, too.

In: nothing. Out: a line, and 0 where 200 are counted by either route and by both (make capture-matrix).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.e2e.test_cli import panictrail
from tests.e2e.test_spool import MODES, container_lines, died, occurrences
from tests.panicwatch import built
from tests.tiny_go import tiny_go

CRASHES: Final = 200


def main() -> int:
    """One after the other, as fast as they start: many of the same words are within ten seconds of each other."""
    with tempfile.TemporaryDirectory() as folder:
        panicwatch, program = built(Path(folder), "panicwatch"), tiny_go().binary()
        spool, log = Path(folder, "spool"), Path(folder, "app.log")
        with log.open("wb") as out:
            for number in range(CRASHES):
                began, text = died(panicwatch, program, spool, MODES[number % len(MODES)])
                out.writelines(container_lines(began, text))
        ways = ((spool,), (log,), (spool, log), (log, spool))
        found = [occurrences(panictrail("analyze", *way, "--json").stdout) for way in ways]
    names = ("the spool", "lines", "both", "both, lines first")
    said = ", ".join(f"{number} by {name}" for number, name in zip(found, names, strict=True))
    sys.stdout.write(f"{CRASHES} crashes under panicwatch: {said}\n")
    return int(set(found) != {CRASHES})


if __name__ == "__main__":
    sys.exit(main())
