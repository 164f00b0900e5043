"""`python -m tests.fuzz`: the parser and the reassembler on texts that nobody wrote, for a time.

In: `--seconds`, `--seed`. Out: progress, how many inputs; one that fails is kept in tests/fuzz/corpus and ends it.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
import traceback
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.chaos.crashes import dice
from tests.fuzz.inputs import seeds, text
from tests.fuzz.judge import judge

CORPUS: Final = Path(__file__).parent / "corpus"
_SHOW_SECONDS: Final = 10.0
# For a text of 20,000 characters; what takes longer is not linear.
_MOST_SECONDS: Final = 5.0


def _keep(found: str, number: int) -> Path:
    data = found.encode("utf-8", "surrogatepass")
    path = CORPUS / f"{sha256(data).hexdigest()[:16]}.txt"
    path.write_bytes(data)
    sys.stderr.write(f"input {number}: kept as {path}\n")
    return path


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Try until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    options = parser.parse_args()
    _say(f"seed {options.seed}")
    known, began, shown, records, number = seeds(), time.monotonic(), 0.0, 0, 0
    while time.monotonic() - began < options.seconds:
        thrown = dice(f"{options.seed}/{number}")
        found = text(thrown, known)
        start = time.process_time()
        try:
            records += judge(found, thrown)
        except Exception:  # noqa: BLE001 - the parser may raise nothing: whatever it raised is kept
            traceback.print_exc()
            _keep(found, number)
            return 1
        if time.process_time() - start > _MOST_SECONDS:
            _keep(found, number)
            _say(f"input {number}: took more than {_MOST_SECONDS:.0f} s")
            return 1
        number += 1
        if time.monotonic() - shown > _SHOW_SECONDS:
            shown = time.monotonic()
            _say(f"{shown - began:7.0f} s  {number} inputs, {records} records")
    _say(f"seed {options.seed}: {number} inputs, {records} records, nothing failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
