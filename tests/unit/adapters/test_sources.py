"""Source facts of several places by name."""

from __future__ import annotations

from pathlib import Path

from streams.adapters.sources import Sources
from streams.model.message import decode
from streams.model.source import FileKey, Layout, LayoutKey, NamedKey, source_request
from streams.model.step import Absent, Present, Request
from tests.git_repository import Repository


def test_a_repository_and_a_folder_answer_alike(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "git")
    head = repository.commit({"go.mod": "module a\n"})
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "go.mod").write_text("module a\n")
    with Sources({"git": repository.path, "plain": plain}) as sources:
        for name, commit in (("git", head), ("plain", "")):
            found = sources.resolve(source_request(LayoutKey(name)))
            assert isinstance(found, Present)
            layout = decode(found.data, Layout)
            assert (layout.commit, layout.go_mods) == (commit, {"": "module a\n"})
            content = sources.resolve(source_request(FileKey(name, commit, "go.mod")))
            assert content == Present(b"module a\n")
            paths = sources.resolve(source_request(NamedKey(name, commit, "go.mod")))
            assert isinstance(paths, Present)


def test_what_it_does_not_know_is_absent() -> None:
    with Sources({}) as sources:
        assert sources.resolve(source_request(LayoutKey("x"))) == Absent(
            "repository x is not given"
        )
        other = sources.resolve(Request("binary", "x"))
        assert other == Absent("no source of binary facts is configured")
