"""A command that is not run -> what it names that the repository lacks.

In: a shell command of a `long`, `outside` or `setup` block. Out: messages, empty when all is there.
Nothing is started; programs are looked up, make targets are read from the Makefile.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Final

from tests.docs.console import ROOT, Kind

_TARGET: Final = re.compile(r"^([a-zA-Z][\w-]*):(?!=)", re.MULTILINE)
_ASSIGNMENT: Final = re.compile(r"^\w+=")
_MADE: Final = (".cache/", ".demo/", ".venv/")
_ENDS: Final = frozenset({"|", "||", "&&", ";", "&"})
_REDIRECTIONS: Final = frozenset({">", ">>", "<", "2>", ">&"})
_BUILTINS: Final = frozenset({"cd", "export", "echo", "time", "source"})


def missing(command: str, kind: Kind, root: Path = ROOT) -> list[str]:
    """What the command of this kind needs from the repository and does not find there."""
    return [fault for words in _programs(command) for fault in _missing_for(words, kind, root)]


def make_targets(root: Path = ROOT) -> frozenset[str]:
    """The targets that the Makefile has a rule for."""
    return frozenset(_TARGET.findall((root / "Makefile").read_text(encoding="utf-8")))


def _programs(command: str) -> list[list[str]]:
    """The words of each program of a pipeline or list, without variables set before it."""
    found: list[list[str]] = [[]]
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    skip = False
    for word in lexer:
        if word in _ENDS:
            found.append([])
        elif not skip and word not in _REDIRECTIONS and (found[-1] or not _ASSIGNMENT.match(word)):
            found[-1].append(word)
        skip = word in _REDIRECTIONS
    return [words for words in found if words]


def _missing_for(words: list[str], kind: Kind, root: Path) -> list[str]:
    """Faults of one program with its arguments."""
    program, arguments = words[0], words[1:]
    if program == "make":
        return _missing_targets(arguments, root)
    if kind == "setup":
        return []
    faults = [] if _found(program, root) else [f"no program `{program}`"]
    if kind == "long":
        faults += [f"no file `{path}`" for path in arguments if not _there(path, root)]
    return faults


def _missing_targets(arguments: list[str], root: Path) -> list[str]:
    """Goals without a rule; options and variables are no goals."""
    known = make_targets(root)
    goals = [word for word in arguments if not word.startswith("-") and "=" not in word]
    return [f"no make target `{goal}`" for goal in goals if goal not in known]


def _found(program: str, root: Path) -> bool:
    """Whether the program is a file of ours, in our environment, a builtin or on PATH."""
    name = program.removeprefix(".venv/bin/")
    if "/" in name:
        return (root / name).is_file()
    ours = (root / ".venv" / "bin" / name).is_file()
    return ours or name in _BUILTINS or shutil.which(name) is not None


def _there(word: str, root: Path) -> bool:
    """Whether a word that looks like a path of the repository exists; other words pass."""
    path = word.partition("=")[2] or word
    ours = "/" in path and "://" not in path and path[0] not in "-/~$."
    return not ours or path.startswith(_MADE) or (root / path).exists()
