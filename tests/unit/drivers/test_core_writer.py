"""Files of the handler: there whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.drivers.core_writer import write_whole
from tests.limits import largest_file


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x.core.json"
    write_whole(path, b"before")
    with largest_file(10), pytest.raises(OSError, match="File too large"):
        write_whole(path, b"more than there is room for")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
