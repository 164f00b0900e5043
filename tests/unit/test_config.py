"""Settings: which layer wins, where each value came from, what is said of a bad one."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pytest

from streams.config import Configuration, Settings, load
from streams.model.errors import BadInput
from streams.model.notifying import Channel, NotifySettings
from streams.model.settings import (
    DomainRule,
    DomainSettings,
    PipelineSettings,
    ScrubPattern,
    SourceSettings,
    Substitute,
)

FILE = """\
service = "file"
state = "/var/file"
quiet_seconds = 3
modules = ["example.com/file"]
third_party = ["example.com/lib", "example.com/x"]
scrub = false
method = "dual1"
eps = 0.6
min_samples = 2
repositories = { shop = "/srv/git/shop.git", lib = "../lib" }
binaries = ["/srv/binaries"]
cores = ["/var/cores", "/var/crash"]
core_store = "s3://bucket/file"
core_spool = "/var/file/spool"
core_programs = ["/app/*"]
core_cgroups = ["*file*"]
core_forward = ["/usr/lib/file", "%P"]
core_limit_bytes = 1
core_free_bytes = 2
core_keep_bytes = 3
core_keep_days = 4
core_cache_bytes = 5
notify_webhook_url = "https://file.example/hook"
notify_webhook_secret = "file-secret"
notify_slack_url = "https://hooks.slack.com/services/file"
notify_alertmanager_url = "http://file.example:9093"
notify_retry_seconds = 6
notify_summary_seconds = 7
notify_timeout_seconds = 8
links_keep_days = 90
texts_keep_days = 14
texts_keep_bytes = 15
crashes_keep_days = 16
dead_letters_keep_days = 17
notifications_keep_days = 18
topic_keep_days = { "panics.raw" = 7, "logs.lines" = 1 }
topic_keep_bytes = { "panics.raw" = 4096 }
trace_links = { Jaeger = "https://jaeger.example/trace/{trace_id}" }
commit_urls = { shop = "https://git.example/shop/commit/{commit}" }
broker = "kafka://a.example:9092,b.example:9092"
database = "postgresql://file:file-secret@db/panictrail"
app_id = "file"
topic_prefix = "file."
data = "/data/file"
listen = "[::1]:80"
partitions = 3
replication = 3
kafka_security = "sasl_ssl"
kafka_sasl_mechanism = "SCRAM-SHA-256"
kafka_sasl_username = "file"
kafka_sasl_password = "file-secret"
kafka_ssl_ca = "/file/ca.pem"
kafka_ssl_cert = "/file/cert.pem"
kafka_ssl_key = "/file/key.pem"
session_timeout_seconds = 6
dedupe_horizon_seconds = 864000
drain_seconds = 5
stuck_seconds = 60
api_token = "file-secret"
webhook_github_secret = "file-secret"
webhook_gitlab_secret = "file-secret"
webhook_argocd_secret = "file-secret"
webhook_kubernetes_secret = "file-secret"
webhook_plain_secret = "file-secret"
body_limit_bytes = 2048
inbox_limit_bytes = 4096

[[scrub_patterns]]
name = "order"
regex = "ORD-[0-9]+"

[[source.substitute]]
from = "/app"
to = "services/shop"

[[source.substitute]]
from = 'C:\\src'
to = "."
repo = "acme/shop"

[[domain.rule]]
name = "card-refused"
domain = "auth"
kind = "panic"
panic_type = "panic:bank.Error"
package = '/payments$'
function = 'Charge$'
message = 'refused'
http_status = [402, 403]
min_depth = 0
max_depth = 3
why = "the bank said no"

[[domain.rule]]
name = "jobs"
domain = "queue"
package = "/jobs$"

[notify]
link = "https://file.example/clusters/{cluster}"

