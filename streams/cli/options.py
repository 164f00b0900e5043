"""Options that several commands share, and what they become.

In: an argument parser, parsed options. Out: Configuration, an open store. Imports stay light.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.config import Configuration, Settings
    from streams.core.scrub.patterns import Pattern
    from streams.drivers.kafka.client import Cluster
    from streams.drivers.kafka.names import Names
    from streams.topology import Stage

# Where commands listen that take what is posted.
LISTEN = "127.0.0.1:8088"


def add_config(parser: argparse.ArgumentParser) -> None:
    """`--config`."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="settings (default: panictrail.toml here)"
    )


def add_state(
    parser: argparse.ArgumentParser,
    text: str = "keep what was found, and go on from it next time",
) -> None:
    """`--state`."""
    parser.add_argument("--state", metavar="DIR", help=text)


def add_database(parser: argparse.ArgumentParser) -> None:
    """`--database`."""
    parser.add_argument(
        "--database",
        metavar="URL",
        help="read what workers keep: postgresql://… or sqlite:///…",
    )


def add_broker(parser: argparse.ArgumentParser) -> None:
    """`--broker`, `--topic-prefix`."""
    parser.add_argument(
        "--broker", metavar="HOST:PORT", help="Kafka; several addresses with commas between"
    )
    parser.add_argument(
        "--topic-prefix", metavar="TEXT", help="stands before every topic and group"
    )


def add_binaries(parser: argparse.ArgumentParser) -> None:
    """`--binary`."""
    parser.add_argument(
        "--binary",
        metavar="PATH",
        dest="binaries",
        action="append",
        help="a Go binary, or a folder in which binaries are found by build ID; may be given several times",
    )


def add_core_folders(parser: argparse.ArgumentParser) -> None:
    """`--folder`."""
    parser.add_argument(
        "--folder",
        dest="folders",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="a folder that cores are written to, plain ones or systemd-coredump's; may be given several times",
    )


# Methods of the pipeline; `cluster` has more (streams/core/similarity/methods.py).
METHODS = ("locus1", "plain1", "top1", "dual1")


def add_method(parser: argparse.ArgumentParser, methods: tuple[str, ...] = METHODS) -> None:
    """`--method`, `--eps`, `--min-samples`."""
    parser.add_argument(
        "--method", choices=methods, help="how crashes are grouped (default: locus1)"
    )
    parser.add_argument(
        "--eps",
        metavar="X",
        help="of dual1: the distance, 0 to 1, up to which stacks are near (0.3)",
    )
    parser.add_argument(
        "--min-samples",
        metavar="N",
        help="of dual1: near stacks, itself included, that begin a cluster (1)",
    )


def add_repo(parser: argparse.ArgumentParser) -> None:
    """`--repo`, `--substitute`."""
    parser.add_argument(
        "--repo",
        metavar="NAME=PATH",
        action="append",
        default=[],
        help="a git repository, or a folder, whose source is shown and says where crashes stand; several are possible",
    )
    parser.add_argument(
        "--substitute",
        metavar="FROM=TO",
        action="append",
        type=_substitute,
        help="files that a crash prints below FROM are below TO in the repository",
    )


def _substitute(text: str) -> dict[str, str]:
    """A rule as the settings file would state it."""
    old, equals, to = text.rpartition("=")
    if not equals:
        message = f"{text!r}: want FROM=TO, such as /app=services/shop or /app=."
        raise argparse.ArgumentTypeError(message)
    return {"from": old, "to": to}


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help=f"{what}, one JSON object per line")


def add_inputs(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """INPUT, `--service`."""
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="*" if optional else "+",
        help="a log file, a folder of them, or - for standard input; .gz and .zst are read as they are",
    )
    add_service(parser)
    add_format(parser)


