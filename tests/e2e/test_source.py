"""Source lines in reports: real repositories, programs really built from them in the ways that people do, real crashes.

The dependency comes from a module proxy in a folder, so that nothing needs a network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from streams.core.join.sources import Module, Rules, locate
from streams.core.parse.traceback import parse_traceback
from streams.model.crash import Build, Frame
from tests.git_repository import Repository

PANICTRAIL = str(Path(sys.executable).with_name("panictrail"))
GO: Final = shutil.which("go") or "/usr/local/go/bin/go"

LIB: Final = "example.com/Acme/Lib"
LIB_GO: Final = (
    'package lib\n\nimport "errors"\n\nfunc Each(f func(error)) {\n\tf(errors.New("x"))\n}\n'
)
STORE: Final = """\
package cart

type Store struct{ items map[string]int }

//go:noinline
func (s *Store) Add(id string) {
\ts.items[id]++ // CRASH
}
"""
MAIN: Final = """\
package main

import (
\t"os"

\tlib "example.com/Acme/Lib"

\t"example.com/acme/shop/cart"
)

func main() {
\tlib.Each(func(error) {
\t\tif len(os.Args) > 1 {
\t\t\tcrash(nil)
\t\t}
\t\tnew(cart.Store).Add("apple") // CALLS
\t})
}

//go:noinline
func crash(items map[string]int) {
\titems["pear"]++ // CRASH
}
"""
GO_MOD: Final = f"module example.com/acme/shop\n\ngo 1.21\n\nrequire {LIB} v1.0.0\n"
FILES: Final = {"go.mod": GO_MOD, "cart/store.go": STORE, "cmd/shopd/main.go": MAIN}


class Builder:
    """Go with a module cache and a proxy of its own."""

    def __init__(self, folder: Path) -> None:
        """Put the dependency into the proxy."""
        self.cache = folder / "modcache"
        proxy = folder / "proxy" / "example.com" / "!acme" / "!lib" / "@v"
        proxy.mkdir(parents=True)
        go_mod = f"module {LIB}\n\ngo 1.21\n"
        (proxy / "list").write_text("v1.0.0\n")
        (proxy / "v1.0.0.info").write_text('{"Version":"v1.0.0","Time":"2026-01-01T00:00:00Z"}')
        (proxy / "v1.0.0.mod").write_text(go_mod)
        with zipfile.ZipFile(proxy / "v1.0.0.zip", "w") as packed:
            packed.writestr(f"{LIB}@v1.0.0/go.mod", go_mod)
            packed.writestr(f"{LIB}@v1.0.0/lib.go", LIB_GO)
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GO") or k == "GOCACHE"},
            "GOENV": "off",
            "GOFLAGS": "-modcacherw",
            "GOMODCACHE": str(self.cache),
            "GONOSUMDB": "*",
            "GOPROXY": (folder / "proxy").as_uri(),
            "GOTOOLCHAIN": "local",
        }

    def go(self, folder: Path, *arguments: str) -> str:
        """What go says in a folder."""
        done = subprocess.run(
            [GO, *arguments],
            cwd=folder,
            env=self._environment,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def crash(self, folder: Path, *flags: str, package: str = "./cmd/shopd", how: str = "") -> str:
        """Build in a folder, run, and give what the program wrote when it died."""
        program = folder.parent / "program"
        self.go(folder, "build", "-buildvcs=false", *flags, "-o", str(program), package)
        run = subprocess.run(
            [program, *([how] if how else [])], capture_output=True, check=False, text=True
        )
        assert run.returncode == 2, run.stderr
        return run.stderr


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """One cache for all tests here."""
    return Builder(tmp_path_factory.mktemp("go"))


@pytest.fixture
def repository(builder: Builder, tmp_path: Path) -> Repository:
    """The program, committed with its go.sum."""
    made = Repository(tmp_path / "shop")
    made.write(FILES)
    builder.go(made.path, "mod", "tidy")
    made.commit({})
    return made


def analyze(
    text: str, *arguments: object, folder: Path, build: Mapping[str, object] | None = None
) -> str:
    """The report of a crash as Markdown."""
    if build is not None:
        text = json.dumps({"text": text, "build": build}) + "\n"
    log = folder / "crash.log"
    log.write_text(text)
    done = subprocess.run(
        [PANICTRAIL, "analyze", log, "--markdown", *map(str, arguments)],
        capture_output=True,
        check=False,
        text=True,
        cwd=folder,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def named(report: str) -> list[tuple[str, str]]:
    """For each excerpt the path in the repository with its line, and the line's text."""
    return re.findall(r"^Source: `([^`]+)`.*?^> +\d+  +(.*?)$", report, re.MULTILINE | re.DOTALL)


