"""`python -m tests.symbolize [OUT]`: makes cases for the acceptance of symbolizing; what is there already is kept.

In: versions of Go, variants, modes; all of them without options. Out: a folder per case, a line per case, and a
non-zero end when one could not be made.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.symbolize import cases, crashes, toolchains, variants
from tests.symbolize.binaries import ROOT
from tests.symbolize.crashes import MODES, CrashError
from tests.symbolize.judge import rows
from tests.symbolize.toolchains import PINNED, ToolchainError
from tests.symbolize.variants import VARIANTS

OUT: Final = ROOT / ".cache" / "symbolize-cases"
_BAR: Final = 0.999
SLICE_VARIANTS: Final = ("default", "stripped", "pie", "cgopie")
SLICE_MODES: Final = ("panic", "nil", "sigquit", "many-2000")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.symbolize", description=__doc__)
    parser.add_argument("out", metavar="OUT", type=Path, nargs="?", default=OUT)
    parser.add_argument("--go", type=_words, default=tuple(PINNED), help="1.16,1.26.11,local…")
    parser.add_argument("--variants", type=_words, default=variants.MATRIX, help=" ".join(VARIANTS))
    parser.add_argument("--modes", type=_words, default=crashes.MATRIX, help=" ".join(MODES))
    parser.add_argument(
        "--slice", action="store_true", help="what `make test` runs: this machine's Go, little else"
    )
    parser.add_argument(
        "--judge", action="store_true", help="then compare what panictrail says of all cases there"
    )
    options = parser.parse_args()
    if options.slice:
        options.go, options.variants, options.modes = ("local",), SLICE_VARIANTS, SLICE_MODES
    for given, known in ((options.variants, VARIANTS), (options.modes, MODES)):
        if strange := set(given) - set(known):
            parser.error(f"unknown: {', '.join(sorted(strange))}; known: {', '.join(known)}")
    return options


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def main() -> int:
    """Make the cases, one after the other: a build takes both cores."""
    options = _arguments()
    failed = 0
    for word in options.go:
        for name in options.variants:
            started = time.monotonic()
            try:
                case = cases.make(
                    options.out,
                    toolchains.named(word),
                    VARIANTS[name],
                    [MODES[mode] for mode in options.modes],
                )
            except (CrashError, ToolchainError, subprocess.SubprocessError) as error:
                failed += 1
                sys.stdout.write(f"go {word} {name}: FAILED: {error}\n")
            else:
                sys.stdout.write(f"{case.name}: {time.monotonic() - started:.1f} s\n")
            sys.stdout.flush()
    return 1 if failed or (options.judge and _missed(options.out)) else 0


def _missed(out: Path) -> int:
    """The table of all cases in the folder; how many rows are below their bar."""
    missed = 0
    for row in rows(out):
        bar = _BAR if row.what in ("addresses", "names") else 1.0
        missed += row.share < bar
        sys.stdout.write(f"{row}\n" if row.share < bar else f"{replace(row, example='')}\n")
        sys.stdout.flush()
    sys.stdout.write(f"below the bar: {missed}\n")
    return missed


if __name__ == "__main__":
    sys.exit(main())
