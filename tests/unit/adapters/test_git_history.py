"""Commits and contents of real git, also where the history is not whole or means harm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.adapters.git_history import GitHistory
from streams.adapters.git_process import GitTroubleError, Pipe
from streams.adapters.git_source import MAX_FILE_BYTES, git_folder
from tests.git_repository import Repository

TEXT = "".join(f"line {n}\n" for n in range(20))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "shop")
    made.commit({"a.go": TEXT}, tag="v1.0.0")
    return made


def history(path: Path) -> GitHistory:
    folder = git_folder(path)
    assert folder is not None
    return GitHistory(folder)


@pytest.fixture
def git(repository: Repository) -> Iterator[GitHistory]:
    made = history(repository.path)
    yield made
    made.close()


def head(repository: Repository) -> str:
    return repository.git("rev-parse", "HEAD")


def test_commits_come_newest_first_with_what_they_changed(
    repository: Repository, git: GitHistory
) -> None:
    good = head(repository)
    one = repository.commit({"a.go": TEXT + "more\n", "b/c.go": "package c\n"})
    repository.git("mv", "a.go", "z.go")
    two = repository.commit({})
    (repository.path / "b/c.go").unlink()
    three = repository.commit({})
    changes, more = git.changes(three, (good,), 10)
    assert [c.sha for c in changes] == [three, two, one]
    assert not more
    removed, moved, added = (c.files for c in changes)
    assert [(f.path, f.after, f.status) for f in removed] == [("b/c.go", "", "D")]
    assert [(f.old, f.path, f.status) for f in moved] == [("a.go", "z.go", "R")]
    assert [(f.path, bool(f.before[0])) for f in added] == [("a.go", True), ("b/c.go", False)]
    texts = git.contents((added[0].before[0], added[0].after))
    assert list(texts.values()) == [TEXT.encode(), (TEXT + "more\n").encode()]


def test_of_a_merge_the_files_that_no_side_has_so(repository: Repository, git: GitHistory) -> None:
    good = head(repository)
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit({"a.go": TEXT.replace("line 2\n", "two\n")})
    repository.git("checkout", "--quiet", "main")
    repository.commit({"a.go": TEXT.replace("line 18\n", "eighteen\n")})
    repository.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    merged = repository.path.joinpath("a.go").read_text().replace("line 9\n", "nine\n")
    evil = repository.commit({"a.go": merged})
    changes, _ = git.changes(evil, (good,), 10)
    merge = next(c for c in changes if c.sha == evil)
    assert [(f.path, len(f.before)) for f in merge.files] == [("a.go", 2)]


def test_messages_and_names_may_hold_anything(repository: Repository, git: GitHistory) -> None:
    good = head(repository)
    name = 'odd\nname ":100644 x\t.go'
    repository.write({name: "package odd\n"})
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message=:100644 a\n\n:: body\n")
    (change,), _ = git.changes(head(repository), (good,), 10)
    assert change.subject == ":100644 a"
    assert [f.path for f in change.files] == [name]


def test_no_more_commits_than_asked_for(repository: Repository, git: GitHistory) -> None:
    for number in range(4):
        repository.commit({"n": str(number)})
    changes, more = git.changes(head(repository), (), 3)
    assert (len(changes), more) == (3, True)


def test_what_git_is_asked_ahead_of_time_is_answered_the_same(
    repository: Repository, git: GitHistory
) -> None:
    good = head(repository)
    last = repository.commit({"a.go": TEXT + "more\n"})
    before = Pipe.started
    with git.ahead(last, (last, good), (good,), (10, 100)):
        changes, _ = git.changes(last, (good,), 10)
        graph = git.graph((last, good), (good,), 100)
    assert Pipe.started - before == 2
    assert ([change.sha for change in changes], graph) == ([last], {last: (good,)})
    with git.ahead(last, (last,), (), (10, 100)):
        # What nobody asks for is ended.
        pass
    assert [change.sha for change in git.changes(last, (), 10)[0]] == [last, good]


def test_many_hashes_are_asked_for_at_once(repository: Repository, git: GitHistory) -> None:
    shas = [repository.commit({"n": str(number)}) for number in range(3)]
    git.recall((*shas, "f" * 40, "v1.0.0", "--x"))
    assert [git.resolve(sha) for sha in (*shas, "f" * 40)] == [*shas, None]
    assert git.resolve("v1.0.0") == repository.git("rev-parse", "v1.0.0")


def test_a_version_is_a_tag_of_that_name_or_a_commit(
    repository: Repository, git: GitHistory
) -> None:
    first = head(repository)
    repository.git("tag", "dep/v2.0.0")
    found = [
        git.version(name) for name in ("v1.0.0", "dep/v2.0.0", first[:12], "v2.0.0", "a..b", "")
    ]
    assert found == [first, first, first, None, None, None]


def test_the_graph_has_what_some_have_and_others_have_not(
    repository: Repository, git: GitHistory
) -> None:
    good = head(repository)
    one, two = repository.commit({"n": "1"}), repository.commit({"n": "2"})
    assert git.graph((two,), (good,), 10) == {two: (one,), one: (good,)}


def test_contents_that_are_missing_large_or_no_files_are_left_out(
    repository: Repository, git: GitHistory
) -> None:
    repository.commit({"large": b"x" * (MAX_FILE_BYTES + 1), "small": "s"})
    large = repository.git("rev-parse", "HEAD:large")
    small = repository.git("rev-parse", "HEAD:small")
    found = git.contents((large, "f" * 40, head(repository), small))
    assert found == {small: b"s"}


def test_a_name_that_is_no_commit_is_never_given_to_git(git: GitHistory) -> None:
    for name in ("--upload-pack=x", "HEAD", "v1.0.0"):
        with pytest.raises(GitTroubleError):
            git.changes(name, (), 10)


def test_a_shallow_clone_says_so(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"n": "1"})
    repository.git(
        "clone", "--quiet", "--bare", "--depth=1", f"file://{repository.path}", str(tmp_path / "s")
    )
    made = history(tmp_path / "s")
    changes, _ = made.changes(head(repository), (), 10)
    assert (made.shallow(), len(changes)) == (True, 1)
    made.close()


def test_nothing_of_a_hostile_repository_is_run(repository: Repository, git: GitHistory) -> None:
    mark = repository.path.parent / "ran"
    script = repository.path.parent / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    script.chmod(0o755)
    good = head(repository)
    repository.commit(
        {".gitattributes": "*.go diff=evil filter=evil\n", ".git-blame-ignore-revs": "x\n"}
    )
    last = repository.commit({"a.go": TEXT.replace("line 4\n", "line four\n")})
    for name in (
        "diff.evil.textconv", "diff.evil.command", "filter.evil.smudge", "diff.external", "core.fsmonitor",
        "core.pager", "gpg.program", "core.sshCommand", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        repository.git("config", name, str(script))
    repository.git("config", "log.showSignature", "true")
    info = repository.path / ".git/info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("*.go diff=evil filter=evil\n")
    repository.git("config", "diff.orderFile", "nothing")
    changes, _ = git.changes(last, (good,), 10)
    assert len(changes) == 2
    assert not mark.exists()


def test_what_was_read_of_a_commit_is_not_read_again(
    repository: Repository, git: GitHistory
) -> None:
    last = repository.commit({"n": "1"})
    git.changes(last, (), 10)
    git.graph((last,), (), 10)
    before = Pipe.started
    git.changes(last, (), 10)
    git.graph((last,), (), 10)
    assert Pipe.started == before
