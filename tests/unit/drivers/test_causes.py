"""The facts of causes, from real git: an answer, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.drivers.causes import CauseFacts
from streams.model.cause import Caused, CauseFrame, CauseKey, cause_key, cause_request
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
    assert causes.processes() - before <= 8


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