def add_service(parser: argparse.ArgumentParser) -> None:
    """`--service`."""
    parser.add_argument(
        "--service", metavar="NAME", help="the service, where the input does not name it"
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """Declare the name of a format."""
    parser.add_argument(
        "--format",
        metavar="NAME",
        default="",
        help="the shape of every line, where recognition should not guess: plain, cri, docker, vector, …",
    )


def chosen_format(options: argparse.Namespace) -> str:
    """The format that was named, empty where none was. Raises BadInput for one that is not known."""
    from streams.core.parse.prefix import FORMATS
    from streams.model.errors import BadInput

    name: str = options.format
    if name and name not in FORMATS:
        message = f"--format {name}: not known: name one of {', '.join(FORMATS)}"
        raise BadInput(message)
    return name


def chosen_stages(settings: Settings) -> tuple[Stage, ...]:
    """The pipeline with these settings. Raises BadInput where a secret pattern cannot be used."""
    from streams.model.errors import BadInput
    from streams.topology import stages

    try:
        return stages(settings.pipeline())
    except ValueError as error:
        message = f"scrub_patterns: {error}"
        raise BadInput(message) from None


def chosen_patterns(settings: Settings) -> tuple[Pattern, ...] | None:
    """The user's own patterns for secrets, None where scrubbing is off. Raises BadInput for one that cannot be used."""
    from streams.model.errors import BadInput
    from streams.topology import secret_patterns

    try:
        return secret_patterns(settings.pipeline())
    except ValueError as error:
        message = f"scrub_patterns: {error}"
        raise BadInput(message) from None


def chosen_cluster(settings: Settings) -> Cluster:
    """The Kafka of these settings, for a command. Raises BadInput where none is named or a file cannot be used."""
    from streams.drivers.kafka.client import cluster, quiet

    quiet()
    return cluster(settings)


def chosen_names(settings: Settings, replay: str | None = None) -> Names:
    """Names on the broker, of the pipeline or of a replay. Raises BadInput for a name that none may have."""
    from streams.drivers.kafka.names import DEFAULT, Names, replay_name

    name = DEFAULT if replay is None else replay_name(replay)
    return Names(app=settings.app_id, prefix=settings.topic_prefix, name=name)


def chosen_for(options: argparse.Namespace, replay: str | None) -> tuple[Settings, tuple[str, ...]]:
    """The settings of who works for a replay, which groups as it was begun; what to say of that. Raises BadInput."""
    found = configuration(options)
    if replay is None:
        return found.settings, ()
    from asyncio import run

    from streams.drivers.grouping import as_begun
    from streams.drivers.kafka.generations import read
    from streams.drivers.kafka.prepare import names_of

    names = names_of(found.settings, replay)
    rows = run(read(chosen_cluster(found.settings), names))
    return as_begun(found, rows.get(names.name))


def configuration(options: argparse.Namespace) -> Configuration:
    """Settings in force for these options: an option of a setting's name sets it. Raises BadInput."""
    from streams.config import Settings, load

    flags = {name: getattr(options, name, None) for name in Settings.__struct_fields__}
    for name, read in (("eps", float), ("min_samples", int)):
        flags[name] = _number(flags[name], name, read)
    repos = getattr(options, "repo", None)
    if repos:
        from streams.drivers.embedded.sources import named_repos

        flags["repositories"] = {name: str(path) for name, path in named_repos(repos).items()}
    rules = getattr(options, "substitute", None)
    flags["source"] = {"substitute": rules} if rules else None
    return load(flags, getattr(options, "config", None))


def _number(text: object, name: str, read: Callable[[str], float]) -> float | None:
    """The number that a flag gives. Raises BadInput."""
    from streams.model.errors import BadInput

    if text is None:
        return None
    try:
        return read(str(text))
    except ValueError:
        message = f"--{name.replace('_', '-')} {text}: want a number"
        raise BadInput(message) from None


def stated(found: Configuration, name: str) -> int | None:
    """A number that somebody set; None where the default is in force."""
    return int(getattr(found.settings, name)) if _is_set(found, name) else None


def listen_or(found: Configuration, default: str) -> str:
    """The address that somebody set, else a command's own."""
    return found.settings.listen if _is_set(found, "listen") else default


def _is_set(found: Configuration, name: str) -> bool:
    return any(each.name == name and each.origin != "default" for each in found.origins)
