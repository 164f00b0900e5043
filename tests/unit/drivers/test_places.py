"""Places from real repositories and folders: which revision is read, and what is said where it does not fit."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import closing
from hashlib import sha1, sha256
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.adapters.git_process import GitTroubleError
from streams.adapters.git_source import GitSource
from streams.adapters.sources import Sources
from streams.core.fingerprint.texts import fingerprinted
from streams.drivers.place_cache import MADE_BY, ROOT, PlaceCache
from streams.drivers.places import PlaceFacts
from streams.drivers.revisions import MOST_REVISIONS, Trees
from streams.model.crash import Build, Crash, Frame, Goroutine
from streams.model.message import decode
from streams.model.place import Placed, PlaceFrame, PlaceKey, place_request
from streams.model.settings import PipelineSettings
from streams.model.source import LayoutKey, source_request
from streams.model.step import Absent, Present, Request
from tests.git_repository import Repository
from tests.unit.drivers.placing import MODULE, asked, facts, frame, placed, write

MODIFIED = "the build had changes that were not committed"
GO_MOD = f"module {MODULE}\n\ngo 1.21\n"
CART = """\
package cart

type Store struct{ items map[string]*Item }

func (s *Store) Add(id string, count int) {
\titem := s.find(id)
\titem.Count += count
\titem.Price = rates[count]
}

func (s *Store) Remove(id string) {
\tdelete(s.items, id)
\ts.log.Println("removed", id)
}
"""
MUST = """\
package must

func Get(values map[string]string, key string) string {
\tvalue, ok := values[key]
\tif !ok {
\t\tpanic("no value for " + key)
\t}
\treturn value
}
"""
API = """\
package api

func Login(w http.ResponseWriter, r *http.Request) {
\tvalues := parse(r)
\tuser := must.Get(values, "user")
\tserve(w, user)
}

