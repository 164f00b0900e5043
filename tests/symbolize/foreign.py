"""`python -m tests.symbolize.foreign [OUT]`: cases of binaries that this project did not write, from Go modules.

In: the pinned modules below. Out: foreign-NAME and foreign-NAME-stripped, each {bin,pcs.txt,oracle-symbols.tsv}: the
start of every function with its name by `go tool nm` of the binary that has symbols. Names only: nm knows no inlining.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.symbolize import toolchains
from tests.symbolize.binaries import ROOT
from tests.symbolize.toolchains import Toolchain
from tests.symbolize.variants import STRIPPED

OUT: Final = ROOT / ".cache" / "symbolize-cases"
_SYMBOL: Final = re.compile(r"^\s*([0-9a-f]+)\s+(\d+)\s+[Tt]\s+(.+)$", re.MULTILINE)
# Marks of the linker that stand in the text and are no functions.
_MARKS: Final = re.compile(
    r"^(runtime\.e?text(\.\d+)?|go[:.]buildid|go:textfips(start|end)|_start|_init|_fini)$"
)


@dataclass(frozen=True)
class Tool:
    """One command of a published module."""

    name: str
    package: str
    version: str


TOOLS: Final = (
    Tool("stringer", "golang.org/x/tools/cmd/stringer", "v0.52.0"),
    Tool("dlv", "github.com/go-delve/delve/cmd/dlv", "v1.27.2"),
)


def make(out: Path, go: Toolchain, tool: Tool) -> list[Path]:
    """The tool as installed, and its stripped twin, whose functions lie where those of the first do."""
    whole = _installed(out / f"foreign-{tool.name}", go, tool, ())
    symbols = go.run(ROOT, "tool", "nm", "-size", str(whole / "bin"))
    twin = _installed(out / f"foreign-{tool.name}-stripped", go, tool, ("-ldflags", STRIPPED))
    rows = functions(symbols)
    for case in (whole, twin):
        (case / "oracle-symbols.tsv").write_text("".join(f"{pc}\t{name}\n" for pc, name in rows))
        (case / "pcs.txt").write_text("".join(f"{pc}\n" for pc, _ in rows))
    return [whole, twin]


def functions(symbols: str) -> list[tuple[str, str]]:
    """Address and name of the functions that nm lists; assembly's ABI suffix is no part of a name at run time."""
    return [
        (pc.lstrip("0"), name.removesuffix(".abi0").removesuffix(".abiinternal"))
        for pc, size, name in _SYMBOL.findall(symbols)
        if int(size) and not _MARKS.match(name)
    ]


def _installed(case: Path, go: Toolchain, tool: Tool, flags: tuple[str, ...]) -> Path:
    about = {"key": f"{go.version} {tool.package}@{tool.version} {' '.join(flags)}"}
    noted = case / "case.json"
    if noted.exists() and json.loads(noted.read_text()) == about:
        return case
    shutil.rmtree(case, ignore_errors=True)
    case.mkdir(parents=True)
    go.run(
        ROOT,
        *("install", *flags, f"{tool.package}@{tool.version}"),
        env={"GOBIN": str(case.resolve()), "CGO_ENABLED": "0"},
    )
    (case / tool.name).rename(case / "bin")
    noted.write_text(json.dumps(about) + "\n")
    return case


def main() -> int:
    """Make the cases with this machine's Go."""
    parser = argparse.ArgumentParser(prog="python -m tests.symbolize.foreign", description=__doc__)
    parser.add_argument("out", metavar="OUT", type=Path, nargs="?", default=OUT)
    out = parser.parse_args().out
    for tool in TOOLS:
        for case in make(out, toolchains.named("local"), tool):
            sys.stdout.write(f"{case.name}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
