"""What was masked where: secrets are replaced before anything is published or stored, and this says which and how many.

A pattern by a line: how many secrets, in how many crashes, fields and services, and in how many dead letters. Your own
patterns (scrub_patterns in panictrail.toml) that found nothing are named. Never a secret, nor what stood around one.
"""

from __future__ import annotations

import argparse
import sys

from streams.cli.options import add_config, add_database, add_json, add_state, configuration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    actions = parser.add_subparsers(
        title="commands", dest="action", metavar="COMMAND", required=True
    )
    report = actions.add_parser("report", help="what was masked in all that is kept")
    add_state(report, "the state folder to look into")
    add_database(report)
    add_json(report, "a pattern (scrubbed-pattern.v1)")
    add_config(report)


def run(options: argparse.Namespace) -> int:
    """Print the report."""
    from streams.cli.reading import opened_reader
    from streams.core.report.masked import lines
    from streams.drivers.masked import masked
    from streams.model.message import encode

    settings = configuration(options).settings
    own = (pattern.name for pattern in settings.scrub_patterns)
    with opened_reader(options) as reader:
        rows = masked(reader, own)
    if not settings.scrub:
        sys.stderr.write(
            "panictrail scrub: scrubbing is off (scrub = false): nothing is masked from now on\n"
        )
    if options.json:
        sys.stdout.buffer.writelines(encode(row) + b"\n" for row in rows)
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(rows))
    return 0