func Pay(w http.ResponseWriter, r *http.Request) {
\tvalues := parse(r)
\tcard := must.Get(values, "card")
\tcharge(w, card)
}
"""
IMPORTS = f'import (\n\t"net/http"\n\n\t"{MODULE}/must"\n)\n'
FILES = {
    "go.mod": GO_MOD,
    "cart/store.go": CART,
    "must/must.go": MUST,
    "api/api.go": API.replace("package api\n", f"package api\n\n{IMPORTS}"),
}
RENAMED = {
    **FILES,
    "cart/store.go": CART.replace("Add(", "Insert(").replace(
        "package cart\n", "package cart\n\n// x\n"
    ),
}


def add(files: Mapping[str, str], name: str = "Add", text: str = "item.Count") -> PlaceFrame:
    return frame(files, "cart/store.go", f"(*Store).{name}", text)


def reason(places: PlaceFacts, request: Request) -> str:
    fact = places.resolve(request)
    assert isinstance(fact, Absent), fact
    return fact.reason


@pytest.fixture
def tagged(tmp_path: Path) -> Repository:
    """Two releases with tags: in the second one a method has another name."""
    made = Repository(tmp_path / "shop")
    made.commit(FILES, tag="v1.0.0")
    made.commit(RENAMED, tag="v1.1.0")
    return made


@pytest.fixture
def untagged(tmp_path: Path) -> tuple[Repository, str, str]:
    """The same without tags: the commits."""
    made = Repository(tmp_path / "shop")
    return made, made.commit(FILES), made.commit(RENAMED)


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """The same as folders; by the order of their names `r10` comes last."""
    folder = tmp_path / "shop"
    write(folder / "r9", FILES)
    write(folder / "r10", RENAMED)
    return folder


# ---- revisions


def test_a_renamed_method_is_what_it_was_in_the_first_tagged_release(tagged: Repository) -> None:
    with facts(tagged.path) as places:
        old = placed(places, asked(add(FILES), build=Build(tag="v1.0.0")))
        new = placed(places, asked(add(RENAMED, "Insert"), build=Build(tag="v1.1.0")))
    assert (new.function, new.statement) == (old.function, old.statement)
    assert old.function == f"{MODULE}/cart.Store.Add"
    assert old.text == new.text == "item.Count += count"
    assert (old.line, new.line) == (7, 9)
    assert old.doubts == new.doubts == ()
    assert any("was example.com/shop/cart.Store.Add before" in why for why in new.reasons)


def test_without_tags_the_first_parents_are_the_history(
    untagged: tuple[Repository, str, str],
) -> None:
    made, first, second = untagged
    with facts(made.path) as places:
        old = placed(places, asked(add(FILES), build=Build(revision=first)))
        new = placed(places, asked(add(RENAMED, "Insert"), build=Build(revision=second)))
    assert (new.function, new.statement) == (old.function, old.statement)


def test_folders_of_releases_are_a_history_by_their_names(releases: Path) -> None:
    with facts(releases) as places:
        old = placed(places, asked(add(FILES), build=Build(release="r9")))
        new = placed(places, asked(add(RENAMED, "Insert"), build=Build(release="r10")))
    assert (new.function, new.statement) == (old.function, old.statement)


def test_names_of_releases_are_hostile_too(releases: Path) -> None:
    for name in ("r²", "1²", "--help", "r9 copy", "x\ny", "r" * 200):
        (releases / name).mkdir()
    with facts(releases) as places:
        for name in ("r10", "r²", "--help", "x\ny", "../r9", "", "r" * 5000):
            places.resolve(asked(add(RENAMED, "Insert"), build=Build(release=name)))


def test_two_statements_of_one_function_are_two_places(tagged: Repository) -> None:
    with facts(tagged.path) as places:
        one = placed(places, asked(add(FILES), build=Build(tag="v1.0.0")))
        other = placed(places, asked(add(FILES, text="item.Price"), build=Build(tag="v1.0.0")))
    assert one.function == other.function
    assert one.statement != other.statement


def test_a_build_that_names_nothing_is_read_at_head_and_says_so(tagged: Repository) -> None:
    with facts(tagged.path) as places:
        found = placed(places, asked(add(RENAMED, "Insert")))
    assert found.text == "item.Count += count"
    assert found.doubts
    assert "names no revision" in found.doubts[0]


def test_a_folder_that_may_be_any_revision_says_so(tmp_path: Path) -> None:
    folder = write(tmp_path / "shop", FILES)
    with facts(folder) as places:
        found = placed(places, asked(add(FILES), build=Build(release="r9")))
    assert found.doubts


def test_a_dirty_build_is_read_at_its_revision(tagged: Repository) -> None:
    with facts(tagged.path) as places:
        clean = placed(places, asked(add(FILES), build=Build(version="v1.0.0")))
        dirty = placed(places, asked(add(FILES), build=Build(version="v1.0.0+dirty")))
    assert (dirty.function, dirty.statement) == (clean.function, clean.statement)


def test_a_revision_that_is_not_there_is_said(tagged: Repository) -> None:
    build = Build(revision="e" * 40)
    with facts(tagged.path) as places:
        assert f"revision {'e' * 40} is not in the repository" in reason(
            places, asked(add(FILES), build=build)
        )


def test_a_shallow_clone_is_read_as_far_as_it_goes(
    untagged: tuple[Repository, str, str], tmp_path: Path
) -> None:
    made, first, second = untagged
    clone = tmp_path / "clone"
    made.git("clone", "--quiet", "--depth=1", made.path.as_uri(), str(clone))
    with facts(clone) as places:
        new = placed(places, asked(add(RENAMED, "Insert"), build=Build(revision=second)))
        assert new.function == f"{MODULE}/cart.Store.Insert"
        assert "not in the repository" in reason(
            places, asked(add(FILES), build=Build(revision=first))
        )


def test_a_clone_whose_blobs_are_elsewhere_is_no_reason_to_fail(
    tagged: Repository, tmp_path: Path
) -> None:
    tagged.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    tagged.git("clone", "--quiet", "--bare", "--filter=blob:none", tagged.path.as_uri(), str(clone))
    with facts(clone) as places:
        assert reason(places, asked(add(FILES), build=Build(tag="v1.0.0")))


def test_a_build_with_changes_is_doubted(tagged: Repository) -> None:
    with facts(tagged.path) as places:
        clean = placed(places, asked(add(FILES), build=Build(tag="v1.0.0")))
        changed = placed(places, asked(add(FILES), build=Build(tag="v1.0.0", modified=True)))
    assert (changed.function, changed.statement) == (clean.function, clean.statement)
    assert (clean.doubts, changed.doubts) == ((), (MODIFIED,))


def test_an_error_of_a_build_with_changes_is_doubted(tmp_path: Path) -> None:
    text = (
        'package disk\n\nimport "fmt"\n\nfunc Read(name string) error {\n'
        '\treturn fmt.Errorf("device %q is full", name)\n}\n'
    )
    made = Repository(tmp_path / "shop")
    made.commit({"go.mod": GO_MOD, "disk/disk.go": text}, tag="v1")
    with facts(made.path) as places:
        for modified in (None, True):
            build = Build(tag="v1", modified=modified)
            key = PlaceKey(build, "error", "error", (), message='device "sda" is full')
            assert (MODIFIED in placed(places, place_request(key)).doubts) is bool(modified)


# ---- what may change


class Time:
    """A clock that stands."""

    def __init__(self) -> None:
        """It is 0."""
        self.now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def test_what_was_not_there_is_looked_for_again_after_a_while(tmp_path: Path) -> None:
    made, clock = Repository(tmp_path / "shop"), Time()
    made.commit({"go.mod": GO_MOD})
    request = asked(add(FILES), build=Build(tag="v1.0.0"))
    with closing(PlaceFacts({"shop": made.path}, clock=clock)) as places:
        assert "not in the repository" in reason(places, request)
        made.commit(FILES, tag="v1.0.0")
        clock.now = 29.9
        assert reason(places, request)
        clock.now = 30.0
        assert placed(places, request).line == 7


def test_head_is_looked_at_again_after_a_while_and_commits_are_not(
    untagged: tuple[Repository, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, first, _ = untagged
    clock = Time()
    head, stated = asked(add(RENAMED, "Insert")), asked(add(FILES), build=Build(revision=first))
    with closing(PlaceFacts({"shop": made.path}, clock=clock)) as places:
        assert placed(places, head).line == 9
        kept = places.resolve(stated)
        made.commit({"cart/store.go": "package cart\n"})
        assert placed(places, head).line == 9
        clock.now = 31.0
        assert reason(places, head)
        monkeypatch.setattr(GitSource, "layout", None)
        assert places.resolve(stated) is kept


def test_a_service_of_very_many_revisions_holds_so_many_in_memory(tagged: Repository) -> None:
    with Sources({"shop": tagged.path}) as sources:
        trees = Trees(sources)
        kept = trees.of("shop", "0" * 40)
        trees.forget_many()
        assert trees.of("shop", "0" * 40) is kept
        for number in range(1, MOST_REVISIONS + 1):
            trees.of("shop", f"{number:040x}")
        trees.forget_many()
        assert trees.of("shop", "0" * 40) is not kept


def test_places_are_the_same_where_revisions_were_forgotten(
    untagged: tuple[Repository, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, first, second = untagged
    old, new = Build(revision=first), Build(revision=second)
    requests = [
        asked(add(FILES), build=old),
        asked(add(RENAMED, "Insert"), build=new),
        asked(add(FILES), build=old, failure="nil-map-write"),
        asked(add(RENAMED, "Insert"), build=new, failure="nil-map-write"),
    ]
    with facts(made.path) as places:
        wanted = [placed(places, request) for request in requests]
    assert wanted[0].statement == wanted[1].statement
    monkeypatch.setattr("streams.drivers.revisions.MOST_REVISIONS", 0)
    with facts(made.path) as places:
        assert [placed(places, request) for request in requests] == wanted


def test_trouble_of_git_is_not_kept(tagged: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(add(FILES), build=Build(tag="v1.0.0"))

    def trouble(*_: object) -> None:
        message = "git did not answer within 30 seconds"
        raise GitTroubleError(message)

    with closing(PlaceFacts({"shop": tagged.path}, clock=Time())) as places:
        with monkeypatch.context() as patch:
            patch.setattr(GitSource, "_layout", trouble)
            assert "did not answer" in reason(places, request)
        assert placed(places, request).line == 7


# ---- what a repository is called


def test_what_a_repository_is_called_is_in_no_identity_and_no_kept_answer(tmp_path: Path) -> None:
    """Without go.mod the root has no import path: it is not what was typed."""
    made = Repository(tmp_path / "shop")
    text = "package shop\n\nfunc Add(n int) {\n\tcall(n)\n}\n"
    made.commit({"add.go": text}, tag="v1")
    line = PlaceFrame("example.com/x.Add", "/build/add.go", 4, "example.com/x")
    request = asked(line, build=Build(tag="v1"))
    found = []
    for name, folder in (("shop", "one"), ("./a/../shop", "two"), ("other", "one"), ("/shop", "")):
        cache = PlaceCache(tmp_path / folder) if folder else None
        with closing(PlaceFacts({name: made.path}, cache=cache)) as places:
            found.append(placed(places, request))
    assert found == [found[0]] * 4
    assert found[0].function == "source.Add"


# ---- a new revision costs what is new in it


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of files whose content git was asked for."""
    paths: list[str] = []
    content = GitSource.content

    def counted(self: GitSource, commit: str, path: str, blob: str) -> bytes:
        paths.append(path)
        return content(self, commit, path, blob)

    monkeypatch.setattr(GitSource, "content", counted)
    return paths


