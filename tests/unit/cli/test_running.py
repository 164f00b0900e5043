"""Commands in one process, as in tests and in programs that call `main`: nothing of a run is left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.cli.main import main
from tests.unit.core.steps.bench import panic_text


@pytest.mark.parametrize("command", ["analyze", "parse", "goroutines"])
def test_a_run_leaves_no_file_open(command: str, tmp_path: Path) -> None:
    path = tmp_path / "crash.log"
    path.write_text(panic_text())
    main([command, str(path)])  # what is imported and kept is there now
    before = set(Path("/proc/self/fd").iterdir())
    main([command, str(path)])
    assert set(Path("/proc/self/fd").iterdir()) == before
