"""What is configured, where each value comes from, and whether state folder, database and Kafka can be used."""

from __future__ import annotations

import argparse
import sys

from streams.cli.options import (
    add_broker,
    add_config,
    add_database,
    add_json,
    add_state,
    configuration,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_state(parser)
    add_database(parser)
    add_broker(parser)
    parser.add_argument("--service", metavar="NAME", help="as for analyze")
    add_json(parser, "settings and checks")
    add_config(parser)


def _state(folder: str | None) -> tuple[int, str]:
    """The exit code that the state asks for (0: it can be used), and what is in it."""
    from streams.drivers.embedded.reading import dead_letters, reports
    from streams.drivers.embedded.state import existing_state, has_state
    from streams.model.errors import BadInput

    if folder is None:
        return 0, "none: each run starts from nothing; name a folder with --state DIR to keep it"
    if not has_state(folder):
        return 0, f"{folder}: empty; the first analyze --state makes it"
    try:
        with existing_state(folder) as store:
            return 0, (
                f"{folder}: {len(reports(store))} clusters, {len(dead_letters(store))} dead letters"
            )
    except BadInput as problem:
        return 2, str(problem)


def run(options: argparse.Namespace) -> int:
    """Print settings with their origin, then the checks."""
    from itertools import groupby

    import orjson

    from streams import __version__
    from streams.cli.doctor_broker import check_broker
    from streams.cli.doctor_database import check_database
    from streams.cli.doctor_notifications import check_notifications
    from streams.cli.doctor_sizes import check_sizes
    from streams.core.report.words import visible

    found = configuration(options)
    checks = (
        ("state", *_state(found.settings.state)),
        *check_notifications(found.settings),
        ("database", *check_database(found.settings.database)),
        *check_broker(found),
        *check_sizes(found.settings),
    )
    worst = max(code for _, code, _ in checks)
    if options.json:
        lines: list[dict[str, str | bool]] = [
            {"setting": o.name, "value": o.value, "origin": o.origin} for o in found.origins
        ]
        lines.extend({"check": name, "ok": not code, "detail": text} for name, code, text in checks)
        sys.stdout.buffer.write(b"".join(orjson.dumps(row) + b"\n" for row in lines))
        return worst
    sys.stdout.write(f"panictrail {__version__}, Python {sys.version.split()[0]}\n\nsettings\n")
    for origin in found.origins:
        line = f"  {origin.name:23} {origin.value:24} ({origin.origin})"
        sys.stdout.write(visible(line) + "\n")
    for name, rows in groupby(checks, key=lambda check: check[0]):
        sys.stdout.write(f"\n{name}\n")
        for _, code, text in rows:
            sys.stdout.write(f"  {'NOT USABLE' if code else 'ok'}: {visible(text)}\n")
    return worst
