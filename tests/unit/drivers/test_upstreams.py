"""What a new version of a module changed, from the module's own repository: real git on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.drivers.causes import CauseFacts
from streams.model.cause import Caused, CauseFrame, CauseKey, cause_request
from streams.model.message import decode
from streams.model.step import Present
from tests.git_repository import Repository

MODULE = "example.com/tools/ladle"
PICK = (
    "package ladle\n\nfunc Pick(xs []string, n int) string {\n"
    '	if n >= len(xs) {\n		return ""\n	}\n	return xs[n]\n}\n'
)
UNGUARDED = PICK.replace('	if n >= len(xs) {\n		return ""\n	}\n', "")
STIR = "package ladle\n\nfunc Stir(n int) int {\n	return n * 2\n}\n"
SERVE = (
    f'package soup\n\nimport "{MODULE}"\n\nfunc Serve(xs []string, n int) string {{\n'
    "	return ladle.Pick(xs, n)\n}\n"
)
ON_STACK = (
    CauseFrame(f"{MODULE}.Pick", f"{MODULE}@v1.3.0/ladle.go", 4, MODULE, own=False),
    CauseFrame(
        "example.com/shop/soup.Serve", "example.com/shop/soup/soup.go", 6, "example.com/shop/soup"
    ),
)


def go_mod(version: str) -> str:
    return f"module example.com/shop\n\ngo 1.22\n\nrequire {MODULE} {version}\n"


@pytest.fixture
def ladle(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "ladle")
    made.commit({"go.mod": f"module {MODULE}\n", "ladle.go": PICK, "stir.go": STIR}, tag="v1.2.3")
    return made


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "shop")
    made.commit({"go.mod": go_mod("v1.2.3"), "soup/soup.go": SERVE})
    return made


@pytest.fixture
def causes(shop: Repository, ladle: Repository) -> Iterator[CauseFacts]:
    made = CauseFacts({"shop": shop.path, "tools/ladle": ladle.path})
    yield made
    made.close()


def asked(
    causes: CauseFacts, crashed: str, good: str, frames: tuple[CauseFrame, ...] = ON_STACK
) -> Caused:
    key = CauseKey(
        repos=("shop",),
        crashed=(crashed,),
        kind="panic",
        failure="index-out-of-range",
        frames=frames,
        good=(good,),
        ran=(good, crashed),
    )
    fact = causes.resolve(cause_request(key))
    assert isinstance(fact, Present), fact
    return decode(fact.data, Caused)


def details(found: Caused) -> list[str]:
    return [e.detail for e in found.suspects[0].evidence if e.kind == "dependency"]


def test_the_change_within_a_module_is_evidence_against_the_commit_that_took_it(
    shop: Repository, ladle: Repository, causes: CauseFacts
) -> None:
    good = shop.git("rev-parse", "HEAD")
    ladle.commit({"stir.go": STIR.replace("* 2", "* 3")})
    inner = ladle.commit({"ladle.go": UNGUARDED})
    ladle.commit({"README.md": "x"}, tag="v1.3.0")
    bump = shop.commit({"go.mod": go_mod("v1.3.0")})
    found = asked(causes, bump, good)
    assert found.suspects[0].commit == bump
    assert found.suspects[0].confidence > 0.9
    within = [d for d in details(found) if d.startswith("within")]
    assert within[0].startswith(f"within {MODULE} v1.2.3..v1.3.0: {inner[:12]} (change): Pick: ")


def test_a_version_that_changed_nothing_of_what_failed_is_not_named(
    shop: Repository, ladle: Repository, causes: CauseFacts
) -> None:
    good = shop.git("rev-parse", "HEAD")
    ladle.commit({"stir.go": STIR.replace("* 2", "* 3")}, tag="v1.3.0")
    bump = shop.commit({"go.mod": go_mod("v1.3.0")})
    found = asked(causes, bump, good)
    assert not found.suspects or found.suspects[0].confidence < 0.5
    assert "nothing that it changed matters there" in " ".join(details(found))


def test_a_module_that_is_only_used_is_looked_into_where_it_is_called(
    shop: Repository, ladle: Repository, causes: CauseFacts
) -> None:
    """The value that failed came out of the module; the module is not on the stack."""
    text = SERVE.replace(
        "return ladle.Pick(xs, n)", "name := ladle.Pick(xs, n)\n	return name[1:]"
    )
    good = shop.commit({"soup/soup.go": text})
    inner = ladle.commit(
        {"ladle.go": PICK.replace("return xs[n]", "return xs[n][2:]")}, tag="v1.3.0"
    )
    bump = shop.commit({"go.mod": go_mod("v1.3.0")})
    frame = CauseFrame(
        "example.com/shop/soup.Serve", "example.com/shop/soup/soup.go", 7, "example.com/shop/soup"
    )
    found = asked(causes, bump, good, (frame,))
    assert found.suspects[0].commit == bump
    assert any(inner[:12] in detail for detail in details(found))


def test_a_module_in_a_folder_and_pseudo_versions(shop: Repository, tmp_path: Path) -> None:
    tools = Repository(tmp_path / "tools")
    first = tools.commit({"ladle/go.mod": f"module {MODULE}\n", "ladle/ladle.go": PICK})
    old = f"v0.0.0-20261120080000-{first[:12]}"
    good = shop.commit({"go.mod": go_mod(old)})
    inner = tools.commit({"ladle/ladle.go": UNGUARDED}, tag="ladle/v1.3.0")
    bump = shop.commit({"go.mod": go_mod("v1.3.0")})
    causes = CauseFacts({"shop": shop.path, "example.com/tools": tools.path})
    found = asked(causes, bump, good)
    causes.close()
    assert any(inner[:12] in detail for detail in details(found))


def test_a_repository_of_another_module_is_no_evidence(
    shop: Repository, ladle: Repository, causes: CauseFacts
) -> None:
    good = shop.git("rev-parse", "HEAD")
    ladle.commit({"go.mod": "module example.com/other\n", "ladle.go": UNGUARDED}, tag="v1.3.0")
    bump = shop.commit({"go.mod": go_mod("v1.3.0")})
    found = asked(causes, bump, good)
    assert found.suspects[0].commit == bump
    assert len(details(found)) == 1


def test_versions_that_the_repository_has_not_are_no_evidence(
    shop: Repository, causes: CauseFacts
) -> None:
    good = shop.git("rev-parse", "HEAD")
    bump = shop.commit({"go.mod": go_mod("v1.3.0")})
    found = asked(causes, bump, good)
    assert found.suspects[0].commit == bump
    assert len(details(found)) == 1


def test_few_processes_however_many_modules_have_new_versions(tmp_path: Path) -> None:
    names = [f"tool{n}" for n in range(5)]
    imports = "".join(f'	"example.com/{name}"\n' for name in names)
    calls = "".join(f"	s = {name}.Pick(xs, len(s))\n" for name in names)
    text = (
        f"package soup\n\nimport (\n{imports})\n\n"
        f"func Serve(xs []string, s string) string {{\n{calls}	return s[1:]\n}}\n"
    )
    paths = {}
    for name in names:
        made = Repository(tmp_path / name)
        made.commit(
            {"go.mod": f"module example.com/{name}\n", "a.go": PICK.replace("ladle", name)},
            tag="v1.0.0",
        )
        made.commit({"a.go": UNGUARDED.replace("ladle", name)}, tag="v1.1.0")
        paths[name] = made.path
    shop = Repository(tmp_path / "shop")
    needs = "".join(f"require example.com/{name} VERSION\n" for name in names)
    head = "module example.com/shop\n\n"
    good = shop.commit({"go.mod": head + needs.replace("VERSION", "v1.0.0"), "soup/soup.go": text})
    bump = shop.commit({"go.mod": head + needs.replace("VERSION", "v1.1.0")})
    line = text[: text.index("return s[1:]")].count("\n") + 1
    frame = CauseFrame(
        "example.com/shop/soup.Serve",
        "example.com/shop/soup/soup.go",
        line,
        "example.com/shop/soup",
    )
    causes = CauseFacts({"shop": shop.path, **paths})
    before = causes.processes()
    found = asked(causes, bump, good, (frame,))
    count = causes.processes() - before
    causes.close()
    assert found.suspects[0].commit == bump
    assert any(detail.startswith("within") for detail in details(found))
    assert count <= 8


def test_vendored_edits_are_said_to_be_of_the_new_version(shop: Repository) -> None:
    vendored = f"vendor/{MODULE}/ladle.go"
    good = shop.commit({vendored: PICK})
    bump = shop.commit({"go.mod": go_mod("v1.3.0"), vendored: UNGUARDED})
    causes = CauseFacts({"shop": shop.path})
    frame = CauseFrame(f"{MODULE}.Pick", f"example.com/shop/{vendored}", 4, MODULE, own=False)
    found = asked(causes, bump, good, (frame, ON_STACK[1]))
    causes.close()
    assert found.suspects[0].commit == bump
    said = [e.detail for e in found.suspects[0].evidence]
    assert any(d.startswith(f"within {MODULE} v1.2.3..v1.3.0: Pick: ") for d in said)
