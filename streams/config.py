"""Settings: flags over environment PANICTRAIL_* over panictrail.toml over defaults; one typed value.

In: the environment, a TOML file. Out: Settings and where each value came from. Read once, at the edge.
Raises BadInput naming the file or variable, the value and what is wanted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from streams.model.errors import BadInput
from streams.model.settings import PipelineSettings, ScrubPattern

FILE_NAME: Final = "panictrail.toml"
_PREFIX: Final = "PANICTRAIL_"
# What select(2) is given has to be finite; a day is as good as for ever.
_MAX_SECONDS: Final = 24 * 3600
_WANTED_SECONDS: Final = f"a number of seconds, above 0 and up to {_MAX_SECONDS}"
_SETTING: Final = re.compile(r"`\$\.(\w+)")
_SHOWN_CHARS: Final = 60


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be configured in this version; docs/reference/settings.md."""

    state: str | None = None
    service: str | None = None
    quiet_seconds: float = 2.0
    modules: tuple[str, ...] = ()
    third_party: tuple[str, ...] = ()
    scrub: bool = True
    scrub_patterns: tuple[ScrubPattern, ...] = ()
    broker: str | None = None
    database: str | None = None
    app_id: str = "panictrail"
    topic_prefix: str = ""
    data: str = "panictrail-data"
    listen: str = "127.0.0.1:6066"
    partitions: int = 8
    replication: int = 1
    kafka_security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: str | None = None
    kafka_ssl_ca: str | None = None
    kafka_ssl_cert: str | None = None
    kafka_ssl_key: str | None = None
    session_timeout_seconds: float = 10.0
    dedupe_horizon_seconds: float | None = None
    drain_seconds: float = 20.0
    stuck_seconds: float = 120.0

    def pipeline(self) -> PipelineSettings:
        """The part that the pure pipeline depends on."""
        return PipelineSettings(
            modules=self.modules,
            third_party=self.third_party,
            scrub=self.scrub,
            scrub_patterns=self.scrub_patterns,
        )


class Origin(msgspec.Struct, frozen=True):
    """A setting as it is in force, and where it came from."""

    name: str
    value: str
    origin: str


class Configuration(msgspec.Struct, frozen=True):
    """Settings in force with the origin of each."""

    settings: Settings
    origins: tuple[Origin, ...]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _seconds(value: float | str) -> float:
    seconds = float(value)
    if not 0 < seconds <= _MAX_SECONDS:
        raise ValueError(value)
    return seconds


def _positive(value: float | str) -> float:
    seconds = float(value)
    if not 0 < seconds < float("inf"):
        raise ValueError(value)
    return seconds


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError(text)


# How the text of an environment variable becomes a value, and what to say when it does not.
_READERS: Final[dict[str, tuple[Callable[[str], Any], str]]] = {
    "state": (str, "a folder"),
    "service": (str, "a name"),
    "quiet_seconds": (_seconds, _WANTED_SECONDS),
    "modules": (_words, "import paths with commas between"),
    "third_party": (_words, "import paths with commas between"),
    "scrub": (_flag, "true or false"),
    "broker": (str, "HOST:PORT, several with commas between"),
    "database": (str, "postgresql://… or sqlite:///…"),
    "app_id": (str, "a name"),
    "topic_prefix": (str, "a text to put before every topic"),
    "data": (str, "a folder"),
    "listen": (str, "HOST:PORT"),
    "partitions": (int, "a whole number"),
    "replication": (int, "a whole number"),
    "kafka_security": (str, "plaintext, ssl, sasl_plaintext or sasl_ssl"),
    "kafka_sasl_mechanism": (str, "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
    "kafka_sasl_username": (str, "a name"),
    "kafka_sasl_password": (str, "a password"),
    "kafka_ssl_ca": (str, "a PEM file"),
    "kafka_ssl_cert": (str, "a PEM file"),
    "kafka_ssl_key": (str, "a PEM file"),
    "session_timeout_seconds": (_seconds, _WANTED_SECONDS),
    "dedupe_horizon_seconds": (_positive, "a number of seconds, above 0"),
    "drain_seconds": (_seconds, _WANTED_SECONDS),
    "stuck_seconds": (_seconds, _WANTED_SECONDS),
}
_SECRET: Final = frozenset(("kafka_sasl_password",))
# user:password@ of a URL
_USERINFO: Final = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*(?=@)")


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for name, (reader, wanted) in _READERS.items():
        text = environment.get(_PREFIX + name.upper())
        if text is None:
            continue
        try:
            found[name] = reader(text)
        except ValueError:
            message = f"{_PREFIX}{name.upper()}={text!r}: want {wanted}"
            raise BadInput(message) from None
    return found


def _from_file(path: Path | None) -> tuple[dict[str, Any], str]:
    chosen = path or Path(FILE_NAME)
    if path is None and not chosen.exists():
        return {}, ""
    import tomllib  # noqa: PLC0415 - most runs have no file, and each pays for what is imported

    try:
        values = tomllib.loads(chosen.read_text("utf-8"))
    except OSError as error:
        message = f"{chosen}: {error.strerror}: name a readable file with --config"
        raise BadInput(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{chosen}: not TOML: {error}"
        raise BadInput(message) from None
    unknown = values.keys() - set(Settings.__struct_fields__)
    if unknown:
        known = ", ".join(Settings.__struct_fields__)
        message = f"{chosen}: unknown setting {min(unknown)!r}: known are {known}"
        raise BadInput(message)
    return values, str(chosen)


def _shown(name: str, value: object) -> str:
    """A setting for people; patterns may hold parts of secrets, so only their names are shown."""
    if value is not None and name in _SECRET:
        return "********"
    if name == "database" and isinstance(value, str):
        return _USERINFO.sub("********", value)
    if name == "scrub_patterns" and isinstance(value, tuple):
        return ", ".join(pattern.name for pattern in value) or "-"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _converted(values: dict[str, Any], place: str) -> Settings:
    try:
        settings = msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        message = f"{place}: {error}{_stated(values, str(error))}"
        raise BadInput(message) from None
    try:
        _seconds(settings.quiet_seconds)
    except ValueError:
        message = f"{place}: quiet_seconds = {settings.quiet_seconds}: want {_WANTED_SECONDS}"
        raise BadInput(message) from None
    return settings


def _stated(values: dict[str, Any], error: str) -> str:
    """The value that an error is about; patterns may hold parts of secrets and are not shown."""
    match = _SETTING.search(error)
    if match is None or match[1] not in values or match[1] == "scrub_patterns":
        return ""
    return f" ({match[1]} = {repr(values[match[1]])[:_SHOWN_CHARS]})"


def load(
    flags: Mapping[str, object],
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Configuration:
    """Settings in force; a flag that is None was not given."""
    file_values, file_name = _from_file(config)
    env_values = _from_environment(os.environ if environment is None else environment)
    given = {name: value for name, value in flags.items() if value is not None}
    merged = {**file_values, **env_values, **given}
    settings = _converted(merged, file_name or "settings")
    layers = (
        (given, "flag"),
        (env_values, "environment"),
        (file_values, file_name),
    )
    origins = tuple(
        Origin(
            name,
            _shown(name, getattr(settings, name)),
            next((label for values, label in layers if name in values), "default"),
        )
        for name in Settings.__struct_fields__
    )
    return Configuration(settings, origins)
