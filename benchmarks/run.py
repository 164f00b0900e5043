"""Runs every benchmark script of this folder, one after the other; fails when one of them fails.

In: names of scripts as arguments (`startup`), or none for all.
Out: the tables that the scripts print.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def scripts(names: list[str]) -> list[Path]:
    """The scripts with these names, or all; those beginning with `_` are parts of others."""
    found = [
        path
        for path in sorted(_FOLDER.glob("*.py"))
        if path.name != "run.py" and not path.name.startswith("_")
    ]
    return [path for path in found if not names or path.stem in names]


def main(names: list[str]) -> int:
    """Exit code 0 when every script ended well, 1 when one did not, 2 when there is none."""
    chosen = scripts(names)
    unknown = set(names) - {path.stem for path in chosen}
    if unknown or not chosen:
        print(f"benchmarks/: no script {', '.join(sorted(unknown)) or 'at all'}", file=sys.stderr)
        return 2
    failed: list[str] = []
    for path in chosen:
        print(f"== {path.name}", flush=True)
        # Servers that benchmarks and tests share are in tests/.
        environment = {**os.environ, "PYTHONPATH": str(_FOLDER.parent)}
        if subprocess.run(
            [sys.executable, path], cwd=_FOLDER.parent, env=environment, check=False
        ).returncode:
            failed.append(path.name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
