"""Who wrote a line last, against `git blame` itself on real repositories."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from streams.adapters.git_history import GitHistory
from streams.adapters.git_source import git_folder
from streams.core.suspects.authors import Range, authors_of
from tests.git_repository import Repository

PATH = "a.go"
TEXT = "".join(f"line {n}\n" for n in range(20))
FUNCTION = (
    "func Pour(kettle *Kettle, cups int) (poured int) {\n\tfor poured < cups && kettle.Litres > 0 {\n"
    "\t\tkettle.Litres -= kettle.CupSize\n\t\tpoured++\n\t}\n\treturn poured\n}\n"
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "shop")
    made.commit({PATH: TEXT})
    return made


@pytest.fixture
def git(repository: Repository) -> Iterator[GitHistory]:
    folder = git_folder(repository.path)
    assert folder is not None
    made = GitHistory(folder)
    yield made
    made.close()


def head(repository: Repository) -> str:
    return repository.git("rev-parse", "HEAD")


def ours(
    git: GitHistory, commit: str, path: str, good: str, ignored: Sequence[str] = ()
) -> dict[int, str]:
    changes, _ = git.changes(commit, (good,), 100)
    files = git.files(commit)

    def read(blob: str) -> bytes:
        return git.contents((blob,)).get(blob, b"")

    lines = [(path, n + 1) for n in range(read(files[path]).count(b"\n"))]
    found = authors_of(commit, files, lines, Range(changes, read, ignored))
    return {line: sha for (_, line), sha in found.items()}


def gits(
    repository: Repository, commit: str, path: str, good: str, ignored: Sequence[str] = ()
) -> dict[int, str]:
    """What `git blame` says, lines older than the range left out."""
    ignoring = [f"--ignore-rev={sha}" for sha in ignored]
    said = repository.git(
        "blame", "--porcelain", "-w", "-M", "-C", *ignoring, commit, f"^{good}", "--", path
    )
    older = set(
        re.findall(
            r"^([0-9a-f]{40}) (?:(?!^[0-9a-f]{40} ).)*^boundary$", said, re.MULTILINE | re.DOTALL
        )
    )
    rows = re.findall(r"^([0-9a-f]{40}) \d+ (\d+)", said, re.MULTILINE)
    return {int(line): sha for sha, line in rows if sha not in older}


def agreed(
    repository: Repository, git: GitHistory, path: str, good: str, ignored: Sequence[str] = ()
) -> dict[int, str]:
    """What both say."""
    commit = head(repository)
    found = ours(git, commit, path, good, ignored)
    assert found == gits(repository, commit, path, good, ignored)
    return found


def test_the_last_edit_of_a_line_counts_however_far_the_line_went(
    repository: Repository, git: GitHistory
) -> None:
    good = head(repository)
    one = repository.commit({PATH: TEXT.replace("line 4\n", "line four\n")})
    repository.commit({PATH: TEXT.replace("line 4\n", "line 4!\n")})
    two = repository.commit({PATH: "new\nnew too\n" + TEXT.replace("line 4\n", "line four!\n")})
    three = repository.commit(
        {PATH: "new\nnew too\n" + TEXT.replace("line 4\n", "line four!\n").replace("line 9\n", "")}
    )
    found = agreed(repository, git, PATH, good)
    assert found == {1: two, 2: two, 7: two}
    assert {one, three}.isdisjoint(found.values())


def test_white_space_and_ignored_commits_are_looked_through(
    repository: Repository, git: GitHistory
) -> None:
    good = head(repository)
    guilty = repository.commit({PATH: TEXT.replace("line 4\n", "line four\n")})
    repository.commit({PATH: TEXT.replace("line 4\n", "\tline  four\n")})
    formatting = repository.commit({PATH: TEXT.replace("line 4\n", "\tline  four;\n")})
    assert agreed(repository, git, PATH, good) == {5: formatting}
    assert agreed(repository, git, PATH, good, (formatting,)) == {5: guilty}


def test_a_renamed_file_is_followed(repository: Repository, git: GitHistory) -> None:
    good = head(repository)
    guilty = repository.commit({PATH: TEXT.replace("line 4\n", "line four\n")})
    repository.git("mv", PATH, "b.go")
    repository.commit({})
    assert agreed(repository, git, "b.go", good) == {5: guilty}


def test_lines_that_moved_within_a_file_or_to_another_keep_their_author(
    repository: Repository, git: GitHistory
) -> None:
    good = head(repository)
    wrote = repository.commit({PATH: FUNCTION + TEXT})
    repository.commit({PATH: TEXT + FUNCTION})
    assert set(agreed(repository, git, PATH, good).values()) == {wrote}
    repository.commit({PATH: TEXT, "cups.go": FUNCTION, "other": "x"})
    assert set(agreed(repository, git, "cups.go", good).values()) == {wrote}


def test_merges_go_to_the_side_that_wrote_the_line(repository: Repository, git: GitHistory) -> None:
    good = head(repository)
    repository.git("switch", "--quiet", "--create", "side")
    aside = repository.commit({PATH: TEXT.replace("line 4\n", "line four\n")})
    repository.git("switch", "--quiet", "main")
    main = repository.commit({PATH: TEXT.replace("line 15\n", "line fifteen\n")})
    repository.git("merge", "--quiet", "--no-edit", "side")
    # A merge that no side of edits the file: who wrote it is behind the one that has it so.
    repository.git("switch", "--quiet", "--create", "far")
    repository.commit({"far.go": "x"})
    repository.git("switch", "--quiet", "main")
    late = repository.commit(
        {PATH: (repository.path / PATH).read_text().replace("line 9\n", "nine\n")}
    )
    repository.git("merge", "--quiet", "--no-edit", "far")
    assert agreed(repository, git, PATH, good) == {5: aside, 10: late, 16: main}


def test_what_a_merge_itself_wrote_is_its_own(repository: Repository, git: GitHistory) -> None:
    good = head(repository)
    repository.git("switch", "--quiet", "--create", "side")
    repository.commit({PATH: TEXT.replace("line 4\n", "line four\n")})
    repository.git("switch", "--quiet", "main")
    repository.commit({PATH: TEXT.replace("line 15\n", "line fifteen\n")})
    repository.git("merge", "--quiet", "--no-commit", "side")
    merged = TEXT.replace("line 4\n", "line four\n").replace("line 15\n", "by the merge\n")
    merge = repository.commit({PATH: merged})
    assert agreed(repository, git, PATH, good)[16] == merge


def test_a_revert_wrote_the_line_that_it_brought_back(
    repository: Repository, git: GitHistory
) -> None:
    good = head(repository)
    repository.commit({PATH: TEXT.replace("line 4\n", "line four\n")})
    revert = repository.commit({PATH: TEXT})
    assert agreed(repository, git, PATH, good) == {5: revert}


def test_lines_that_are_not_there_and_files_that_are_not_have_no_author(
    repository: Repository, git: GitHistory
) -> None:
    good = head(repository)
    last = repository.commit({PATH: TEXT + "more\n"})
    changes, _ = git.changes(last, (good,), 10)
    lines = [(PATH, 400), (PATH, 0), ("gone.go", 1)]
    within = Range(changes, lambda blob: git.contents((blob,)).get(blob, b""))
    assert authors_of(last, git.files(last), lines, within) == {}


def test_what_generators_wrote_is_compared_by_nobody(
    repository: Repository, git: GitHistory
) -> None:
    repository.commit({PATH: "".join(f"a{n}\n" for n in range(8000))})
    good = head(repository)
    last = repository.commit({PATH: "".join(f"b{n}\n" for n in range(8000))})
    assert ours(git, last, PATH, good) == {}
