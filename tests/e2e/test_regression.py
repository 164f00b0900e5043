"""A resolved cluster is regressed when a build that has the fix crashes so, and not when one does that has not."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from streams.cli.main import main
from tests.git_repository import Repository

GO = "package cart\n\nfunc Add(m map[string]int) {\n\tm[`a`] = 1\n}\n"
TEXT = (
    "panic: assignment to entry in nil map\n\ngoroutine 1 [running]:\n"
    "example.com/shop/cart.Add(...)\n\t/src/cart/cart.go:4 +0x1d\nmain.main()\n\t/src/main.go:9 +0x88\n"
)


class Shop:
    """A repository, and a state to which its crashes come."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.git = Repository(folder / "shop")
        self._folder = folder
        self._capsys = capsys
        self._crashes = 0

    def crash(self, revision: str | None, day: int) -> str:
        """Analyse one crash more of a build; the cluster's status then."""
        self._crashes += 1
        raw = {
            "text": TEXT,
            "event_id": f"e-{self._crashes}",
            "service": "shop",
            "at": f"2026-11-{day:02}T08:00:00Z",
            "build": {"revision": revision} if revision else {},
        }
        log = self._folder / f"{self._crashes}.jsonl"
        log.write_bytes(orjson.dumps(raw))
        repo = f"shop={self.git.path}"
        assert main(["analyze", str(log), "--repo", repo, "--state", self._state]) == 0
        self._capsys.readouterr()
        return str(self.report()["status"])

    def clusters(self, *words: str, code: int = 0) -> str:
        """What `panictrail clusters` says."""
        assert main(["clusters", *words, "--state", self._state]) == code
        said = self._capsys.readouterr()
        return said.err if code else said.out

    def report(self) -> dict[str, object]:
        """The one report."""
        (report,) = map(orjson.loads, self.clusters("list", "--json").splitlines())
        assert isinstance(report, dict)
        return report

    @property
    def _state(self) -> str:
        return str(self._folder / "state")


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(tmp_path, capsys)


def test_only_builds_with_the_fix_make_a_regression(shop: Shop) -> None:
    old = shop.git.commit({"go.mod": "module example.com/shop\n", "cart/cart.go": GO})
    older_line = shop.git.commit({"README": "more"})
    fix = shop.git.commit({"main.go": "package main // makes the map\n"})
    later = shop.git.commit({"README": "and more"}, tag="v1.5.0")
    assert shop.crash(old, 20) in {"new", "ongoing"}
    cluster = str(shop.report()["cluster"])
    shop.clusters("resolve", cluster, "--fixed-in", fix[:12], "--at", "2026-11-22T00:00:00Z")
    assert shop.crash(old, 23) == "resolved"
    # A build that was not seen before, and is older than the fix.
    assert shop.crash(older_line, 24) == "resolved"
    assert shop.crash(later, 25) == "regressed"
    assert f"fixed in {fix[:12]}" in shop.clusters("show", cluster)
    shop.clusters("resolve", cluster, "--fixed-in", "v1.5.0", "--at", "2026-11-26T00:00:00Z")
    assert shop.report()["status"] == "resolved"
    shop.clusters("undo", cluster)
    assert shop.report()["status"] == "regressed"


def test_without_a_fix_that_is_named_the_old_build_is_no_regression_and_a_new_one_is(
    shop: Shop,
) -> None:
    old = shop.git.commit({"go.mod": "module example.com/shop\n", "cart/cart.go": GO})
    new = shop.git.commit({"README": "more"})
    shop.crash(old, 20)
    cluster = str(shop.report()["cluster"])
    shop.clusters("resolve", cluster, "--at", "2026-11-22T00:00:00Z")
    assert shop.crash(old, 23) == "resolved"
    assert shop.crash(new, 24) == "regressed"


def test_a_crash_without_a_build_is_a_regression_and_the_doubt_is_stated(shop: Shop) -> None:
    old = shop.git.commit({"go.mod": "module example.com/shop\n", "cart/cart.go": GO})
    shop.crash(old, 20)
    cluster = str(shop.report()["cluster"])
    shop.clusters("resolve", cluster, "--fixed-in", old, "--at", "2026-11-22T00:00:00Z")
    assert shop.crash(None, 23) == "regressed"
    unknown = shop.report()["unknown"]
    assert isinstance(unknown, list)
    assert any(row["what"] == "whether it came back after its fix" for row in unknown)


@pytest.mark.parametrize("name", ["", " ", "-x", "a\nb", "x" * 300])
def test_what_names_no_revision_is_refused(shop: Shop, name: str) -> None:
    shop.crash(None, 20)
    cluster = str(shop.report()["cluster"])
    said = shop.clusters("resolve", cluster, f"--fixed-in={name}", code=2)
    assert "name a commit, a tag or a version" in said
