"""`panictrail cluster … --source`: a small shop of two releases, really compiled and run, with bugs that are known.

Programs and what they print are kept below .cache, for this Go and these sources. The repository is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.git_repository import Repository
from tests.symbolize.toolchains import GO, local

PANICTRAIL: Final = str(Path(sys.executable).with_name("panictrail"))
_CACHE: Final = Path(__file__).parents[2] / ".cache" / "cluster-source"
METHODS: Final = ("locus1", "plain1", "top1", "dual1", "dual-global", "tfidf1", "align1")

CART: Final = """\
package cart

import (
\t"errors"
\t"fmt"
)

type Item struct{ Count, Price int }

type Store struct{ items map[string]*Item }

var ErrClosed = errors.New("store is closed")

//go:noinline
func (s *Store) Add(id string, count int) {
\titem := s.items[id]
\tif count > 10 {
\t\tbulk := s.items["bulk"]
\t\tbulk.Price = count
\t}
\titem.Count += count
}

func (s *Store) Close(hard bool) error {
\tif hard {
\t\treturn fmt.Errorf("close hard: %w", ErrClosed)
\t}
\treturn fmt.Errorf("flush: %w", flush("disk"))
}

func flush(name string) error {
\treturn fmt.Errorf("device %q is full", name)
}
"""
MUST: Final = """\
package must

//go:noinline
func Get(values map[string]string, key string) string {
\tvalue, ok := values[key]
\tif !ok {
\t\tpanic("no value for " + key)
\t}
\treturn value
}
"""
API: Final = """\
package api

import (
\t"example.com/shop/cart"
\t"example.com/shop/must"
)

//go:noinline
func Login(values map[string]string) string {
\treturn must.Get(values, "user")
}

//go:noinline
func Pay(values map[string]string) string {
\treturn must.Get(values, "card")
}

//go:noinline
func Post(id string, count int) {
\tnew(cart.Store).Add(id, count)
}

//go:noinline
func Import(ids []string) {
\tfor _, id := range ids {
\t\tnew(cart.Store).Add(id, 1)
\t}
}
"""
MAIN: Final = """\
package main

import (
\t"fmt"
\t"log/slog"
\t"os"

\t"example.com/shop/api"
\t"example.com/shop/cart"
)

func main() {
\tswitch os.Args[1] {
\tcase "login":
\t\tapi.Login(nil)
\tcase "pay":
\t\tapi.Pay(map[string]string{"user": "ada"})
\tcase "post":
\t\tapi.Post("apple", 1)
\tcase "import":
\t\tapi.Import([]string{"pear"})
\tcase "bulk":
\t\tapi.Post("apple", 11)
\tcase "closed":
\t\treport(new(cart.Store).Close(true))
\tcase "full":
\t\treport(fmt.Errorf("shutdown: %w", new(cart.Store).Close(false)))
\tcase "full-again":
\t\treport(fmt.Errorf("retry: shutdown: %w", new(cart.Store).Close(false)))
\t}
}