@pytest.fixture
def grown(tmp_path: Path) -> Repository:
    """Two releases of a repository with files that have to do with nothing; one of them is other in the second."""
    made = Repository(tmp_path / "shop")
    others = {
        f"p{n}/x.go": f"package p{n}\n\nfunc Do{n}() {{\n\tcall({n})\n}}\n" for n in range(30)
    }
    made.commit({**FILES, **others}, tag="v1")
    changed = others["p7/x.go"].replace("call(7)", 'errors.New("no seven is left")')
    made.commit({"p7/x.go": changed}, tag="v2")
    return made


def in_new_process(path: Path, cache: Path, request: Request) -> Placed:
    """A place as a process finds it that has what others kept on disk."""
    with closing(PlaceFacts({"shop": path}, cache=PlaceCache(cache))) as places:
        return placed(places, request)


def through_helper(tag: str) -> Request:
    """A panic in a helper: who else calls it is looked for in every file."""
    return asked(
        frame(FILES, "must/must.go", "Get", "panic("),
        frame(FILES, "api/api.go", "Pay", "card :="),
        build=Build(tag=tag),
        failure="panic",
    )


def test_a_later_revision_is_read_where_it_is_other(
    grown: Repository, tmp_path: Path, read: list[str]
) -> None:
    first = in_new_process(grown.path, tmp_path / "cache", through_helper("v1"))
    assert len(set(read)) > 30
    read.clear()
    second = in_new_process(grown.path, tmp_path / "cache", through_helper("v2"))
    assert second == first
    # What changed, and the files of the stack.
    assert set(read) == {"p7/x.go", "must/must.go", "api/api.go"}
    read.clear()
    assert in_new_process(grown.path, tmp_path / "cache", through_helper("v2")) == first
    assert read == []


