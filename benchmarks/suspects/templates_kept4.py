"""Templates kept aside a fourth time: written by one who did not see the method, after post-mortems of Go services."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects import (
    templates_kept4_around,
    templates_kept4_callers,
    templates_kept4_data,
    templates_kept4_deps,
    templates_kept4_flow,
    templates_kept4_latent,
    templates_kept4_lines,
    templates_kept4_old,
    templates_kept4_removed,
    templates_kept4_unchanged,
)
from benchmarks.suspects.notation import Template

TEMPLATES: Final[tuple[Template, ...]] = (
    *templates_kept4_lines.TEMPLATES,
    *templates_kept4_callers.TEMPLATES,
    *templates_kept4_around.TEMPLATES,
    *templates_kept4_deps.TEMPLATES,
    *templates_kept4_data.TEMPLATES,
    *templates_kept4_removed.TEMPLATES,
    *templates_kept4_flow.TEMPLATES,
    *templates_kept4_latent.TEMPLATES,
    *templates_kept4_old.TEMPLATES,
    *templates_kept4_unchanged.TEMPLATES,
)
