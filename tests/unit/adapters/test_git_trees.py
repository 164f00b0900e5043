"""The files of a commit from its tree objects, as `git ls-tree` says them; trees that mean harm."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.adapters.git_process import GitTroubleError, Pipe
from streams.adapters.git_trees import Entry, Trees
from tests.git_repository import Repository

MIB = 1024 * 1024


@contextmanager
def pipe_of(repository: Repository) -> Iterator[Pipe]:
    """A process that reads its objects."""
    pipe = Pipe(repository.path / ".git", 10.0, "cat-file", "--batch")
    try:
        yield pipe
    finally:
        pipe.close()


def listed(repository: Repository, commit: str) -> dict[str, Entry]:
    """What git itself says."""
    said = repository.git("ls-tree", "-r", "-z", "--full-tree", commit)
    rows = (item.split("\t", 1) for item in said.split("\0") if item)
    return {path: Entry(head.split(" ")[0], head.split(" ")[2]) for head, path in rows}


def made(repository: Repository, kind: str, data: bytes) -> str:
    """An object as it is handed in, whatever git would think of it."""
    command = [
        "git",
        "-C",
        str(repository.path),
        "hash-object",
        "-w",
        "--literally",
        "-t",
        kind,
        "--stdin",
    ]
    return (
        subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode().strip()
    )


def commit_of(repository: Repository, tree: str) -> str:
    """A commit of a tree."""
    return repository.git("commit-tree", tree, "-m", "made")


def tree_of(*entries: tuple[str, str, str]) -> bytes:
    """A tree object of (mode, name, id)."""
    return b"".join(
        f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries
    )


@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
def test_files_are_those_that_git_lists_in_its_order(tmp_path: Path, hashes: str) -> None:
    tmp_path.joinpath("shop").mkdir()
    subprocess.run(
        ["git", "init", "-q", f"--object-format={hashes}", tmp_path / "shop"], check=True
    )
    repository = Repository(tmp_path / "shop")
    first = repository.commit(
        {
            "a.go": "1",
            "a/b.go": "2",
            "a/c/d.go": "3",
            "a-b/e.go": "4",
            "größe/f g.go": "5",
            "go.mod": "m",
        }
    )
    (repository.path / "link").symlink_to("a.go")
    (repository.path / "a.go").chmod(0o755)
    second = repository.commit({"a/c/d.go": "6"})
    trees = Trees(MIB)
    with pipe_of(repository) as pipe:
        for commit in (second, first, second):
            found = trees.files(pipe, commit)
            assert list(found.items()) == list(listed(repository, commit).items())


def test_a_folder_that_revisions_have_in_common_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(tmp_path / "shop")
    first = repository.commit({f"p{n}/x.go": f"{n}" for n in range(20)})
    second = repository.commit({"p3/x.go": "other"})
    asked: list[str] = []
    send = Pipe.send

    def noted(self: Pipe, text: str) -> None:
        asked.extend(text.split())
        send(self, text)

    monkeypatch.setattr(Pipe, "send", noted)
    trees = Trees(MIB)
    with pipe_of(repository) as pipe:
        trees.files(pipe, first)
        assert len(asked) == 21
        trees.files(pipe, second)
    assert len(asked) == 23


@pytest.mark.parametrize("leaf", [True, False])
def test_a_tree_that_holds_itself_many_times_over_is_refused(tmp_path: Path, *, leaf: bool) -> None:
    """Ten in each of ten: 10**10 files, or folders without any, of eleven objects."""
    repository = Repository(tmp_path / "shop")
    blob = made(repository, "blob", b"x")
    inner = made(repository, "tree", tree_of(("100644", "x", blob)) if leaf else b"")
    for _ in range(10):
        inner = made(repository, "tree", tree_of(*(("40000", f"d{n}", inner) for n in range(10))))
    commit = commit_of(repository, inner)
    with pipe_of(repository) as pipe, pytest.raises(GitTroubleError, match="more than 1 MiB"):
        Trees(MIB).files(pipe, commit)


def test_folders_too_deep_trees_too_large_and_trees_that_are_not_there_are_said(
    tmp_path: Path,
) -> None:
    repository = Repository(tmp_path / "shop")
    blob = made(repository, "blob", b"x")
    deep = made(repository, "tree", tree_of(("100644", "x", blob)))
    for _ in range(300):
        deep = made(repository, "tree", tree_of(("40000", "d", deep)))
    large = made(
        repository, "tree", tree_of(*(("100644", f"{n:0100}", blob) for n in range(10_000)))
    )
    lost = made(repository, "tree", tree_of(("40000", "d", "1" * 40)))
    for tree, why in (
        (deep, "deeper than 200"),
        (large, "MiB of trees"),
        (lost, "not in this clone"),
    ):
        commit = commit_of(repository, tree)
        with pipe_of(repository) as pipe, pytest.raises(GitTroubleError, match=why):
            Trees(MIB).files(pipe, commit)