def test_the_same_holds_for_errors_that_were_logged(
    grown: Repository, tmp_path: Path, read: list[str]
) -> None:
    def error(text: str, tag: str) -> Request:
        key = PlaceKey(build=Build(tag=tag), failure="error", kind="error", message=text)
        return place_request(key)

    with closing(PlaceFacts({"shop": grown.path}, cache=PlaceCache(tmp_path / "cache"))) as places:
        assert "no format" in reason(places, error("no seven is left", "v1"))
    assert len(set(read)) > 30
    read.clear()
    found = in_new_process(grown.path, tmp_path / "cache", error("no seven is left", "v2"))
    assert (found.path, found.function) == ("p7/x.go", f"{MODULE}/p7.Do7")
    assert set(read) == {"p7/x.go"}
    read.clear()
    again = in_new_process(grown.path, tmp_path / "cache", error("no seven is left", "v2"))
    assert (again, read) == (found, [])


def test_what_a_content_is_kept_for_has_to_be_its_id(tmp_path: Path) -> None:
    """Else a repository could say what others have in their files."""
    data = b"package p\n\nfunc F() {\n\tg()\n}\n"
    head = b"blob %d\0" % len(data)
    own = (sha1(head + data, usedforsecurity=False).hexdigest(), sha256(head + data).hexdigest())
    for blob in (*own, "0" * 40, "0" * 64):
        trees = Trees(Sources({}), PlaceCache(tmp_path))
        trees.outlines.get(blob, lambda: data)
        trees.keep()
        fresh = Trees(Sources({}), PlaceCache(tmp_path))
        # Another content, so that it shows whether it was read.
        found = fresh.outlines.get(blob, lambda: data.replace(b"g()", b"h()"))
        assert ("g" in found.calls) == (blob in own)


def test_answers_are_of_the_code_that_made_them() -> None:
    """Whoever changes it need not know of the cache."""
    for name in MADE_BY:
        assert (ROOT / name).exists(), name


def test_two_names_of_one_folder_are_one_repository(tagged: Repository) -> None:
    request = asked(add(FILES), build=Build(tag="v1.0.0"))
    twice = {"shop": tagged.path, "other": tagged.path.parent / "shop" / "cart" / ".."}
    with facts(tagged.path) as one, closing(PlaceFacts(twice)) as both:
        assert placed(both, request) == placed(one, request)


# ---- what does not fit


WRONG = [
    ("another function", add(FILES, "Remove")),
    ("past the end", msgspec.structs.replace(add(FILES), line=10_000)),
    ("between functions", msgspec.structs.replace(add(FILES), line=3)),
    ("no line", msgspec.structs.replace(add(FILES), line=None)),
    ("a line before the file", msgspec.structs.replace(add(FILES), line=-5)),
]


@pytest.mark.parametrize("wrong", [w for _, w in WRONG], ids=[name for name, _ in WRONG])
def test_a_line_that_does_not_fit_its_function_is_not_used(
    tagged: Repository, wrong: PlaceFrame
) -> None:
    with facts(tagged.path) as places:
        said = reason(places, asked(wrong, build=Build(tag="v1.0.0")))
    assert "cart/store.go:" in said
    assert "is not in" in said


MAIN = """\
package main

var (
\tlimit = 3
\tname  = "x"
)

func main() {
\trun(limit)
}

func run(n int) {
\tpanic(n)
}
"""


@pytest.mark.parametrize("text", ["run(limit)", "limit = 3"])
def test_the_name_of_a_package_is_no_function_in_it(tmp_path: Path, text: str) -> None:
    """Every frame of package main has `main` in its name, and some repositories have variables at any line."""
    files = {"go.mod": GO_MOD, "main.go": MAIN}
    made = Repository(tmp_path / "shop")
    made.commit(files, tag="v1")
    line = MAIN[: MAIN.index(text)].count("\n") + 1
    wrong = PlaceFrame("main.run", "/build/shop/main.go", line, "main")
    with facts(made.path) as places:
        assert "is not in main.run" in reason(places, asked(wrong, build=Build(tag="v1")))


def test_a_caller_that_does_not_fit_is_said(tagged: Repository) -> None:
    wrong = frame(FILES, "api/api.go", "Pay", "user :=")
    with facts(tagged.path) as places:
        found = placed(places, asked(add(FILES), wrong, build=Build(tag="v1.0.0")))
    assert found.frame == 0
    assert any("is not in example.com/shop/api.Pay" in doubt for doubt in found.doubts)


