"""The docs harness itself: a page that lies must not pass, a page that is right must not fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import console
from tests.docs.commands import make_targets, missing


def _page(*lines: str) -> console.Page:
    return console.read("\n".join(lines) + "\n")


def _only(*lines: str) -> console.Block:
    page = _page(*lines)
    assert page.faults == ()
    (block,) = page.blocks
    return block


def test_a_block_holds_its_commands_with_the_lines_below_each() -> None:
    block = _only("# Title", "```console", "$ echo a", "a", "", "$ true", "```")
    assert (block.line, block.kind) == (2, "run")
    assert block.steps == (
        console.Step(3, "echo a", ("a", ""), 0),
        console.Step(6, "true", (), 0),
    )


def test_a_comment_states_the_exit_code_and_is_not_run() -> None:
    (step,) = _only("```console", "$ false # exits 1", "```").steps
    assert (step.command, step.exit_code) == ("false", 1)


def test_a_command_goes_on_after_a_backslash() -> None:
    (step,) = _only("```console", "$ echo a \\", ">   b", "a b", "```").steps
    assert (step.command, step.expected) == ("echo a b", ("a b",))


def test_a_block_in_a_list_item_loses_its_indent() -> None:
    (step,) = _only("1. Do:", "", "   ```console", "   $ echo a", "     a", "   ```").steps
    assert step.expected == ("  a",)


def test_a_longer_fence_shows_a_console_block_without_running_it() -> None:
    assert _page("````markdown", "```console", "$ false", "```", "````") == console.Page((), ())


@pytest.mark.parametrize("language", ["bash", "sh", "shell", "zsh"])
def test_other_shell_languages_are_refused(language: str) -> None:
    (fault,) = _page("", f"```{language}", "true", "```").faults
    assert fault.startswith("2: ")


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        (("```console", "a", "$ true", "```"), "2: output before"),
        (("```console", "```"), "1: a console block without"),
        (("```console quick", "$ true", "```"), "1: unknown words"),
        (("```console recorded=a.log", "$ cat a.log", "```"), "1: a recorded command"),
    ],
)
def test_faults_in_writing_name_the_line(lines: tuple[str, ...], where: str) -> None:
    page = _page(*lines)
    assert page.blocks == ()
    assert [fault.startswith(where) for fault in page.faults] == [True]


@pytest.mark.parametrize("kind", ["long", "outside", "setup"])
def test_the_info_string_names_the_kind(kind: str) -> None:
    assert _only(f"```console {kind}", "$ make test", "```").kind == kind


def test_a_recorded_block_reads_its_file_in_place_of_the_source() -> None:
    command = "$ kubectl logs POD | head -1 | wc -l"
    block = _only("```console recorded=docs/a.log", command, "```")
    assert console.command_to_run(block, block.steps[0]) == "cat docs/a.log | head -1 | wc -l"


@pytest.mark.parametrize(
    ("before", "after", "measured"),
    [
        (("measured 2026-11-23 at abc1234",), (), True),
        ((), ("", "On 2 cores, measured 2026-11-23 at abc1234."), True),
        ((), ("", "", "", "measured 2026-11-23 at abc1234"), False),
        (("measured 2026-11-23",), (), False),
    ],
)
def test_figures_need_a_date_and_a_commit_nearby(
    before: tuple[str, ...], after: tuple[str, ...], measured: object
) -> None:
    block = _only(*before, "```console long", "$ make bench", "```", *after)
    assert block.measured is measured


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        (("a", "b"), "a\nb\n"),
        (("a",), "a   \n\n"),
        ((), ""),
        (("...",), ""),
        (("...", "c"), "a\nb\nc\n"),
        (("a", "...", "d"), "a\nb\nc\nd\n"),
        (("a [..] c",), "a b b c\n"),
        (("a.c (x)",), "a.c (x)\n"),
    ],
)
def test_output_that_matches(expected: tuple[str, ...], output: str) -> None:
    assert console.matches(expected, output)


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        (("a",), "a\nb\n"),
        ((), "a\n"),
        (("a",), ""),
        (("a", "...", "d"), "a\nb\n"),
        (("a [..] c",), "a b\nb c\n"),
        (("a.c",), "abc\n"),
        (("  a",), "a\n"),
    ],
)
def test_output_that_does_not_match(expected: tuple[str, ...], output: str) -> None:
    assert not console.matches(expected, output)
    assert console.difference(expected, output)


def test_a_command_runs_in_the_root_with_plain_output_and_an_empty_home(tmp_path: Path) -> None:
    env = console.environment(tmp_path)
    command = 'pwd; echo "$COLUMNS $NO_COLOR $LC_ALL"; ls -A "$HOME"; touch "$TMP/kept"'
    assert console.run(command, env) == (0, f"{console.ROOT}\n80 1 C.UTF-8\n")
    assert (tmp_path / "kept").exists()


def test_a_failing_part_of_a_pipe_fails_the_command(tmp_path: Path) -> None:
    assert console.run("false | cat", console.environment(tmp_path))[0] == 1


def test_settings_of_the_user_do_not_reach_documented_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANICTRAIL_STATE", "elsewhere")
    assert "PANICTRAIL_STATE" not in console.environment(tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small repository: one make target, one script."""
    (tmp_path / "Makefile").write_text("BIN := x\nbench: dev\n\t@true\n", encoding="utf-8")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "startup.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("make bench", "long"),
        ("make -s bench COUNT=3", "setup"),
        ("COUNT=3 bash benchmarks/startup.py > out/a.txt", "long"),
        ("bash benchmarks/startup.py ../shared/a .cache/b $TMP/c | cat", "long"),
        ("cat data/of/the/user.log", "outside"),
        ("git clone https://example.com/a.git && cd a", "setup"),
    ],
)
def test_commands_that_name_what_exists(command: str, kind: console.Kind, root: Path) -> None:
    assert missing(command, kind, root) == []


@pytest.mark.parametrize(
    ("command", "kind", "fault"),
    [
        ("make bench fuzz", "setup", "no make target `fuzz`"),
        ("cd a && make fuzz", "setup", "no make target `fuzz`"),
        ("bash benchmarks/gone.py", "long", "no file `benchmarks/gone.py`"),
        ("cat --out=docs/gone.md", "long", "no file `--out=docs/gone.md`"),
        ("no-such-program a", "outside", "no program `no-such-program`"),
        ("benchmarks/gone.sh", "outside", "no program `benchmarks/gone.sh`"),
    ],
)
def test_commands_that_name_what_is_gone(
    command: str, kind: console.Kind, fault: str, root: Path
) -> None:
    assert missing(command, kind, root) == [fault]


def test_variables_of_the_makefile_are_no_targets(root: Path) -> None:
    assert make_targets(root) == {"bench"}


def test_lines_that_begin_with_an_angle_go_on_with_the_command() -> None:
    page = console.read('```console\n$ python -c "\n> print(1)\n> print(2)"\n1\n2\n```\n')
    (step,) = page.blocks[0].steps
    assert step.command == 'python -c "\nprint(1)\nprint(2)"'
    assert step.expected == ("1", "2")