func report(err error) {
\tslog.New(slog.NewJSONHandler(os.Stderr, nil)).Error("request failed", "error", err)
}
"""
OLD: Final = {
    "go.mod": "module example.com/shop\n\ngo 1.21\n",
    "cart/store.go": CART,
    "must/must.go": MUST,
    "api/api.go": API,
    "main.go": MAIN,
}
# The method has another name, stands in another file, and lines have moved.
NEW: Final = {
    **{path: text for path, text in OLD.items() if path != "cart/store.go"},
    "cart/basket.go": CART.replace("Add(", "Insert(").replace(
        "type Item", "// Item is what is bought.\ntype Item"
    ),
    "must/must.go": MUST.replace("package must", "// Package must panics.\npackage must"),
    "api/api.go": API.replace(".Add(", ".Insert("),
}
RELEASES: Final[Mapping[str, Mapping[str, str]]] = {"v1.0.0": OLD, "v1.1.0": NEW}
# Ways to die by the bug that they are of.
BUGS: Final = {
    "login": "no user",
    "pay": "no card",
    "post": "no item",
    "import": "no item",
    "bulk": "no bulk item",
    "closed": "closed hard",
    "full": "disk full",
    "full-again": "disk full",
}


def deaths() -> dict[tuple[str, str], str]:
    """What the programs print, by release and way to die."""
    key = hashlib.sha256(orjson.dumps((local(), RELEASES, sorted(BUGS))), usedforsecurity=False)
    kept = _CACHE / f"{key.hexdigest()[:16]}.json"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            found = [
                (release, how, text)
                for release, files in RELEASES.items()
                for how, text in _run(_CACHE / "build" / "shop", files).items()
            ]
            kept.write_bytes(orjson.dumps(found))
    return {(release, how): text for release, how, text in orjson.loads(kept.read_bytes())}


def _run(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    program = folder.parent / "program"
    environment = {**os.environ, "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    subprocess.run(
        [GO, "build", "-buildvcs=false", "-o", program, "."],
        cwd=folder,
        env=environment,
        check=True,
    )
    return {
        how: subprocess.run([program, how], capture_output=True, check=False, text=True).stderr
        for how in BUGS
    }


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the repository and the traces; each crash names the tag of its build."""
    folder = tmp_path_factory.mktemp("cluster")
    made = Repository(folder / "shop")
    for release, files in RELEASES.items():
        for path in ("cart/store.go",):
            (made.path / path).unlink(missing_ok=True)
        made.commit(files, tag=release)
    rows = [
        {"id": f"{release}/{how}", "text": text, "build": {"tag": release}}
        for (release, how), text in deaths().items()
    ]
    (folder / "T.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return folder


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PANICTRAIL_")}
    return subprocess.run(
        [PANICTRAIL, "cluster", *map(str, arguments)],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**inherited, "XDG_CACHE_HOME": str(folder / "cache")},
        timeout=60,
    )


