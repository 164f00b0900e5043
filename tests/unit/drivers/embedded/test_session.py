"""A session that dies at any commit, files that grow or are rotated, inputs that are not read again."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import orjson
import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.position import POSITIONS
from streams.drivers.embedded.session import Options, Session
from streams.topology import STAGES
from tests.embedded import run


def crash(function: str, value: str) -> str:
    """A crash as Go 1.26 prints it."""
    return (
        f"panic: {value}\n\ngoroutine 1 [running]:\nmain.{function}(...)\n"
        f"\t/src/shop/main.go:{len(function)} +0x1d\nmain.main()\n\t/src/shop/main.go:9 +0x2f\n"
        "exit status 2\n"
    )


ORDINARY = "".join(f"GET /cart/{n} 200\n" for n in range(20))
LOG = (
    ORDINARY
    + crash("load", "boom")
    + crash("load", "boom")
    + ORDINARY
    + '{"kind":"deploy","delivery_id":"d1","service":"shop","build_id":"b1"}\n'
    + crash("store", "bang")
    + ORDINARY
    + crash("load", "boom")
)
SMALL = 150


class Killed(BaseException):
    """The process is gone; nothing catches it."""


class Mortal(SqliteStore):
    """A store whose process dies right before (or after) its n-th commit."""

    def __init__(self, folder: Path, lives: int, *, after: bool) -> None:
        self.lives = lives
        self.after = after
        super().__init__(folder)

    def commit(self) -> None:
        """Commit, until the time has come."""
        self.lives -= 1
        if self.lives < 0 and not self.after:
            raise Killed
        super().commit()
        if self.lives < 0:
            raise Killed


def run_until_killed(path: Path, state: Path, lives: int, *, after: bool) -> bool:
    """Whether the run was killed."""
    inputs, _ = find_inputs((str(path),))
    with Mortal(state, lives, after=after) as store:
        try:
            session = Session(STAGES, store, Options(chunk_bytes=SMALL))
            session.read(inputs[0])
            session.finish()
        except Killed:
            return True
    return False


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
def test_a_kill_at_any_commit_and_a_rerun_give_the_reports_of_one_run(
    tmp_path: Path, *, after: bool
) -> None:
    path = tmp_path / "app.log"
    path.write_text(LOG)
    whole = run([path], chunk_bytes=SMALL)
    for lives in count():
        state = tmp_path / f"state-{lives}"
        killed = run_until_killed(path, state, lives, after=after)
        assert run([path], state, chunk_bytes=SMALL) == whole
        if not killed:
            break
    assert lives > 10


def test_kills_one_after_the_other_on_one_state_lose_and_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(LOG)
    for lives in range(12):
        run_until_killed(path, tmp_path / "state", lives, after=lives % 2 == 0)
    assert run([path], tmp_path / "state") == run([path])


def test_a_file_that_grows_in_any_steps_gives_the_reports_of_one_run(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    data = LOG.encode()
    for end in range(40, len(data), 97):
        path.write_bytes(data[:end])
        run([path], tmp_path / "state")
    path.write_bytes(data)
    assert run([path], tmp_path / "state") == run([path])


def test_what_was_read_of_an_ordinary_log_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(ORDINARY * 50)
    run([path], tmp_path / "state")
    with SqliteStore(tmp_path / "state") as store:
        position = store.get(POSITIONS, str(path))
    assert position is not None
    assert position.offset > 0.9 * path.stat().st_size
    assert position.seen == path.stat().st_size


def test_a_rotated_file_keeps_its_open_end_and_counts_it_once(tmp_path: Path) -> None:
    path, state = tmp_path / "app.log", tmp_path / "state"
    path.write_text(ORDINARY + crash("load", "boom"))
    run([path], state)
    path.rename(tmp_path / "app.log.1")
    path.write_text(crash("store", "bang") + ORDINARY)
    both = [path, tmp_path / "app.log.1"]
    assert _occurrences(run([path], state)) == 2
    assert _occurrences(run(both, state)) == 2
    assert _occurrences(run(both, state)) == 2


def test_a_truncated_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    path, state = tmp_path / "app.log", tmp_path / "state"
    path.write_text(ORDINARY * 400 + crash("load", "boom") + ORDINARY)
    run([path], state)
    path.write_text(crash("store", "bang"))
    assert _occurrences(run([path], state)) == 2


def test_files_that_are_not_named_keep_their_provisional_end_until_they_are(tmp_path: Path) -> None:
    one, other, state = tmp_path / "one.log", tmp_path / "other.log", tmp_path / "state"
    cut = crash("load", "boom")[:-40]
    one.write_text(cut)
    other.write_text(crash("store", "bang"))
    run([one], state)
    assert _occurrences(run([other], state)) == 2
    one.write_text(crash("load", "boom"))
    assert run([one, other], state) == run([one, other])


def _occurrences(lines: list[bytes]) -> int:
    return sum(orjson.loads(line)["occurrences"] for line in lines)