EXPECTED: Final = [
    ("cart/store.go:7", "s.items[id]++ // CRASH"),
    ("cmd/shopd/main.go:16", 'new(cart.Store).Add("apple") // CALLS'),
    ("cmd/shopd/main.go:12", "lib.Each(func(error) {"),
]


@pytest.mark.parametrize(
    "flags", [(), ("-trimpath",), ("-mod=vendor",), ("-mod=vendor", "-trimpath")]
)
def test_the_line_that_panicked_is_shown_however_it_was_built(
    flags: tuple[str, ...], builder: Builder, repository: Repository, tmp_path: Path
) -> None:
    """Built elsewhere than where the repository is, as in a container."""
    app = tmp_path / "build" / "app"
    shutil.copytree(repository.path, app, ignore=shutil.ignore_patterns(".git"))
    if "-mod=vendor" in flags:
        builder.go(app, "mod", "vendor")
    text = builder.crash(app, *flags)
    shutil.rmtree(app)
    report = analyze(text, "--repo", f"acme/shop={repository.path}", folder=tmp_path)
    assert [place for place in named(report) if place[0] != "cmd/shopd/main.go:12"] == EXPECTED[:2]
    assert set(named(report)) <= set(EXPECTED)
    assert "the revision of the source shown" in report


@pytest.mark.parametrize("flags", [(), ("-trimpath",)])
def test_a_crash_in_package_main_is_shown(
    flags: tuple[str, ...], builder: Builder, repository: Repository, tmp_path: Path
) -> None:
    """No package says where it was built: the end of the path does, or the module path of -trimpath."""
    text = builder.crash(repository.path, *flags, how="main")
    report = analyze(text, "--repo", f"shop={repository.path}", folder=tmp_path)
    assert named(report)[0] == ("cmd/shopd/main.go:22", 'items["pear"]++ // CRASH')


def test_a_windows_build_is_shown(builder: Builder, repository: Repository, tmp_path: Path) -> None:
    text = builder.crash(repository.path)
    for root in ("C:/build/shop", r"C:\build\shop"):
        moved = text.replace(str(repository.path), root)
        assert root in moved
        report = analyze(moved, "--repo", f"shop={repository.path}", folder=tmp_path)
        assert named(report)[:2] == EXPECTED[:2]


@pytest.mark.parametrize("flags", [(), ("-trimpath",)])
def test_modules_in_folders_of_one_repository_are_shown(
    flags: tuple[str, ...], builder: Builder, tmp_path: Path
) -> None:
    """A major version that is no folder, and a module that another one takes from a folder."""
    mono = Repository(tmp_path / "mono")
    service = MAIN.replace("example.com/acme/shop/cart", "example.com/acme/shop/v2/cart")
    mono.write(
        {
            "services/shop/go.mod": "module example.com/acme/shop/v2\n\ngo 1.21\n\n"
            f"require {LIB} v1.0.0\n\nreplace {LIB} v1.0.0 => ../../libs/lib\n",
            "services/shop/cart/store.go": STORE,
            "services/shop/cmd/shopd/main.go": service,
            "libs/lib/go.mod": f"module {LIB}\n\ngo 1.21\n",
            "libs/lib/lib.go": LIB_GO,
        }
    )
    mono.commit({})
    text = builder.crash(mono.path / "services" / "shop", *flags)
    (tmp_path / "panictrail.toml").write_text(f'modules = ["{LIB}", "example.com/acme"]\n')
    report = analyze(text, "--repo", f"mono={mono.path}", folder=tmp_path)
    shown = named(report)
    assert shown[0] == ("services/shop/cart/store.go:7", "s.items[id]++ // CRASH")
    assert ("libs/lib/lib.go:6", 'f(errors.New("x"))') in shown
    assert {path.partition(":")[0] for path, _ in shown} == {
        *("services/shop/cart/store.go", "services/shop/cmd/shopd/main.go", "libs/lib/lib.go")
    }


def test_the_revision_that_was_built_is_shown_not_a_later_one(
    builder: Builder, repository: Repository, tmp_path: Path
) -> None:
    text = builder.crash(repository.path)
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "v1.0.0")
    repository.commit({"cart/store.go": STORE.replace("type", "// moved\n\ntype")})
    repo = ("--repo", f"shop={repository.path}")
    for build in ({"revision": first}, {"tag": "v1.0.0"}, {"version": "v1.0.0+dirty"}):
        report = analyze(text, *repo, folder=tmp_path, build=build)
        assert named(report)[0] == EXPECTED[0]
        assert "the revision of the source shown" not in report
    gone = analyze(text, *repo, folder=tmp_path, build={"revision": "e" * 40})
    assert named(gone) == []
    assert f"shop: revision {'e' * 40} is not in the repository" in gone


