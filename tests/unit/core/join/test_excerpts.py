"""Which source lines a crash shows, by facts that are given: no repository is read here."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from streams.core.join.excerpts import excerpts, stated_of, wanted
from streams.core.report.source import Sources
from streams.model.crash import Access, Build, Crash, Frame, Goroutine, Source
from streams.model.message import encode
from streams.model.report import RootCause
from streams.model.settings import Substitute
from streams.model.source import (
    FileKey,
    Layout,
    LayoutKey,
    NamedKey,
    Paths,
    source_key,
)
from streams.model.step import Absent, Fact, Need, Present, Request

SHA = "4f2a1c9d0e11" + "0" * 28
STORE = "package cart\n\nfunc New() *Store { return nil }\n\nfunc (s *Store) Add(n int) {\n\ts.items[n]++\n}\n"
MAIN = "package main\n\nfunc main() {\n\tcart.New().Add(1)\n}\n"
ADD = Frame(
    function="example.com/acme/shop/cart.(*Store).Add",
    package="example.com/acme/shop/cart",
    file="/app/cart/store.go",
    line=6,
    in_app=True,
)
RUN = Frame(function="main.main", package="main", file="/app/main.go", line=4, in_app=True)
PANIC = Frame(function="panic", file="/usr/local/go/src/runtime/panic.go", line=884, std=True)
ROOT = RootCause(function=ADD.function, file=ADD.file, line=ADD.line)
BUILD = Build(revision=SHA)


def crash(*frames: Frame, build: Build = BUILD) -> Crash:
    """A crash of one goroutine."""
    goroutine = Goroutine(id=1, state="running", crashed=True, frames=frames)
    return Crash(id="c", kind="panic", message="boom", goroutines=(goroutine,), build=build)


class Repos:
    """Repositories as a resolver would know them: files by path, for each the revisions that it has."""

    def __init__(
        self, files: dict[str, dict[str, str]], revisions: tuple[str, ...] = (SHA,)
    ) -> None:
        self.files = files
        self.revisions = revisions
        self.asked: list[Request] = []

    def resolve(self, request: Request) -> Fact:
        """Answer as the adapters do."""
        self.asked.append(request)
        key = source_key(request)
        files = self.files[key.repo]
        if isinstance(key, LayoutKey):
            return self._layout(key, files)
        if isinstance(key, NamedKey):
            paths = [path for path in files if f"/{path}".endswith(f"/{key.name}")]
            return Present(encode(Paths(paths=tuple(paths))))
        return Present(files[key.path].encode()) if key.path in files else Absent("no such file")

    def _layout(self, key: LayoutKey, files: dict[str, str]) -> Fact:
        name = next((name for name in key.stated if name in self.revisions), None)
        if key.stated and name is None:
            return Absent(f"revision {key.stated[0]} is not in the repository")
        ends = "go.mod"
        mods = {p[: -len(ends)].rstrip("/"): t for p, t in files.items() if p.endswith(ends)}
        head = Layout(commit=SHA, by="head", name="HEAD", go_mods=mods)
        return Present(encode(replace(head, by="stated", name=name) if name else head))

    def sources(
        self, found: Crash, root: RootCause = ROOT, substitutes: tuple[Substitute, ...] = ()
    ) -> Sources:
        """What is shown in the end."""
        facts: dict[Request, Fact] = {}
        for _ in range(8):
            result = excerpts(found, root, self.files, substitutes, facts)
            if isinstance(result, Sources):
                return result
            facts.update((request, self.resolve(request)) for request in result.requests)
        raise AssertionError


def shop(**more: str) -> Repos:
    """One repository with the files above."""
    files = {"go.mod": "module example.com/acme/shop\n", "cart/store.go": STORE, "main.go": MAIN}
    return Repos({"shop": {**files, **more}})


def whys(found: Sources) -> list[str]:
    """Why something is unknown."""
    return [unknown.why for unknown in found.unknown]


def test_the_line_of_a_frame_is_shown_with_two_around_it() -> None:
    found = shop().sources(crash(PANIC, ADD, RUN))
    first, second = found.excerpts
    assert (first.file, first.line, first.repo, first.path) == (
        "/app/cart/store.go",
        6,
        "shop",
        "cart/store.go",
    )
    assert (first.at, first.first) == ("at 4f2a1c9d0e11", 4)
    assert first.lines == ("", "func (s *Store) Add(n int) {", "\ts.items[n]++", "}")
    assert (second.path, second.lines[second.line - second.first]) == (
        "main.go",
        "\tcart.New().Add(1)",
    )
    assert found.unknown == ()
    assert found.of(ADD) == first
    assert found.of(PANIC) is None


def test_it_asks_for_facts_by_content_and_not_twice() -> None:
    repos = shop()
    repos.sources(crash(ADD, RUN))
    assert len(repos.asked) == len(set(repos.asked))
    kinds = [type(source_key(request)) for request in repos.asked]
    assert kinds == [LayoutKey, FileKey, FileKey]
    need = excerpts(crash(ADD), ROOT, ("shop",), (), {})
    assert isinstance(need, Need)
    assert source_key(need.requests[0]) == LayoutKey("shop", (SHA,))


def test_the_order_of_repositories_does_not_matter() -> None:
    other = {"go.mod": "module example.com/acme/other\n"}
    files = {**shop().files, "other": other}
    one, two = Repos(files), Repos(dict(reversed(files.items())))
    assert one.sources(crash(ADD)) == two.sources(crash(ADD))
    assert one.asked == two.asked


def test_without_a_revision_head_is_shown_and_said_to_be_a_guess() -> None:
    found = shop().sources(crash(ADD, build=Build()))
    assert found.excerpts[0].at == "at HEAD (4f2a1c9d0e11)"
    assert [unknown.what for unknown in found.unknown] == ["the revision of the source shown"]
    assert "shop at HEAD (4f2a1c9d0e11)" in whys(found)[0]


def test_a_revision_that_is_not_there_is_said_and_nothing_is_shown() -> None:
    found = shop().sources(crash(ADD, RUN, build=Build(revision="e" * 40)))
    assert found.excerpts == ()
    assert whys(found) == [f"shop: revision {'e' * 40} is not in the repository"]
    assert found.unknown[0].what == "the source of /app/cart/store.go:6 and 1 more place"
    assert "git fetch" in found.unknown[0].how


def test_a_tag_or_version_that_is_there_will_do() -> None:
    build = Build(revision="e" * 40, tag="v1.0.0")
    repos = Repos(shop().files, revisions=("v1.0.0",))
    assert repos.sources(crash(ADD, build=build)).excerpts[0].at == "at v1.0.0 (4f2a1c9d0e11)"


@pytest.mark.parametrize(
    ("build", "stated"),
    [
        (Build(), ()),
        (Build(revision=SHA, tag="v1", version="v1"), (SHA, "v1")),
        (Build(version="(devel)"), ()),
        (Build(version="v1.2.3+dirty"), ("v1.2.3",)),
        (Build(version="v2.0.0+incompatible"), ("v2.0.0",)),
        (Build(version="1.2.3"), ("1.2.3", "v1.2.3")),
        (Build(version="v0.0.0-20240102030405-0123456789ab"), ("0123456789ab",)),
        (Build(version="v1.2.4-0.20240102030405-0123456789ab+dirty"), ("0123456789ab",)),
        (Build(revision=" "), ()),
    ],
)
def test_a_build_states_its_revision_in_many_ways(build: Build, stated: tuple[str, ...]) -> None:
    assert stated_of(build) == stated


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (replace(ADD, line=99), "has 7 lines, the frame is in line 99"),
        (replace(ADD, line=8), "has 7 lines, the frame is in line 8"),
        (replace(ADD, line=3), "has New in line 3, not the function of the frame"),
        (
            replace(ADD, file="/app/cart/gone.go"),
            "cart/gone.go in shop at 4f2a1c9d0e11: no such file",
        ),
        (replace(ADD, file="<autogenerated>"), "the compiler made this code"),
        (
            replace(ADD, function="github.com/a/b.F", package="github.com/a/b", file="/x/b.go"),
            "package github.com/a/b is of no module",
        ),
        (
            replace(ADD, function="github.com/a/b.F", file="github.com/a/b@v1.0.0/b.go"),
            "it is of the dependency github.com/a/b@v1.0.0",
        ),
        (replace(PANIC, line=3), "it is of the standard library"),
    ],
)
def test_what_cannot_be_shown_says_why(frame: Frame, why: str) -> None:
    root = RootCause(function=frame.function, file=frame.file, line=frame.line)
    found = shop().sources(crash(frame), root)
    assert found.excerpts == ()
    assert why in whys(found)[0]
    assert found.unknown[0].how


@pytest.mark.parametrize(
    ("function", "line"),
    [
        ("example.com/acme/shop/cart.(*Store).Add.func1", 6),
        ("example.com/acme/shop/cart.(*Store).Add.func1.deferwrap2", 6),
        ("example.com/acme/shop/cart.(*Store).Add-range1", 6),
        ("example.com/acme/shop/cart.(*Store).Add-fm", 6),
        ("example.com/acme/shop/api.Serve.(*Store).Add.func1", 6),
        ("example.com/acme/shop/cart.init.func1", 6),
        ("example.com/acme/shop/cart.glob..func2", 6),
        ("example.com/acme/shop/cart.init.0", 6),
        ("example.com/acme/shop/cart.New[...]", 3),
    ],
)
def test_closures_and_wrappers_are_of_the_function_around_them(function: str, line: int) -> None:
    frame = replace(ADD, function=function, package=None, line=line)
    found = shop().sources(crash(frame), RootCause(function=function))
    assert [excerpt.line for excerpt in found.excerpts] == [line]


def test_a_build_with_changes_is_said() -> None:
    found = shop().sources(crash(ADD, build=Build(revision=SHA, modified=True)))
    assert found.excerpts
    assert whys(found) == ["the build had changes that were not committed"]


def test_package_main_is_looked_for_by_its_end_and_only_where_one_repository_has_it() -> None:
    lone = crash(RUN)
    root = RootCause(function="main.main", file="/app/main.go", line=4)
    assert shop().sources(lone, root).excerpts[0].path == "main.go"
    moved = Repos({"shop": {"go.mod": "module m\n", "cmd/app/main.go": MAIN}})
    assert moved.sources(lone, root).excerpts == ()
    assert whys(moved.sources(lone, root)) == ["no file of shop fits /app/main.go"]
    rule = (Substitute(old="/app", to="cmd/app"),)
    assert moved.sources(lone, root, rule).excerpts[0].path == "cmd/app/main.go"
    two = Repos({**shop().files, "other": {"go.mod": "module o\n", "main.go": MAIN}})
    assert whys(two.sources(lone, root)) == ["other and shop both have a file of this name"]
    named = replace(lone, source=Source(service="shop"))
    assert [e.repo for e in two.sources(named, root).excerpts] == ["shop"]
    built = crash(RUN, build=Build(revision=SHA, module="o"))
    assert [e.repo for e in two.sources(built, root).excerpts] == ["other"]


def test_a_rule_may_name_a_repository_that_is_not_given() -> None:
    rule = (Substitute(old="/app", to=".", repo="elsewhere"),)
    assert whys(shop().sources(crash(ADD), ROOT, rule)) == ["repository elsewhere is not given"]


def test_a_dependency_whose_repository_is_given_is_shown_at_its_version() -> None:
    frame = Frame(
        function="example.com/acme/lib.F",
        package="example.com/acme/lib",
        file="/go/pkg/mod/example.com/acme/lib@v1.1.0/f.go",
        line=3,
    )
    lib = {
        "go.mod": "module example.com/acme/lib\n",
        "f.go": "package lib\n\nfunc F() { panic(1) }\n",
    }
    repos = Repos({**shop().files, "lib": lib}, revisions=(SHA, "v1.1.0"))
    found = repos.sources(crash(frame, ADD), RootCause(function=frame.function))
    assert [(e.repo, e.at) for e in found.excerpts] == [
        ("lib", "at v1.1.0 (4f2a1c9d0e11)"),
        ("shop", "at 4f2a1c9d0e11"),
    ]
    newer = Repos(repos.files)
    found = newer.sources(crash(frame, ADD), RootCause(function=frame.function))
    assert whys(found) == ["lib: revision v1.1.0 is not in the repository"]


def test_the_frame_of_the_report_comes_first_then_the_users_own_and_not_all_of_them() -> None:
    own = [replace(ADD, line=number) for number in range(1, 9)]
    std = replace(PANIC, line=5)
    root = RootCause(function=std.function, file=std.file, line=std.line)
    shown = wanted(crash(*own, own[0], std), root)
    assert [(f.function, f.line) for f in shown] == [
        ("panic", 5),
        *((ADD.function, number) for number in range(1, 5)),
    ]


def test_of_a_race_both_accesses_are_shown() -> None:
    one, two = Access(kind="read", frames=(ADD,)), Access(kind="write", frames=(RUN,))
    race = Crash(id="r", kind="race", message="DATA RACE", accesses=(one, two), build=BUILD)
    assert [e.path for e in shop().sources(race).excerpts] == ["cart/store.go", "main.go"]


def test_a_crash_without_frames_shows_nothing() -> None:
    bare = Crash(id="c", kind="fatal", message="x", build=BUILD)
    assert shop().sources(bare, RootCause()) == Sources()


def test_lines_are_cut_and_marks_of_windows_are_left_out() -> None:
    text = "\ufeffpackage cart\r\nfunc (s *Store) Add() {\r\n" + "x" * 1000 + "\r\n}\r\n"
    found = shop(**{"cart/store.go": text}).sources(crash(replace(ADD, line=3)))
    assert [len(line) for line in found.excerpts[0].lines] == [12, 23, 400, 1]


def test_bytes_that_are_no_text_do_no_harm() -> None:
    facts: dict[Request, Fact] = {}
    need = excerpts(crash(replace(ADD, line=2)), ROOT, ("shop",), (), facts)
    while isinstance(need, Need):
        for request in need.requests:
            is_file = isinstance(source_key(request), FileKey)
            content = Present(b"func Add() {\n\xff\xfe\x1b[31m\n}")
            facts[request] = content if is_file else shop().resolve(request)
        need = excerpts(crash(replace(ADD, line=2)), ROOT, ("shop",), (), facts)
    assert need.excerpts[0].lines[1] == "\ufffd\ufffd\x1b[31m"


def test_the_same_crash_and_facts_give_the_same_bytes() -> None:
    found = [msgspec.json.encode(shop().sources(crash(PANIC, ADD, RUN))) for _ in range(2)]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("module", "path"),
    [
        ("example.com/acme/shop", "main.go"),
        ("example.com/acme/shop/v2", "main.go"),
        ("example.com/acme/tool", None),
        ("example.com/acme/shop/tool", None),
        (None, "main.go"),
    ],
)
def test_a_main_is_only_of_the_module_that_was_built(module: str | None, path: str | None) -> None:
    root = RootCause(function=RUN.function, file=RUN.file, line=RUN.line)
    found = shop().sources(crash(RUN, build=Build(revision=SHA, module=module)), root)
    assert [excerpt.path for excerpt in found.excerpts] == ([path] if path else [])
    assert (f"the build is of module {module}" in whys(found)) == (path is None)


def test_of_two_repositories_with_a_main_it_is_the_one_of_the_build() -> None:
    other = {"go.mod": "module example.com/acme/tool\n", "main.go": MAIN}
    repos = Repos({**shop().files, "tool": other})
    root = RootCause(function=RUN.function, file=RUN.file, line=RUN.line)
    for repo in ("tool", "shop"):
        built = Build(revision=SHA, module=f"example.com/acme/{repo}")
        found = repos.sources(crash(RUN, build=built), root)
        assert [excerpt.repo for excerpt in found.excerpts] == [repo]
    # A library of the one repository in a program of another teaches nothing of its main.
    strange = crash(ADD, RUN, build=Build(revision=SHA, module="example.com/else"))
    assert [excerpt.path for excerpt in repos.sources(strange).excerpts] == ["cart/store.go"]


def test_the_main_of_a_module_in_a_folder_is_not_that_of_the_root() -> None:
    repos = shop(**{"tool/go.mod": "module example.com/acme/tool\n", "tool/main.go": MAIN})
    built = Build(revision=SHA, module="example.com/acme/tool")
    for file, paths in (("/app/main.go", []), ("/app/tool/main.go", ["tool/main.go"])):
        frame = replace(RUN, file=file)
        root = RootCause(function=frame.function, file=file, line=frame.line)
        found = repos.sources(crash(frame, build=built), root)
        assert [excerpt.path for excerpt in found.excerpts] == paths
