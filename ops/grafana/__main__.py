"""The dashboards as files: `python -m ops.grafana` writes ops/grafana/dashboards, `--check` only compares.

In: nothing. Out: one JSON file for each dashboard. `--check`: exit code 1 when a file is not what it would be made
to be.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

from ops.grafana.cluster import cluster
from ops.grafana.deploys import deploys
from ops.grafana.overview import overview
from ops.grafana.pipeline import pipeline

FOLDER: Final = Path(__file__).resolve().parent / "dashboards"


def files() -> Iterator[tuple[Path, str]]:
    """Every file with its text."""
    for made in (overview(), cluster(), deploys(), pipeline()):
        found = _numbered(made)
        text = JSONEncoder(indent=1, sort_keys=True).encode(found)
        yield FOLDER / f"{(found.uid or '').removeprefix('panictrail-')}.json", f"{text}\n"


def _numbered(made: builders.Dashboard) -> Dashboard:
    """With a number for each panel: links to one panel go on when another is added above it."""
    found = made.build()
    for number, panel in enumerate(found.panels or (), 1):
        if isinstance(panel, Panel):
            panel.id_val = number
    return found


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` say which are stale."""
    made = dict(files())
    if arguments == ["--check"]:
        there = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
        stale = sorted(path.name for path in made | there if made.get(path) != there.get(path))
        for name in stale:
            print(f"ops/grafana/dashboards/{name}: stale; run `make docs`")
        print("dashboards: stale" if stale else "dashboards: current")
        return 1 if stale else 0
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote ops/grafana/dashboards/{path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
