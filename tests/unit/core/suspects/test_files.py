"""Files that are no Go: modules, settings, embedded data, owners."""

from __future__ import annotations

import pytest

from streams.core.suspects.code import Code, embeds_of, imports_of
from streams.core.suspects.data import Setting, is_data, plausible, reshaped, settings
from streams.core.suspects.modules import Bump, bumps
from streams.core.suspects.owners import owners_of
from tests.unit.core.suspects.history import blob


def code(files: dict[str, str]) -> Code:
    texts = {blob(t): t.encode() for t in files.values()}
    return Code({p: blob(t) for p, t in files.items()}, lambda name: texts.get(name, b""))


MOD = "module m\n\ngo 1.24\n\nrequire example.org/one v1.0.0\n\nrequire (\n	example.org/two v0.2.0 // indirect\n)\n"


def test_modules_by_their_versions() -> None:
    after = MOD.replace("two v0.2.0", "two v0.3.0").replace("require example.org/one v1.0.0\n", "")
    assert bumps(MOD, MOD) == []
    assert bumps(MOD, after) == [
        Bump("example.org/one", "v1.0.0", ""),
        Bump("example.org/two", "v0.2.0", "v0.3.0"),
    ]


def test_a_module_that_is_replaced_is_another_one() -> None:
    after = MOD + "\nreplace example.org/one => ../one\n"
    assert bumps(MOD, after) == [Bump("example.org/one", "v1.0.0", "v1.0.0 => ../one")]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('{"a": {\n "b": 1\n}}', '{"a": {\n "b": 0\n}}', Setting("b", (), "1", "0")),
        ("pool:\n  size: 3\n", "pool:\n  size: 0\n", Setting("size", ("pool",), "3", "0")),
        ("[pool]\nsize = 3\n", "[pool]\nsize = -1\n", Setting("size", ("pool",), "3", "-1")),
        ("pool.size=3\n", "pool.size=\n", Setting("size", ("pool",), "3", "")),
        ("export SIZE=3\n", "", Setting("SIZE", (), "3", None)),
    ],
)
def test_settings_in_any_of_the_usual_shapes(before: str, after: str, expected: Setting) -> None:
    assert settings(before, after) == [expected]


def test_a_setting_that_moved_or_got_a_comment_is_the_same() -> None:
    assert settings("a: 1\nb: 2\n", "# why\na: 1\nb: 2\n") == []


@pytest.mark.parametrize(
    ("old", "new", "failure", "likely"),
    [
        ("4", "0", "divide-by-zero", True),
        ("4", "5", "divide-by-zero", False),
        ("4", "auto", "divide-by-zero", True),
        ("64", "-1", "makeslice", True),
        ("x", None, "nil-dereference", True),
    ],
)
def test_a_value_fits_what_failed(old: str, new: str | None, failure: str, *, likely: bool) -> None:
    weight, _ = plausible(Setting("k", (), old, new), failure)
    assert (weight >= 0.9) is likely


def test_a_row_that_lost_a_part_is_more_of_a_change_than_another_number() -> None:
    rows = "fern,5,20\nruby,6,30\n"
    assert reshaped(rows, rows.replace("ruby,6,30", "ruby,6")) == 1.0
    assert reshaped(rows, rows.replace("fern,5,20", "fern,5,25")) < 0.6
    assert reshaped(rows, rows) == 0.0


def test_what_is_data() -> None:
    assert all(map(is_data, ("config/a.json", "x/rates.csv", ".env.prod", "page.tmpl")))
    assert not any(map(is_data, ("main.go", ".github/w.yml", "README.txt", "docs/a.json")))


def test_imports_by_the_names_that_they_are_used_by() -> None:
    text = (
        b'package p\n\nimport "fmt"\n\nimport (\n\tk "example.org/kit/v2"\n'
        b'\t"gopkg.in/yaml.v3"\n\t"example.org/go-redis"\n)\n'
    )
    assert imports_of(text) == {
        "fmt": "fmt", "k": "example.org/kit/v2", "yaml": "gopkg.in/yaml.v3", "redis": "example.org/go-redis",
    }  # fmt: skip


def test_embedded_files_with_the_variable_that_holds_them() -> None:
    text = b"package p\n\n//go:embed a.txt all:tables/*.csv\n// rows\nvar rows string\n"
    assert embeds_of(text) == (("a.txt", "rows"), ("tables/*.csv", "rows"))


OWNERS = """# who
*           @all
/cart/      @shop/cart
*.csv       @data
docs/*      @writers
/cart/pay.go @pay ada@example.org
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("main.go", ("@all",)),
        ("cart/x/y.go", ("@shop/cart",)),
        ("cart/pay.go", ("@pay", "ada@example.org")),
        ("cart/rates.csv", ("@data",)),
        ("docs/a.md", ("@writers",)),
        ("docs/deep/a.md", ("@all",)),
    ],
)
def test_the_last_pattern_that_fits_names_the_owners(path: str, owners: tuple[str, ...]) -> None:
    assert owners_of(code({".github/CODEOWNERS": OWNERS}), (path,)) == owners


def test_without_owners_nobody_is_named() -> None:
    assert owners_of(code({"main.go": "package main\n"}), ("main.go",)) == ()
