"""Write schemas/ from the model, or (`--check`) tell which of its files are not what they would be.

In: a folder. Out: files, or exit code 1 with their names on stderr and the command that mends them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from streams.model.schemagen import COMMAND, schemas


def drifted(folder: Path) -> list[Path]:
    """Files that are missing, differ, or belong to no topic."""
    files = schemas()
    wrong = [folder / name for name, data in files.items() if _read(folder / name) != data]
    known = {folder / name for name in files}
    strangers = set(folder.glob("*.json")) - known
    return sorted([*wrong, *strangers])


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def write(folder: Path) -> list[Path]:
    """Bring the folder in line with the model; the files that changed or went."""
    files = schemas()
    changed = drifted(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in changed:
        if path.name in files:
            path.write_bytes(files[path.name])
        else:
            path.unlink()
    return changed


def main(arguments: list[str] | None = None) -> int:
    """Run the tool; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a file drifted")
    options = parser.parse_args(arguments)
    if not options.check:
        for path in write(options.folder):
            print(f"wrote {path}")
        return 0
    wrong = drifted(options.folder)
    for path in wrong:
        print(f"{path} is not what streams/model says: run `{COMMAND}`", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
