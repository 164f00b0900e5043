"""The repositories of modules that a service uses, for what a new version of one changed.

In: a module with an old and a new version, the question for a crash. Out: an Inside, or None where no repository at
hand is the module's: known by its name, and by the go.mod of the new version. Few are looked into for one crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from streams.adapters.git_process import GitTroubleError
from streams.core.suspects.code import Code
from streams.core.suspects.modules import Bump, Inside, Look, homes, revision_of
from streams.core.suspects.suspects import History
from streams.core.suspects.upstream import Uses, Wanted, inside_of
from streams.model.cause import CauseKey
from streams.ports.history import History as Repository

# Of so many repositories at most; each takes two processes.
_MOST_ASKED: Final = 2
_MOST_COMMITS: Final = 400

CodeOf = Callable[[str, Repository, str], Code]
"""Of a repository's name, itself and a commit."""


class Upstreams:
    """Looks into the repositories at hand."""

    def __init__(self, repository: Callable[[str], Repository | None], code: CodeOf) -> None:
        """Nothing is read yet."""
        self._repository = repository
        self._code = code

    def look_for(self, key: CauseKey, names: Iterable[str]) -> Look:
        """For one crash; `names`: of the repositories that may be modules."""
        given = tuple(names)
        asked: set[str] = set()
        known: dict[Bump, Inside | None] = {}

        def look(bump: Bump, uses: Uses) -> Inside | None:
            if bump not in known:
                known[bump] = None
                for name, folder in homes(bump.module, given):
                    if name not in asked and len(asked) >= _MOST_ASKED:
                        break
                    asked.add(name)
                    known[bump] = self._inside(bump, name, folder, key, uses)
                    if known[bump] is not None:
                        break
            return known[bump]

        return look

    def _inside(
        self, bump: Bump, name: str, folder: str, key: CauseKey, uses: Uses
    ) -> Inside | None:
        git = self._repository(name)
        if git is None:
            return None
        try:
            new = git.version(revision_of(bump.new, folder))
            old = git.version(revision_of(bump.old, folder))
            if new is None or old is None:
                return None
            code = self._code(name, git, new)
            if bump.module not in code.modules:
                return None
            changes, truncated = git.changes(new, (old,), _MOST_COMMITS)
        except GitTroubleError:
            # The crash is answered without: what is known of a module is no more than evidence.
            return None
        blobs = [b for c in changes for f in c.files if f.plain for b in (*f.before, f.after) if b]
        contents = dict(git.contents(blobs))

        def read(blob: str) -> bytes:
            return contents.get(blob, b"") if blob else b""

        history = History(new, changes, truncated, graph={}, shallow=git.shallow())
        return inside_of(Wanted(bump.module, key, uses), code, history, read)
