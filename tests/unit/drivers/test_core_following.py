"""References in a file: whole lines, or none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.drivers.core_following import append
from streams.model.errors import BadInput
from tests.limits import largest_file


def test_a_disk_that_is_full_leaves_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "refs.jsonl"
    append(path, b"first\n")
    with largest_file(10), pytest.raises(BadInput, match=r"File too large: name a file"):
        append(path, b"second, which is longer\n")
    append(path, b"third\n")
    assert path.read_bytes() == b"first\nthird\n"
