"""A history in memory for the tests of this folder: revisions as files, crashes as frames, answers as suspects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from streams.core.suspects.code import Code
from streams.core.suspects.suspects import History, Outside, suspects_of
from streams.model.cause import Caused, CauseFrame, CauseKey
from streams.model.change import Change, FileChange

MODULE = "example.org/shop"
Files = Mapping[str, str]


def blob(text: str) -> str:
    """The id of a content; empty for none."""
    return sha256(text.encode()).hexdigest() if text else ""


class Past:
    """Revisions one after the other, each all files."""

    def __init__(self, first: Files) -> None:
        """The revision that ran well."""
        self.revisions: list[dict[str, str]] = [{"go.mod": f"module {MODULE}\n", **first}]
        self.messages = ["first"]
        self.texts: dict[str, bytes] = {}
        self._keep()

    def _keep(self) -> None:
        self.texts.update({blob(t): t.encode() for t in self.revisions[-1].values()})

    def then(self, message: str, changed: Mapping[str, str | None]) -> str:
        """A commit that writes files, or removes them (None); its id."""
        files = {**self.revisions[-1], **{p: t for p, t in changed.items() if t is not None}}
        for path, text in changed.items():
            if text is None:
                del files[path]
        self.revisions.append(files)
        self.messages.append(message)
        self._keep()
        return self.sha(len(self.revisions) - 1)

    def edit(self, message: str, path: str, old: str, new: str) -> str:
        """A commit that replaces a text in a file; its id."""
        text = self.revisions[-1][path]
        assert old in text
        return self.then(message, {path: text.replace(old, new)})

    @staticmethod
    def sha(number: int) -> str:
        """The id of a revision."""
        return f"{number + 1:040x}"

    def read(self, name: str) -> bytes:
        """A content by its id."""
        return self.texts.get(name, b"")

    def change(self, number: int) -> Change:
        """A revision as a commit."""
        before, after = self.revisions[number - 1], self.revisions[number]
        files = tuple(
            FileChange(path, (blob(before.get(path, "")),), blob(after.get(path, "")))
            for path in sorted({*before, *after})
            if before.get(path) != after.get(path)
        )
        message = self.messages[number]
        return Change(
            self.sha(number),
            (self.sha(number - 1),),
            "Ada",
            "ada@example.org",
            0,
            number,
            message,
            files,
        )

    def code(self) -> Code:
        """The last revision."""
        return Code({p: blob(t) for p, t in self.revisions[-1].items()}, self.read)

    def suspects(self, key: CauseKey) -> Caused:
        """Who is suspect of a crash of the last revision, after the first ran well."""
        count = len(self.revisions)
        graph = {self.sha(n): (self.sha(n - 1),) if n else () for n in range(count)}
        changes = [self.change(n) for n in range(count - 1, 0, -1)]
        return suspects_of(
            "shop",
            key,
            self.code(),
            History(self.sha(count - 1), changes, truncated=False, graph=graph),
            Outside(self.read),
        )


def frame(function: str, path: str, line: int, *, own: bool = True) -> CauseFrame:
    """A frame as `-trimpath` prints it: `pkg.Name` in a file of the module."""
    folder = path.rpartition("/")[0]
    package = f"{MODULE}/{folder}" if folder else MODULE
    return CauseFrame(
        f"{package}.{function}",
        f"{MODULE}/{path}",
        line,
        package,
        own,
    )


def crash(
    failure: str, frames: Sequence[CauseFrame], numbers: Sequence[int] = (), message: str = ""
) -> CauseKey:
    """A crash of the last revision."""
    return CauseKey(
        repos=("shop",),
        crashed=("x",),
        kind="panic",
        failure=failure,
        message=message,
        frames=tuple(frames),
        good=(Past.sha(0),),
        ran=(Past.sha(0),),
        numbers=tuple(numbers),
    )


def line_of(past: Past, path: str, text: str) -> int:
    """The line of the last revision of a file that holds a text."""
    lines = past.revisions[-1][path].splitlines()
    return next(n for n, line in enumerate(lines, start=1) if text in line)
