"""Every template is built and run once, before and after its mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.suspects.frames import FRAMES
from benchmarks.suspects.generate import CACHE, SETS, templates_of
from benchmarks.suspects.notation import Template
from benchmarks.suspects.rehearsal import rehearse


@pytest.mark.parametrize("name", SETS)
def test_every_template_behaves_as_it_says(name: str, tmp_path: Path) -> None:
    found = rehearse(FRAMES[4], templates_of(name), tmp_path, CACHE)
    assert {template: reasons for template, reasons in found.items() if reasons} == {}
    assert set(found) == {template.name for template in templates_of(name)}


def test_a_template_that_does_not_crash_is_told(tmp_path: Path) -> None:
    cut = next(template for template in templates_of("open") if template.name == "cut")
    text = cut.text.replace("//: input crash s=single", "//: input crash s=one-two")
    found = rehearse(FRAMES[0], [Template("tame", "a", text)], tmp_path, CACHE)
    assert found == {"tame": ["passes after the mistake"]}
