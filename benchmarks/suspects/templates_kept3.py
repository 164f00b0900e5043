"""The third set kept aside: mistakes from other post-mortems of Go services, written after the method was frozen.

Their author has read neither the method nor its scores.
"""

from __future__ import annotations

from typing import Final

from benchmarks.suspects import (
    templates_kept3_around,
    templates_kept3_callers,
    templates_kept3_data,
    templates_kept3_deps,
    templates_kept3_flow,
    templates_kept3_latent,
    templates_kept3_later,
    templates_kept3_lines,
    templates_kept3_old,
    templates_kept3_removed,
    templates_kept3_unchanged,
)
from benchmarks.suspects.notation import Template

TEMPLATES: Final[tuple[Template, ...]] = (
    *templates_kept3_lines.TEMPLATES,
    *templates_kept3_callers.TEMPLATES,
    *templates_kept3_around.TEMPLATES,
    *templates_kept3_deps.TEMPLATES,
    *templates_kept3_data.TEMPLATES,
    *templates_kept3_removed.TEMPLATES,
    *templates_kept3_flow.TEMPLATES,
    *templates_kept3_later.TEMPLATES,
    *templates_kept3_latent.TEMPLATES,
    *templates_kept3_old.TEMPLATES,
    *templates_kept3_unchanged.TEMPLATES,
)
