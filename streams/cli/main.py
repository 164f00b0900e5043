"""`panictrail`: parse the command line, run one command, turn errors into messages and exit codes.

Exit codes: 0 done; 1 found what it was asked to fail on; 2 wrong usage or unreadable input; 3 an outside
service is missing. argparse, because `--help` must not pay for anything else (docs/adr).
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

from streams import __version__

# Command -> (module, what it does): the module is imported only when its command runs or is asked for help.
COMMANDS: Final[dict[str, str]] = {
    "analyze": "read logs, group the crashes in them, explain each group (start here)",
    "parse": "crash records only, as text or JSON",
    "binary": "what a Go binary is: version, module, revision, build IDs",
    "symbolize": "function, file and line of addresses in a Go binary, stripped or not",
    "goroutines": "all goroutines of a crash or dump, equal stacks as one where asked",
    "snapshot": "goroutines of a live process, or a core of it, also in a container",
    "cluster": "group crash texts given as JSON lines",
    "explain": "say why two crashes, or clusters, are one or are not",
    "attribute": "name the change, build and deploy batch that caused a crash",
    "regroup": "another method over all kept crashes: what would change, then adopt it",
    "clusters": "list and show clusters; merge, split, pin, ignore, resolve them",
    "serve": "take crashes, log lines and webhooks over HTTP, with the whole pipeline and the web page in one process",
    "web": "the web page and its JSON API alone, on what workers keep in a database",
    "gateway": "take webhooks over HTTP, and send what they tell to Kafka",
    "notify": "send notifications from Kafka to a webhook, Slack or Alertmanager",
    "worker": "run stages of the pipeline on Kafka",
    "spool": "list or print what panicwatch kept in a container",
    "scrub": "say which secrets were masked, how often and where",
    "collect": "find crashes in the log lines that shippers send to Kafka, or take them over HTTP",
    "topics": "topics on Kafka: make them, check them, print what is in one",
    "reports": "follow root-cause reports on Kafka",
    "replay": "work the input out again beside the pipeline, compare, switch over",
    "deadletter": "what could not be processed, and trying again",
    "doctor": "what is configured, and where each value comes from",
}

USAGE_ERROR: Final = 2
_LINES_OF_PROBLEM: Final = 40
SERVICE_MISSING: Final = 3
# What the scale-out mode needs beyond the plain package.
_SCALE_OUT: Final = frozenset(("aiokafka", "asyncpg", "faust", "mode", "prometheus_client"))


class _Parser(argparse.ArgumentParser):
    """Errors go to stderr with the next step, and exit with 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE_ERROR, f"{self.prog}: {message}\nTry: {self.prog} --help\n")


def _overview() -> str:
    width = max(map(len, COMMANDS))
    rows = (f"  {name:{width}}  {text}" for name, text in COMMANDS.items())
    return "\n".join(
        (
            "usage: panictrail COMMAND [ARGUMENTS]",
            "",
            "From a Go crash to the change that caused it.",
            "",
            "commands:",
            *rows,
            "",
            "  panictrail COMMAND --help    says how to use a command",
            "  panictrail --version         says which version this is",
            "",
            "try: kubectl logs POD --previous | panictrail analyze -",
        )
    )


def command_parser(name: str) -> tuple[argparse.ArgumentParser, object]:
    """The parser of one command and the module that runs it."""
    module = importlib.import_module(f"streams.cli.{name}")
    parser = _Parser(
        prog=f"panictrail {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    return parser, module


def _run(name: str, arguments: Sequence[str]) -> int:
    # Importing makes many objects and no garbage: fewer collections save a tenth of a short run.
    gc.set_threshold(50_000, 20, 20)
    parser, module = command_parser(name)
    options = parser.parse_args(arguments)
    from streams.model.errors import BadInput, ServiceMissing

    try:
        return int(module.run(options))  # type: ignore[attr-defined]  # every command module has run
    except BadInput as problem:
        from streams.core.report.words import visible_lines

        # It may quote what a file says, such as the paths in a core.
        text = "\n".join(visible_lines(str(problem), _LINES_OF_PROBLEM))
        sys.stderr.write(f"panictrail {name}: {text}\n")
        return USAGE_ERROR
    except ServiceMissing as missing:
        sys.stderr.write(f"panictrail {name}: {missing}\n")
        return SERVICE_MISSING
    except ModuleNotFoundError as absent:
        package = (absent.name or "").partition(".")[0]
        if package not in _SCALE_OUT:
            raise
        step = "pip install 'panictrail[scale-out]'"
        sys.stderr.write(f"panictrail {name}: {package} is not installed: {step}\n")
        return USAGE_ERROR


def _dispatch(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write(_overview() + "\n")
        return 0 if arguments else USAGE_ERROR
    if arguments[0] in ("-V", "--version"):
        sys.stdout.write(f"panictrail {__version__}\n")
        return 0
    if arguments[0] not in COMMANDS:
        known = ", ".join(COMMANDS)
        sys.stderr.write(f"panictrail: no command {arguments[0]!r}: known are {known}\n")
        return USAGE_ERROR
    return _run(arguments[0], arguments[1:])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is returned."""
    given = sys.argv[1:] if arguments is None else arguments
    if "--handler" in given:
        from streams.cli import core_handler

        if core_handler.is_meant(given):
            return core_handler.run(given)
    try:
        code = _dispatch(given)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output went away (`| head`); Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # Inputs and state have their own messages; what is left is the output (a full disk).
        sys.stderr.write(f"panictrail: cannot write the result: {error.strerror or error}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE_ERROR
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
