"""Settings of the core collector, as values that cost nothing to import: the kernel waits while the handler starts.

In: values of a settings file. Out: CaptureSettings and what is wrong with single values, for which the defaults stand
then: a core is not lost for want of a comma.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar

T = TypeVar("T")

STORE: Final = "file:///var/lib/panictrail/cores"
SPOOL: Final = "/var/lib/panictrail/core-spool"
LIMIT_BYTES: Final = 16 * 1024**3
FREE_BYTES: Final = 1024**3
KEEP_BYTES: Final = 50 * 1024**3
KEEP_DAYS: Final = 30
CACHE_BYTES: Final = 20 * 1024**3
# What a handler of the kernel reads, which has neither a working folder nor an environment.
FILE: Final = "/etc/panictrail.toml"


class CaptureSettings(NamedTuple):
    """The settings that a handler needs; names are those of the settings file without `core_`."""

    store: str = STORE
    spool: str = SPOOL
    programs: tuple[str, ...] = ()
    cgroups: tuple[str, ...] = ()
    forward: tuple[str, ...] = ()
    limit_bytes: int = LIMIT_BYTES
    free_bytes: int = FREE_BYTES
    service: str | None = None


class _Reader:
    """Takes values by their types, and notes which are of another."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self.wrong: list[str] = []

    def text(self, name: str, default: str) -> str:
        value = self._values.get(name, default)
        return value if isinstance(value, str) else self._not(name, "a text", default)

    def number(self, name: str, default: int) -> int:
        value = self._values.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        return self._not(name, "a whole number, not below 0", default)

    def words(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name, [])
        if isinstance(value, list):
            words = tuple(word for word in value if isinstance(word, str))
            if len(words) == len(value):
                return words
        return self._not(name, "a list of texts", ())

    def _not(self, name: str, wanted: str, default: T) -> T:
        self.wrong.append(f"{name} = {str(self._values[name])[:60]!r}: want {wanted}")
        return default


def read(values: Mapping[str, object]) -> tuple[CaptureSettings, tuple[str, ...]]:
    """Settings, and what is wrong with some of the values."""
    reader = _Reader(values)
    found = CaptureSettings(
        store=reader.text("core_store", STORE),
        spool=reader.text("core_spool", SPOOL),
        programs=reader.words("core_programs"),
        cgroups=reader.words("core_cgroups"),
        forward=reader.words("core_forward"),
        limit_bytes=reader.number("core_limit_bytes", LIMIT_BYTES),
        free_bytes=reader.number("core_free_bytes", FREE_BYTES),
        service=reader.text("service", "") or None,
    )
    return found, tuple(reader.wrong)
