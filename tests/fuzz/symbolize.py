"""`python -m tests.fuzz.symbolize`: the readers of binaries and cores on files that lie, for a time.

In: `--seconds`, `--seed`. Out: progress, how many files; the recipe of one that fails is kept in
tests/fuzz/corpus/symbolize and ends it. Recipes damage the small program of go/fixtures/tiny.
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

import msgspec

from tests.chaos.crashes import dice
from tests.fuzz.damage import NAMES, Recipe, recipe, sample
from tests.fuzz.reading import judge

CORPUS: Final = Path(__file__).parent / "corpus" / "symbolize"
_SHOW_SECONDS: Final = 10.0


def recipes() -> dict[str, Recipe]:
    """Those of files that once failed, by name."""
    return {
        path.stem: msgspec.json.decode(path.read_bytes(), type=Recipe)
        for path in sorted(CORPUS.glob("*.json"))
    }


def _keep(found: Recipe, why: str) -> Path:
    kept = msgspec.structs.replace(found, why=why[:200])
    data = msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n"
    CORPUS.mkdir(parents=True, exist_ok=True)
    path = CORPUS / f"{sha256(data).hexdigest()[:16]}.json"
    path.write_bytes(data)
    return path


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Try until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.symbolize", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    options = parser.parse_args()
    _say(f"seed {options.seed}")
    began, shown, answers, number = time.monotonic(), 0.0, 0, 0
    while time.monotonic() - began < options.seconds:
        thrown = dice(f"{options.seed}/{number}")
        good = sample(NAMES[number % len(NAMES)])
        found = recipe(thrown, good)
        try:
            answers += judge(good, found)
        except Exception as problem:  # noqa: BLE001 - only NotReadable may be raised, and is an answer
            traceback.print_exc()
            why = f"{type(problem).__name__}: {problem}"
            _say(f"file {number}: kept as {_keep(found, why)}")
            return 1
        number += 1
        if time.monotonic() - shown > _SHOW_SECONDS:
            shown = time.monotonic()
            _say(f"{shown - began:7.0f} s  {number} files, {answers} answers")
    _say(f"seed {options.seed}: {number} files, {answers} answers, nothing failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
