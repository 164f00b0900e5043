"""Commits as they are made: on main, on branches that are merged or squashed or left, on release branches.

In: changes. Out: commits with parents and files, pushes; the state of main goes along.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.suspects import changes
from benchmarks.suspects.changes import REVISIONS_TO_IGNORE, Change
from benchmarks.suspects.messages import subject
from benchmarks.suspects.names import NOUNS, WORDS
from benchmarks.suspects.state import Rendered, State, render

HOUR: Final = 3600
DAY: Final = 24 * HOUR
MAIN: Final = "refs/heads/main"
_TOGETHER: Final = 0.3
"""How often two or three changes are made on a branch; a third of these is squashed."""
_SQUASHED: Final = 0.1
_PUSHED: Final = 0.6
_LEFT: Final = 0.04
"""How often a branch is begun and left."""


@dataclass(frozen=True)
class Commit:
    """A commit. `message` and plain files may have `{sha:ID}` for an earlier one."""

    id: str
    ref: str
    parents: tuple[str, ...]
    state: State
    files: dict[str, Rendered]
    message: str
    author: str
    when: int

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True)
class Push:
    """Commits that come to a branch together."""

    when: int
    ref: str
    before: str | None
    commits: tuple[str, ...]


@dataclass
class Log:
    """What was committed so far. `known`: commits by what they do (`guilty 3`)."""

    rng: random.Random
    state: State
    clock: int
    commits: list[Commit] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    _by_id: dict[str, Commit] = field(default_factory=dict)
    _head: str | None = None
    _pushed: str | None = None
    _waiting: list[str] = field(default_factory=list)

    def __getitem__(self, id_: str) -> Commit:
        return self._by_id[id_]

    def add(self, message: str, id_: str, state: State) -> str:
        """A commit on main; its id."""
        self.state = state
        made = self._add(message, id_, state, (self._head,) if self._head else (), MAIN)
        self._head = made
        return made

    def add_to(self, ref: str, parent: str, message: str, id_: str, state: State) -> str:
        """A commit on another branch; its id."""
        return self._add(message, id_, state, (parent,), ref)

    def _add(self, message: str, id_: str, state: State, parents: tuple[str, ...], ref: str) -> str:
        files = render(state)
        if len(parents) == 1 and self._by_id[parents[0]].files == files:
            # a step whose names make no difference: a revert of it must find something, and changes nothing either
            if id_:
                self.known.setdefault(id_, parents[0])
            return parents[0]
        made = f"c{len(self.commits) + 1}"
        self.clock += self.rng.randint(1, 14) * HOUR // 2 + self.rng.randint(0, 1700)
        author = self.rng.choice(state.frame.people)
        commit = Commit(made, ref, parents, state, files, message, author, self.clock)
        self.commits.append(commit)
        self._by_id[made] = commit
        if ref == MAIN:
            self._waiting.append(made)
        self.known[id_ or made] = made
        return made

    def push(self) -> None:
        """Main as it is goes to the server."""
        if self._waiting:
            waiting, self._waiting = tuple(self._waiting), []
            self.pushes.append(Push(self.clock + 240, MAIN, self._pushed, waiting))
            self._pushed = self._head

    def push_branch(self, ref: str, commits: Sequence[str]) -> None:
        """Another branch goes to the server."""
        self.pushes.append(Push(self.clock + 200, ref, None, tuple(commits)))

    def walk(self, tasks: Sequence[Change]) -> None:
        """All changes, in their order, in some shape of commits."""
        rng, left = self.rng, list(tasks)
        while left:
            kind = rng.random()
            size = min(len(left), rng.randint(2, 3)) if kind < _TOGETHER else 1
            some, left = left[:size], left[size:]
            if size == 1:
                self.commit(some[0])
            elif kind < _SQUASHED and sum(change.id.startswith("guilty") for change in some) <= 1:
                self._squash(some)
            else:
                beside, left = left[:1], left[1:]
                self._branch(some, beside)
            if rng.random() < _PUSHED:
                self.push()
            if rng.random() < _LEFT:
                self._leave()

    def commit(self, change: Change) -> None:
        """One change as a commit on main."""
        before, after = self.state, self.state.copy()
        change.apply(after)
        made = self.add(self._said(change, before, after), change.id, after)
        if change.id == "format" and made == self.commits[-1].id:
            listed = after.copy()
            had = after.plain.get(REVISIONS_TO_IGNORE, "")
            listed.plain[REVISIONS_TO_IGNORE] = f"{had}{{sha:{made}}}\n"
            self.add("Ignore the formatting in blame", "", listed)

    def _squash(self, some: Sequence[Change]) -> None:
        after, lines = self.state.copy(), []
        for change in some:
            had = after.copy()
            change.apply(after)
            lines.append(self._said(change, had, after).partition("\n")[0])
        first = f"{lines[0]} (#{self.rng.randint(100, 999)})"
        made = self.add(first + "\n\n" + "\n".join(f"* {line}" for line in lines), "", after)
        for change in some:
            if change.id:
                self.known[change.id] = made

    def _branch(self, some: Sequence[Change], beside: Sequence[Change]) -> None:
        base = last = self._head or ""
        state = self.state
        for change in some:
            after = state.copy()
            change.apply(after)
            last = self._add(self._said(change, state, after), change.id, after, (last,), MAIN)
            state = after
        for change in beside:
            self.commit(change)
        if last == base:
            return
        merged = self.state.copy()
        for change in some:
            change.apply(merged)
        name = f"{self.rng.choice(WORDS)}-{self.rng.choice(NOUNS)}"
        number = self.rng.randint(100, 999)
        text = self.rng.choice(
            (f"Merge branch '{name}'", f"Merge pull request #{number} from team/{name}")
        )
        self.state = merged
        self._head = self._add(text, "", merged, (self._head or "", last), MAIN)

    def _leave(self) -> None:
        """A branch that is pushed and never merged."""
        rng = self.rng
        ref = f"refs/heads/{rng.choice(WORDS)}/{rng.choice(NOUNS)}-{rng.randint(10, 99)}"
        number = rng.choice([i for i, feature in enumerate(self.state.features) if feature.present])
        change = changes.addition(rng, self.state.features[number], number)
        if change is None or any(push.ref == ref for push in self.pushes):
            return
        self.push()
        after = self.state.copy()
        change.apply(after)
        made = self.add_to(ref, self._head or "", self._said(change, self.state, after), "", after)
        self.push_branch(ref, (made,))

    def _said(self, change: Change, before: State, after: State) -> str:
        if change.undoes:
            undone = self[self.known[change.undoes]]
            return f'Revert "{undone.subject}"\n\nThis reverts commit {{sha:{change.undoes}}}.'
        return subject(self.rng, change.message, before, after)
