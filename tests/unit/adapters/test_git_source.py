"""Files of a git repository at a revision: real git, and repositories that mean harm."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.adapters.git_source import MAX_FILE_BYTES, GitSource, git_folder
from streams.model.message import decode
from streams.model.source import Layout, Paths
from streams.model.step import Absent, Fact, Present
from tests.git_repository import Repository

GO_MOD = "module example.com/shop\n"
FILES = {
    "go.mod": GO_MOD,
    "cart/store.go": "package cart\n",
    "cmd/go.mod": "module example.com/cmd\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit, tagged."""
    made = Repository(tmp_path / "shop")
    made.commit(FILES, tag="v1.0.0")
    return made


@pytest.fixture
def source(repository: Repository) -> Iterator[GitSource]:
    """A reader of it."""
    folder = git_folder(repository.path)
    assert folder is not None
    made = GitSource(folder)
    yield made
    made.close()


def layout(fact: Fact) -> Layout:
    """The layout that must be there."""
    assert isinstance(fact, Present), fact
    return decode(fact.data, Layout)


def reason(fact: Fact) -> str:
    """Why there is nothing."""
    assert isinstance(fact, Absent), fact
    return fact.reason


def test_a_revision_is_found_by_hash_short_hash_and_tag(
    repository: Repository, source: GitSource
) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit({"cart/store.go": "package cart // 2\n"})
    for name in (first, first[:12], "v1.0.0"):
        found = layout(source.layout((name,), ""))
        assert (found.commit, found.by, found.name) == (first, "stated", name)
    assert source.file(first, "cart/store.go") == Present(b"package cart\n")


def test_an_annotated_tag_is_its_commit_and_the_first_that_there_is_counts(
    repository: Repository, source: GitSource
) -> None:
    repository.git("tag", "--annotate", "--message=x", "v2.0.0")
    head = repository.git("rev-parse", "HEAD")
    assert layout(source.layout(("e" * 40, "v2.0.0"), "")).commit == head
    assert layout(source.layout((), "v2.0.0")).by == "release"


def test_a_module_in_a_folder_is_tagged_with_its_folder(
    repository: Repository, source: GitSource
) -> None:
    head = repository.git("rev-parse", "HEAD")
    repository.git("tag", "cmd/v0.3.0")
    assert layout(source.layout(("v0.3.0",), "")).commit == head
    repository.commit({"x": "y"}, tag="other/v0.3.0")
    assert reason(source.layout(("v0.3.0",), "")) == "revision v0.3.0 is not in the repository"


def test_without_a_name_it_is_head_and_says_so(repository: Repository, source: GitSource) -> None:
    found = layout(source.layout((), "no-such-release"))
    assert (found.commit, found.by) == (repository.git("rev-parse", "HEAD"), "head")
    assert found.go_mods == {"": GO_MOD, "cmd": "module example.com/cmd\n"}


def test_the_work_tree_is_not_looked_at(repository: Repository, source: GitSource) -> None:
    repository.write({"cart/store.go": "package changed\n", "new.go": "package new\n"})
    head = repository.git("rev-parse", "HEAD")
    status = repository.git("status", "--porcelain")
    assert source.file(head, "cart/store.go") == Present(b"package cart\n")
    assert reason(source.file(head, "new.go")) == "there is no such file"
    assert repository.git("status", "--porcelain") == status


def test_files_are_found_by_name(repository: Repository, source: GitSource) -> None:
    fact = source.named(repository.git("rev-parse", "HEAD"), "go.mod")
    assert isinstance(fact, Present)
    assert decode(fact.data, Paths).paths == ("cmd/go.mod", "go.mod")


