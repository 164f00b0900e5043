"""Binaries and cores as people read them: real programs, Go's own tools as oracles."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import orjson
import pytest

from tests.tiny_go import Tiny, go_tool

PANICTRAIL = str(Path(sys.executable).with_name("panictrail"))
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes of this test only; Go keeps its own cache, which is there too."""
    monkeypatch.setenv("GOCACHE", go_tool("env", "GOCACHE").strip())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def panictrail(*arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [PANICTRAIL, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )


def rows(done: subprocess.CompletedProcess[str], schema: str) -> list[dict[str, object]]:
    """What a command printed, which is of the schema."""
    assert done.returncode == 0, done.stderr
    validator = jsonschema.Draft202012Validator(
        orjson.loads((ROOT / "schemas" / f"{schema}.json").read_bytes())
    )
    found = [orjson.loads(line) for line in done.stdout.splitlines()]
    for row in found:
        validator.validate(row)
    return found


@pytest.mark.parametrize("variant", ["default", "stripped", "pie"])
def test_binary_says_what_go_version_says(variant: str, tiny: Tiny) -> None:
    path = tiny.binary(variant)  # type: ignore[arg-type]  # the names of the parametrisation
    (facts,) = rows(panictrail("binary", path, "--json"), "binary.v1")
    said = go_tool("version", "-m", path)
    assert facts["go"] == said.split()[1]
    assert f"path\t{facts['main']}\n" in said
    assert facts["stripped"] == (variant != "default")
    assert facts["mode"] == ("pie" if variant == "pie" else "exe")
    notes = subprocess.run(["readelf", "-n", path], capture_output=True, text=True, check=True)
    assert f"Build ID: {facts['gnu_build_id']}\n" in notes.stdout


def test_symbolize_says_what_addr2line_says_of_the_unstripped_twin(tiny: Tiny) -> None:
    """Twins have the same text: their functions are at the same addresses."""
    twin = str(tiny.binary())
    symbols = subprocess.run(["nm", twin], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^0*([0-9a-f]+) [Tt] (main\.\S+)$", symbols, re.MULTILINE)
    assert len(names) > 20
    pcs = [f"0x{address}" for address, _ in names]
    asked = subprocess.run(
        ["go", "tool", "addr2line", twin],
        input="\n".join(pcs) + "\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()[1::2]
    done = panictrail(
        "symbolize", tiny.binary("stripped"), "--pcs", "-", "--json", stdin="\n".join(pcs)
    )
    found = [
        (row["frames"][0], row["frames"][-1])  # type: ignore[index]  # a row of JSON
        for row in rows(done, "symbolized-pc.v1")
    ]
    for (innermost, outer), (_, name), place in zip(found, names, asked, strict=True):
        file, _, line = place.rpartition(":")
        assert (innermost["file"], str(innermost["line"])) == (file, line), name
        assert outer["function"] == re.sub(r"\[.*\]", "[...]", name).removesuffix(".abi0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("symbolize", "{bin}", "--pc", "zz"), "'zz' is no address: want hex"),
        (("symbolize", "{bin}", "--pcs", "{bin}.none"), "No such file or directory"),
        (("symbolize", "README.md", "--pc", "1"), "is no ELF file"),
        (("symbolize", "/bin/true", "--pc", "1"), "has no pclntab: not built by Go"),
        (("binary", "/dev/null"), "is no regular file"),
        (("goroutines", "--core", "{bin}"), "is an ELF file but no core"),
        (
            ("goroutines", "--core", "README.md", "README.md"),
            "name a DUMP, --core or --pid, one of them",
        ),
    ],
)
def test_bad_input_is_said_with_the_thing_and_the_place(
    words: tuple[str, ...], said: str, tiny: Tiny
) -> None:
    filled = [word.format(bin=tiny.binary()) for word in words]
    done = subprocess.run(
        [PANICTRAIL, *filled], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_core_is_the_crash_that_the_program_printed(tiny: Tiny, tmp_path: Path) -> None:
    for mode in ("error", "nil", "nested"):
        core, trace = tiny.core(mode), tmp_path / f"{mode}.txt"
        trace.write_text(tiny.trace(mode))
        reference = tmp_path / f"{mode}.jsonl"
        reference.write_bytes(orjson.dumps({"core": core.as_uri()}) + b"\n")
        (report,) = rows(
            panictrail("analyze", reference, trace, "--binary", tiny.binary("stripped"), "--json"),
            "report.v1",
        )
        assert report["occurrences"] == 2, mode


def test_a_core_that_was_cut_off_gives_what_it_has(tiny: Tiny, tmp_path: Path) -> None:
    whole = tiny.core("panic").read_bytes()
    (full,) = rows(
        panictrail(
            "goroutines",
            "--core",
            tiny.core("panic"),
            "--binary",
            tiny.binary("stripped"),
            "--json",
        ),
        "crash.v1",
    )
    assert not full["truncated"]
    cut = tmp_path / "core"
    cut.write_bytes(whole[: len(whole) * 3 // 4])
    done = panictrail("goroutines", "--core", cut, "--binary", tiny.binary("stripped"), "--json")
    if done.returncode:
        assert re.search(r"cut off|not in the core", done.stderr), done.stderr
        return
    (crash,) = rows(done, "crash.v1")
    assert crash["truncated"]


def test_programs_get_what_a_core_says_of_itself_where_its_binary_is_another(tiny: Tiny) -> None:
    """Exit 2, what is wanted on stderr, and one object all the same."""
    done = panictrail(
        "goroutines", "--core", tiny.core("panic"), "--binary", ROOT / "README.md", "--json"
    )
    assert (done.returncode, done.stdout) == (2, "")
    moved = tiny.core("panic", "pie")
    done = panictrail("goroutines", "--core", moved, "--binary", tiny.binary("default"), "--json")
    # Where the process had it, it still is.
    assert done.returncode == 0, done.stderr
    assert orjson.loads(done.stdout)["kind"] == "panic"


def test_debug_information_in_a_store_is_no_binary(tiny: Tiny, tmp_path: Path) -> None:
    (facts,) = rows(panictrail("binary", tiny.binary("default"), "--json"), "binary.v1")
    build_id = str(facts["gnu_build_id"])
    place = tmp_path / "store" / ".build-id" / build_id[:2] / f"{build_id[2:]}.debug"
    place.parent.mkdir(parents=True)
    only = ["objcopy", "--only-keep-debug", str(tiny.binary("default")), str(place)]
    subprocess.run(only, check=True, capture_output=True)
    (tmp_path / "store" / "zzz").write_bytes(tiny.binary("default").read_bytes())
    done = panictrail(
        "goroutines", "--core", tiny.core("panic", "default"), "--binary", tmp_path / "store"
    )
    assert done.returncode == 0, done.stderr
    assert "panic  told" in done.stdout


def test_a_binary_that_comes_late_has_what_waited_worked_out_once(
    tiny: Tiny, tmp_path: Path
) -> None:
    reference, state = tmp_path / "refs.jsonl", tmp_path / "state"
    reference.write_bytes(orjson.dumps({"core": tiny.core("panic").as_uri()}) + b"\n")
    first = panictrail("analyze", reference, "--state", state, "--json")
    assert first.stdout == ""
    assert "binary-absent" in panictrail("deadletter", "list", "--state", state).stdout
    seen = []
    for _ in range(2):
        (report,) = rows(
            panictrail(
                "analyze",
                reference,
                "--state",
                state,
                "--binary",
                tiny.binary("stripped"),
                "--json",
            ),
            "report.v1",
        )
        assert report["occurrences"] == 1
        seen.append(report)
    # The letter is still listed; trying it again counts nothing anew.
    done = panictrail("deadletter", "replay", "--state", state, "--binary", tiny.binary("stripped"))
    assert "1 of 1 went through" in done.stdout
    assert (
        rows(panictrail("analyze", reference, "--state", state, "--json"), "report.v1") == seen[1:]
    )


def test_addresses_that_a_logger_wrote_get_frames(tiny: Tiny, tmp_path: Path) -> None:
    binary = tiny.binary("stripped")
    printed = subprocess.run([str(binary), "pcs"], capture_output=True, text=True, check=True)
    frames, _, pcs = printed.stdout.partition("\n\n")
    expected = [line.split("\t")[0] for line in frames.splitlines()]
    log = tmp_path / "app.log"
    line = {"level": "ERROR", "msg": "no", "err": "no", "pcs": [int(pc, 16) for pc in pcs.split()]}
    log.write_bytes(orjson.dumps(line) + b"\n")
    done = panictrail("analyze", log, "--binary", binary)
    assert done.returncode == 0, done.stderr
    # A long path stands on a line of its own, so the function may end its line.
    shown = re.findall(r"^\s+(?:→ )?(main\.\S+)(?:  |$)", done.stdout, re.MULTILINE)
    # The report shows the innermost, and folds the rest.
    assert len(shown) > 4
    assert shown[:5] == expected[:5]
