"""The templates that the method may be measured on while it is made."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects import (
    templates_around,
    templates_data,
    templates_flow,
    templates_lines,
    templates_old,
)
from benchmarks.suspects.notation import Template

TEMPLATES: Final[tuple[Template, ...]] = (
    *templates_lines.TEMPLATES,
    *templates_around.TEMPLATES,
    *templates_data.TEMPLATES,
    *templates_flow.TEMPLATES,
    *templates_old.TEMPLATES,
)
