"""Where a frame's file is: a table of the paths that Go builds print (checked by real builds in tests/e2e)."""

from __future__ import annotations

import pytest

from streams.core.join.sources import (
    Module,
    Place,
    Root,
    Rules,
    learned,
    locate,
    module_path,
    modules_of,
)
from streams.model.crash import Build, Frame
from streams.model.settings import Substitute

SHOP = Module(path="example.com/acme/shop", repo="shop")
BILLING = Module(path="example.com/acme/shop/billing", folder="billing", repo="shop")
TOOLS = Module(path="example.com/acme/tools/v2", folder="tools", repo="shop")
LIB = Module(path="example.com/acme/lib/v3", folder="v3", repo="lib")
MODULES = (SHOP, BILLING, TOOLS, LIB)


def frame(function: str, file: str | None, *, std: bool = False) -> Frame:
    """A frame as the parser gives it: the package is left to be read from the function."""
    return Frame(function=function, file=file, line=1, std=std)


def place(function: str, file: str | None, rules: Rules | None = None) -> Place:
    """Where the frame is, with the modules above."""
    return locate(frame(function, file), Build(), rules or Rules(modules=MODULES))


ADD = "example.com/acme/shop/cart.(*Store).Add"


@pytest.mark.parametrize(
    ("function", "file", "repo", "path", "by"),
    [
        (ADD, "/app/cart/store.go", "shop", "cart/store.go", "package"),
        (ADD, "/builds/group/proj/cart/store.go", "shop", "cart/store.go", "package"),
        (ADD, "C:/Users/me/shop/cart/store.go", "shop", "cart/store.go", "package"),
        (ADD, r"C:\Users\me\shop\cart\store.go", "shop", "cart/store.go", "package"),
        (ADD, "example.com/acme/shop/cart/store.go", "shop", "cart/store.go", "trimpath"),
        ("example.com/acme/shop.Run", "/workspace/run.go", "shop", "run.go", "package"),
        (
            "example.com/acme/shop/cart_test.TestAdd",
            "/app/cart/store_test.go",
            "shop",
            "cart/store_test.go",
            "package",
        ),
        (
            "example.com/acme/shop/cart.Map[...]",
            "/app/cart/map.go",
            "shop",
            "cart/map.go",
            "package",
        ),
        (
            "example.com/acme/shop/api/yaml%2ev3.Load",
            "/app/api/yaml.v3/load.go",
            "shop",
            "api/yaml.v3/load.go",
            "package",
        ),
        (
            "main.main",
            "example.com/acme/shop/cmd/shopd/main.go",
            "shop",
            "cmd/shopd/main.go",
            "trimpath",
        ),
        # A module in a folder of the repository; the longest path counts.
        (
            "example.com/acme/shop/billing/tax.Of",
            "/src/tax/tax.go",
            "shop",
            "billing/tax/tax.go",
            "package",
        ),
        (
            "main.main",
            "example.com/acme/shop/billing/cmd/main.go",
            "shop",
            "billing/cmd/main.go",
            "trimpath",
        ),
        # A major version is a folder, or is none: the folder of go.mod says so.
        (
            "example.com/acme/tools/v2/lint.Run",
            "/src/tools/lint/lint.go",
            "shop",
            "tools/lint/lint.go",
            "package",
        ),
        (
            "example.com/acme/lib/v3/pool.Get",
            "/src/lib/v3/pool/pool.go",
            "lib",
            "v3/pool/pool.go",
            "package",
        ),
    ],
)
def test_a_file_of_a_module_is_at_its_package_in_the_repository(
    function: str, file: str, repo: str, path: str, by: str
) -> None:
    found = place(function, file)
    assert (found.kind, found.repo, found.path, found.by) == ("repository", repo, path, by)


TOML = "github.com/BurntSushi/toml.(*MetaData).unify"
DECODE = ("github.com/BurntSushi/toml", "v1.4.0", "decode.go")


@pytest.mark.parametrize(
    ("function", "file", "expected"),
    [
        (TOML, "/root/go/pkg/mod/github.com/!burnt!sushi/toml@v1.4.0/decode.go", DECODE),
        (TOML, "github.com/BurntSushi/toml@v1.4.0/decode.go", DECODE),
        (TOML, "C:/Users/me/go/pkg/mod/github.com/!burnt!sushi/toml@v1.4.0/decode.go", DECODE),
        # Another GOMODCACHE: the function says where the module path begins.
        (TOML, "/cache/x.y/github.com/!burnt!sushi/toml@v1.4.0/decode.go", DECODE),
        (
            "gopkg.in/yaml%2ev3.Unmarshal",
            "/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/yaml.go",
            ("gopkg.in/yaml.v3", "v3.0.1", "yaml.go"),
        ),
        # A fork by `replace`: package and module differ, the cache names what was built.
        (
            TOML,
            "/go/pkg/mod/github.com/me/toml@v0.0.0-20240102030405-0123456789ab/decode.go",
            ("github.com/me/toml", "v0.0.0-20240102030405-0123456789ab", "decode.go"),
        ),
    ],
)
def test_a_dependency_is_a_module_a_version_and_a_path(
    function: str, file: str, expected: tuple[str, str, str]
) -> None:
    found = place(function, file)
    assert found.kind == "dependency"
    assert (found.module, found.version, found.path) == expected