def rows(folder: Path, *arguments: object) -> list[dict[str, str | None]]:
    done = run(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return [orjson.loads(line) for line in done.stdout.splitlines()]


def partition(found: list[dict[str, str | None]]) -> set[frozenset[str]]:
    groups: dict[str | None, set[str]] = defaultdict(set)
    for row in found:
        assert row["cluster"], row
        groups[row["cluster"]].add(str(row["id"]))
    return {frozenset(group) for group in groups.values()}


def expected(bugs: Mapping[str, str] = BUGS) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for how, bug in bugs.items():
        groups[bug] |= {f"{release}/{how}" for release in RELEASES}
    return {frozenset(group) for group in groups.values()}


def test_with_source_each_bug_is_one_cluster(scene: Path) -> None:
    """A renamed method, a helper with two callers, two nil pointers in one function, one bug by two routes, errors."""
    found = rows(scene, "T.jsonl", "--source", scene / "shop")
    assert partition(found) == expected()
    assert {row["by"] for row in found} == {"source"}
    assert [row["id"] for row in found] == [f"{r}/{how}" for r in RELEASES for how in BUGS]


def test_a_folder_of_releases_says_the_same_as_the_repository(scene: Path) -> None:
    for release, files in RELEASES.items():
        for name, text in files.items():
            path = scene / "unpacked" / release / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    traces = (scene / "T.jsonl").read_bytes().replace(b'"tag"', b'"release"')
    (scene / "R.jsonl").write_bytes(traces)
    assert partition(rows(scene, "R.jsonl", "--source", scene / "unpacked")) == expected()


def test_without_source_what_the_set_tells_is_taken(scene: Path) -> None:
    """Names know nothing of a statement that a crash of the same kind and another release stands at."""
    found = rows(scene, "T.jsonl")
    of = {name: part for part in partition(found) for name in part}
    assert {row["by"] for row in found} == {"names", "message"}
    assert of["v1.0.0/login"] == {"v1.0.0/login", "v1.1.0/login"}
    assert of["v1.0.0/pay"] == {"v1.0.0/pay", "v1.1.0/pay"}
    assert of["v1.0.0/post"] == frozenset(
        f"{release}/{how}" for release in RELEASES for how in ("post", "import")
    )
    assert of["v1.0.0/bulk"] == {"v1.0.0/bulk", "v1.1.0/bulk"}


def test_the_order_of_the_lines_does_not_matter(scene: Path) -> None:
    lines = (scene / "T.jsonl").read_bytes().splitlines(keepends=True)
    (scene / "reversed.jsonl").write_bytes(b"".join(lines[::-1]))
    for source in ((), ("--source", scene / "shop")):
        one, other = rows(scene, "T.jsonl", *source), rows(scene, "reversed.jsonl", *source)
        assert {str(r["id"]): r["cluster"] for r in one} == {
            str(r["id"]): r["cluster"] for r in other
        }


@pytest.mark.parametrize("method", METHODS)
def test_every_method_runs_with_source(scene: Path, method: str) -> None:
    found = rows(scene, "T.jsonl", "--method", method, "--source", scene / "shop")
    assert len(found) == len(BUGS) * len(RELEASES)
    assert all(row["cluster"] for row in found)


@pytest.mark.parametrize("method", ["dual1", "dual-global"])
def test_the_other_methods_run_without_source(scene: Path, method: str) -> None:
    found = rows(scene, "T.jsonl", "--method", method)
    assert all(row["cluster"] for row in found)


def test_answers_that_were_kept_are_the_same_and_damaged_ones_are_not_used(scene: Path) -> None:
    first = rows(scene, "T.jsonl", "--source", scene / "shop")
    assert rows(scene, "T.jsonl", "--source", scene / "shop") == first
    kept = [path for path in (scene / "cache").rglob("*") if path.is_file()]
    for path in kept:
        path.write_bytes(b"no database" * 1000)
    assert rows(scene, "T.jsonl", "--source", scene / "shop") == first


def test_how_a_repository_is_written_makes_no_difference(scene: Path) -> None:
    """Also where the answers of one spelling were kept, and where both are given."""
    found = rows(scene, "T.jsonl", "--source", scene / "shop")
    for name in ("shop", "./cache/../shop"):
        assert rows(scene, "T.jsonl", "--source", name) == found
    assert rows(scene, "T.jsonl", "--source", "shop", "--source", scene / "shop") == found


def test_people_see_the_largest_cluster_first(scene: Path) -> None:
    done = run(scene, "T.jsonl", "--source", scene / "shop")
    assert done.returncode == 0
    counts = [int(line.split()[0]) for line in done.stdout.splitlines() if line[4:5].isdigit()]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == len(BUGS) * len(RELEASES)


def test_the_wrong_repository_is_ignored(scene: Path) -> None:
    """What does not fit the stacks is no source; the answer is that of names."""
    other = Repository(scene / "other")
    for release, files in RELEASES.items():
        broken = {
            path: "package " + path.partition("/")[0] + "\n" + "\n" * 60 + "func Nothing() {\n}\n"
            for path in files
            if path.endswith(".go")
        }
        other.commit({**broken, "go.mod": files["go.mod"]}, tag=release)
    found = rows(scene, "T.jsonl", "--source", other.path)
    assert {row["by"] for row in found} == {"names", "message"}
    assert partition(found) == partition(rows(scene, "T.jsonl"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("T.jsonl", "--source", "nowhere"), "--source nowhere: is no folder"),
        (("T.jsonl", "--source", "T.jsonl"), "--source T.jsonl: is no folder"),
        (("T.jsonl", "--method", "best"), "invalid choice: 'best'"),
        (("nowhere.jsonl", "--source", "shop"), "nowhere.jsonl"),
    ],
)
def test_bad_input_is_said_and_is_exit_2(
    scene: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run(scene, *arguments)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert done.stdout == b""


def test_an_empty_repository_and_an_empty_folder_are_no_source(scene: Path) -> None:
    Repository(scene / "empty")
    (scene / "bare").mkdir()
    for folder in ("empty", "bare"):
        found = rows(scene, "T.jsonl", "--source", folder)
        assert {row["by"] for row in found} == {"names", "message"}
