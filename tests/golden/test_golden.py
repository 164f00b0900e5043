"""Every recorded crash text becomes what its expected file says, however it is fed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.embedded import run
from tests.golden.cases import HERE, Text, records, rendered, texts

TEXTS = tuple(texts())


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.name)
def test_a_recorded_text_becomes_what_was_reviewed(text: Text) -> None:
    assert text.expected.exists(), "run make golden and read the new file"
    assert rendered(records(text)).decode() == text.expected.read_text()


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.name)
def test_reports_are_the_same_in_one_batch_line_by_line_in_tens_of_bytes_and_twice(
    text: Text, tmp_path: Path
) -> None:
    """Line by line is the smallest event; ten bytes at a time cuts every line and many characters."""
    whole = run([text.path])
    assert run([text.path], chunk_bytes=10) == whole
    assert run([text.path], tmp_path / "state") == whole
    assert run([text.path], tmp_path / "state") == whole


def test_every_case_says_where_it_comes_from() -> None:
    cases = {text.path.parent for text in TEXTS}
    assert len(cases) >= 30
    for case in cases:
        assert (case / "NOTES.md").read_text().strip(), f"{case.relative_to(HERE)} has no notes"
