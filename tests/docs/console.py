"""Markdown text -> console blocks -> what to run and what it should print.

In: the text of one Markdown file. Out: blocks, each a kind and steps (command, expected lines,
exit code); faults in the writing (a forbidden language, an unknown word) come back as messages.
`run` executes one command with bash in the repository root; nothing else here starts a program.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Kind = Literal["run", "recorded", "setup", "long", "outside"]

ROOT: Final = Path(__file__).resolve().parents[2]
STEP_SECONDS: Final = 120

_FENCE: Final = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_EXITS: Final = re.compile(r"\s+# exits (?P<code>\d+)$")
_MEASURED: Final = re.compile(r"\bmeasured \d{4}-\d\d-\d\d at [0-9a-f]{7,40}\b")
_NEAR_LINES: Final = 3
_SHELLS: Final = frozenset({"bash", "sh", "shell", "shell-session", "shellsession", "zsh"})


@dataclass(frozen=True)
class Step:
    """One `$ command` of a block with the lines that should follow."""

    line: int
    command: str
    expected: tuple[str, ...]
    exit_code: int


@dataclass(frozen=True)
class Block:
    """One console block. `measured`: a line with date and commit stands beside it."""

    line: int
    kind: Kind
    steps: tuple[Step, ...]
    recorded: str | None
    measured: bool


@dataclass(frozen=True)
class Page:
    """What one Markdown file holds for the tests; `faults` are messages with a line number."""

    blocks: tuple[Block, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class _Fence:
    """A fenced block as written: its info string, its content and where the content begins."""

    first: int
    last: int
    info: tuple[str, ...]
    content: tuple[str, ...]


class _FaultError(ValueError):
    """A block that breaks the writing rules; the message begins with its line number."""


def read(text: str) -> Page:
    """All console blocks of a Markdown text, and what is wrong with the writing."""
    lines = text.splitlines()
    blocks: list[Block] = []
    faults: list[str] = []
    for fence in _fences(lines):
        try:
            if block := _block(fence, lines):
                blocks.append(block)
        except _FaultError as fault:
            faults.append(str(fault))
    return Page(tuple(blocks), tuple(faults))


def command_to_run(block: Block, step: Step) -> str:
    """The command; in a recorded block the part before the first pipe becomes `cat PATH`."""
    if block.recorded is None:
        return step.command
    return f"cat {shlex.quote(block.recorded)} | {step.command.partition(' | ')[2]}"


def environment(folder: Path) -> Mapping[str, str]:
    """The environment of every documented command: our program first, plain text, an empty home."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("PANICTRAIL_") and key != "XDG_CACHE_HOME"
    }
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return kept | {
        "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "TMP": str(folder),
        "TZ": "UTC",
    }


def run(command: str, env: Mapping[str, str], root: Path = ROOT) -> tuple[int, str]:
    """Exit code and what a terminal would show: stdout and stderr in the order written."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=root,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=STEP_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def matches(expected: tuple[str, ...], output: str) -> bool:
    """Whether output has these lines: `...` is any number of lines, `[..]` any text in a line.

    Blanks at line ends and empty lines at the end of both do not count: Markdown cannot show them.
    """
    pattern = "".join(_line_pattern(line) for line in _trimmed(expected))
    shown = "".join(f"{line}\n" for line in _trimmed(output.splitlines()))
    return re.fullmatch(pattern, shown) is not None


def difference(expected: tuple[str, ...], output: str) -> str:
    """What to read when `matches` said no: documented lines against printed lines."""
    lines = difflib.unified_diff(
        _trimmed(expected), _trimmed(output.splitlines()), "documented", "printed", lineterm=""
    )
    return "\n".join(lines)


def _fences(lines: list[str]) -> Iterator[_Fence]:
    """Fenced blocks in order; one that is never closed ends with the text, as in CommonMark."""
    index = 0
    while index < len(lines):
        opening = _FENCE.match(lines[index])
        index += 1
        if opening is None:
            continue
        first = index
        while index < len(lines) and not _closes(lines[index], opening["marks"]):
            index += 1
        indent = len(opening["indent"])
        content = tuple(_outdent(line, indent) for line in lines[first:index])
        yield _Fence(first, index, tuple(opening["info"].split()), content)
        index += 1


def _closes(line: str, marks: str) -> bool:
    """A closing fence has the same mark, at least as often, and nothing else."""
    mark = line.strip()
    return len(mark) >= len(marks) and set(mark) == {marks[0]}


def _outdent(line: str, indent: int) -> str:
    """The line without the blanks of a list item that holds the fence."""
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]


def _block(fence: _Fence, lines: list[str]) -> Block | None:
    """The console block of a fence; None for data in another language."""
    language = fence.info[0] if fence.info else ""
    if language in _SHELLS:
        raise _FaultError(f"{fence.first}: `{language}` is not tested; use a `console` block")
    if language != "console":
        return None
    kind, recorded = _kind(fence)
    steps = tuple(_steps(fence))
    if not steps:
        raise _FaultError(f"{fence.first}: a console block without a `$ command`")
    if recorded is not None and any(" | " not in step.command for step in steps):
        raise _FaultError(f"{fence.first}: a recorded command needs ` | ` after its source")
    around = lines[max(0, fence.first - 1 - _NEAR_LINES) : fence.first - 1]
    around += lines[fence.last + 1 : fence.last + 1 + _NEAR_LINES]
    measured = any(_MEASURED.search(line) for line in around)
    return Block(fence.first, kind, steps, recorded, measured)


def _kind(fence: _Fence) -> tuple[Kind, str | None]:
    """The kind that the info string names, with the path of a recorded one."""
    match fence.info[1:]:
        case ():
            return "run", None
        case ("setup" | "long" | "outside" as kind,):
            return kind, None
        case (word,) if word.startswith("recorded="):
            return "recorded", word.removeprefix("recorded=")
    raise _FaultError(f"{fence.first}: unknown words after `console`: {' '.join(fence.info[1:])}")


def _steps(fence: _Fence) -> Iterator[Step]:
    """Commands with the lines below each; one goes on after a backslash, or in lines that begin `> `."""
    content = fence.content
    index = 0
    while index < len(content):
        line = fence.first + index + 1
        if not content[index].startswith("$ "):
            raise _FaultError(f"{line}: output before the first `$ command`")
        command = content[index][2:]
        while command.endswith("\\") and index + 1 < len(content):
            index += 1
            command = f"{command[:-1].rstrip()} {content[index].removeprefix('>').strip()}"
        index += 1
        while index < len(content) and content[index].startswith("> "):
            command = f"{command}\n{content[index][2:]}"
            index += 1
        first = index
        while index < len(content) and not content[index].startswith("$ "):
            index += 1
        exits = _EXITS.search(command)
        code = int(exits["code"]) if exits else 0
        yield Step(line, _EXITS.sub("", command), content[first:index], code)


def _line_pattern(line: str) -> str:
    """The pattern of one expected line, its newline included."""
    if line == "...":
        return r"(?:[^\n]*\n)*"
    return r"[^\n]*".join(re.escape(part) for part in line.split("[..]")) + r"\n"


def _trimmed(lines: tuple[str, ...] | list[str]) -> list[str]:
    """Lines without blanks at their ends and without empty lines at the end."""
    kept = [line.rstrip() for line in lines]
    while kept and not kept[-1]:
        kept.pop()
    return kept
