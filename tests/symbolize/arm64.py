"""`python -m tests.symbolize.arm64 [OUT]`: cases of arm64 binaries, asked under qemu-user; they have no cores.

In: versions of Go. Out: goVERSION-VARIANT-arm64/{bin,pcs.txt,oracle-pcs.tsv}. qemu comes by ops/debian/fetch.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.symbolize import binaries, cases, toolchains
from tests.symbolize.binaries import ROOT
from tests.symbolize.toolchains import Toolchain
from tests.symbolize.variants import VARIANTS, Variant

OUT: Final = ROOT / ".cache" / "symbolize-cases"
VERSIONS: Final = ("1.18", "1.22", "1.26", "1.27")
BUILT: Final = ("default", "stripped", "trimpath")
ARCH: Final = "arm64"


def emulator() -> Path:
    """qemu-aarch64 from Debian's package; a failure says what fetch said."""
    found = subprocess.run(
        [ROOT / "ops" / "debian" / "fetch", "qemu-user-static"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(found.stdout.strip()) / "usr" / "bin" / "qemu-aarch64-static"


def make(out: Path, go: Toolchain, variant: Variant) -> Path:
    """The folder of the case; kept when its sources are the same."""
    case = out / f"go{go.version}-{variant.name}-{ARCH}"
    key = binaries.key(go, variant, ARCH)
    if cases.kept(case) != key:
        shutil.rmtree(case, ignore_errors=True)
        case.mkdir(parents=True)
        binaries.build(go, variant, case / "bin", ARCH)
        cases.addresses(case, [str(emulator()), str((case / "bin").resolve())])
        about = {"key": key, "go": go.version, "arch": ARCH, "variant": asdict(variant)}
        (case / "case.json").write_text(json.dumps(about, indent=1) + "\n")
    return case


def main() -> int:
    """Make the cases one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.symbolize.arm64", description=__doc__)
    parser.add_argument("out", metavar="OUT", type=Path, nargs="?", default=OUT)
    parser.add_argument("--go", default=",".join(VERSIONS))
    options = parser.parse_args()
    for word in options.go.split(","):
        for name in BUILT:
            case = make(options.out, toolchains.named(word), VARIANTS[name])
            sys.stdout.write(f"{case.name}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
