"""What a commit changed beside Go code: versions of modules, settings and other data, files that packages embed.

In: a FileChange, a Scene. Out: Signals with a weight 0..1 and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Final

from streams.core.source.lineage import folder_of
from streams.core.suspects.code import embeds_of
from streams.core.suspects.content import RUNTIME
from streams.core.suspects.data import (
    form_lost,
    is_data,
    plausible,
    reshaped,
    settings,
    undone,
)
from streams.core.suspects.dependence import plain
from streams.core.suspects.modules import Bump, belongs, bumps, same_minor
from streams.core.suspects.relations import leads_back
from streams.core.suspects.scene import UNDONE, Scene, Signal
from streams.model.change import Change, FileChange
from streams.model.text import from_bytes

# Of a new version of a module whose own changes are known, and none of them matters.
NOTHING_WITHIN: Final = 0.2
# So much of its doubt is gone where one of them is as good as certain.
_KNOWN_WITHIN: Final = 0.5
# Of a new version that only got a patch since, and of a patch itself: what is new came before it.
_PATCHED: Final = 0.95
_PATCH: Final = 0.75
# So much of the doubt whether a value is read is gone where it cannot be read as what it was.
_LOST: Final = 0.5
_COMMON: Final = frozenset(
    ("panic", "error", "runtime", "fatal", "invalid", "unknown", "template", "executing", "evaluate", "field", "type",
     "cannot", "index", "value", "expected", "found", "line", "file", "nil", "missing", "with", "from", "that", "this",
     "failed", "main", "interface", "string", "open", "such", "directory")
)  # fmt: skip


class Beside:
    """Weighs files that are no Go code, for one crash."""

    def __init__(self, scene: Scene) -> None:
        """Nothing is read yet."""
        self._scene = scene

    def signals(self, file: FileChange, base: Mapping[str, str]) -> list[Signal]:
        """Signals of a file of a commit. `base`: ids of contents before its range, by path."""
        if file.path.rpartition("/")[2] == "go.mod":
            return self._modules(file, base)
        if file.plain and is_data(file.path):
            return self._data(file, base) + self._said(file)
        if file.plain and not file.path.endswith(".go"):
            return self._embedded_file(file)
        return []

    def within(self, change: Change, signals: Sequence[Signal]) -> list[Signal]:
        """Signals of vendored files, said to be of the new version of a module that the commit takes."""
        taken = {
            f"vendor/{bump.module}/": f"within {bump.module} {bump.old}..{bump.new}: "
            for file in change.files
            if file.path.rpartition("/")[2] == "go.mod"
            for bump in bumps(*self._versions(file))
            if bump.old and bump.new
        }
        return [
            signal._replace(detail=_prefix(signal.path, taken) + signal.detail)
            for signal in signals
        ]

    @cached_property
    def _embedded(self) -> Mapping[str, float]:
        """Files and patterns that packages of the stack embed, with the closeness of the package."""
        code = self._scene.code
        found: dict[str, float] = {}
        dependence = self._scene.dependence
        on_stack = {f for (f, _), use in dependence.functions.items() if use.level is not None}
        for folder, near in dependence.folders.items():
            for path in code.sources(folder):
                for pattern, name in embeds_of(code.read(path)):
                    full = f"{folder}/{pattern}" if folder else pattern
                    ident = dependence.idents.get((folder, name), 0.0)
                    value = max(ident * 0.9, near * 0.35 if folder in on_stack else 0.0)
                    found[full] = max(value, found.get(full, 0.0))
        return found

    def _text(self, blob: str | None) -> str:
        return from_bytes(self._scene.read(blob)) if blob else ""

    def _versions(self, file: FileChange) -> tuple[str, str]:
        """A file in the first parent, and in the commit; empty where there is none."""
        return self._text(file.before[0] if file.before else ""), self._text(file.after)

    def _modules(self, file: FileChange, base: Mapping[str, str]) -> list[Signal]:
        before, after = self._versions(file)
        now = self._scene.code.go_mods.get(folder_of(file.path), "")
        # Modules that got another version since, and whether that differs in the patch alone.
        later = bumps(after, now) if now else []
        held = {bump.module: same_minor(bump.old, bump.new) for bump in later}
        was = base.get(file.path)
        restored = {b.module for b in bumps(self._text(was), after)} if was else None
        return [
            signal
            for bump in bumps(before, after)
            if self._module_near(bump)[0] > 0
            for signal in self._bump(bump, file.path, held, restored)
        ]

    def _bump(
        self, bump: Bump, path: str, held: Mapping[str, bool], restored: set[str] | None
    ) -> Iterator[Signal]:
        near, why = self._module_near(bump)
        alive = 1.0
        if restored is not None and bump.module not in restored:
            alive = UNDONE
        elif bump.module in held:
            alive = _PATCHED if held[bump.module] else 0.5
        weight = near * 0.95 * alive * (_PATCH if same_minor(bump.old, bump.new) else 1.0)
        inside = self._scene.look(bump, self._scene.dependence.uses) if alive == 1.0 else None
        if inside is not None and inside.whole and not inside.commit:
            weight *= NOTHING_WITHIN
            why = f"{why}, and nothing that it changed matters there"
        what = f"{bump.module} {bump.old or 'none'} -> {bump.new or 'none'}: {why}"
        yield Signal("dependency", "dependency", weight, what, path)
        if inside is not None and inside.commit:
            commit = f"{inside.commit[:12]} ({inside.subject[:80]})"
            what = f"within {bump.module} {bump.old}..{bump.new}: {commit}: {inside.detail}"
            surer = weight + (1.0 - weight) * _KNOWN_WITHIN * inside.confidence
            yield Signal("within", "dependency", surer, what, path)

    def _module_near(self, bump: Bump) -> tuple[float, str]:
        module = bump.module
        for level, frame in enumerate(self._scene.key.frames):
            package = frame.package or ""
            if not frame.own and belongs(package, module):
                return max(0.5, 1.0 - level * 0.05), "it is on the stack"
        best, name = 0.0, ""
        for path, near in self._scene.dependence.modules.items():
            if belongs(path, module) and near > best:
                best, name = near, ", ".join(sorted(self._scene.dependence.uses.get(path, ())))
        return best, f"what failed is made with its {name}" if best else ""

    def _data(self, file: FileChange, base: Mapping[str, str]) -> list[Signal]:
        before, after = self._versions(file)
        now = self._text(self._scene.code.files.get(file.path))
        was = base.get(file.path)
        found = settings(before, after)
        since = {(s.key, s.above) for s in settings(self._text(was), now)} if was else None
        signals: list[Signal] = []
        best: Signal | None = None
        for setting in found[:400]:
            near, why = self._setting_near(setting.key, setting.above)
            if not near:
                continue
            fit, fitting = plausible(setting, self._scene.key.failure)
            if form_lost(setting):
                near += (1.0 - near) * _LOST
            alive = UNDONE if since is not None and (setting.key, setting.above) not in since else 1
            name = ".".join((*setting.above, setting.key))
            detail = f"{name} = {setting.new if setting.new is not None else 'gone'}: {why}"
            detail = f"{detail}; {fitting}" if fitting else detail
            signal = Signal("setting", "config", near * fit * alive, detail, file.path)
            if best is None or signal.weight > best.weight:
                best = signal
        if best is not None:
            signals.append(best)
        return signals + self._embedded_file(file)

    def _setting_near(self, key: str, above: Sequence[str]) -> tuple[float, str]:
        words = self._scene.dependence.words
        near = words.get(plain(key), 0.0)
        if not near:
            return 0.0, ""
        known = [name for name in above if plain(name) in words]
        # Keys that no code names are structure, or sections of others.
        named = max((words[plain(name)] for name in known), default=0.0)
        share = (
            1.0
            if not above
            else 0.35 + 0.65 * (1.0 if known and plain(above[-1]) in words else named * 0.5)
        )
        return near * share, f"what failed reads {key}"

    def _said(self, file: FileChange) -> list[Signal]:
        """Words of the message that a data file did not have before."""
        words = self._message_words
        if not words:
            return []
        before, after = self._versions(file)
        new = (words & set(re.findall(r"\w+", after))) - set(re.findall(r"\w+", before))
        if not new:
            return []
        detail = f"the message says {', '.join(sorted(new)[:3])}, which it writes"
        return [Signal("message", "message", 0.85, detail, file.path)]

    def said(self, words: AbstractSet[str]) -> str:
        """One of these words that the message says, where a program made it; or nothing."""
        return min(self._message_words & words, default="")

    @cached_property
    def _message_words(self) -> frozenset[str]:
        """Words of the message that a program may have made; those of the runtime are everywhere."""
        if self._scene.key.failure in RUNTIME:
            return frozenset()
        found = re.findall(r"[A-Za-z_]\w{3,}", self._scene.key.message)
        return frozenset(word for word in found if word.lower() not in _COMMON)

    def _embedded_file(self, file: FileChange) -> list[Signal]:
        """A file that a package of the stack embeds."""
        for pattern, near in self._embedded.items():
            if _covers(pattern, file.path):
                return [self._embedded_by(file, pattern, near)]
        return []

    def _embedded_by(self, file: FileChange, pattern: str, near: float) -> Signal:
        before, after = self._versions(file)
        weight = near * reshaped(before, after)
        detail = f"a package of the stack embeds {pattern}"
        if self._scene.key.failure == "stack-overflow":
            name = leads_back(before, after)
            if name:
                weight = near + (1.0 - near) * _LOST
                detail = f"{detail}; {name} leads back to itself in it"
        now = self._text(self._scene.code.files.get(file.path))
        alive = UNDONE if undone(before, after, now) else 1.0
        return Signal("embedded", "config", weight * alive, detail, file.path)


def _prefix(path: str, taken: Mapping[str, str]) -> str:
    """Of the longest module that a file is of."""
    held = [module for module in taken if f"/{module}" in f"/{path}"]
    return taken[max(held, key=len)] if held else ""


def _covers(pattern: str, path: str) -> bool:
    if pattern == path or path.startswith(pattern.rstrip("/") + "/"):
        return True
    if "*" not in pattern:
        return False
    regular = "[^/]*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(regular, path) is not None
