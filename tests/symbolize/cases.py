"""Cases for the acceptance script, each a folder: a binary, what its runtime says of addresses, cores with traces.

In: toolchain, variant, modes. Out: NAME/bin, pcs.txt, oracle-pcs.tsv, cores/MODE/{core,oracle.json,trace.txt,run.json}
and case.json. A part that was made from the same sources in the same way is kept. oracle-callers.tsv holds the same
addresses by runtime.CallersFrames alone: the innermost frame only up to 1.22, without compilers' wrappers from 1.23.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.symbolize import binaries, crashes
from tests.symbolize.crashes import Mode
from tests.symbolize.toolchains import Toolchain
from tests.symbolize.variants import Variant

ADDRESSES: Final = 12_000  # of which about one in twenty is padding
SEED: Final = 20_261_127


def make(out: Path, go: Toolchain, variant: Variant, modes: Iterable[Mode]) -> Path:
    """The folder of the case, with the addresses and the cores of these modes."""
    case = out / f"go{go.version}-{variant.name}"
    key = binaries.key(go, variant)
    if kept(case) != key:
        shutil.rmtree(case, ignore_errors=True)
        case.mkdir(parents=True)
        binaries.build(go, variant, case / "bin")
        addresses(case, [str(case / "bin")])
        about = {"key": key, "go": go.version, "arch": "amd64", "variant": asdict(variant)}
        (case / "case.json").write_text(json.dumps(about, indent=1) + "\n")
    for mode in modes:
        if mode.cgo and not variant.cgo:
            continue
        if not (case / "cores" / mode.name).exists():
            _core(case, mode)
        crashes.judge(case / "cores" / mode.name)
    return case


def addresses(case: Path, program: list[str]) -> None:
    """Write pcs.txt and the oracles of addresses: the program is asked about its own text."""
    rows = _asked(program, "pcs")
    (case / "oracle-pcs.tsv").write_text(rows)
    (case / "oracle-callers.tsv").write_text(_asked(program, "callers"))
    pcs = dict.fromkeys(row.partition("\t")[0] for row in rows.splitlines())
    (case / "pcs.txt").write_text("".join(f"{pc}\n" for pc in pcs))


def _asked(program: list[str], view: str) -> str:
    command = [*program, view, str(ADDRESSES), str(SEED)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _core(case: Path, mode: Mode) -> None:
    """Made beside its place and moved there when whole, so that a broken run leaves nothing to be kept."""
    fresh = case / "unfinished" / mode.name
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    crashes.leave(case / "bin", mode, fresh)
    (case / "cores").mkdir(exist_ok=True)
    fresh.rename(case / "cores" / mode.name)
    fresh.parent.rmdir()


def kept(case: Path) -> str:
    """The key of what is there, or nothing."""
    about = case / "case.json"
    return str(json.loads(about.read_text())["key"]) if about.exists() else ""
