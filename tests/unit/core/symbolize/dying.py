"""A death of the small program, as its core holds it and as its runtime printed it."""

from __future__ import annotations

from streams.core.symbolize.allgs import Goroutine, Process
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.memory import WithText, load_bias
from streams.drivers.cores import read_core
from streams.drivers.mapped import mapped, open_binary
from streams.model.crash import Crash
from tests.symbolize import trace
from tests.tiny_go import Tiny, Variant

# Every way to die, each with a symbol table or without, at a fixed address or not.
DEATHS: tuple[tuple[str, Variant], ...] = (
    ("panic", "stripped"),
    ("nil", "pie"),
    ("nested", "stripped"),
    ("nested", "pie"),
    ("deadlock", "default"),
    ("deep", "stripped"),
    ("goexit", "stripped"),
    ("error", "stripped"),
)


def core_of(tiny: Tiny, mode: str, variant: Variant = "stripped") -> Core:
    """The core, opened."""
    return Core(mapped(tiny.core(mode, variant)), mode)


def process_of(tiny: Tiny, mode: str, variant: Variant = "stripped") -> Process:
    """The process that the core holds."""
    core, binary = core_of(tiny, mode, variant), open_binary(tiny.binary(variant))
    bias = load_bias(binary.elf, core.mappings, None)
    assert bias is not None
    return Process(binary, WithText(core, binary.elf, bias), bias, core.threads, None)


def goroutines_of(tiny: Tiny, mode: str, variant: Variant = "stripped") -> dict[int, Goroutine]:
    """Its goroutines by id."""
    return {one.g.id: one for one in process_of(tiny, mode, variant).goroutines()}


def crash_of(tiny: Tiny, mode: str, variant: Variant = "stripped") -> Crash:
    """The crash record of the core."""
    return read_core(tiny.core(mode, variant), open_binary(tiny.binary(variant)))


def printed_by(tiny: Tiny, mode: str, variant: Variant = "stripped") -> trace.Trace:
    """What the runtime printed, read by the oracle's own parser."""
    return trace.parse(tiny.trace(mode, variant))
