"""A core file and its binary to a crash record; the binary by path, by build ID, or as the core names it.

In: paths. Out: Crash. Raises NotReadable with what is missing, and which files were mapped.
"""

from __future__ import annotations

from pathlib import Path

from streams.core.symbolize.allgs import Process
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.buildinfo import build_of
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.memory import WithText, load_bias
from streams.core.symbolize.postmortem import Postmortem
from streams.drivers.mapped import mapped
from streams.model.crash import Crash
from streams.model.settings import PipelineSettings


def read_core(path: str | Path, binary: Binary, settings: PipelineSettings) -> Crash:
    """The crash record of a core."""
    core = Core(mapped(path), str(path))
    bias = load_bias(binary.elf, core.mappings, None)
    if bias is None:
        raise NotReadable(f"{binary.name}: is not mapped in {path}")
    memory = WithText(core, binary.elf, bias)
    process = Process(binary, memory, bias, core.threads, None)
    return Postmortem(process, settings).crash(core, build_of(binary.info))
