"""`python -m tests.chaos`: chaos runs, one table per seed; a non-zero end when a figure is wrong.

In: the command line. Out: what happened, as it happens, and the tables.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from tests.chaos.mutations import MUTATIONS
from tests.chaos.plan import Wanted
from tests.chaos.run import run
from tests.chaos.setup import Result, Setup
from tests.chaos.tables import lines
from tests.chaos.trials import trial


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--crashes", type=int, default=100_000)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--stops", type=int, default=4)
    parser.add_argument("--terms", type=int, default=3)
    parser.add_argument("--joins", type=int, default=3)
    parser.add_argument("--rate", type=float, default=400.0, help="events per second")
    parser.add_argument("--no-outages", action="store_true", help="broker and PostgreSQL stay up")
    parser.add_argument(
        "--mutation", choices=[*MUTATIONS, "all"], help="break it, and see it found"
    )
    parser.add_argument("--keep", type=Path, help="a folder that stays, with the workers' logs")
    return parser.parse_args()


def _setup(options: argparse.Namespace, seed: int) -> Setup:
    outages = 0 if options.no_outages else 1
    wanted = Wanted(
        kills=options.kills,
        # Some orders come too late: the records for them have passed.
        least_kills=options.kills * 4 // 5,
        least_each=options.kills // 8,
        stops=options.stops,
        terms=options.terms,
        joins=options.joins,
        broker=outages,
        postgres=outages,
    )
    return Setup(
        crashes=options.crashes,
        seed=seed,
        wanted=wanted,
        rate=options.rate,
        # As most clusters have it at one moment or another.
        compacting=seed % 2 == 0,
    )


def _setups(options: argparse.Namespace) -> list[Setup]:
    if options.mutation is None:
        return [_setup(options, seed) for seed in options.seed]
    names = list(MUTATIONS) if options.mutation == "all" else [options.mutation]
    return [trial(name, seed) for name in names for seed in options.seed]


def _say() -> Callable[[str], None]:
    began = monotonic()

    def say(text: str) -> None:
        print(f"{monotonic() - began:7.1f}  {text}", flush=True)

    return say


def _run(setup: Setup, keep: Path | None) -> Result:
    name = f"{setup.mutation or 'run'}-{setup.seed}".replace(" ", "-")
    print(f"\n== {setup.crashes} crashes, seed {setup.seed}, {setup.mutation or 'as it is'}\n")
    if keep is not None:
        folder = keep / name
        folder.mkdir(parents=True)
        return asyncio.run(run(setup, folder, _say()))
    with tempfile.TemporaryDirectory(prefix="panictrail-chaos-") as folder_name:
        return asyncio.run(run(setup, Path(folder_name), _say()))


def _verdict(result: Result) -> bool:
    """Whether a run is as it has to be: a mutation has to be found."""
    print()
    for line in lines([result]):
        print(line)
    for failure in result.failures:
        print(f"failed: {failure}")
    found = [f"{figure.name} = {figure.value}" for figure in result.wrong]
    if result.setup.mutation is not None:
        print(f"{result.setup.mutation}: {'found: ' + '; '.join(found) if found else 'NOT FOUND'}")
        return bool(found)
    print("wrong: " + "; ".join(found) if found else "nothing is wrong")
    return result.passed


def main() -> int:
    """Run, print, judge."""
    # The workers say in their own logs how they lose the broker; here aiokafka would say it forty times a second.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # So that a run which is ended gives its servers back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _arguments()
    results = []
    verdicts = []
    for setup in _setups(options):
        results.append(_run(setup, options.keep))
        verdicts.append(_verdict(results[-1]))
    if len(results) > 1 and options.mutation is None:
        print()
        for line in lines(results):
            print(line)
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
