"""The facts of causes, from real git: an answer, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streams.drivers.causes import CauseFacts
from streams.model.cause import (
    Caused,
    CauseFrame,
    CauseKey,
    Fixed,
    FixedKey,
    cause_key,
    cause_request,
    fixed_key,
    fixed_request,
)
from streams.model.message import decode
from streams.model.step import Absent, Fact, Present, Request
from tests.git_repository import Repository

GO = (
    "package cart\n\nfunc Pick(xs []string, n int) string {\n"
    '	if n >= len(xs) {\n		return ""\n	}\n	return xs[n]\n}\n'
)
LESS = GO.replace('	if n >= len(xs) {\n		return ""\n	}\n', "")
FRAME = CauseFrame(
    "example.org/shop/cart.Pick", "example.org/shop/cart/cart.go", 4, "example.org/shop/cart"
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "shop")
    made.commit(
        {"go.mod": "module example.org/shop\n", "cart/cart.go": GO, "CODEOWNERS": "* @shop\n"}
    )
    return made


@pytest.fixture
def causes(repository: Repository) -> Iterator[CauseFacts]:
    made = CauseFacts({"shop": repository.path})
    yield made
    made.close()


def key(crashed: str, good: tuple[str, ...] = ()) -> CauseKey:
    return CauseKey(
        repos=("shop",),
        crashed=(crashed,),
        kind="panic",
        failure="index-out-of-range",
        frames=(FRAME,),
        good=good,
        ran=(*good, crashed),
    )


def caused(fact: Fact) -> Caused:
    assert isinstance(fact, Present), fact
    return decode(fact.data, Caused)


def test_a_key_is_the_text_of_its_request() -> None:
    made = key("a" * 40, ("b" * 40,))
    assert cause_key(cause_request(made)) == made
    with pytest.raises(ValueError, match="malformed"):
        cause_key(Request("commits", "x"))


def test_the_change_that_brought_the_crash_with_owner_and_deploys(
    repository: Repository, causes: CauseFacts
) -> None:
    good = repository.git("rev-parse", "HEAD")
    guilty = repository.commit({"cart/cart.go": LESS})
    crashed = repository.commit({"docs.md": "x"})
    found = caused(causes.resolve(cause_request(key(crashed, (good,)))))
    best = found.suspects[0]
    assert (best.commit, best.author, best.paths) == (guilty, "Ada", ("cart/cart.go",))
    assert (best.ran, found.owners, found.unknown) == ((1,), ("@shop",), ())
    assert best.confidence > 0.9


def test_without_a_last_good_revision_all_of_history_is_looked_at_and_said(
    repository: Repository, causes: CauseFacts
) -> None:
    guilty = repository.commit({"cart/cart.go": LESS})
    found = caused(causes.resolve(cause_request(key(guilty))))
    assert found.suspects[0].commit == guilty
    assert "the last revision that ran well" in {what for what, _, _ in found.unknown}


def test_a_revision_that_is_not_there_is_absent_and_asked_for_again(
    repository: Repository, causes: CauseFacts
) -> None:
    missing = "d" * 40
    fact = causes.resolve(cause_request(key(missing)))
    assert isinstance(fact, Absent)
    assert "fetch its whole history" in fact.reason
    made = repository.commit({"cart/cart.go": LESS})
    assert isinstance(causes.resolve(cause_request(key(made))), Present)


def test_good_revisions_that_are_not_there_are_left_out(
    repository: Repository, causes: CauseFacts
) -> None:
    good = repository.git("rev-parse", "HEAD")
    guilty = repository.commit({"cart/cart.go": LESS})
    found = caused(causes.resolve(cause_request(key(guilty, ("e" * 40, good)))))
    assert found.suspects[0].commit == guilty


def test_an_equal_question_starts_no_git(repository: Repository, causes: CauseFacts) -> None:
    request = cause_request(key(repository.commit({"cart/cart.go": LESS})))
    one = causes.resolve(request)
    before = causes.processes()
    assert causes.resolve(request) == one
    assert causes.processes() == before


def test_few_processes_answer_a_question(repository: Repository, causes: CauseFacts) -> None:
    good = repository.git("rev-parse", "HEAD")
    guilty = repository.commit({"cart/cart.go": LESS})
    before = causes.processes()
    causes.resolve(cause_request(key(guilty, (good,))))
    assert causes.processes() - before <= 3


def test_a_stack_over_many_files_takes_no_more_processes_and_names_who_wrote_its_lines(
    repository: Repository, causes: CauseFacts
) -> None:
    callers = {
        f"cart/step{n}.go": (
            f"package cart\n\nfunc Step{n}(xs []string, n int) string {{\n"
            f"	return Step{n + 1}(xs, n)\n}}\n"
        )
        for n in range(5)
    }
    callers["cart/step5.go"] = (
        "package cart\n\nfunc Step5(xs []string, n int) string {\n	return Pick(xs, n)\n}\n"
    )
    good = repository.commit(callers)
    text = callers["cart/step0.go"].replace("(xs, n)\n", "(xs[1:], n)\n")
    guilty = repository.commit({"cart/step0.go": text})
    package = "example.org/shop/cart"
    frames = (
        CauseFrame(f"{package}.Pick", f"{package}/cart.go", 7, package),
        *(
            CauseFrame(f"{package}.Step{n}", f"{package}/step{n}.go", 4, package)
            for n in range(5, -1, -1)
        ),
    )
    asked = msgspec.structs.replace(key(guilty, (good,)), frames=frames)
    before = causes.processes()
    best = caused(causes.resolve(cause_request(asked))).suspects[0]
    assert causes.processes() - before <= 3
    assert best.commit == guilty
    assert "it wrote line 4 of the stack last" in {e.detail for e in best.evidence}


def test_a_shallow_clone_is_stated(repository: Repository, tmp_path: Path) -> None:
    made = repository.commit({"cart/cart.go": LESS})
    repository.git(
        "clone", "--quiet", "--bare", "--depth=1", f"file://{repository.path}", str(tmp_path / "s")
    )
    causes = CauseFacts({"shop": tmp_path / "s"})
    found = caused(causes.resolve(cause_request(key(made))))
    causes.close()
    assert "the clone is shallow" in {why for _, why, _ in found.unknown}
    assert all(s.confidence < 0.9 for s in found.suspects)


def test_a_repository_that_is_not_known_and_other_kinds_are_absent(tmp_path: Path) -> None:
    causes = CauseFacts({"shop": tmp_path})
    fact = causes.resolve(cause_request(key("a" * 40)))
    assert isinstance(fact, Absent)
    assert "no git repository" in fact.reason
    assert isinstance(causes.resolve(Request("binary", "x")), Absent)


def fixed(causes: CauseFacts, fix: str, *revisions: str) -> Fixed:
    fact = causes.resolve(fixed_request(FixedKey(("shop",), fix, revisions)))
    assert isinstance(fact, Present), fact
    return decode(fact.data, Fixed)


def written(repository: Repository, message: str, **files: str) -> str:
    """A commit with this message; its id."""
    repository.write({f"{name}.go": text for name, text in files.items()})
    repository.git("add", "--all")
    repository.git("commit", "--quiet", f"--message={message}")
    return repository.git("rev-parse", "HEAD")


def test_a_release_has_a_fix_as_itself_or_as_a_copy_and_not_after_its_revert(
    repository: Repository, causes: CauseFacts
) -> None:
    """By git itself: cherry-picks with and without -x, reverts, reverts of reverts."""
    git = repository.git
    git("tag", "v1.0.0")
    fix = written(repository, "cart: check the length", cart="package cart // checked\n")
    git("tag", "v1.1.0")
    git("revert", "--no-edit", fix)
    git("tag", "v1.1.1")
    git("revert", "--no-edit", "HEAD")
    git("tag", "v1.1.2")
    git("checkout", "--quiet", "-b", "line", "v1.0.0")
    written(repository, "something else", other="package shop\n")
    git("tag", "v1.0.1")
    git("cherry-pick", fix)
    git("tag", "v1.0.2")
    git("checkout", "--quiet", "-b", "noted", "v1.0.1")
    git("cherry-pick", "-x", fix)
    git("commit", "--quiet", "--amend", "--author=Bob <bob@example.com>", "--no-edit")
    git("tag", "v1.0.3")
    git("revert", "--no-edit", "HEAD")
    git("tag", "v1.0.4")
    tags = [f"v1.0.{n}" for n in range(5)] + [f"v1.1.{n}" for n in range(3)]
    found = fixed(causes, fix[:12], *tags, "v9.9.9")
    assert found.has == {
        "v1.0.0": False,
        "v1.0.1": False,
        "v1.0.2": True,
        "v1.0.3": True,
        "v1.0.4": False,
        "v1.1.0": True,
        "v1.1.1": False,
        "v1.1.2": True,
    }
    assert found.why == "v9.9.9 is not in the repository"
    assert fixed(causes, "v1.1.0", "v1.0.2").has == {"v1.0.2": True}


def test_a_fix_that_no_repository_has_is_absent_and_of_a_cut_clone_only_what_it_has_is_believed(
    repository: Repository, causes: CauseFacts, tmp_path: Path
) -> None:
    fact = causes.resolve(fixed_request(FixedKey(("shop", "none"), "v7", ("v1",))))
    assert isinstance(fact, Absent)
    assert "v7 is in none of shop, none" in fact.reason
    fix = written(repository, "the fix", cart="package cart // checked\n")
    before = written(repository, "one", one="package one\n")
    after = written(repository, "two", two="package two\n")
    repository.git("checkout", "--quiet", "--orphan", "other")
    alone = written(repository, "alone", three="package three\n")
    clone = tmp_path / "clone"
    url = f"file://{repository.path}"
    repository.git("clone", "--quiet", "--depth=2", "--no-single-branch", url, str(clone))
    cut = CauseFacts({"shop": clone})
    try:
        found = fixed(cut, before, after, alone)
        assert found.has == {after: True}
        assert "older history is cut off" in found.why
        assert isinstance(cut.resolve(fixed_request(FixedKey(("shop",), fix, (after,)))), Absent)
    finally:
        cut.close()


def test_a_key_of_a_fix_is_the_text_of_its_request() -> None:
    made = FixedKey(("shop",), "v1", ("a", "b"))
    assert fixed_key(fixed_request(made)) == made
    with pytest.raises(ValueError, match="JSON"):
        fixed_key(Request("fixed", "x"))
