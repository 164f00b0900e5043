"""Claims: of a stripped 30 MB binary, .15 s to the first answer, 20,000 new and 500,000 known addresses a second.

In: Go, Rust and apt (`--quick`: fewer rounds and addresses, figures that only show that it runs well). Out: medians of
alternated runs, beside llvm-symbolizer, `go tool addr2line` and blazesym on the same addresses of an unstripped twin;
how often they say the same; exit 1 when a claim does not hold, 2 when a peer is missing.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks._symbolize_peers import CACHE, Frame, MissingError, Peer, binaries, peers
from streams.core.symbolize.locate import Missing, printed
from streams.drivers.mapped import open_binary

_FIRST_SECONDS: Final = 0.15
_COLD: Final = 20_000
_KNOWN: Final = 500_000
_SEED: Final = 7
_AGAIN: Final = 5
_SAME: Final = "the same"
_NEITHER: Final = "neither has it (padding)"
_PYTHON: Final = sys.executable
_COMMAND: Final = str(Path(sys.executable).with_name("panictrail"))


class Size(msgspec.Struct, frozen=True):
    """How much is run."""

    pcs: int
    first_rounds: int
    rounds: int


_FULL: Final = Size(pcs=20_000, first_rounds=15, rounds=5)
_QUICK: Final = Size(pcs=2_000, first_rounds=3, rounds=1)


class Run(msgspec.Struct, frozen=True):
    """One process: what it took, and what it printed."""

    seconds: float
    cpu_seconds: float
    out: Path
    errors: Path


def _run(name: str, command: list[str], stdin: Path, environment: dict[str, str]) -> Run:
    out, errors = CACHE / f"{name}.out", CACHE / f"{name}.errors"
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = (
        (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, out, written, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, errors, written, 0o644),
    )
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, {**os.environ, **environment}, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    if code := os.waitstatus_to_exitcode(status):
        raise MissingError(f"{' '.join(command)} ended with {code}: {errors.read_text()[-2000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, out, errors)


def _of_peer(peer: Peer, binary: Path, pcs: Path, rounds: int = 0) -> Run:
    name = peer.name.replace(" ", "-")
    return _run(name, peer.command(binary, pcs, rounds), pcs, peer.environment)


# ------------------------------------------------------------------------------------------------------- first answer


def _first(stripped: Path, whole: Path, pc: Path, others: Sequence[Peer], rounds: int) -> float:
    """Seconds to the answer for one address, beyond the start of the interpreter; prints those of all."""
    address = pc.read_text().strip()
    runs: dict[str, list[Run]] = {}
    for number in range(rounds + 1):
        once = {
            "python -c pass": _run("python", [_PYTHON, "-c", "pass"], pc, {}),
            "panictrail symbolize": _run(
                "panictrail", [_COMMAND, "symbolize", str(stripped), "--pc", address], pc, {}
            ),
            **{peer.name: _of_peer(peer, whole, pc) for peer in others},
        }
        for name, run in once.items() if number else ():
            runs.setdefault(name, []).append(run)
    print(f"\none address, the whole process, median of {rounds}     wall      CPU")
    for name, each in runs.items():
        wall = statistics.median(run.seconds for run in each)
        print(f"{name:42} {wall:8.3f} {statistics.median(run.cpu_seconds for run in each):8.3f} s")
    pairs = zip(runs["panictrail symbolize"], runs["python -c pass"], strict=True)
    return statistics.median(ours.seconds - bare.seconds for ours, bare in pairs)


# ----------------------------------------------------------------------------------------------------- many addresses


def _ours(binary: Path, pcs: Sequence[int]) -> tuple[float, float]:
    """New and known addresses a second, by CPU time, of tables opened for this."""
    locator = open_binary(binary).locator
    began = time.process_time()
    for pc in pcs:
        locator.at(pc)
    cold = time.process_time()
    for _ in range(_AGAIN):
        for pc in pcs:
            locator.at(pc)
    known = time.process_time()
    return len(pcs) / (cold - began), _AGAIN * len(pcs) / (known - cold)


def _theirs(peer: Peer, binary: Path, one: Path, many: Path, again: Path) -> tuple[float, float]:
    """The same of a peer: what a process takes beyond that for one address, or what it says itself."""
    count = len(many.read_text().splitlines())
    if not peer.reads_stdin:
        _, cold, known = map(float, _of_peer(peer, binary, many, _AGAIN).errors.read_text().split())
        return count / cold, count / known
    first, cold, known = (_of_peer(peer, binary, path).cpu_seconds for path in (one, many, again))
    return count / max(cold - first, 1e-9), _AGAIN * count / max(known - cold, 1e-9)


def _rates(
    stripped: Path, whole: Path, pcs: Sequence[int], others: Sequence[Peer], rounds: int
) -> tuple[float, float]:
    """Medians of ours; prints those of all."""
    one, many, again = CACHE / "one.txt", CACHE / "many.txt", CACHE / "again.txt"
    again.write_text(many.read_text() * (1 + _AGAIN))
    rates: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        rates.setdefault("panictrail, stripped", []).append(_ours(stripped, pcs))
        for peer in others:
            rates.setdefault(peer.name, []).append(_theirs(peer, whole, one, many, again))
    print(f"\n{len(pcs):,} random addresses of its text, a second of CPU      new    known")
    medians = {
        name: tuple(statistics.median(column) for column in zip(*each, strict=True))
        for name, each in rates.items()
    }
    for name, (cold, known) in medians.items():
        print(f"{name:42} {cold:12,.0f} {known:12,.0f}")
    cold, known = medians["panictrail, stripped"]
    return cold, known


# -------------------------------------------------------------------------------------------------------- correctness


def _frames(binary: Path, pcs: Sequence[int]) -> list[tuple[Frame, ...]]:
    locator = open_binary(binary).locator
    found = (locator.at(pc) for pc in pcs)
    return [
        ()
        if isinstance(frames, Missing)
        else tuple((f.function, f.file or "", f.line or 0) for f in frames)
        for frames in found
    ]


def _same_names(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """A peer's frames, written as ours: type arguments as [...], no ABI of assembly, files as the compiler has them.

    A name without a place is what it says of padding, as we say nothing.
    """
    if not any(line for _, _, line in frames):
        return ()
    return tuple(
        (printed(name.removesuffix(".abi0")), file.removeprefix("./"), line)
        for name, file, line in frames
    )


def _kind(ours: tuple[Frame, ...], theirs: tuple[Frame, ...], *, chains: bool) -> str:
    """In what they differ. A peer that knows no inlining has the outermost name at the innermost line."""
    if not ours or not theirs:
        return _one_sided(ours, theirs)
    name = ours[0][0] if chains else ours[-1][0]
    if name != theirs[0][0]:
        return "another function"
    if ours[0][1:] != theirs[0][1:]:
        return "another line" if ours[0][1] == theirs[0][1] else "another file"
    if chains and ours != theirs:
        return "the same, but another chain of inlined calls"
    return _SAME


def _one_sided(ours: tuple[Frame, ...], theirs: tuple[Frame, ...]) -> str:
    if ours:
        return "only panictrail has it"
    return "only the peer has it" if theirs else _NEITHER


def _agreement(stripped: Path, whole: Path, pcs: Sequence[int], others: Sequence[Peer]) -> None:
    many = CACHE / "many.txt"
    ours = _frames(stripped, pcs)
    print(
        f"\n{len(pcs):,} addresses: panictrail on the stripped binary beside peers on the whole one"
    )
    for peer in others:
        text = _of_peer(peer, whole, many).out.read_text()
        theirs = map(_same_names, peer.frames(text))
        kinds: Counter[str] = Counter()
        examples: dict[str, str] = {}
        for pc, mine, other in zip(pcs, ours, theirs, strict=True):
            kind = _kind(mine, other, chains=peer.chains)
            kinds[kind] += 1
            examples.setdefault(kind, f"{pc:#x} {mine[:2]} | {other[:2]}")
        print(f"{peer.name} {peer.version}")
        for kind, count in kinds.most_common():
            print(f"    {kind:44} {count:7,}")
            if kind not in {_SAME, _NEITHER}:
                print(f"        {examples[kind]}")
        bare = peer.frames(_of_peer(peer, stripped, many).out.read_text())
        print(f"    {'answers without symbols':44} {sum(map(bool, bare)):7,}")


def _addresses(stripped: Path, whole: Path, count: int) -> list[int]:
    """Random ones of the text, in files for the peers."""
    binary = open_binary(stripped)
    text = binary.table.text
    if text != open_binary(whole).table.text:
        raise MissingError("the text of the stripped binary is not that of the whole one")
    pcs = random.Random(_SEED).sample(range(*text), count)  # noqa: S311 - no secret
    known = next(pc for pc in pcs if not isinstance(binary.at(pc), Missing))
    (CACHE / "one.txt").write_text(f"{known:#x}\n")
    (CACHE / "many.txt").write_text("".join(f"{pc:#x}\n" for pc in pcs))
    return pcs


def main(arguments: list[str]) -> int:
    """Measure, print, judge."""
    size = _QUICK if "--quick" in arguments else _FULL
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        whole, stripped = binaries()
        others = peers()
        pcs = _addresses(stripped, whole, size.pcs)
        print(f"{stripped.name}: {stripped.stat().st_size / 1e6:.1f} MB; load {os.getloadavg()}")
        first = _first(stripped, whole, CACHE / "one.txt", others, size.first_rounds)
        cold, again = _rates(stripped, whole, pcs, others, size.rounds)
        _agreement(stripped, whole, pcs, others)
    except MissingError as missing:
        print(missing, file=sys.stderr)
        return 2
    print()
    missed = 0
    for name, value, sense, bar, unit in (
        ("first answer beyond interpreter start", first, "at most", _FIRST_SECONDS, "s"),
        ("new addresses", cold, "at least", _COLD, "/s"),
        ("known addresses", again, "at least", _KNOWN, "/s"),
    ):
        good = value <= bar if sense == "at most" else value >= bar
        missed += not good
        print(f"{name:42} {value:12,.3f} {unit:3} {sense} {bar:>9,} {'ok' if good else 'MISSED'}")
    print(f"load {os.getloadavg()}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