def test_of_two_repositories_of_one_module_it_does_not_matter_which_was_named_first(
    tmp_path: Path,
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    Repository(one).commit(FILES, tag="v1.0.0")
    Repository(two).commit({**FILES, "cart/store.go": CART.replace("+=", "-=")}, tag="v1.0.0")
    request = asked(add(FILES), build=Build(tag="v1.0.0"))
    with facts(one, two) as places, facts(two, one) as others:
        assert places.resolve(request) == others.resolve(request)


def test_a_stack_that_is_of_no_repository_is_said(tagged: Repository) -> None:
    foreign = PlaceFrame("example.org/x.F", "/y/x.go", 3, "example.org/x")
    with facts(tagged.path) as places:
        assert reason(places, asked(foreign))
        assert reason(places, asked())


def test_code_of_ones_own_that_is_not_at_hand_is_in_the_way(tagged: Repository) -> None:
    unknown = PlaceFrame(f"{MODULE}/gone.F", "/build/shop/gone/gone.go", 3, f"{MODULE}/gone")
    other = msgspec.structs.replace(unknown, own=False)
    with facts(tagged.path) as places:
        assert reason(places, asked(unknown, add(FILES), build=Build(tag="v1.0.0")))
        found = placed(places, asked(other, add(FILES), build=Build(tag="v1.0.0")))
    assert found.frame == 1


# ---- who is to blame


def helped(name: str, text: str) -> tuple[PlaceFrame, PlaceFrame]:
    return (
        frame(FILES, "must/must.go", "Get", "panic("),
        frame(FILES, "api/api.go", name, text),
    )


def test_two_callers_of_a_helper_are_two_places(tagged: Repository) -> None:
    build = Build(tag="v1.0.0")
    with facts(tagged.path) as places:
        login = placed(places, asked(*helped("Login", "user :="), failure="panic", build=build))
        pay = placed(places, asked(*helped("Pay", "card :="), failure="panic", build=build))
    assert (login.frame, login.function) == (1, f"{MODULE}/api.Login")
    assert (pay.frame, pay.function) == (1, f"{MODULE}/api.Pay")
    assert any("Get is a helper" in why for why in login.reasons)


def test_a_helper_that_is_wrong_itself_is_one_place_whoever_called(tagged: Repository) -> None:
    build = Build(tag="v1.0.0")
    with facts(tagged.path) as places:
        found = {
            (p.frame, p.function, p.statement)
            for name, text in (("Login", "user :="), ("Pay", "card :="))
            for p in [
                placed(
                    places,
                    asked(
                        frame(FILES, "must/must.go", "Get", "return value"),
                        frame(FILES, "api/api.go", name, text),
                        build=build,
                    ),
                )
            ]
        }
    assert len(found) == 1
    assert found.pop()[:2] == (0, f"{MODULE}/must.Get")


# ---- hostile


def test_a_folder_that_vanishes_is_no_reason_to_fail(releases: Path) -> None:
    with facts(releases) as places:
        # Looked through, and nothing is read of its history yet.
        assert reason(places, asked(add(FILES, "Remove"), build=Build(release="r10")))
        shutil.rmtree(releases)
        places.resolve(asked(add(RENAMED, "Insert"), build=Build(release="r10")))
        places.resolve(asked(add(FILES), build=Build(release="r9")))


def test_a_repository_that_vanishes_is_no_reason_to_fail(tagged: Repository) -> None:
    with facts(tagged.path) as places:
        placed(places, asked(add(FILES), build=Build(tag="v1.0.0")))
        shutil.rmtree(tagged.path)
        for request in (
            asked(add(RENAMED, "Insert"), build=Build(tag="v1.1.0")),
            asked(add(FILES, text="item.Price"), build=Build(tag="v1.0.0")),
            asked(add(FILES), build=Build(tag="v9")),
        ):
            places.resolve(request)


@pytest.mark.parametrize(
    "name",
    [
        "main.a\nb",
        "main.\x00",
        "main." + "x" * 1_000_000,
        "a/" * 500_000 + "b.F",
        "main.F[" * 10_000,
        "(*" * 10_000,
        "\U0010fe80.F",
        "",
        "]" * 1000,
        "..................",
    ],
    ids=[
        "newline",
        "nul",
        "megabyte",
        "slashes",
        "brackets",
        "receivers",
        "no UTF-8",
        "empty",
        "closing",
        "dots",
    ],
)
def test_hostile_names_are_answered(tagged: Repository, name: str) -> None:
    good = add(FILES)
    build = Build(tag="v1.0.0", version=name[:300], release=name[:300])
    with facts(tagged.path) as places:
        for hostile in (
            msgspec.structs.replace(good, function=name),
            msgspec.structs.replace(good, file=name),
            msgspec.structs.replace(good, package=name),
            PlaceFrame(name, name, 2**40, name, zeros=name[:10]),
        ):
            places.resolve(asked(hostile, good, build=Build(tag="v1.0.0")))
            places.resolve(asked(good, hostile, build=build))


def crash_of(frames: int, message: str) -> Crash:
    found = tuple(
        Frame(
            function=f"{MODULE}/cart.(*Store).Add",
            package=f"{MODULE}/cart",
            file="/build/shop/cart/store.go",
            line=7 + n % 2,
            in_app=True,
        )
        for n in range(frames)
    )
    goroutine = Goroutine(id=1, state="running", crashed=True, frames=found)
    build = Build(tag="v1.0.0")
    return Crash(id="e", kind="panic", message=message, goroutines=(goroutine,), build=build)


@pytest.mark.parametrize(
    "message",
    ["boom", "runtime error: invalid memory address or nil pointer dereference", "stack overflow"],
)
def test_a_stack_of_a_hundred_thousand_frames_is_placed(tagged: Repository, message: str) -> None:
    pipeline = PipelineSettings(repositories=(tagged.path.name,), method="locus1")
    with facts(tagged.path) as places:
        long, short = (
            fingerprinted(crash_of(frames, message), pipeline, places.resolve)
            for frames in (100_000, 300)
        )
    assert (long.by, long.locus) == ("source", short.locus)


def test_source_that_does_not_parse_is_read_where_it_is_intact(tmp_path: Path) -> None:
    broken = {**FILES, "cart/store.go": CART + "\nfunc broken( {\n\tif x = {\n"}
    made = Repository(tmp_path / "shop")
    made.commit(FILES, tag="v1.0.0")
    made.commit(broken, tag="v1.1.0")
    with facts(made.path) as places:
        old = placed(places, asked(add(FILES), build=Build(tag="v1.0.0")))
        new = placed(places, asked(add(broken), build=Build(tag="v1.1.0")))
    assert (old.function, old.statement) == (new.function, new.statement)


def test_generated_source_is_read_in_part(tmp_path: Path) -> None:
    chain = "".join(f"\t}} else if n == {n} {{\n\t\tg({n})\n" for n in range(800))
    deep = "if n > 0 {\n" * 800 + "panic(n)\n" + " }\n" * 800
    text = (
        "package gen\n\nfunc Chain(n int) {\n\tif n < 0 {\n" + chain + "\t}\n}\n"
        "\nfunc Deep(n int) {\n"
        + deep
        + "}\n\nfunc Long(n int) {\n"
        + "\tcall(n)\n" * 4_000
        + "}\n"
    )
    files = {"go.mod": GO_MOD, "gen/gen.go": text}
    made = Repository(tmp_path / "shop")
    made.commit(files, tag="v1")
    files["gen/gen.go"] = text.replace("package gen", "package gen\n\n// x").replace("g(7)", "g(n)")
    made.commit(files, tag="v2")
    build = Build(tag="v2")
    with facts(made.path) as places:
        for name, line in (("Chain", "g(799)"), ("Deep", "panic(n)"), ("Long", "call(n)")):
            found = placed(
                places, asked(frame(files, "gen/gen.go", name, line), failure="panic", build=build)
            )
            assert found.function == f"{MODULE}/gen.{name}"
            assert len(found.text) <= 160
            assert len(found.trees) <= 4 * 512


# ---- laws


def requests_of() -> list[Request]:
    found = [asked(add(FILES), build=Build(tag="v1.0.0"))]
    for build, files, name in (
        (Build(tag="v1.0.0"), FILES, "Add"),
        (Build(tag="v1.1.0"), RENAMED, "Insert"),
        (Build(tag="v1.2.0"), RENAMED, "Insert"),
        (Build(), RENAMED, "Insert"),
    ):
        found += [
            asked(add(files, name, text), build=build)
            for text in ("item.Count", "item.Price", "s.find")
        ]
        found.append(asked(add(files, "Remove", "s.log"), build=build))
        for caller, text in (("Login", "user :="), ("Pay", "card :=")):
            found.append(asked(*helped(caller, text), failure="panic", build=build))
        found.append(asked(add(files, "Other"), build=build))
    key = PlaceKey(Build(tag="v1.1.0"), "error", "error", (), message="read: no row for x")
    found.append(place_request(key))
    return found


REQUESTS = requests_of()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A repository of three releases, and the answers of a fresh reader for each request alone."""
    made = Repository(tmp_path_factory.mktemp("law") / "shop")
    made.commit(FILES, tag="v1.0.0")
    made.commit(RENAMED, tag="v1.1.0")
    moved = {**RENAMED, "api/pay.go": RENAMED["api/api.go"].replace("Login", "Logout")}
    made.commit(moved, tag="v1.2.0")
    alone: dict[str, object] = {}
    for request in REQUESTS:
        with facts(made.path) as places:
            alone[request.key] = places.resolve(request)
    return made.path, alone


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.randoms(use_true_random=False))
def test_an_answer_does_not_depend_on_what_was_asked_before(
    shared: tuple[Path, dict[str, object]], dice: Random
) -> None:
    path, alone = shared
    order = REQUESTS * 2
    dice.shuffle(order)
    with facts(path) as places:
        assert [places.resolve(r) for r in order] == [alone[r.key] for r in order]


def test_the_answers_of_the_law_are_of_all_kinds(shared: tuple[Path, dict[str, object]]) -> None:
    _, alone = shared
    found = [decode(f.data, Placed) for f in alone.values() if isinstance(f, Present)]
    assert len({(p.function, p.statement) for p in found}) >= 5
    assert any(isinstance(fact, Absent) for fact in alone.values())


# ---- the port


def test_other_kinds_of_facts_are_the_others_business(tagged: Repository) -> None:
    with facts(tagged.path) as places:
        fact = places.resolve(source_request(LayoutKey(tagged.path.name, ("v1.0.0",), "")))
        assert isinstance(fact, Present)
        assert isinstance(places.resolve(Request("binary", "x")), Absent)


def test_equal_keys_are_equal_requests_and_come_back() -> None:
    key = PlaceKey(Build(tag="v1"), "panic", "panic", (add(FILES),), service="shop")
    assert place_request(key) == place_request(msgspec.structs.replace(key))
    assert place_request(key) != place_request(msgspec.structs.replace(key, service="x"))


# ---- names that go round


def test_a_name_that_goes_round_and_round_is_one_place(tmp_path: Path) -> None:
    """`Sum` is called `Total`, `Sum`, `Count` and `Sum` again, and another function takes the names that are free."""
    names = ("Sum", "Total", "Sum", "Count", "Sum", "Total", "Sum")
    body = (
        "\ttotal := 0\n\tfor _, item := range items {\n"
        "\t\ttotal += item.Price * rates[item.Kind]\n\t}\n\treturn total\n"
    )
    other = "\tif len(items) == 0 {\n\t\treturn 0\n\t}\n\tnames[items[0].Name]++\n\tflush(names)\n\treturn 1\n"
    made = Repository(tmp_path / "shop")
    texts = []
    for number, name in enumerate(names):
        taken = "Total" if name == "Sum" else "Sum"
        text = (
            f"package cart\n\nfunc {name}(items []Item) int {{\n{body}}}\n\n"
            f"func {taken}(items []Item) int {{\n{other}}}\n"
        )
        texts.append(text)
        made.commit({"go.mod": GO_MOD, "cart/sum.go": text}, tag=f"v{number}")
    found = set()
    with facts(made.path) as places:
        for number, (name, text) in enumerate(zip(names, texts, strict=True)):
            line = frame({"cart/sum.go": text}, "cart/sum.go", name, "rates[")
            at = placed(
                places, asked(line, build=Build(tag=f"v{number}"), failure="index-out-of-range")
            )
            found.add((at.function, at.statement))
    assert len(found) == 1


RULES = """package rules

import "fmt"

func check(ok bool, rule string, in Input) {
	if !ok {
		panic(fmt.Sprint(rule, in.ID))
	}
}

func Apply(in Input) {
	check(in.N <= 20, "few", in)
	check(in.N <= 10 || in.ID < 0, "fewer", in)
}
"""


def test_an_assertion_is_a_helper_wherever_it_stands(tmp_path: Path) -> None:
    """Two of one function, one after the other: what has to hold is said by each call."""
    files = {"go.mod": f"module {MODULE}\n", "rules/rules.go": RULES}
    folder = write(tmp_path / "shop", files)
    inner = frame(files, "rules/rules.go", "check", "panic(")
    found = []
    with facts(folder) as places:
        for text in ("in.N <= 20", "in.N <= 10"):
            caller = frame(files, "rules/rules.go", "Apply", text)
            found.append(placed(places, asked(inner, caller, failure="panic")))
    assert [place.frame for place in found] == [1, 1]
    assert found[0].statement != found[1].statement


GATE = """package gate

type Gate struct{ free chan struct{} }

func (g *Gate) Enter() {
	g.free <- struct{}{}
}

func (g *Gate) Leave() {
	<-g.free
}

type Hub struct{ out chan int }

func (h *Hub) Publish(n int) {
	h.out <- n
}
"""
UPLOAD = """package upload

import "example.com/shop/gate"

func Send(g *gate.Gate, h *gate.Hub) {
	got := gate.Of(3)
	got.Enter()
	h.Publish(7)
}
"""


def test_who_takes_a_place_and_does_not_give_it_back_hangs_the_next_one(tmp_path: Path) -> None:
    """A semaphore has nothing of its own; of a hub that nobody reads the place is the hub."""
    files = {
        "go.mod": f"module {MODULE}\n",
        "gate/gate.go": GATE,
        "upload/upload.go": UPLOAD.replace("example.com/shop", MODULE),
    }
    folder = write(tmp_path / "shop", files)
    blamed = []
    with facts(folder) as places:
        for name, text, call in (
            ("(*Gate).Enter", "g.free <- struct", "got.Enter()"),
            ("(*Hub).Publish", "h.out <- n", "h.Publish(7)"),
        ):
            frames = (
                frame(files, "gate/gate.go", name, text),
                frame(files, "upload/upload.go", "Send", call),
            )
            blamed.append(placed(places, asked(*frames, failure="deadlock")).frame)
    assert blamed == [1, 0]


COUNTED = """package gate

import "sync"

type Gate struct {
	mu   sync.Mutex
	more *sync.Cond
	free int
	over bool
}

func (g *Gate) Enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.free == 0 {
		g.more.Wait() // no place
	}
	g.free--
}

