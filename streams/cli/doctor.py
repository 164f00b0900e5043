"""What is configured, where each value comes from, and whether the state folder can be used."""

from __future__ import annotations

import argparse
import sys

from streams.cli.options import add_config, add_json, add_state, configuration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_state(parser)
    parser.add_argument("--service", metavar="NAME", help="as for analyze")
    add_json(parser, "settings and checks")
    add_config(parser)


def _state(folder: str | None) -> tuple[bool, str]:
    """Whether the state can be used, and what is in it."""
    from streams.drivers.embedded.reading import dead_letters, reports
    from streams.drivers.embedded.state import existing_state, has_state
    from streams.model.errors import BadInput

    if folder is None:
        return True, "none: each run starts from nothing; name a folder with --state DIR to keep it"
    if not has_state(folder):
        return True, f"{folder}: empty; the first analyze --state makes it"
    try:
        with existing_state(folder) as store:
            return True, (
                f"{folder}: {len(reports(store))} clusters, {len(dead_letters(store))} dead letters"
            )
    except BadInput as problem:
        return False, str(problem)


def run(options: argparse.Namespace) -> int:
    """Print settings with their origin, then the checks."""
    import orjson

    from streams import __version__
    from streams.core.report.words import visible

    found = configuration(options)
    good, state = _state(found.settings.state)
    if options.json:
        rows: list[dict[str, str | bool]] = [
            {"setting": o.name, "value": o.value, "origin": o.origin} for o in found.origins
        ]
        rows.append({"check": "state", "ok": good, "detail": state})
        sys.stdout.buffer.write(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        return 0 if good else 2
    sys.stdout.write(f"panictrail {__version__}, Python {sys.version.split()[0]}\n\nsettings\n")
    for origin in found.origins:
        line = f"  {origin.name:16} {origin.value:24} ({origin.origin})"
        sys.stdout.write(visible(line) + "\n")
    sys.stdout.write(f"\nstate\n  {'ok' if good else 'NOT USABLE'}: {visible(state)}\n")
    return 0 if good else 2
