"""The second set kept aside: mistakes from post-mortems of Go services, written after the method was frozen.

Their author has read neither the method nor its scores.
"""

from __future__ import annotations

from typing import Final

from benchmarks.suspects import (
    templates_kept2_around,
    templates_kept2_data,
    templates_kept2_deps,
    templates_kept2_flow,
    templates_kept2_latent,
    templates_kept2_later,
    templates_kept2_lines,
    templates_kept2_old,
    templates_kept2_unchanged,
)
from benchmarks.suspects.notation import Template

TEMPLATES: Final[tuple[Template, ...]] = (
    *templates_kept2_lines.TEMPLATES,
    *templates_kept2_around.TEMPLATES,
    *templates_kept2_deps.TEMPLATES,
    *templates_kept2_data.TEMPLATES,
    *templates_kept2_flow.TEMPLATES,
    *templates_kept2_later.TEMPLATES,
    *templates_kept2_latent.TEMPLATES,
    *templates_kept2_old.TEMPLATES,
    *templates_kept2_unchanged.TEMPLATES,
)