func (g *Gate) Leave() {
	g.free++
	g.more.Signal()
}

func (g *Gate) Closed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.over {
		g.more.Wait() // not closed
	}
}
"""
COUNTING = """package upload

import "example.com/shop/gate"

func Send() {
	got := gate.Of(3)
	got.Enter()
	got.Closed()
}
"""


def test_a_semaphore_of_a_condition_is_one_and_another_wait_is_none(tmp_path: Path) -> None:
    files = {
        "go.mod": f"module {MODULE}\n",
        "gate/gate.go": COUNTED,
        "upload/upload.go": COUNTING.replace("example.com/shop", MODULE),
    }
    folder = write(tmp_path / "shop", files)
    blamed = []
    with facts(folder) as places:
        for name, text in (("Enter", "// no place"), ("Closed", "// not closed")):
            frames = (
                frame(files, "gate/gate.go", f"(*Gate).{name}", text),
                frame(files, "upload/upload.go", "Send", f"got.{name}()"),
            )
            blamed.append(placed(places, asked(*frames, failure="deadlock")).frame)
    assert blamed == [1, 0]


LANES = """package lanes

type Lanes struct{ todo chan func() }

func (l *Lanes) Call(f func() int) int {
	reply := make(chan int)
	l.todo <- func() { reply <- f() } // taken by nobody
	return <-reply
}
"""
CALLS = """package rate

