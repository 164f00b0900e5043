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

from streams.model import capture, retention, traces
from streams.model.errors import BadInput
from streams.model.notifying import Channel, ChannelKind, NotifySettings
from streams.model.settings import (
    DomainRule,
    DomainSettings,
    Method,
    PipelineSettings,
    ScrubPattern,
    SourceSettings,
)
from streams.model.topics import BY_NAME

FILE_NAME: Final = "panictrail.toml"
_PREFIX: Final = "PANICTRAIL_"
_NOT_BY_TIME: Final = ("compacted", "not stored")
# What select(2) is given has to be finite; a day is as good as for ever.
_MAX_SECONDS: Final = 24 * 3600
_WANTED_SECONDS: Final = f"a number of seconds, above 0 and up to {_MAX_SECONDS}"
_MAX_KEEP_DAYS: Final = 36_500
_MAX_PARTITIONS: Final = 10_000
_MAX_SAMPLES: Final = 1000
_WANTED_DAYS: Final = f"a whole number from 0 to {_MAX_KEEP_DAYS}; 0: for ever"
_WANTED_TOPICS: Final = (
    "with commas between, of topics of docs/reference/topics.md that are not compacted"
)
# A body is in memory as a whole.
_MOST_BYTES: Final = 1024 * 1024 * 1024
# An exabyte.
_MOST_STORED: Final = 10**18
_TOKENS: Final = (
    "api_token", "webhook_github_secret", "webhook_gitlab_secret", "webhook_argocd_secret",
    "webhook_kubernetes_secret", "webhook_plain_secret", "notify_webhook_secret",
)  # fmt: skip
# The protocol counts replicas in 16 bits.
_MAX_REPLICATION: Final = 32_767
_MAX_PORT: Final = 65_535
_SETTING: Final = re.compile(r"`\$\.(\w+)")
_SHOWN_CHARS: Final = 60
# What a rule for the domain may ask for.
_CONDITIONS: Final = (
    "kind", "panic_type", "package", "function", "message", "http_status", "min_depth", "max_depth",
)  # fmt: skip
_STATUS_CODES: Final = range(100, 600)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be configured in this version; docs/reference/settings.md."""

    state: str | None = None
    service: str | None = None
    quiet_seconds: float = 2.0
    modules: tuple[str, ...] = ()
    third_party: tuple[str, ...] = ()
    scrub: bool = True
    scrub_patterns: tuple[ScrubPattern, ...] = ()
    source: SourceSettings = SourceSettings()
    domain: DomainSettings = DomainSettings()
    method: Method = "locus1"
    eps: float = 0.3
    min_samples: int = 1
    repositories: dict[str, str] = {}
    binaries: tuple[str, ...] = ()
    cores: tuple[str, ...] = ()
    core_store: str = capture.STORE
    core_spool: str = capture.SPOOL
    core_programs: tuple[str, ...] = ()
    core_cgroups: tuple[str, ...] = ()
    core_forward: tuple[str, ...] = ()
    core_limit_bytes: int = capture.LIMIT_BYTES
    core_free_bytes: int = capture.FREE_BYTES
    core_keep_bytes: int = capture.KEEP_BYTES
    core_keep_days: int = capture.KEEP_DAYS
    core_cache_bytes: int = capture.CACHE_BYTES
    links_keep_days: int | None = None
    texts_keep_days: int = retention.TEXTS_DAYS
    texts_keep_bytes: int = retention.TEXTS_BYTES
    crashes_keep_days: int = retention.CRASHES_DAYS
    dead_letters_keep_days: int = retention.DEAD_LETTERS_DAYS
    notifications_keep_days: int = retention.NOTIFICATIONS_DAYS
    topic_keep_days: dict[str, int] = {}
    topic_keep_bytes: dict[str, int] = {}
    trace_links: dict[str, str] = {}
    commit_urls: dict[str, str] = {}
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
    api_token: str | None = None
    webhook_github_secret: str | None = None
    webhook_gitlab_secret: str | None = None
    webhook_argocd_secret: str | None = None
    webhook_kubernetes_secret: str | None = None
    webhook_plain_secret: str | None = None
    notify: NotifySettings = NotifySettings()
    notify_webhook_url: str | None = None
    notify_webhook_secret: str | None = None
    notify_slack_url: str | None = None
    notify_alertmanager_url: str | None = None
    notify_retry_seconds: float = 3600.0
    notify_summary_seconds: float = 20.0
    notify_timeout_seconds: float = 10.0
    body_limit_bytes: int = 25 * 1024 * 1024
    inbox_limit_bytes: int = 1024 * 1024 * 1024

    def brokers(self) -> tuple[str, ...]:
        """Addresses of Kafka, as HOST:PORT. Raises BadInput where none is set."""
        if self.broker is None:
            message = (
                f"no Kafka broker is named: --broker HOST:PORT, {_PREFIX}BROKER or "
                f"broker = 'HOST:PORT' in {FILE_NAME}"
            )
            raise BadInput(message)
        return _addresses(self.broker)

    def channels(self) -> tuple[Channel, ...]:
        """Who is notified: those of the file, and one for each address that is a setting of its own."""
        single: tuple[tuple[ChannelKind, str | None, str | None], ...] = (
            ("webhook", self.notify_webhook_url, self.notify_webhook_secret),
            ("slack", self.notify_slack_url, None),
            ("alertmanager", self.notify_alertmanager_url, None),
        )
        return (
            *self.notify.channel,
            *(
                Channel(name=kind, kind=kind, url=url, secret=key)
                for kind, url, key in single
                if url
            ),
        )

    def retention(self) -> retention.Retention:
        """How long the view keeps what."""
        return retention.Retention(
            texts_days=self.texts_keep_days,
            texts_bytes=self.texts_keep_bytes,
            crashes_days=self.crashes_keep_days,
            dead_letters_days=self.dead_letters_keep_days,
        )

    def pipeline(self) -> PipelineSettings:
        """The part that the pure pipeline depends on."""
        return PipelineSettings(
            modules=self.modules,
            third_party=self.third_party,
            scrub=self.scrub,
            scrub_patterns=self.scrub_patterns,
            binaries=bool(self.binaries),
            domain_rules=self.domain.rule,
            method=self.method,
            eps=self.eps,
            min_samples=self.min_samples,
            repositories=tuple(sorted(self.repositories)),
            links_keep_days=self.links_keep_days,
            commit_urls=tuple(sorted(self.commit_urls.items())),
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


def _between(low: int, high: int) -> Callable[[int | str], int]:
    def read(value: int | str) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError(value)
        return number

    return read


def _share(value: float | str) -> float:
    number = float(value)
    if not 0 < number <= 1:
        raise ValueError(value)
    return number


def _named_paths(value: Mapping[str, str] | str) -> dict[str, str]:
    pairs = value if isinstance(value, Mapping) else dict(_pair(word) for word in _words(value))
    if any(not name.strip() or not path for name, path in pairs.items()):
        raise ValueError(value)
    return dict(pairs)


def _commit_pages(value: Mapping[str, str] | str) -> dict[str, str]:
    pairs = _named_paths(value)
    if not all(re.fullmatch(r"https?://[^\s{}]+\{commit\}[^\s{}]*", url) for url in pairs.values()):
        raise ValueError(value)
    return pairs


def _trace_pages(value: Mapping[str, str] | str) -> dict[str, str]:
    return {name: traces.checked(url) for name, url in _named_paths(value).items()}


def _topics(low: int, high: int) -> Callable[[Mapping[str, int] | str], dict[str, int]]:
    """Numbers by topic; of a compacted one the last value of each key stays, whatever is said."""
    number = _between(low, high)

    def read(value: Mapping[str, int] | str) -> dict[str, int]:
        pairs = value if isinstance(value, Mapping) else dict(_pair(word) for word in _words(value))
        if any(name not in BY_NAME or BY_NAME[name].retention in _NOT_BY_TIME for name in pairs):
            raise ValueError(value)
        return {name: number(each) for name, each in pairs.items()}

    return read


def _pair(word: str) -> tuple[str, str]:
    name, equals, path = word.partition("=")
    if not equals:
        raise ValueError(word)
    return name, path


def _matching(pattern: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(value)
        return value

    return read


def _address(text: str, lowest_port: int) -> str:
    """HOST:PORT; an IPv6 host stands in brackets."""
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+):([0-9]{1,5})", text, re.ASCII)
    if match is None or not lowest_port <= int(match[2]) <= _MAX_PORT:
        raise ValueError(text)
    return text


def _listen(text: str) -> str:
    # 0: whichever port is free
    return _address(text, 0)


def _addresses(text: str) -> tuple[str, ...]:
    found = tuple(_address(word.removeprefix("kafka://"), 1) for word in _words(text))
    if not found:
        raise ValueError(text)
    return found


def _broker(text: str) -> str:
    _addresses(text)
    return text


def _token(text: str) -> str:
    # An empty variable is a mistake: taken for "no secret", it would open the listener.
    if not text or text != text.strip():
        raise ValueError(text)
    return text


def _receiver(text: str) -> str:
    """An address that can be posted to; a name and password in it would be shown."""
    if not re.fullmatch(r"https?://[^\s/@?#]+([/?][^\s#]*)?", text):
        raise ValueError(text)
    return text


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError(text)


# How the text of an environment variable becomes a value, and what to say when it does not. The same readers
# are asked about values of the file and of flags.
_READERS: Final[dict[str, tuple[Callable[[Any], Any], str]]] = {
    "state": (str, "a folder"),
    "service": (str, "a name"),
    "quiet_seconds": (_seconds, _WANTED_SECONDS),
    "modules": (_words, "import paths with commas between"),
    "third_party": (_words, "import paths with commas between"),
    "scrub": (_flag, "true or false"),
    "method": (_matching(r"locus1|plain1|top1|dual1"), "locus1, plain1, top1 or dual1"),
    "eps": (_share, "a distance, above 0 and up to 1"),
    "min_samples": (_between(1, _MAX_SAMPLES), f"a whole number from 1 to {_MAX_SAMPLES}"),
    "repositories": (_named_paths, "NAME=PATH of clones, with commas between"),
    "commit_urls": (_commit_pages, "NAME=https://…{commit}…, with commas between"),
    "binaries": (_words, "binaries, or folders of them, with commas between"),
    "cores": (_words, "folders with commas between"),
    "core_store": (
        _matching(r"(?s)/.+|file:///.+|s3://[^/]+(/.*)?"),
        "file:///FOLDER or s3://BUCKET/PREFIX",
    ),
    "core_spool": (_matching(r"(?s)/.+"), "the whole path of a folder"),
    "core_programs": (_words, "patterns of paths, such as /app/*, with commas between"),
    "core_cgroups": (_words, "patterns of paths, such as *kubepods*, with commas between"),
    "core_forward": (_words, "the words of a command, with commas between"),
    "core_limit_bytes": (_between(1, _MOST_STORED), "bytes, from 1"),
    "core_free_bytes": (_between(0, _MOST_STORED), "bytes, from 0"),
    "core_keep_bytes": (_between(1, _MOST_STORED), "bytes, from 1"),
    "core_keep_days": (_between(1, _MAX_KEEP_DAYS), f"a whole number from 1 to {_MAX_KEEP_DAYS}"),
    "core_cache_bytes": (_between(1, _MOST_STORED), "bytes, from 1"),
    "links_keep_days": (_between(1, _MAX_KEEP_DAYS), f"a whole number from 1 to {_MAX_KEEP_DAYS}"),
    "texts_keep_days": (_between(0, _MAX_KEEP_DAYS), _WANTED_DAYS),
    "texts_keep_bytes": (_between(0, _MOST_STORED), "bytes; 0: no limit"),
    "crashes_keep_days": (_between(0, _MAX_KEEP_DAYS), _WANTED_DAYS),
    "dead_letters_keep_days": (_between(0, _MAX_KEEP_DAYS), _WANTED_DAYS),
    "notifications_keep_days": (
        _between(1, _MAX_KEEP_DAYS),
        f"a whole number from 1 to {_MAX_KEEP_DAYS}",
    ),
    "topic_keep_days": (_topics(1, _MAX_KEEP_DAYS), f"TOPIC=DAYS {_WANTED_TOPICS}"),
    "topic_keep_bytes": (_topics(1024, _MOST_STORED), f"TOPIC=BYTES, from 1024 {_WANTED_TOPICS}"),
    "trace_links": (_trace_pages, "NAME=https://…{trace_id}…, with commas between"),
    "broker": (_broker, "HOST:PORT, several with commas between"),
    "database": (_matching(r"(?s)(postgres(ql)?|sqlite)://.*"), "postgresql://… or sqlite:///…"),
    "app_id": (_matching(r"[A-Za-z0-9._-]{1,64}"), "1 to 64 letters, digits, . _ and -"),
    "topic_prefix": (_matching(r"[A-Za-z0-9._-]{0,64}"), "up to 64 letters, digits, . _ and -"),
    "data": (str, "a folder"),
    "listen": (_listen, "HOST:PORT, such as 127.0.0.1:6066"),
    "partitions": (_between(1, _MAX_PARTITIONS), f"a whole number from 1 to {_MAX_PARTITIONS}"),
    "replication": (_between(1, _MAX_REPLICATION), f"a whole number from 1 to {_MAX_REPLICATION}"),
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
    **dict.fromkeys(_TOKENS, (_token, "a secret, not empty and without blanks at its ends")),
    "notify_webhook_url": (_receiver, "https://…"),
    "notify_slack_url": (_receiver, "https://hooks.slack.com/services/…"),
    "notify_alertmanager_url": (_receiver, "http://HOST:9093"),
    "notify_retry_seconds": (_seconds, _WANTED_SECONDS),
    "notify_summary_seconds": (_seconds, _WANTED_SECONDS),
    "notify_timeout_seconds": (_seconds, _WANTED_SECONDS),
    "body_limit_bytes": (_between(1024, _MOST_BYTES), f"bytes, from 1024 to {_MOST_BYTES}"),
    "inbox_limit_bytes": (_between(1024, 1 << 50), "bytes, from 1024"),
}
# Their values are lists or words by then: the type says all.
_TYPE_IS_ENOUGH: Final = frozenset((
    "modules", "third_party", "scrub", "binaries", "cores", "core_programs", "core_cgroups", "core_forward",
))  # fmt: skip
# Settings whose flag has another name.
_FLAG_OF: Final = {"source": "substitute", "binaries": "binary", "repositories": "repo"}
# Who has the address of a Slack webhook can post to it.
_SECRET: Final = frozenset(("kafka_sasl_password", "notify_slack_url", *_TOKENS))
_MASK: Final = "********"
# The password of a URL: between its user's name and the last @, or a parameter. A password may hold any character.
_IN_URL: Final = re.compile(r"(?<=://)([^\s/?#@:]*):\S*(?=@)|((?:^|[?&])\w*password)=[^&\s]*")


def _masked(name: str, text: str) -> str:
    """A text with a setting in it, fit to be shown."""
    return _MASK if name in _SECRET else _IN_URL.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    return f"{match[1]}:{_MASK}" if match[2] is None else f"{match[2]}={_MASK}"


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for name, (reader, wanted) in _READERS.items():
        text = environment.get(_PREFIX + name.upper())
        if text is None:
            continue
        try:
            found[name] = reader(text)
        except ValueError:
            shown = _masked(name, repr(text))
            message = f"{_PREFIX}{name.upper()}={shown}: want {wanted}"
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


def _shown(name: str, value: object) -> str:  # noqa: PLR0911 - one line for each kind of value
    """A setting for people; patterns may hold parts of secrets, so only their names are shown."""
    if name == "scrub_patterns" and isinstance(value, tuple):
        return ", ".join(pattern.name for pattern in value) or "-"
    if isinstance(value, SourceSettings):
        return ", ".join(f"{rule.old}={rule.to}" for rule in value.substitute) or "-"
    if isinstance(value, NotifySettings):
        return ", ".join(channel.name for channel in value.channel) or "-"
    if isinstance(value, DomainSettings):
        return ", ".join(rule.name for rule in value.rule) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{key}={path}" for key, path in value.items()) or "-"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    if value in (None, ""):
        return "-"
    return _masked(name, str(value).lower() if isinstance(value, bool) else str(value))


def _converted(values: dict[str, Any], places: Mapping[str, str], file: str) -> Settings:
    try:
        return msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        match = _SETTING.search(str(error))
        name = match[1] if match else ""
        message = f"{_place(name, places, file)}: {error}{_stated(values, name)}"
        raise BadInput(message) from None


def _stated(values: dict[str, Any], name: str) -> str:
    """The value that an error is about; patterns and channels may hold secrets and are not shown."""
    if name not in values or name in ("scrub_patterns", "notify"):
        return ""
    return f" ({name} = {_masked(name, repr(values[name]))[:_SHOWN_CHARS]})"


def _check(settings: Settings, places: Mapping[str, str], file: str) -> None:
    """Bounds and syntax, of whatever layer the value is."""
    for name, (reader, wanted) in _READERS.items():
        value = getattr(settings, name)
        if value is None or name in _TYPE_IS_ENOUGH:
            continue
        try:
            reader(value)
        except ValueError:
            shown = _masked(name, repr(value))
            message = f"{_place(name, places, file)}: {name} = {shown}: want {wanted}"
            raise BadInput(message) from None
    _check_source(settings.source, _place("source", places, file))
    _check_domain(settings.domain, _place("domain", places, file))
    _check_channels(settings, _place("notify", places, file))


def _check_channels(settings: Settings, place: str) -> None:
    """Channels that can be told apart and posted to. Raises BadInput naming the first one that cannot."""
    channels = settings.channels()
    for number, channel in enumerate(channels, 1):
        wanted = None
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", channel.name):
            wanted = f"name = {channel.name!r}: want 1 to 64 letters, digits, . _ and -"
        elif any(channel.name == other.name for other in channels[: number - 1]):
            wanted = f"name = {channel.name!r}: want a name that no other channel has"
        elif not _can(_receiver, channel.url):
            wanted = f"url of {channel.name!r}: want https://…, without a name or password in it"
        elif channel.secret is not None and not _can(_token, channel.secret):
            wanted = f"secret of {channel.name!r}: want a secret, not empty and without blanks at its ends"
        if wanted is not None:
            message = f"{place}: notify.channel, channel {number}: {wanted}"
            raise BadInput(message)
    if settings.notify.link is not None and not _can(_page_of_cluster, settings.notify.link):
        message = f"{place}: notify.link = {settings.notify.link!r}: want https://…{{cluster}}"
        raise BadInput(message)


def _page_of_cluster(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s{}]+\{cluster\}[^\s{}]*", text):
        raise ValueError(text)
    return text


def _can(reader: Callable[[str], str], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


def _check_source(source: SourceSettings, place: str) -> None:
    """Substitute-path rules that can lead somewhere. Raises BadInput naming the first one that cannot."""
    for number, rule in enumerate(source.substitute, 1):
        words = rule.to.replace("\\", "/")
        if not rule.old.strip("/\\") or "\0" in rule.old:
            wanted = f"from = {rule.old!r}: want a folder as crashes print it, such as /app"
        elif words.startswith("/") or "\0" in words or ".." in words.split("/") or ":" in words:
            wanted = f"to = {rule.to!r}: want a folder of the repository, such as services/shop, or . for its root"
        else:
            continue
        message = f"{place}: source.substitute, rule {number}: {wanted}"
        raise BadInput(message)


def _check_domain(domain: DomainSettings, place: str) -> None:
    """Rules for the domain that can be told apart and can fire. Raises BadInput naming the first one that cannot."""
    names = [rule.name for rule in domain.rule]
    for number, rule in enumerate(domain.rule, 1):
        wanted = _wanted_of(rule)
        if wanted is None and rule.name in names[: number - 1]:
            wanted = f"name = {rule.name!r}: want a name that no rule above has"
        if wanted is not None:
            message = f"{place}: domain.rule, rule {number}: {wanted}"
            raise BadInput(message)


def _wanted_of(rule: DomainRule) -> str | None:
    """What is wanted in place of the first thing that is wrong with a rule."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", rule.name):
        return f"name = {rule.name!r}: want 1 to 64 letters, digits, . _ and -"
    if not any(getattr(rule, name) not in (None, ()) for name in _CONDITIONS):
        return f"no condition: want one of {', '.join(_CONDITIONS)}; a rule without any would take every crash"
    for name in ("package", "function", "message"):
        try:
            re.compile(getattr(rule, name) or "")
        except (re.error, RecursionError) as error:
            return f"{name} = {getattr(rule, name)!r}: want a regular expression ({error})"
    if any(code not in _STATUS_CODES for code in rule.http_status):
        return f"http_status = {list(rule.http_status)}: want statuses from 100 to 599"
    least, most = rule.min_depth or 0, rule.max_depth
    if least < 0 or (most is not None and most < least):
        return f"min_depth = {rule.min_depth}, max_depth = {most}: want 0 or more, the least not above the most"
    return None


def _place(name: str, places: Mapping[str, str], file: str) -> str:
    """Where a bad value is to be mended."""
    origin = places.get(name, file)
    if origin == "flag":
        return f"--{_FLAG_OF.get(name, name).replace('_', '-')}"
    return f"{_PREFIX}{name.upper()}" if origin == "environment" else origin


def load(
    flags: Mapping[str, object],
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Configuration:
    """Settings in force; a flag that is None was not given."""
    file_values, file_name = _from_file(config)
    env_values = _from_environment(os.environ if environment is None else environment)
    given = {name: value for name, value in flags.items() if value is not None}
    layers = (
        (given, "flag"),
        (env_values, "environment"),
        (file_values, file_name),
    )
    places = {
        name: next((label for values, label in layers if name in values), "default")
        for name in Settings.__struct_fields__
    }
    settings = _converted({**file_values, **env_values, **given}, places, file_name or "settings")
    _check(settings, places, file_name or "settings")
    origins = tuple(
        Origin(name, _shown(name, getattr(settings, name)), place) for name, place in places.items()
    )
    return Configuration(settings, origins)