@pytest.mark.parametrize(
    ("function", "file", "path"),
    [
        ("runtime.gopanic", "/usr/local/go/src/runtime/panic.go", "runtime/panic.go"),
        ("runtime.gopanic", "runtime/panic.go", "runtime/panic.go"),
        ("panic", "/usr/local/go/src/runtime/panic.go", "runtime/panic.go"),
        (
            "net/http.(*conn).serve",
            "C:/Program Files/Go/src/net/http/server.go",
            "net/http/server.go",
        ),
        ("net/http.(*conn).serve", "$GOROOT/src/net/http/server.go", "net/http/server.go"),
        (
            "runtime.gopanic",
            "/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.0.linux-amd64/src/runtime/panic.go",
            "runtime/panic.go",
        ),
        (
            "vendor/golang.org/x/net/http2.f",
            "/usr/local/go/src/vendor/golang.org/x/net/http2/f.go",
            "vendor/golang.org/x/net/http2/f.go",
        ),
        # By go:linkname in another package's folder.
        (
            "internal/runtime/maps.fatal",
            "/usr/local/go/src/runtime/panic.go",
            "runtime/panic.go",
        ),
    ],
)
def test_the_standard_library_is_below_src(function: str, file: str, path: str) -> None:
    found = place(function, file)
    assert (found.kind, found.path) == ("standard", path)


@pytest.mark.parametrize(
    ("function", "file", "why"),
    [
        ("main.f", None, "names no file"),
        ("main.f", "<autogenerated>", "compiler made"),
        ("main._Cfunc_f", "_cgo_gotypes.go", "made this file"),
        ("main._Cfunc_f", "$WORK/b001/_cgo_gotypes.go", "made this file"),
        ("main.main", "/var/cache/go-build123/b001/_testmain.go", "made this file"),
        ("main.f", "??", "names no file"),
        ("example.com/other/x.F", "/src/x/x.go", "of no module of the repositories given"),
    ],
)
def test_what_is_in_no_repository_says_why(function: str, file: str | None, why: str) -> None:
    found = place(function, file)
    assert found.kind == "unknown"
    assert why in found.why


def test_a_vendored_file_is_in_the_repository() -> None:
    rules = learned([frame(ADD, "/app/cart/store.go")], Rules(modules=MODULES))
    found = place(TOML, "/app/vendor/github.com/BurntSushi/toml/decode.go", rules)
    assert (found.kind, found.repo) == ("vendored", "shop")
    assert found.path == "vendor/github.com/BurntSushi/toml/decode.go"
    assert found.module == "github.com/BurntSushi/toml"


def test_a_vendored_file_of_an_unknown_root_is_looked_for_by_its_end() -> None:
    found = place(TOML, "/app/vendor/github.com/BurntSushi/toml/decode.go")
    assert found.kind == "vendored"
    assert found.endings == (
        "app/vendor/github.com/BurntSushi/toml/decode.go",
        "vendor/github.com/BurntSushi/toml/decode.go",
    )
    one = place(TOML, "/app/vendor/github.com/BurntSushi/toml/x.go", Rules(modules=(BILLING,)))
    assert one.path == "billing/vendor/github.com/BurntSushi/toml/x.go"


def test_package_main_is_found_from_where_other_packages_were_built() -> None:
    rules = learned([frame(ADD, "/app/cart/store.go")], Rules(modules=MODULES))
    found = place("main.run", "/app/cmd/shopd/main.go", rules)
    assert (found.repo, found.path, found.by) == ("shop", "cmd/shopd/main.go", "root")


def test_the_root_of_the_repository_is_learned_from_a_module_in_a_folder() -> None:
    frames = [frame("example.com/acme/shop/billing/tax.Of", "/src/billing/tax/tax.go")]
    rules = learned(frames, Rules(modules=MODULES))
    assert rules.roots == (
        Root(prefix="/src/billing", folder="billing", repo="shop"),
        Root(prefix="/src", folder="", repo="shop"),
    )
    assert place("main.main", "/src/cmd/main.go", rules).path == "cmd/main.go"
    assert place("main.main", "/src/billing/cmd/main.go", rules).path == "billing/cmd/main.go"


def test_the_closure_of_an_inlined_function_teaches_no_root_and_is_found_by_one() -> None:
    """It has the name of the package that it was inlined into, and the file of its own."""
    closure = frame("example.com/acme/shop/api.Serve.Log.func1", "/app/log/log.go")
    assert learned([closure], Rules(modules=MODULES)).roots == ()
    rules = learned([frame(ADD, "/app/cart/store.go"), closure], Rules(modules=MODULES))
    assert locate(closure, Build(), rules).path == "log/log.go"


