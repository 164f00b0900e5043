"""Collect crashes from where they are written, and publish them on Kafka, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
from pathlib import Path

from streams.cli.options import (
    LISTEN,
    add_broker,
    add_config,
    add_core_folders,
    add_format,
    add_service,
    chosen_cluster,
    chosen_format,
    chosen_patterns,
    chosen_stages,
    configuration,
    listen_or,
)
from streams.cli.saying import sayer

LINES = "logs.lines"
_say = sayer("collect")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    kinds = parser.add_subparsers(title="commands", dest="kind", metavar="COMMAND", required=True)
    lines = kinds.add_parser(
        "lines",
        help="from the topics that log shippers write to",
        description="Find crashes in log lines: plain ones, and records of log shippers (docs/produce.md). Start as "
        "many collectors as you like, up to the number of partitions; each needs a --data folder and a --listen "
        "address of its own. Lines of one container must be in one partition: have the shipper use its id as key.",
    )
    lines.add_argument(
        "--topic",
        dest="topics",
        metavar="NAME",
        action="append",
        help=f"a topic of a shipper; may be given several times (default: {LINES})",
    )
    lines.add_argument(
        "--service", metavar="NAME", help="the service, where the lines do not name it"
    )
    add_format(lines)
    add_broker(lines)
    lines.add_argument("--app-id", metavar="ID", help="one application = one set of positions")
    lines.add_argument("--data", metavar="DIR", help="local copies of positions, of this collector")
    lines.add_argument("--listen", metavar="ADDR", help="/healthz, /readyz and /metrics")
    add_config(lines)
    _add_http(kinds)
    _add_spool(kinds)
    _add_cores(kinds)


def _add_http(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    http = kinds.add_parser(
        "http",
        help="from log shippers and programs that post them",
        description="Take crashes and log lines over HTTP (docs/http-ingest.md) and send them to panics.raw and "
        "logs.lines. A sender is answered when what it sent is on disk; while Kafka is away it is kept. Lines are put "
        "together by `collect lines`.",
    )
    http.add_argument(
        "--listen",
        metavar="ADDR",
        help=f"where to listen (default: {LISTEN}); without an API token only this machine may post",
    )
    add_broker(http)
    http.add_argument("--data", metavar="DIR", help="where it is kept until Kafka has it")
    add_config(http)


def _add_spool(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    spool = kinds.add_parser(
        "spool",
        help="from what panicwatch keeps in containers",
        description="Follow spools (docs/spool.md) and send their records to panics.raw, secrets replaced, each at "
        "least once and counted once. It goes on where it was; while Kafka is away the spools keep what they have. A "
        "damaged segment is kept aside as *.corrupt.",
    )
    spool.add_argument(
        "--spool",
        dest="spools",
        metavar="DIR",
        type=Path,
        action="append",
        required=True,
        help="a spool, or a folder of spools; may be given several times",
    )
    spool.add_argument(
        "--delete",
        action="store_true",
        help="remove segments that are closed and sent to their end",
    )
    add_service(spool)
    add_broker(spool)
    spool.add_argument("--data", metavar="DIR", help="where it keeps how far it is")
    spool.add_argument(
        "--listen", metavar="ADDR", help="/healthz, /readyz and /metrics (default: none)"
    )
    add_config(spool)


def _add_cores(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    cores = kinds.add_parser(
        "cores",
        help="from the kernel, or from folders that cores are written to",
        description="Store cores of Go programs (docs/cores.md) and send the reference to each to cores.refs: those "
        "that the handler keeps, and those in folders, each once. With --handler be the handler: the kernel starts it "
        "by kernel.core_pattern = '|/usr/bin/panictrail collect cores --handler %P %i %u %g %s %t %c %h %e %E', with "
        "the core on standard input; its settings are in /etc/panictrail.toml, or --config FILE before --handler.",
    )
    cores.add_argument(
        "--handler",
        metavar="WORD",
        nargs="+",
        help="handle one core, given on standard input; what is no Go program's goes to core_forward",
    )
    add_core_folders(cores)
    cores.add_argument(
        "--store",
        dest="core_store",
        metavar="URI",
        help="where cores are kept: file:///FOLDER or s3://BUCKET/PREFIX (default: core_store)",
    )
    cores.add_argument(
        "--core-spool",
        dest="core_spool",
        metavar="DIR",
        help="where references wait, and cores while the store is away (default: core_spool)",
    )
    cores.add_argument(
        "--delete",
        action="store_true",
        help="remove files from the folders when their cores are stored and sent",
    )
    cores.add_argument(
        "--refs",
        metavar="FILE",
        type=Path,
        help="append references to a file, for `analyze`, instead of sending them to Kafka",
    )
    cores.add_argument(
        "--once", action="store_true", help="with --refs: end when everything is stored"
    )
    add_service(cores)
    add_broker(cores)
    cores.add_argument(
        "--listen", metavar="ADDR", help="/healthz, /readyz and /metrics (default: none)"
    )
    add_config(cores)


def run(options: argparse.Namespace) -> int:
    """Check everything, then collect."""
    if options.kind == "cores":
        return _run_cores(options)
    if options.kind == "spool":
        return _run_spool(options)
    if options.kind == "http":
        return _run_http(options)
    settings = configuration(options).settings
    stages = chosen_stages(settings)
    from streams.drivers.kafka.collect import prepare
    from streams.drivers.kafka.collect import run as run_collector

    topics = tuple(dict.fromkeys(options.topics or (LINES,)))
    prepared = prepare(settings, stages, topics, chosen_format(options))
    for line in prepared.lines:
        _say(line)
    return run_collector(prepared.plan)


def _run_http(options: argparse.Namespace) -> int:
    from streams.drivers.http.listener import bind, host_and_port
    from streams.drivers.kafka.gateway import HTTP
    from streams.drivers.kafka.gateway import prepare as prepare_http
    from streams.drivers.kafka.gateway import run as run_http

    found = configuration(options)
    chosen_cluster(found.settings)
    plan = prepare_http(found.settings, HTTP)
    with bind(*host_and_port(listen_or(found, LISTEN))) as sock:
        run_http(plan, sock, _say)
    return 0


def _run_spool(options: argparse.Namespace) -> int:
    from contextlib import ExitStack

    from streams.drivers.http.listener import bind, host_and_port
    from streams.drivers.kafka.gateway import prepare as prepare_sending
    from streams.drivers.kafka.spool import STAGE
    from streams.drivers.kafka.spool import run as run_spool
    from streams.drivers.spools import segments

    found = configuration(options)
    for folder in options.spools:
        segments(folder)
    chosen_patterns(found.settings)
    chosen_cluster(found.settings)
    plan = prepare_sending(found.settings, STAGE)
    with ExitStack() as opened:
        listen = listen_or(found, "")
        sock = opened.enter_context(bind(*host_and_port(listen))) if listen else None
        run_spool(plan, options.spools, sock, _say, delete=options.delete)
    return 0


def _run_cores(options: argparse.Namespace) -> int:
    from contextlib import ExitStack

    from streams.drivers.core_following import Wanted, run_to_file
    from streams.model.errors import BadInput

    found = configuration(options)
    wanted = Wanted(folders=tuple(options.folders), delete=options.delete)
    if options.refs is not None:
        if run_to_file(found.settings, wanted, options.refs, once=options.once):
            return 0
        _say("not everything is stored: what is left waits in core_spool")
        return 3
    if options.once:
        raise BadInput("--once goes with --refs FILE")
    from streams.drivers.http.listener import bind, host_and_port
    from streams.drivers.kafka.cores import STAGE
    from streams.drivers.kafka.cores import run as run_cores
    from streams.drivers.kafka.gateway import prepare as prepare_sending

    chosen_cluster(found.settings)
    plan = prepare_sending(found.settings, STAGE)
    with ExitStack() as opened:
        listen = listen_or(found, "")
        sock = opened.enter_context(bind(*host_and_port(listen))) if listen else None
        run_cores(plan, wanted, sock, _say)
    return 0
