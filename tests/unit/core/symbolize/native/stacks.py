"""C programs that fault: their binaries by the C compiler, their stacks as they themselves wrote them.

In: options of the compiler, a way to fault. Out: Faulted: memory, mapped files, registers, and the frames by libgcc.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streams.core.symbolize.memory import Mapping

SOURCE: Final = Path(__file__).with_name("frames.c")


@dataclass(frozen=True)
class Faulted:
    """What a program left; `frames` are pcs, innermost first."""

    context: int
    stack: bytes
    mappings: tuple[Mapping, ...]
    frames: tuple[int, ...]
    binary: Path

    def view(self, address: int, size: int) -> memoryview:
        """The stack, and the first page of every mapped file, as a core has them."""
        if self.context <= address < self.context + len(self.stack):
            start = address - self.context
            return memoryview(self.stack)[start : start + size]
        for mapping in self.mappings:
            if not mapping.offset and mapping.start <= address < mapping.start + 4096:
                skipped = address - mapping.start
                with Path(mapping.path).open("rb") as file:
                    return memoryview(file.read(4096))[skipped : skipped + size]
        return memoryview(b"")

    def release(self) -> None:
        """Nothing is held."""


def compiled(folder: Path, *options: str) -> Path:
    """The program, built with these options."""
    binary = folder / "frames"
    command = ("cc", "-O2", "-g0", "-Wl,--build-id", *options, "-o", str(binary), str(SOURCE))
    subprocess.run(command, check=True, timeout=120)
    return binary


def faulted(binary: Path, way: str) -> Faulted:
    """Run it until it faults in this way."""
    done = subprocess.run([binary, way], check=True, capture_output=True, timeout=60)
    lines = [line.split(" ", 1) for line in done.stderr.decode().splitlines()]
    mappings = []
    for kind, text in lines:
        cells = text.split()
        if kind == "map" and len(cells) == 6 and cells[5].startswith("/"):
            start, end = (int(cell, 16) for cell in cells[0].split("-"))
            mappings.append(Mapping(start, end, int(cells[2], 16), cells[5]))
    (context,) = (int(text, 16) for kind, text in lines if kind == "context")
    frames = tuple(int(text, 16) for kind, text in lines if kind == "frame")
    return Faulted(context, done.stdout, tuple(mappings), frames, binary)