def test_roots_that_contradict_each_other_teach_nothing() -> None:
    frames = [
        frame("example.com/acme/shop.Run", "/src/run.go"),
        frame("example.com/acme/lib/v3.Run", "/src/lib.go"),
    ]
    assert learned(frames, Rules(modules=MODULES)).roots == ()


def test_package_main_without_a_root_is_looked_for_by_the_end_of_its_path() -> None:
    found = place("main.main", "/app/cmd/shopd/main.go")
    assert (found.kind, found.path, found.by) == ("repository", None, "ending")
    assert found.endings == (
        "app/cmd/shopd/main.go",
        "cmd/shopd/main.go",
        "shopd/main.go",
        "main.go",
    )
    assert place("main.main", "./main.go").endings == ("main.go",)
    assert place("main.main", "C:/x/main.go").endings == ("x/main.go", "main.go")


def test_build_info_says_which_repository_package_main_is_of() -> None:
    build = Build(module="example.com/acme/lib/v3")
    found = locate(frame("main.main", "/app/main.go"), build, Rules(modules=MODULES))
    assert (found.repo, found.by) == ("lib", "ending")


def test_build_info_alone_maps_packages_where_no_module_is_known() -> None:
    found = locate(frame(ADD, "/app/cart/store.go"), Build(module="example.com/acme/shop"), Rules())
    assert (found.kind, found.repo, found.path) == ("repository", "", "cart/store.go")


@pytest.mark.parametrize(
    "file",
    ["/go/pkg/mod/example.com/acme/shop@v1.2.0/cmd/x.go", "example.com/acme/shop@v1.2.0/cmd/x.go"],
)
def test_an_installed_program_is_of_the_version_that_its_path_names(file: str) -> None:
    found = place("main.main", file)
    assert (found.kind, found.repo, found.path) == ("repository", "shop", "cmd/x.go")
    assert (found.module, found.version) == ("example.com/acme/shop", "v1.2.0")


def test_a_module_that_is_replaced_by_a_folder_has_the_revision_of_its_repository() -> None:
    modules = modules_of(
        "mono",
        {
            "svc": "module example.com/svc\n\nreplace (\n\texample.com/lib v1.2.0 => ../lib // here\n)\n",
            "lib": "module example.com/lib\n",
            "far": "module example.com/far\nreplace example.com/svc => example.com/fork v1.0.0\n",
        },
    )
    assert {m.path: m.replaced for m in modules} == {
        "example.com/svc": False,
        "example.com/lib": True,
        "example.com/far": False,
    }
    found = place("example.com/lib/x.F", "example.com/lib@v1.2.0/x/x.go", Rules(modules=modules))
    assert (found.path, found.version) == ("lib/x/x.go", None)


@pytest.mark.parametrize(
    ("old", "to", "file", "path"),
    [
        ("/app", ".", "/app/cart/x.go", "cart/x.go"),
        ("/app", "services/shop", "/app/cart/x.go", "services/shop/cart/x.go"),
        ("/app/", "./services/shop/", "/app/x.go", "services/shop/x.go"),
        ("/usr/local/go", "go", "/usr/local/go/src/runtime/panic.go", "go/src/runtime/panic.go"),
        ("C:\\src", ".", "c:/SRC/cart/x.go", "cart/x.go"),
        ("example.com/acme/shop", "shop", "example.com/acme/shop/cart/x.go", "shop/cart/x.go"),
    ],
)
def test_the_users_rule_wins(old: str, to: str, file: str, path: str) -> None:
    rules = Rules(modules=MODULES, substitutes=(Substitute(old=old, to=to, repo="mono"),))
    found = place(ADD, file, rules)
    assert (found.kind, found.repo, found.path, found.by) == ("repository", "mono", path, "rule")


def test_a_rule_is_for_whole_folders_and_the_first_one_counts() -> None:
    first, second = Substitute(old="/app", to="one"), Substitute(old="/app/cart", to="two")
    rules = Rules(substitutes=(first, second))
    assert place("main.f", "/app/cart/x.go", rules).path == "one/cart/x.go"
    assert place("main.f", "/application/x.go", rules).by == "ending"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("module example.com/a\n\ngo 1.21\n", "example.com/a"),
        ("// c\n\nmodule example.com/a // import\n", "example.com/a"),
        ('module "example.com/a"\n', "example.com/a"),
        ("module `example.com/a`\n", "example.com/a"),
        ("module (\n\texample.com/a\n)\n", "example.com/a"),
        ("// Deprecated: module x\nmodule example.com/a/v2\r\n", "example.com/a/v2"),
        ("go 1.21\n", None),
        ("", None),
    ],
)
def test_the_path_of_a_module_is_read_from_its_go_mod(text: str, path: str | None) -> None:
    assert module_path(text) == path
