"""What fuzzers of files share: try until the time is over; keep what fails.

In: how an input is made and judged. Out: progress; an input that fails is kept in tests/fuzz/corpus/NAME and ends it.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
_CORPUS: Final = Path(__file__).parent / "corpus"
_SHOW_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Fuzz(Generic[T]):
    """A kind of input: made of a seed and a number; judged, which says how many answers there were."""

    name: str
    kind: type[T]
    make: Callable[[str, int], T]
    judge: Callable[[T], int]
    input: str
    answers: str

    def known(self) -> dict[str, T]:
        """Those that once failed, by name."""
        return {
            path.stem: msgspec.json.decode(path.read_bytes(), type=self.kind)
            for path in sorted((_CORPUS / self.name).glob("*.json"))
        }

    def run(self, about: str | None, seconds: float) -> int:
        """Try until the time is over; the exit code."""
        program = f"python -m tests.fuzz.{self.name}"
        parser = argparse.ArgumentParser(prog=program, description=about)
        parser.add_argument("--seconds", type=float, default=seconds)
        parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
        options = parser.parse_args()
        _say(f"seed {options.seed}")
        began, shown, answers, number = time.monotonic(), 0.0, 0, 0
        while time.monotonic() - began < options.seconds:
            found = self.make(f"{options.seed}/{number}", number)
            try:
                answers += self.judge(found)
            except Exception as problem:  # noqa: BLE001 - whatever was raised is kept with its input
                traceback.print_exc()
                why = f"{type(problem).__name__}: {problem}"
                _say(f"{self.input} {number}: kept as {self._keep(found, why)}")
                return 1
            number += 1
            if time.monotonic() - shown > _SHOW_SECONDS:
                shown = time.monotonic()
                _say(f"{shown - began:7.0f} s  {number} {self.input}s, {answers} {self.answers}")
        _say(
            f"seed {options.seed}: {number} {self.input}s, {answers} {self.answers}, nothing failed"
        )
        return 0

    def _keep(self, found: T, why: str) -> Path:
        kept = msgspec.structs.replace(found, why=why[:200])
        data = msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n"
        path = _CORPUS / self.name / f"{sha256(data).hexdigest()[:16]}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