import "example.com/shop/lanes"

func Tree() int {
	all := lanes.Start(2)
	return all.Call(func() int { return 1 })
}

func Leaf() int {
	all := lanes.Start(1)
	return all.Call(func() int { return 2 })
}

func Other(m Meter) int {
	return m.Call()
}
"""


def test_what_is_sent_does_not_say_what_is_waited_for_and_a_namesake_is_no_caller(
    tmp_path: Path,
) -> None:
    """`Other` calls something of another type, which takes no argument."""
    files = {
        "go.mod": f"module {MODULE}\n",
        "lanes/lanes.go": LANES,
        "rate/rate.go": CALLS.replace("example.com/shop", MODULE),
    }
    folder = write(tmp_path / "shop", files)
    found = []
    with facts(folder) as places:
        for name, text in (("Tree", "return 1"), ("Leaf", "return 2")):
            frames = (
                frame(files, "lanes/lanes.go", "(*Lanes).Call", "// taken by nobody"),
                frame(files, "rate/rate.go", name, text),
            )
            found.append(placed(places, asked(*frames, failure="dump")))
    assert [place.frame for place in found] == [1, 1]
    assert found[0].statement != found[1].statement


TAKEN_BACK = {
    **FILES,
    "cart/store.go": CART.replace(
        "\titem.Count += count\n", "\titem.more(count, time.Now())\n\ts.changed = true\n"
    )
    + "\nfunc (i *Item) more(n int, at time.Time) {\n\ti.Count, i.at = i.Count+n, at\n}\n",
}


def test_a_statement_that_comes_back_is_what_it_was(tmp_path: Path) -> None:
    """A change that is taken back, as it is or with what has changed since."""
    made = Repository(tmp_path / "shop")
    text = CART.replace("package cart\n", "package cart\n\n// x\n")
    # What it uses has another name meanwhile.
    again = {**FILES, "cart/store.go": text.replace("item.Count += count", "item.Counted += count")}
    for number, files in enumerate((FILES, TAKEN_BACK, again), 1):
        made.commit(files, tag=f"v1.{number}.0")
    with facts(made.path) as places:
        old = placed(places, asked(add(FILES), build=Build(tag="v1.1.0")))
        between = placed(
            places, asked(add(TAKEN_BACK, text="item.more"), build=Build(tag="v1.2.0"))
        )
        new = placed(places, asked(add(again, text="item.Counted"), build=Build(tag="v1.3.0")))
    assert new.statement == old.statement
    assert between.statement != old.statement


PAID = """package pay

import "fmt"

func failed(what string, err error) error {
	return fmt.Errorf("%s failed today: %w", what, err)
}
"""


def test_one_wrapper_of_errors_of_two_packages_is_two_places(tmp_path: Path) -> None:
    files = {"go.mod": f"module {MODULE}\n", "pay/pay.go": PAID}
    folder = write(tmp_path / "shop", files)
    found = []
    with facts(folder) as places:
        for wrapped in (
            "encoding/hex: invalid byte: U+006C 'l'",
            "encoding/hex: odd length hex string",
            "json: cannot unmarshal string into Go struct field .Amount of type int",
        ):
            key = PlaceKey(Build(), "error", "error", (), message=f"card failed today: {wrapped}")
            found.append(placed(places, place_request(key)).statement)
    assert found[0] == found[1] != found[2]
