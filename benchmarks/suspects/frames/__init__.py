"""The services, in the order that seeds shuffle: a module for each."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frames import (
    abacus,
    almanac,
    gatehouse,
    gauger,
    inkwell,
    larder,
    quarry,
    weir,
)

FRAMES: Final = (
    gatehouse.FRAME,
    quarry.FRAME,
    larder.FRAME,
    abacus.FRAME,
    almanac.FRAME,
    weir.FRAME,
    gauger.FRAME,
    inkwell.FRAME,
)
