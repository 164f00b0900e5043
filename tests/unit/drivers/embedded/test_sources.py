"""From `--repo` to the source of reports, with a real repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.drivers.embedded.sources import named_repos, sources_of
from streams.model.crash import Crash, Frame, Goroutine
from streams.model.errors import BadInput
from streams.model.report import Report, RootCause
from streams.model.settings import SourceSettings
from tests.git_repository import Repository

FRAME = Frame(
    function="example.com/a.F", package="example.com/a", file="/app/a.go", line=4, in_app=True
)
CRASH = Crash(
    id="crash",
    kind="panic",
    message="boom",
    goroutines=(Goroutine(id=1, state="running", crashed=True, frames=(FRAME,)),),
)
REPORT = Report(
    cluster="one",
    title="boom",
    kind="panic",
    root_cause=RootCause(function=FRAME.function, file=FRAME.file, line=FRAME.line),
    occurrences=1,
    representative="crash",
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A module of one file."""
    made = Repository(tmp_path / "a")
    made.commit(
        {"go.mod": "module example.com/a\n", "a.go": "package a\n\nfunc F() {\n\tpanic(1)\n}\n"}
    )
    return made


def test_each_report_has_the_source_of_its_representative(repository: Repository) -> None:
    gone = Report(cluster="two", title="x", kind="panic", occurrences=1, representative="gone")
    repos = named_repos([f"acme/a={repository.path}"])
    found = sources_of((REPORT, gone), {"crash": CRASH}, repos, SourceSettings())
    assert list(found) == ["one"]
    (excerpt,) = found["one"].excerpts
    assert (excerpt.repo, excerpt.path, excerpt.lines[2]) == ("acme/a", "a.go", "\tpanic(1)")


def test_without_repositories_nothing_is_looked_up() -> None:
    assert sources_of((REPORT,), {"crash": CRASH}, {}, SourceSettings()) == {}


def test_a_name_may_have_slashes_and_a_path_equals_signs(tmp_path: Path) -> None:
    folder = tmp_path / "a=b"
    folder.mkdir()
    assert named_repos([f"acme/shop={folder}"]) == {"acme/shop": folder}


@pytest.mark.parametrize("argument", ["shop", "shop=", "=/", " =/", "shop=/no/such/folder"])
def test_what_is_no_name_and_folder_is_refused(argument: str) -> None:
    with pytest.raises(BadInput, match=f"^--repo {argument}: "):
        named_repos([argument])


def test_a_name_stands_for_one_repository(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="given twice"):
        named_repos([f"a={tmp_path}", f"a={tmp_path}"])
