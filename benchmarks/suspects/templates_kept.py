"""The templates kept aside: written after the method was frozen, by someone who has not read it."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects import (
    templates_kept_around,
    templates_kept_data,
    templates_kept_flow,
    templates_kept_lines,
    templates_kept_old,
)
from benchmarks.suspects.notation import Template

TEMPLATES: Final[tuple[Template, ...]] = (
    *templates_kept_lines.TEMPLATES,
    *templates_kept_around.TEMPLATES,
    *templates_kept_data.TEMPLATES,
    *templates_kept_flow.TEMPLATES,
    *templates_kept_old.TEMPLATES,
)