@pytest.mark.parametrize(
    "name",
    [
        *("--output=/x", "-h", "", " ", "HEAD", "main", "v1.0.0^", "v1.0.0~1", "v1.0.0^{tree}"),
        *(":/change", "@", "HEAD@{0}", "v1.0.0..main", "refs/heads/main", "v1.0.0\nHEAD", "../x"),
        *("v1.0.0\0", "*", "v?.0.0", "x" * 300, "v1.0.0.lock"),
    ],
)
def test_a_name_that_is_no_hash_or_tag_names_nothing(name: str, source: GitSource) -> None:
    assert reason(source.layout((name,), "")).endswith("is not in the repository")
    assert layout(source.layout(("v1.0.0",), "")).by == "stated"


def test_a_branch_that_looks_like_a_hash_is_none(repository: Repository, source: GitSource) -> None:
    repository.git("branch", "abcdef1")
    assert isinstance(source.layout(("abcdef1",), ""), Absent)


@pytest.mark.parametrize(
    "path",
    [
        *("../outside", "/etc/passwd", "cart/../go.mod", "./go.mod", "cart", "", "cart/", ":/"),
        *("go.mod\ngo.mod", "-h", "cart/store.go\0", "*.go", ":(glob)**"),
    ],
)
def test_only_a_path_of_the_commit_is_a_file(
    path: str, repository: Repository, source: GitSource
) -> None:
    head = repository.git("rev-parse", "HEAD")
    assert reason(source.file(head, path)) == "there is no such file"
    assert isinstance(source.file(head, "go.mod"), Present)


def test_links_submodules_binaries_and_giants_are_refused(
    repository: Repository, source: GitSource
) -> None:
    (repository.path / "link.go").symlink_to("/etc/passwd")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},lib")
    head = repository.commit(
        {
            "giant.go": b"x" * (MAX_FILE_BYTES + 1),
            "edge.go": b"x" * MAX_FILE_BYTES,
            "bin.go": b"a\0b",
        }
    )
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},lib")
    repository.git("commit", "--quiet", "--message=submodule")
    head = repository.git("rev-parse", "HEAD")
    assert reason(source.file(head, "link.go")) == "it is a symbolic link"
    assert reason(source.file(head, "lib")) == "it is a submodule"
    assert "lib is a submodule" in reason(source.file(head, "lib/x.go"))
    assert reason(source.file(head, "bin.go")) == "it is no text"
    assert "4,194,305 bytes" in reason(source.file(head, "giant.go"))
    assert isinstance(source.file(head, "edge.go"), Present)
    assert isinstance(source.file(head, "cart/store.go"), Present)


def test_nothing_of_a_hostile_repository_is_run(repository: Repository, tmp_path: Path) -> None:
    mark = tmp_path / "RUN"
    command = f"touch {mark}"
    head = repository.commit({".gitattributes": "*.go filter=evil diff=evil\n"})
    for name in (
        "filter.evil.smudge",
        "filter.evil.clean",
        "diff.evil.textconv",
        "diff.evil.command",
    ):
        repository.git("config", name, command)
    for name in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "alias.cat-file",
    ):
        repository.git("config", name, command if name != "alias.cat-file" else f"!{command}")
    repository.git("config", "uploadpack.packObjectsHook", command)
    for hook in ("post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change"):
        path = repository.path / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{command}\n")
        path.chmod(0o755)
    mark.unlink(missing_ok=True)
    source = GitSource(repository.path / ".git")
    assert layout(source.layout((head,), "")).commit == head
    assert isinstance(source.file(head, "cart/store.go"), Present)
    source.close()
    assert not mark.exists()


def test_a_partial_clone_fetches_nothing(repository: Repository, tmp_path: Path) -> None:
    """A missing object would have git run the remote's transport, here a command."""
    mark = tmp_path / "RUN"
    head = repository.git("rev-parse", "HEAD")
    blob = repository.git("rev-parse", "HEAD:cart/store.go")
    (repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "evil"),
        ("remote.evil.promisor", "true"),
        ("remote.evil.url", f"ext::sh -c touch% {mark}"),
        ("protocol.ext.allow", "always"),
        ("protocol.allow", "always"),
    ):
        repository.git("config", name, value)
    source = GitSource(repository.path / ".git")
    assert "not in this clone" in reason(source.file(head, "cart/store.go"))
    assert isinstance(source.file(head, "go.mod"), Present)
    source.close()
    assert not mark.exists()