[[notify.channel]]
name = "shop"
url = "https://file.example/shop"
services = ["shop"]
severity = "warning"
"""
ENVIRONMENT = {
    "PANICTRAIL_SERVICE": "environment",
    "PANICTRAIL_STATE": "/var/environment",
    "PANICTRAIL_QUIET_SECONDS": "0.5",
    "PANICTRAIL_MODULES": " example.com/a, ,example.com/b ",
    "PANICTRAIL_THIRD_PARTY": "",
    "PANICTRAIL_METHOD": "top1",
    "PANICTRAIL_EPS": "1",
    "PANICTRAIL_MIN_SAMPLES": "1000",
    "PANICTRAIL_REPOSITORIES": " shop=/git/a=b, ,lib=lib ",
    "PANICTRAIL_BINARIES": "/opt/shop, /srv/b",
    "PANICTRAIL_CORES": "",
    "PANICTRAIL_CORE_STORE": "file:///environment",
    "PANICTRAIL_CORE_SPOOL": "/environment",
    "PANICTRAIL_CORE_PROGRAMS": "/a/*, /b",
    "PANICTRAIL_CORE_CGROUPS": "*",
    "PANICTRAIL_CORE_FORWARD": "/environment,%s",
    "PANICTRAIL_CORE_LIMIT_BYTES": "10",
    "PANICTRAIL_CORE_FREE_BYTES": "0",
    "PANICTRAIL_CORE_KEEP_BYTES": "30",
    "PANICTRAIL_CORE_KEEP_DAYS": "36500",
    "PANICTRAIL_CORE_CACHE_BYTES": "50",
    "PANICTRAIL_NOTIFY_WEBHOOK_URL": "http://127.0.0.1:1/environment",
    "PANICTRAIL_NOTIFY_WEBHOOK_SECRET": "environment-secret",
    "PANICTRAIL_NOTIFY_SLACK_URL": "https://hooks.slack.com/services/environment",
    "PANICTRAIL_NOTIFY_ALERTMANAGER_URL": "http://127.0.0.1:2",
    "PANICTRAIL_NOTIFY_RETRY_SECONDS": "60",
    "PANICTRAIL_NOTIFY_SUMMARY_SECONDS": "70",
    "PANICTRAIL_NOTIFY_TIMEOUT_SECONDS": "80",
    "PANICTRAIL_LINKS_KEEP_DAYS": "30",
    "PANICTRAIL_TEXTS_KEEP_DAYS": "0",
    "PANICTRAIL_TEXTS_KEEP_BYTES": "0",
    "PANICTRAIL_CRASHES_KEEP_DAYS": "400",
    "PANICTRAIL_DEAD_LETTERS_KEEP_DAYS": "0",
    "PANICTRAIL_NOTIFICATIONS_KEEP_DAYS": "30",
    "PANICTRAIL_TOPIC_KEEP_DAYS": "crashes.symbolized=2",
    "PANICTRAIL_TOPIC_KEEP_BYTES": "notifications=1024",
    "PANICTRAIL_TRACE_LINKS": "Logs=http://vl/#/?q={trace_id}&from={start_ms},T=https://t/{trace_id}",
    "PANICTRAIL_COMMIT_URLS": "lib=http://git/{commit}?x=1",
    "PANICTRAIL_SCRUB": "yes",
    "PANICTRAIL_BROKER": "127.0.0.1:9092",
    "PANICTRAIL_DATABASE": "sqlite:///environment.sqlite",
    "PANICTRAIL_APP_ID": "environment",
    "PANICTRAIL_TOPIC_PREFIX": "",
    "PANICTRAIL_DATA": "/data/environment",
    "PANICTRAIL_LISTEN": "localhost:0",
    "PANICTRAIL_PARTITIONS": "4",
    "PANICTRAIL_REPLICATION": "2",
    "PANICTRAIL_KAFKA_SECURITY": "ssl",
    "PANICTRAIL_KAFKA_SASL_MECHANISM": "PLAIN",
    "PANICTRAIL_KAFKA_SASL_USERNAME": "environment",
    "PANICTRAIL_KAFKA_SASL_PASSWORD": "environment-secret",
    "PANICTRAIL_KAFKA_SSL_CA": "/environment/ca.pem",
    "PANICTRAIL_KAFKA_SSL_CERT": "/environment/cert.pem",
    "PANICTRAIL_KAFKA_SSL_KEY": "/environment/key.pem",
    "PANICTRAIL_SESSION_TIMEOUT_SECONDS": "7",
    "PANICTRAIL_DEDUPE_HORIZON_SECONDS": "1e6",
    "PANICTRAIL_DRAIN_SECONDS": "8",
    "PANICTRAIL_STUCK_SECONDS": "9",
    "PANICTRAIL_API_TOKEN": "environment-secret",
    "PANICTRAIL_WEBHOOK_GITHUB_SECRET": "environment-secret",
    "PANICTRAIL_WEBHOOK_GITLAB_SECRET": "environment-secret",
    "PANICTRAIL_WEBHOOK_ARGOCD_SECRET": "environment-secret",
    "PANICTRAIL_WEBHOOK_KUBERNETES_SECRET": "environment-secret",
    "PANICTRAIL_WEBHOOK_PLAIN_SECRET": "environment-secret",
    "PANICTRAIL_BODY_LIMIT_BYTES": "1024",
    "PANICTRAIL_INBOX_LIMIT_BYTES": "8192",
}
IN_FILE = Settings(
    service="file",
    state="/var/file",
    quiet_seconds=3.0,
    modules=("example.com/file",),
    third_party=("example.com/lib", "example.com/x"),
    method="dual1",
    eps=0.6,
    min_samples=2,
    repositories={"shop": "/srv/git/shop.git", "lib": "../lib"},
    binaries=("/srv/binaries",),
    cores=("/var/cores", "/var/crash"),
    core_store="s3://bucket/file",
    core_spool="/var/file/spool",
    core_programs=("/app/*",),
    core_cgroups=("*file*",),
    core_forward=("/usr/lib/file", "%P"),
    core_limit_bytes=1,
    core_free_bytes=2,
    core_keep_bytes=3,
    core_keep_days=4,
    core_cache_bytes=5,
    notify_webhook_url="https://file.example/hook",
    notify_webhook_secret="file-secret",  # noqa: S106 - of the file above
    notify_slack_url="https://hooks.slack.com/services/file",
    notify_alertmanager_url="http://file.example:9093",
    notify_retry_seconds=6.0,
    notify_summary_seconds=7.0,
    notify_timeout_seconds=8.0,
    notify=NotifySettings(
        link="https://file.example/clusters/{cluster}",
        channel=(
            Channel(
                name="shop",
                url="https://file.example/shop",
                services=("shop",),
                severity="warning",
            ),
        ),
    ),
    links_keep_days=90,
    texts_keep_days=14,
    texts_keep_bytes=15,
    crashes_keep_days=16,
    dead_letters_keep_days=17,
    notifications_keep_days=18,
    topic_keep_days={"panics.raw": 7, "logs.lines": 1},
    topic_keep_bytes={"panics.raw": 4096},
    trace_links={"Jaeger": "https://jaeger.example/trace/{trace_id}"},
    commit_urls={"shop": "https://git.example/shop/commit/{commit}"},
    scrub=False,
    scrub_patterns=(ScrubPattern(name="order", regex="ORD-[0-9]+"),),
    source=SourceSettings(
        substitute=(
            Substitute(old="/app", to="services/shop"),
            Substitute(old="C:\\src", to=".", repo="acme/shop"),
        )
    ),
    domain=DomainSettings(
        rule=(
            DomainRule(
                name="card-refused",
                domain="auth",
                kind="panic",
                panic_type="panic:bank.Error",
                package="/payments$",
                function="Charge$",
                message="refused",
                http_status=(402, 403),
                min_depth=0,
                max_depth=3,
                why="the bank said no",
            ),
            DomainRule(name="jobs", domain="queue", package="/jobs$"),
        )
    ),
    broker="kafka://a.example:9092,b.example:9092",
    database="postgresql://file:file-secret@db/panictrail",
    app_id="file",
    topic_prefix="file.",
    data="/data/file",
    listen="[::1]:80",
    partitions=3,
    replication=3,
    kafka_security="sasl_ssl",
    kafka_sasl_mechanism="SCRAM-SHA-256",
    kafka_sasl_username="file",
    kafka_sasl_password="file-secret",  # noqa: S106 - of the file above
    kafka_ssl_ca="/file/ca.pem",
    kafka_ssl_cert="/file/cert.pem",
    kafka_ssl_key="/file/key.pem",
    session_timeout_seconds=6.0,
    dedupe_horizon_seconds=864000.0,
    drain_seconds=5.0,
    stuck_seconds=60.0,
    api_token="file-secret",  # noqa: S106 - of the file above
    webhook_github_secret="file-secret",  # noqa: S106 - of the file above
    webhook_gitlab_secret="file-secret",  # noqa: S106 - of the file above
    webhook_argocd_secret="file-secret",  # noqa: S106 - of the file above
    webhook_kubernetes_secret="file-secret",  # noqa: S106 - of the file above
    webhook_plain_secret="file-secret",  # noqa: S106 - of the file above
    body_limit_bytes=2048,
    inbox_limit_bytes=4096,
)
IN_ENVIRONMENT = Settings(
    service="environment",
    state="/var/environment",
    quiet_seconds=0.5,
    modules=("example.com/a", "example.com/b"),
    third_party=(),
    method="top1",
    eps=1.0,
    min_samples=1000,
    repositories={"shop": "/git/a=b", "lib": "lib"},
    binaries=("/opt/shop", "/srv/b"),
    cores=(),
    core_store="file:///environment",
    core_spool="/environment",
    core_programs=("/a/*", "/b"),
    core_cgroups=("*",),
    core_forward=("/environment", "%s"),
    core_limit_bytes=10,
    core_free_bytes=0,
    core_keep_bytes=30,
    core_keep_days=36500,
    core_cache_bytes=50,
    notify_webhook_url="http://127.0.0.1:1/environment",
    notify_webhook_secret="environment-secret",  # noqa: S106 - of the environment above
    notify_slack_url="https://hooks.slack.com/services/environment",
    notify_alertmanager_url="http://127.0.0.1:2",
    notify_retry_seconds=60.0,
    notify_summary_seconds=70.0,
    notify_timeout_seconds=80.0,
    links_keep_days=30,
    texts_keep_days=0,
    texts_keep_bytes=0,
    crashes_keep_days=400,
    dead_letters_keep_days=0,
    notifications_keep_days=30,
    topic_keep_days={"crashes.symbolized": 2},
    topic_keep_bytes={"notifications": 1024},
    trace_links={"Logs": "http://vl/#/?q={trace_id}&from={start_ms}", "T": "https://t/{trace_id}"},
    commit_urls={"lib": "http://git/{commit}?x=1"},
    scrub=True,
    broker="127.0.0.1:9092",
    database="sqlite:///environment.sqlite",
    app_id="environment",
    topic_prefix="",
    data="/data/environment",
    listen="localhost:0",
    partitions=4,
    replication=2,
    kafka_security="ssl",
    kafka_sasl_mechanism="PLAIN",
    kafka_sasl_username="environment",
    kafka_sasl_password="environment-secret",  # noqa: S106 - of the environment above
    kafka_ssl_ca="/environment/ca.pem",
    kafka_ssl_cert="/environment/cert.pem",
    kafka_ssl_key="/environment/key.pem",
    session_timeout_seconds=7.0,
    dedupe_horizon_seconds=1e6,
    drain_seconds=8.0,
    stuck_seconds=9.0,
    api_token="environment-secret",  # noqa: S106 - of the environment above
    webhook_github_secret="environment-secret",  # noqa: S106 - of the environment above
    webhook_gitlab_secret="environment-secret",  # noqa: S106 - of the environment above
    webhook_argocd_secret="environment-secret",  # noqa: S106 - of the environment above
    webhook_kubernetes_secret="environment-secret",  # noqa: S106 - of the environment above
    webhook_plain_secret="environment-secret",  # noqa: S106 - of the environment above
    body_limit_bytes=1024,
    inbox_limit_bytes=8192,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that says everything."""
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A file that says nothing."""
    path = tmp_path / "empty.toml"
    path.write_text("")
    return path


def origins(found: Configuration) -> dict[str, tuple[str, str]]:
    return {origin.name: (origin.value, origin.origin) for origin in found.origins}


def test_without_anything_the_defaults_are_in_force(empty: Path) -> None:
    found = load({}, empty, {})
    assert found.settings == Settings()
    assert origins(found) == {
        "state": ("-", "default"),
        "service": ("-", "default"),
        "quiet_seconds": ("2.0", "default"),
        "modules": ("-", "default"),
        "third_party": ("-", "default"),
        "scrub": ("true", "default"),
        "scrub_patterns": ("-", "default"),
        "source": ("-", "default"),
        "domain": ("-", "default"),
        "method": ("locus1", "default"),
        "eps": ("0.3", "default"),
        "min_samples": ("1", "default"),
        "repositories": ("-", "default"),
        "binaries": ("-", "default"),
        "cores": ("-", "default"),
        "core_store": ("file:///var/lib/panictrail/cores", "default"),
        "core_spool": ("/var/lib/panictrail/core-spool", "default"),
        "core_programs": ("-", "default"),
        "core_cgroups": ("-", "default"),
        "core_forward": ("-", "default"),
        "core_limit_bytes": ("17179869184", "default"),
        "core_free_bytes": ("1073741824", "default"),
        "core_keep_bytes": ("53687091200", "default"),
        "core_keep_days": ("30", "default"),
        "core_cache_bytes": ("21474836480", "default"),
        "notify": ("-", "default"),
        "notify_webhook_url": ("-", "default"),
        "notify_webhook_secret": ("-", "default"),
        "notify_slack_url": ("-", "default"),
        "notify_alertmanager_url": ("-", "default"),
        "notify_retry_seconds": ("3600.0", "default"),
        "notify_summary_seconds": ("20.0", "default"),
        "notify_timeout_seconds": ("10.0", "default"),
        "links_keep_days": ("-", "default"),
        "texts_keep_days": ("90", "default"),
        "texts_keep_bytes": ("10737418240", "default"),
        "crashes_keep_days": ("0", "default"),
        "dead_letters_keep_days": ("90", "default"),
        "notifications_keep_days": ("400", "default"),
        "topic_keep_days": ("-", "default"),
        "topic_keep_bytes": ("-", "default"),
        "trace_links": ("-", "default"),
        "commit_urls": ("-", "default"),
        "broker": ("-", "default"),
        "database": ("-", "default"),
        "app_id": ("panictrail", "default"),
        "topic_prefix": ("-", "default"),
        "data": ("panictrail-data", "default"),
        "listen": ("127.0.0.1:6066", "default"),
        "partitions": ("8", "default"),
        "replication": ("1", "default"),
        "kafka_security": ("plaintext", "default"),
        "kafka_sasl_mechanism": ("SCRAM-SHA-512", "default"),
        "kafka_sasl_username": ("-", "default"),
        "kafka_sasl_password": ("-", "default"),
        "kafka_ssl_ca": ("-", "default"),
        "kafka_ssl_cert": ("-", "default"),
        "kafka_ssl_key": ("-", "default"),
        "session_timeout_seconds": ("10.0", "default"),
        "dedupe_horizon_seconds": ("-", "default"),
        "drain_seconds": ("20.0", "default"),
        "stuck_seconds": ("120.0", "default"),
        "api_token": ("-", "default"),
        "webhook_github_secret": ("-", "default"),
        "webhook_gitlab_secret": ("-", "default"),
        "webhook_argocd_secret": ("-", "default"),
        "webhook_kubernetes_secret": ("-", "default"),
        "webhook_plain_secret": ("-", "default"),
        "body_limit_bytes": ("26214400", "default"),
        "inbox_limit_bytes": ("1073741824", "default"),
    }


def test_a_file_is_read_and_named_as_the_origin(file: Path) -> None:
    found = load({}, file, {})
    assert found.settings == IN_FILE
    assert origins(found)["third_party"] == ("example.com/lib, example.com/x", str(file))
    assert {origin for _, origin in origins(found).values()} == {str(file)}


def test_the_environment_wins_over_the_file(file: Path) -> None:
    found = load({}, file, ENVIRONMENT)
    assert found.settings == msgspec.structs.replace(
        IN_ENVIRONMENT,
        scrub_patterns=IN_FILE.scrub_patterns,
        source=IN_FILE.source,
        notify=IN_FILE.notify,
        domain=IN_FILE.domain,
    )
    assert origins(found)["modules"] == ("example.com/a, example.com/b", "environment")
    assert origins(found)["scrub_patterns"] == ("order", str(file))
    assert origins(found)["domain"] == ("card-refused, jobs", str(file))
    assert origins(found)["source"] == ("/app=services/shop, C:\\src=.", str(file))
    assert origins(found)["repositories"] == ("shop=/git/a=b, lib=lib", "environment")


def test_a_flag_wins_over_everything_unless_it_was_not_given(file: Path) -> None:
    found = load({"service": "flag", "state": None}, file, ENVIRONMENT)
    assert (found.settings.service, found.settings.state) == ("flag", "/var/environment")
    assert origins(found)["service"] == ("flag", "flag")
    assert origins(found)["state"] == ("/var/environment", "environment")


LAYERS = ("flag", "environment", "file")


@pytest.mark.parametrize(
    "stated",
    [chosen for size in range(4) for chosen in itertools.combinations(LAYERS, size)],
    ids="+".join,
)
def test_the_highest_layer_that_states_a_setting_is_its_origin(
    stated: tuple[str, ...], file: Path, empty: Path
) -> None:
    flags = {"service": "flag" if "flag" in stated else None}
    environment = {"PANICTRAIL_SERVICE": "environment"} if "environment" in stated else {}
    path = file if "file" in stated else empty
    found = load(flags, path, environment)
    winner = next(iter(stated), None)
    assert found.settings.service == winner
    origin = str(file) if winner == "file" else winner
    assert origins(found)["service"] == (winner or "-", origin or "default")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), (" TRUE ", True), ("on", True), ("0", False), ("No", False), ("off", False)],
)
def test_a_flag_in_the_environment_is_a_word_for_yes_or_no(
    text: str, empty: Path, *, value: bool
) -> None:
    found = load({}, empty, {"PANICTRAIL_SCRUB": text})
    assert found.settings.scrub is value
    assert origins(found)["scrub"][0] == str(value).lower()


def test_other_variables_do_not_matter(empty: Path) -> None:
    environment = {"PANICTRAIL_SCRUB_PATTERNS": "x", "PANICTRAIL_OTHER": "x", "SERVICE": "x"}
    assert load({}, empty, environment).settings == Settings()


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("PANICTRAIL_SCRUB", "maybe", "true or false"),
        ("PANICTRAIL_QUIET_SECONDS", "soon", "a number of seconds, above 0 and up to 86400"),
        ("PANICTRAIL_QUIET_SECONDS", "-1", "a number of seconds, above 0 and up to 86400"),
        ("PANICTRAIL_QUIET_SECONDS", "0", "a number of seconds, above 0 and up to 86400"),
        ("PANICTRAIL_QUIET_SECONDS", "nan", "a number of seconds, above 0 and up to 86400"),
        ("PANICTRAIL_QUIET_SECONDS", "inf", "a number of seconds, above 0 and up to 86400"),
        ("PANICTRAIL_BROKER", "localhost", "HOST:PORT, several with commas between"),
        ("PANICTRAIL_BROKER", "http://a:9092", "HOST:PORT, several with commas between"),
        ("PANICTRAIL_BROKER", "a:9092,b:65536", "HOST:PORT, several with commas between"),
        ("PANICTRAIL_BROKER", "a:0", "HOST:PORT, several with commas between"),
        ("PANICTRAIL_BROKER", " , ", "HOST:PORT, several with commas between"),
        ("PANICTRAIL_DATABASE", "mysql://db", "postgresql://… or sqlite:///…"),
        ("PANICTRAIL_APP_ID", "", "1 to 64 letters, digits, . _ and -"),
        ("PANICTRAIL_APP_ID", "a b", "1 to 64 letters, digits, . _ and -"),
        ("PANICTRAIL_TOPIC_PREFIX", "a/b", "up to 64 letters, digits, . _ and -"),
        ("PANICTRAIL_LISTEN", ":6066", "HOST:PORT, such as 127.0.0.1:6066"),
        ("PANICTRAIL_LISTEN", "6066", "HOST:PORT, such as 127.0.0.1:6066"),
        ("PANICTRAIL_LISTEN", "a:99999", "HOST:PORT, such as 127.0.0.1:6066"),
        ("PANICTRAIL_PARTITIONS", "0", "a whole number from 1 to 10000"),
        ("PANICTRAIL_PARTITIONS", "10001", "a whole number from 1 to 10000"),
        ("PANICTRAIL_PARTITIONS", "many", "a whole number from 1 to 10000"),
        ("PANICTRAIL_REPLICATION", "0", "a whole number from 1 to 32767"),
        ("PANICTRAIL_DEDUPE_HORIZON_SECONDS", "0", "a number of seconds, above 0"),
        ("PANICTRAIL_METHOD", "tfidf1", "locus1, plain1, top1 or dual1"),
        ("PANICTRAIL_METHOD", "", "locus1, plain1, top1 or dual1"),
        ("PANICTRAIL_EPS", "0", "a distance, above 0 and up to 1"),
        ("PANICTRAIL_EPS", "1.01", "a distance, above 0 and up to 1"),
        ("PANICTRAIL_EPS", "nan", "a distance, above 0 and up to 1"),
        ("PANICTRAIL_MIN_SAMPLES", "0", "a whole number from 1 to 1000"),
        ("PANICTRAIL_MIN_SAMPLES", "1001", "a whole number from 1 to 1000"),
        ("PANICTRAIL_MIN_SAMPLES", "1.5", "a whole number from 1 to 1000"),
        ("PANICTRAIL_REPOSITORIES", "/git/shop", "NAME=PATH of clones, with commas between"),
        ("PANICTRAIL_REPOSITORIES", "shop=", "NAME=PATH of clones, with commas between"),
        ("PANICTRAIL_REPOSITORIES", "=/git/shop", "NAME=PATH of clones, with commas between"),
    ],
)
def test_a_bad_variable_is_named_with_its_value_and_what_is_wanted(
    name: str, value: str, wanted: str, empty: Path
) -> None:
    with pytest.raises(BadInput) as raised:
        load({}, empty, {name: value})
    assert str(raised.value) == f"{name}={value!r}: want {wanted}"


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("service = 7", ("Expected `str | null`, got `int`", "(service = 7)")),
        ("quiet_seconds = 'long'", ("Expected `float`, got `str`", "(quiet_seconds = 'long')")),
        ("quiet_seconds = -1", ("quiet_seconds = -1.0: want a number of seconds, above 0",)),
        ("quiet_seconds = nan", ("quiet_seconds = nan: want a number of seconds, above 0",)),
        ("texts_keep_days = -1", ("want a whole number from 0 to 36500; 0: for ever",)),
        ("texts_keep_bytes = -1", ("texts_keep_bytes = -1: want bytes; 0: no limit",)),
        ("notifications_keep_days = 0", ("want a whole number from 1 to 36500",)),
        ("[topic_keep_days]\n'reports.root_cause' = 1", ("that are not compacted",)),
        ("[topic_keep_days]\nticks = 1", ("that are not compacted",)),
        ("[topic_keep_days]\n'oops' = 1", ("want TOPIC=DAYS with commas between",)),
        ("[topic_keep_days]\n'panics.raw' = 0", ("want TOPIC=DAYS with commas between",)),
        ("[topic_keep_bytes]\n'panics.raw' = 1", ("want TOPIC=BYTES, from 1024",)),
        *(
            (
                f"[trace_links]\nJaeger = '{url}'",
                ("want NAME=https://…{trace_id}…, with commas between",),
            )
            for url in (
                "https://jaeger.example/trace/",
                "javascript:alert({trace_id})",
                "https://{trace_id}/",
                "https://{trace_id}.example/x",
                "https://user:password@jaeger.example/{trace_id}",
                "https://jaeger.example/{trace_id}/{host}",
                "https://jaeger.example/ {trace_id}",
                "https://jaeger.example/{trace_id.__class__}",
            )
        ),
        ("links_keep_days = 0", ("links_keep_days = 0: want a whole number from 1 to 36500",)),
        ("partitions = 0", ("partitions = 0: want a whole number from 1 to 10000",)),
        ("partitions = 1.5", ("Expected `int`, got `float`", "(partitions = 1.5)")),
        ("listen = 'x'", ("listen = 'x': want HOST:PORT, such as 127.0.0.1:6066",)),
        ("kafka_security = 'SSL'", ("Invalid enum value 'SSL'", "(kafka_security = 'SSL')")),
        ("method = 'tfidf1'", ("Invalid enum value 'tfidf1'", "(method = 'tfidf1')")),
        ("eps = 0", ("eps = 0.0: want a distance, above 0 and up to 1",)),
        ("eps = nan", ("eps = nan: want a distance, above 0 and up to 1",)),
        ("min_samples = 0", ("min_samples = 0: want a whole number from 1 to 1000",)),
        (
            "[commit_urls]\nshop = 'x{commit}'",
            ("want NAME=https://…{commit}…, with commas between",),
        ),
        ("[commit_urls]\nshop = 'https://x/c'", ("want NAME=https://…{commit}…",)),
        ("repositories = ['/git/shop']", ("Expected `object`, got `array`",)),
        ("[repositories]\nshop = 1", ("Expected `str`, got `int`", "repositories = {'shop': 1}")),
        ("[repositories]\nshop = ''", ("want NAME=PATH of clones, with commas between",)),
        ("modules = 'example.com'", ("Expected `array`", "(modules = 'example.com')")),
        ("modules = [1]", ("Expected `str`, got `int`", "$.modules[0]", "(modules = [1])")),
        ("scrub = 'no'", ("Expected `bool`, got `str`", "(scrub = 'no')")),
        ("[[scrub_patterns]]\nname = 'x'", ("missing required field `regex`",)),
        ("[[source.substitute]]\nfrom = '/app'", ("missing required field `to`",)),
        ("[[source.substitute]]\nfrm = '/app'\nto = '.'", ("unknown field `frm`",)),
        ("[source]\nroots = []", ("unknown field `roots`",)),
        (
            "[[source.substitute]]\nfrom = '/a'\nto = '.'\n[[source.substitute]]\nfrom = ''\nto = '.'",
            ("source.substitute, rule 2: from = '': want a folder as crashes print it",),
        ),
        *(
            (
                f"[[source.substitute]]\nfrom = '/a'\nto = '{to}'",
                (f"rule 1: to = {to!r}: want a folder",),
            )
            for to in ("../x", "/abs", "a/../b", "C:/x")
        ),
        *(
            (f"[[domain.rule]]\nname = 'x'\ndomain = 'auth'\n{content}", parts)
            for content, parts in (
                (
                    "",
                    ("domain.rule, rule 1: no condition: want one of kind, panic_type, package, ",),
                ),
                ("package = '('", ("rule 1: package = '(': want a regular expression (",)),
                ("message = '[z-a]'", ("rule 1: message = '[z-a]': want a regular expression (",)),
                ("http_status = [99]", ("http_status = [99]: want statuses from 100 to 599",)),
                ("min_depth = 3\nmax_depth = 2", ("min_depth = 3, max_depth = 2: want 0 or more",)),
                ("min_depth = -1", ("min_depth = -1, max_depth = None: want 0 or more",)),
                ("kind = 'oops'", ("Invalid enum value 'oops'", "$.domain.rule[0].kind")),
                ("status = 1", ("unknown field `status`",)),
                (
                    "kind = 'race'\n[[domain.rule]]\nname = 'x'\ndomain = 'rpc'\nmin_depth = 1",
                    ("rule 2: name = 'x': want a name that no rule above has",),
                ),
            )
        ),
        (
            "[[domain.rule]]\nname = 'a b'\ndomain = 'auth'\nmin_depth = 1",
            ("rule 1: name = 'a b': want 1 to 64 letters, digits, . _ and -",),
        ),
        (
            "[[domain.rule]]\nname = 'x'\ndomain = 'authn'\nmin_depth = 1",
            ("Invalid enum value 'authn'", "$.domain.rule[0].domain"),
        ),
        ("servcie = 'x'", ("unknown setting 'servcie'", "known are state, service, ")),
        ("service = @", ("not TOML: ", "line 1")),
        ("service = '\udcff'", ("not TOML: ", "utf-8")),
    ],
)
def test_a_bad_file_is_named_with_the_value_and_what_is_wanted(
    content: str, parts: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadInput) as raised:
        load({}, path, {})
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert [part for part in parts if part not in message] == []


def test_a_bad_pattern_is_not_shown(tmp_path: Path) -> None:
    """It may hold a part of a secret."""
    path = tmp_path / "bad.toml"
    path.write_text("[[scrub_patterns]]\nname = 'x'\nregex = ['hunter2']\n")
    with pytest.raises(BadInput) as raised:
        load({}, path, {})
    assert "scrub_patterns" in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("flags", "environment", "place"),
    [
        (
            {"source": {"substitute": [{"from": "/a", "to": "/b"}]}},
            {},
            "--substitute: source.substitute, rule 1: to = '/b': want ",
        ),
        ({"partitions": 0}, {}, "--partitions: partitions = 0: want "),
        ({"broker": "x"}, {}, "--broker: broker = 'x': want "),
        ({}, {"PANICTRAIL_KAFKA_SECURITY": "tls"}, "PANICTRAIL_KAFKA_SECURITY: Invalid enum"),
    ],
)
def test_a_bad_value_is_said_where_it_was_given(
    flags: dict[str, object], environment: dict[str, str], place: str, file: Path
) -> None:
    with pytest.raises(BadInput) as raised:
        load(flags, file, environment)
    assert str(raised.value).startswith(place)


# Passwords as people choose them, and where one may stand.
SECRETS = ("hunter2", "p@ss/w:rd", "a?b&c=d")


@pytest.mark.parametrize("secret", SECRETS)
def test_settings_are_shown_without_their_secrets(secret: str, empty: Path) -> None:
    environment = {
        "PANICTRAIL_KAFKA_SASL_PASSWORD": secret,
        "PANICTRAIL_DATABASE": f"postgresql://me:{secret}@db/panictrail",
    }
    shown = origins(load({}, empty, environment))
    assert shown["kafka_sasl_password"] == ("********", "environment")
    assert shown["database"] == ("postgresql://me:********@db/panictrail", "environment")
    parameter = {"database": "postgresql://db/x?user=me&password=hunter2&sslmode=require"}
    assert origins(load(parameter, empty, {}))["database"] == (
        "postgresql://db/x?user=me&password=********&sslmode=require",
        "flag",
    )


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "content",
    [
        "kafka_sasl_password = ['SECRET']",
        "database = ['postgresql://me:SECRET@db/panictrail']",
        "database = 'mysql://me:SECRET@db/panictrail'",
        "broker = 'kafka://me:SECRET@a:9092'",
    ],
)
def test_an_error_does_not_show_a_secret(content: str, secret: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content.replace("SECRET", secret))
    with pytest.raises(BadInput) as raised:
        load({}, path, {})
    assert content.split(" ", maxsplit=1)[0] in str(raised.value)
    assert secret not in str(raised.value)


def test_addresses_of_the_broker_are_found_in_every_spelling(empty: Path) -> None:
    for text in ("a:1,b:2", "kafka://a:1,b:2", "kafka://a:1,kafka://b:2", " a:1 , b:2, "):
        assert load({"broker": text}, empty, {}).settings.brokers() == ("a:1", "b:2")
    assert load({"broker": "[::1]:9092"}, empty, {}).settings.brokers() == ("[::1]:9092",)


def test_a_broker_that_was_not_named_is_asked_for() -> None:
    with pytest.raises(BadInput, match=r"no Kafka broker is named: --broker HOST:PORT"):
        Settings().brokers()


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "gone.toml"
    with pytest.raises(BadInput) as raised:
        load({}, path, {})
    assert str(raised.value) == (
        f"{path}: No such file or directory: name a readable file with --config"
    )
    with pytest.raises(BadInput, match=r"Is a directory: name a readable file"):
        load({}, tmp_path, {})


def test_the_pipeline_gets_what_changes_its_results(file: Path) -> None:
    assert load({}, file, {}).settings.pipeline() == PipelineSettings(
        modules=("example.com/file",),
        third_party=("example.com/lib", "example.com/x"),
        scrub=False,
        scrub_patterns=(ScrubPattern(name="order", regex="ORD-[0-9]+"),),
        binaries=True,
        domain_rules=IN_FILE.domain.rule,
        method="dual1",
        eps=0.6,
        min_samples=2,
        # Names alone, in an order of their own: where the clones are changes no result.
        repositories=("lib", "shop"),
        links_keep_days=90,
        commit_urls=(("shop", "https://git.example/shop/commit/{commit}"),),
    )


def test_every_setting_but_patterns_and_rules_has_a_variable(empty: Path) -> None:
    """And the list above is whole: a new setting has to be tried here."""
    values = load({}, empty, ENVIRONMENT)
    found = {name for name, (_, origin) in origins(values).items() if origin == "environment"}
    assert found == set(Settings.__struct_fields__) - {
        "scrub_patterns",
        "source",
        "domain",
        "notify",
    }
