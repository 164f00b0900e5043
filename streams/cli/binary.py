"""What a Go binary is: Go version, module, revision, build IDs, table layout, stripped or not. It is never run."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from streams.cli.options import add_broker, add_config, add_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.symbolize.binary import Binary
    from streams.model.symbols import BinaryFacts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("path", metavar="PATH", help="an executable for linux/amd64 or linux/arm64")
    parser.add_argument(
        "--announce",
        action="store_true",
        help="say on Kafka that this binary is in the workers' folder now: what waited for it is worked out",
    )
    add_broker(parser)
    add_json(parser, "the same (schema binary.v1)")
    add_config(parser)


def _facts(path: str, binary: Binary) -> BinaryFacts:
    from streams.core.symbolize.buildinfo import build_of
    from streams.core.symbolize.elf import NotReadable
    from streams.model.symbols import BinaryFacts

    info, build = binary.info, build_of(binary.info)
    unknown = layout = at = functions = text = None
    try:
        table = binary.table
        layout, at, functions = f"1.{table.layout}", hex(table.address), table.functions
        text = (hex(table.text[0]), hex(table.text[1]))
    except NotReadable as problem:
        unknown = str(problem)
    cgo = info.settings.get("CGO_ENABLED")
    return BinaryFacts(
        path=os.fsencode(path).decode("utf-8", "replace"),
        go=info.go,
        main=info.path,
        module=info.module,
        version=info.version,
        revision=info.revision,
        revision_time=info.settings.get("vcs.time"),
        modified=build.modified,
        go_build_id=info.go_build_id,
        gnu_build_id=info.gnu_build_id,
        arch=binary.elf.machine,
        mode=binary.mode,
        cgo=None if cgo is None else cgo == "1",
        trimpath=build.trimpath,
        stripped=binary.stripped,
        dwarf=any(name in binary.elf.sections for name in (".debug_info", ".zdebug_info")),
        pclntab=layout,
        pclntab_at=at,
        functions=functions,
        text=text,
        settings=info.settings,
        unknown=unknown,
    )


def _lines(facts: BinaryFacts) -> Iterator[str]:
    yes = {True: "yes", False: "no", None: "not stated"}
    rows = (
        ("Go", facts.go),
        ("main package", facts.main),
        ("module", " ".join(part for part in (facts.module, facts.version) if part)),
        ("revision", facts.revision),
        ("revision time", facts.revision_time),
        ("modified", yes[facts.modified] if facts.revision else None),
        ("Go build ID", facts.go_build_id),
        ("GNU build ID", facts.gnu_build_id),
        ("file", f"{facts.arch}, {facts.mode}"),
        ("CGO_ENABLED", yes[facts.cgo]),
        ("trimpath", yes[facts.trimpath]),
        ("symbol table", "stripped" if facts.stripped else "kept"),
        ("DWARF", "kept" if facts.dwarf else "none"),
    )
    for name, value in rows:
        yield f"{name:14}  {value or 'not stated'}"
    if facts.pclntab and facts.text:
        yield f"{'pclntab':14}  layout of Go {facts.pclntab}, at {facts.pclntab_at}"
        yield f"{'functions':14}  {facts.functions:,}, in {facts.text[0]}-{facts.text[1]}"


def _announce(options: argparse.Namespace, facts: BinaryFacts) -> None:
    """Tell every worker. Raises BadInput or ServiceMissing."""
    import asyncio

    from streams.cli.options import chosen_cluster, chosen_names, configuration
    from streams.drivers.kafka.arrivals import announce
    from streams.model.errors import BadInput
    from streams.model.events import FactArrived

    ids = [name for name in (facts.gnu_build_id, facts.go_build_id) if name]
    if not ids:
        message = f"{options.path}: has no build ID: nobody can be waiting for it"
        raise BadInput(message)
    settings = configuration(options).settings
    events = tuple(FactArrived(kind="binary", key=name) for name in ids)
    asyncio.run(announce(chosen_cluster(settings), chosen_names(settings), events))


def run(options: argparse.Namespace) -> int:
    """Print what is known; exit 2 where its functions cannot be read."""
    from streams.core.report.words import visible
    from streams.drivers.mapped import open_binary
    from streams.model.message import encode

    facts = _facts(options.path, open_binary(options.path))
    if options.json:
        sys.stdout.buffer.write(encode(facts) + b"\n")
    else:
        sys.stdout.writelines(visible(line) + "\n" for line in _lines(facts))
    if options.announce:
        _announce(options, facts)
    if facts.unknown:
        sys.stderr.write(f"panictrail binary: {facts.unknown}\n")
        return 2
    return 0