def test_replaced_objects_are_not_believed(repository: Repository, source: GitSource) -> None:
    first = repository.git("rev-parse", "HEAD")
    second = repository.commit({"cart/store.go": "package forged\n"})
    repository.git("replace", first, second)
    assert source.file(first, "cart/store.go") == Present(b"package cart\n")


def test_a_repository_of_somebody_else_is_read(repository: Repository) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    for folder, _, files in os.walk(repository.path):
        for name in (folder, *(os.path.join(folder, file) for file in files)):  # noqa: PTH118 - os.walk gives texts
            os.chown(name, 12_345, 12_345)
    source = GitSource(repository.path / ".git")
    assert layout(source.layout((), "")).by == "head"
    source.close()


def test_the_callers_environment_does_not_lead_elsewhere(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    other.commit({"x": "y"})
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(other.path / ".git"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    source = GitSource(repository.path / ".git")
    assert "" in layout(source.layout((), "")).go_mods
    source.close()
    assert not (tmp_path / "trace").exists()


def test_bare_repositories_and_linked_work_trees_are_repositories(
    repository: Repository, tmp_path: Path
) -> None:
    bare, linked = tmp_path / "bare.git", tmp_path / "linked"
    repository.git("clone", "--quiet", "--bare", str(repository.path), str(bare))
    repository.git("worktree", "add", "--quiet", "--detach", str(linked))
    for path in (bare, linked):
        folder = git_folder(path)
        assert folder is not None
        source = GitSource(folder)
        assert layout(source.layout((), "")).by == "head"
        assert layout(source.layout(("v1.0.0",), "")).by == "stated"
        source.close()
    assert git_folder(tmp_path) is None
    assert git_folder(repository.path / "cart") is None


def test_an_empty_or_broken_repository_says_so(tmp_path: Path) -> None:
    empty = Repository(tmp_path / "empty")
    source = GitSource(empty.path / ".git")
    assert reason(source.layout((), "")) == "the repository has no commit at HEAD"
    source.close()
    (tmp_path / "broken").mkdir()
    broken = GitSource(tmp_path / "broken")
    assert "is the repository whole?" in reason(broken.layout((), ""))
    assert "is the repository whole?" in reason(broken.file("a" * 40, "x"))
    assert "is no commit" in reason(broken.named("--help", "x"))
    broken.close()


def test_a_repository_that_hangs_is_left(repository: Repository) -> None:
    os.mkfifo(repository.path / "fifo")
    repository.git("config", "include.path", str(repository.path / "fifo"))
    source = GitSource(repository.path / ".git", seconds=0.3)
    before = time.monotonic()
    assert "within 0.3 seconds" in reason(source.layout((), ""))
    source.close()
    assert time.monotonic() - before < 5


def test_without_git_it_says_so(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.path))
    source = GitSource(repository.path / ".git")
    assert "git cannot be started" in reason(source.layout((), ""))
    source.close()


def test_processes_are_started_again_and_end_with_the_reader(repository: Repository) -> None:
    source = GitSource(repository.path / ".git")
    head = layout(source.layout((), "")).commit
    source.close()
    assert isinstance(source.file(head, "go.mod"), Present)
    source.close()


def test_names_that_are_not_utf8_are_names(repository: Repository, source: GitSource) -> None:
    (Path(os.fsdecode(bytes(repository.path) + b"/\xff.go"))).write_text("package x\n")
    head = repository.commit({})
    fact = source.named(head, "store.go")
    assert isinstance(fact, Present)
    assert decode(fact.data, Paths).paths == ("cart/store.go",)