def test_what_was_changed_since_is_not_shown_as_if_it_had_crashed(
    builder: Builder, repository: Repository, tmp_path: Path
) -> None:
    text = builder.crash(repository.path)
    other = STORE.replace(
        "func (s *Store) Add(", "func (s *Store) Size() int { return 0 }\n\nfunc (s *Store) Put("
    )
    repository.commit({"cart/store.go": other})
    report = analyze(text, "--repo", f"shop={repository.path}", folder=tmp_path)
    assert "cart/store.go:7" not in [path for path, _ in named(report)]
    assert "has Size in line 7, not the function of the frame" in report
    repository.commit({"cart/store.go": "package cart\n"})
    report = analyze(text, "--repo", f"shop={repository.path}", folder=tmp_path)
    assert "has 1 line, the frame is in line 7" in report


def test_a_folder_and_rules_of_the_user_do_as_well(
    builder: Builder, repository: Repository, tmp_path: Path
) -> None:
    text = builder.crash(repository.path, how="main")
    moved = text.replace(str(repository.path), "/build/x")
    plain = tmp_path / "plain" / "v7" / "deep"
    plain.mkdir(parents=True)
    (plain / "main.go").write_text(MAIN)
    repo = ("--repo", f"shop={tmp_path / 'plain'}")
    assert named(analyze(moved, *repo, folder=tmp_path)) == []
    rule = ("--substitute", "/build/x/cmd/shopd=deep")
    report = analyze(moved, *repo, *rule, folder=tmp_path, build={"release": "v7"})
    assert named(report)[0] == ("deep/main.go:22", 'items["pear"]++ // CRASH')
    (tmp_path / "panictrail.toml").write_text(
        '[[source.substitute]]\nfrom = "/build/x/cmd/shopd"\nto = "v7/deep"\nrepo = "shop"\n'
    )
    report = analyze(moved, *repo, folder=tmp_path)
    assert named(report)[0][0] == "v7/deep/main.go:22"
    assert "as the folder is now" in report


def test_places_are_those_that_go_itself_names(builder: Builder, repository: Repository) -> None:
    """`go list -m` says in which folder of the module cache a dependency is."""
    listed = json.loads(builder.go(repository.path, "list", "-m", "-json", LIB))
    frames = [
        frame
        for goroutine in parse_traceback(
            builder.crash(repository.path, "-gcflags=all=-l")
        ).goroutines
        for frame in goroutine.frames
        if frame.package == LIB
    ]
    assert frames
    for frame in frames:
        found = locate(frame, Build(), Rules())
        assert (found.kind, found.module, found.version) == ("dependency", LIB, listed["Version"])
        assert Path(listed["Dir"], found.path or "") == Path(frame.file or "")
    folders = builder.go(repository.path, "list", "-f", "{{.ImportPath}} {{.Dir}}", "./...")
    modules = (Module(path="example.com/acme/shop", repo="shop"),)
    for line in folders.splitlines():
        package, _, folder = line.partition(" ")
        frame = Frame(function=f"{package}.F", file=f"{folder}/x.go", line=1)
        path = locate(frame, Build(), Rules(modules=modules)).path
        assert repository.path / (path or "") == Path(folder, "x.go")


def test_the_same_run_gives_the_same_report_and_json_has_no_more_than_the_statement(
    builder: Builder, repository: Repository, tmp_path: Path
) -> None:
    text = builder.crash(repository.path)
    repo = ("--repo", f"shop={repository.path}")
    assert analyze(text, *repo, folder=tmp_path) == analyze(text, *repo, folder=tmp_path)
    log, page = tmp_path / "crash.log", tmp_path / "page.html"
    command = [PANICTRAIL, "analyze", str(log), "--json"]
    plain = subprocess.run(command, capture_output=True, check=True)
    with_source = subprocess.run([*command, *repo], capture_output=True, check=True)
    shown = subprocess.run([*command, *repo, "--html", page], capture_output=True, check=True)
    assert with_source.stdout == shown.stdout
    assert "s.items[id]++ // CRASH" in page.read_text()
    # What a crash is grouped by is said; no line around it, and no comment.
    assert b"s.items[id]++" not in plain.stdout
    assert b"s.items[id]++" in with_source.stdout
    assert b"CRASH" not in with_source.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--repo", "shop"), "--repo shop: want NAME=PATH"),
        (("--repo", "=x"), "--repo =x: want NAME=PATH"),
        (("--repo", "shop=gone"), "--repo shop=gone: gone is no folder"),
        (("--repo", "a=.", "--repo", "a=."), "a is given twice"),
        (("--substitute", "/app"), "want FROM=TO"),
        (("--substitute", "/app=../x"), "--substitute: source.substitute, rule 1: to = '../x'"),
        (("--substitute", "/=x"), "--substitute: source.substitute, rule 1: from = '/'"),
    ],
)
def test_wrong_usage_is_said(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("calm\n")
    command = [PANICTRAIL, "analyze", str(log), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
