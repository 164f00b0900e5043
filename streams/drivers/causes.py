"""The facts of causes: which commits of the repositories at hand may have caused a crash.

In: requests of kind `commits` and `fixed`. Out: a Caused, a Fixed, or Absent with its reason. A commit never changes:
answers that depend on commits alone are kept; what git could not say is asked for again. A repository is hostile input
(adapters/git_process.py).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.git_history import GitHistory
from streams.adapters.git_process import GitTroubleError, Pipe
from streams.adapters.git_source import Passing, git_folder, keep
from streams.core.suspects.ancestry import reach
from streams.core.suspects.code import Code
from streams.core.suspects.fixed import has_change
from streams.core.suspects.suspects import History, Outside, suspects_of
from streams.drivers.upstreams import Upstreams
from streams.model.cause import Caused, CauseKey, Fixed, FixedKey, cause_key, fixed_key
from streams.model.message import encode
from streams.model.step import Absent, Fact, Present, Request
from streams.ports.facts import Resolver
from streams.ports.history import History as Repository

# What is looked up here.
KINDS: Final = ("commits", "fixed")
# More commits than this between two revisions of a place are no range that tells anything.
_MOST_COMMITS: Final = 400
_MOST_GRAPH: Final = 5_000
# So many commits after a fix are read for a revert of it, or for a copy.
_MOST_SINCE: Final = 2_000
# Of so many revisions that ran before, commits are looked at: a crash is now and then first seen late.
_MOST_OLDER: Final = 3
_MOST_ANSWERS: Final = 4096
# Revisions whose declarations are kept, and files of one that are read at once.
_MOST_CODES: Final = 16
_MOST_AT_ONCE: Final = 2000


class CauseFacts:
    """Implements the facts port for `commits` and `fixed` facts; other kinds are the `others`' business."""

    def __init__(self, repos: Mapping[str, Path], others: Resolver | None = None) -> None:
        """Repositories by name; nothing is read yet."""
        self._folders = {name: git_folder(path) for name, path in repos.items()}
        self._histories: dict[str, GitHistory] = {}
        self._others = others
        self._answers: OrderedDict[Request, Fact] = OrderedDict()
        self._codes: OrderedDict[tuple[str, str], Code] = OrderedDict()
        self._upstreams = Upstreams(self._history, self._code)
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the git processes."""
        for history in self._histories.values():
            history.close()
        self._histories.clear()

    @staticmethod
    def processes() -> int:
        """How many git processes were started so far."""
        return Pipe.started

    def resolve(self, request: Request) -> Fact:
        """The fact, or Absent with its reason."""
        if request.kind not in KINDS:
            return self._others.resolve(request) if self._others else Absent("nobody knows")
        with self._lock:
            if request.kind == "fixed":
                return self._fixed(fixed_key(request))
            known = self._answers.get(request)
            if known is not None:
                return known
            fact = self._answer(cause_key(request))
            if isinstance(fact, Present):
                keep(self._answers, request, fact, _MOST_ANSWERS)
            return fact

    def _answer(self, key: CauseKey) -> Fact:
        """The answer of the first repository that has the revision."""
        reasons: list[str] = []
        for name in key.repos:
            history = self._history(name)
            if history is None:
                reasons.append(f"{name} is no git repository that is at hand")
                continue
            try:
                history.recall((*key.crashed, *key.good, *key.ran))
                commit = next((c for n in key.crashed if n and (c := history.resolve(n))), None)
                if commit is None:
                    stated = key.crashed[0] if key.crashed else "none"
                    reasons.append(f"revision {stated} is not in {name}: fetch its whole history")
                    continue
                return Present(encode(self._caused(name, history, commit, key)))
            except GitTroubleError as trouble:
                return Passing(str(trouble))
        return Absent("; ".join(reasons) or "no repository is known for this service")

    def _fixed(self, key: FixedKey) -> Fact:
        """What the first repository says that has the fix. Tags move, so it is asked again each time."""
        for name in key.repos:
            history = self._history(name)
            try:
                fix = history.resolve(key.fix) if history is not None else None
                if history is not None and fix is not None:
                    return Present(encode(_fixed(history, fix, key.revisions)))
            except GitTroubleError as trouble:
                return Passing(str(trouble))
        return Absent(f"{key.fix} is in none of {', '.join(key.repos)}: fetch the whole history")

    def _history(self, name: str) -> GitHistory | None:
        folder = self._folders.get(name)
        if folder is None:
            return None
        if name not in self._histories:
            self._histories[name] = GitHistory(folder)
        return self._histories[name]

    def _caused(self, name: str, git: Repository, commit: str, key: CauseKey) -> Caused:
        good = [c for n in key.good if (c := git.resolve(n)) and c != commit]
        ran = {n: git.resolve(n) or "" for n in key.ran}
        older = tuple(dict.fromkeys(good))
        tips = tuple(dict.fromkeys((commit, *older, *(sha for sha in ran.values() if sha))))
        bound = older[:_MOST_OLDER][-1:]
        # Mostly the range is after the oldest good revision; git works on it while the code is read.
        with git.ahead(commit, tips, bound, (_MOST_COMMITS, _MOST_GRAPH)):
            code = self._code(name, git, commit)
            graph = git.graph(tips, bound, _MOST_GRAPH)
            exclude = _oldest(commit, older[:_MOST_OLDER], graph)
            changes, truncated = git.changes(commit, exclude, _MOST_COMMITS)
        if not changes and exclude:
            # The last good revision has all that crashed: a rollback, or a rewritten history.
            changes, truncated = git.changes(commit, (), _MOST_COMMITS)
        # Names of the key stay as they are, so that positions in it mean the same.
        graph = {**graph, **{n: (sha,) for n, sha in ran.items() if sha and n != sha}}
        blobs = [
            blob
            for change in changes
            for file in change.files
            if file.plain
            for blob in (*file.before, file.after)
            if blob
        ]
        contents = dict(git.contents(blobs))

        def read(blob: str) -> bytes:
            if blob and blob not in contents:
                contents.update(git.contents((blob,)))
            return contents.get(blob, b"")

        told = History(commit, changes, truncated, graph, git.shallow())
        narrowed = msgspec.structs.replace(key, good=older)
        others = [other for other in self._folders if other != name]
        look = self._upstreams.look_for(narrowed, others)
        return suspects_of(name, narrowed, code, told, Outside(read, look))

    def _code(self, name: str, git: Repository, commit: str) -> Code:
        key = (name, commit)
        if key not in self._codes:
            files = git.files(commit)
            wanted = [blob for path, blob in files.items() if path.endswith((".go", "go.mod"))]
            git.contents(wanted[:_MOST_AT_ONCE])

            def content(blob: str) -> bytes:
                return git.contents((blob,)).get(blob, b"")

            keep(self._codes, key, Code(files, content), _MOST_CODES)
        return self._codes[key]


def _oldest(
    commit: str, older: Sequence[str], graph: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The oldest good revision after which there are not too many commits; the last one where all have too many."""
    crashed = reach(graph, (commit,))
    for good in reversed(older):
        if len(crashed - reach(graph, (good,))) <= _MOST_COMMITS:
            return (good,)
    return tuple(older[:1])


def _fixed(git: Repository, fix: str, revisions: Sequence[str]) -> Fixed:
    """Which revisions have a fix, or a copy of it. Of a clone that is cut off only what it has is believed."""
    has: dict[str, bool] = {}
    why: list[str] = []
    (change, *_), _ = git.changes(fix, (), 1)
    for name in revisions:
        commit = git.resolve(name)
        if commit is None:
            why.append(f"{name} is not in the repository")
            continue
        ancestor = not git.graph((fix,), (commit,), 1)
        newer, more = git.changes(commit, (fix,), _MOST_SINCE)
        found = has_change(change, newer, ancestor=ancestor)
        if not found and (more or git.shallow()):
            why.append(f"{name} and the fix are too far apart, or older history is cut off")
            continue
        has[name] = found
    return Fixed(has=has, why="; ".join(why))
