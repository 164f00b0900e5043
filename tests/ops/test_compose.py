"""docker-compose.kafka.yml and the image: what a service must have. tests/kafka/test_compose.py runs the commands."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

import pytest
import yaml

from streams import __version__
from streams.cli.main import command_parser
from streams.config import Settings
from streams.topology import STAGES
from tests.ops import compose

_ENVIRONMENT: Final = {"PANICTRAIL_POSTGRES_PASSWORD": "a password"}
_SERVICES: Final = compose.services(_ENVIRONMENT)
_OURS: Final = compose.ours(_ENVIRONMENT)
_ONE_SHOT: Final = {"topics"}
_DOCKERFILE: Final = compose.ROOT / "ops" / "docker" / "Dockerfile"
# A tag that names a release, with at least two numbers; never `latest`, never only the major one.
_PINNED: Final = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*")


def test_it_says_that_it_is_not_run_here() -> None:
    for path in (compose.FILE, _DOCKERFILE):
        assert "Not run here" in "".join(path.read_text().splitlines()[:6])


def test_it_asks_for_the_password() -> None:
    with pytest.raises(compose.UnsetError, match=r"PANICTRAIL_POSTGRES_PASSWORD: set it"):
        compose.read({})


def test_no_secret_is_written_down() -> None:
    text = compose.FILE.read_text()
    named = re.findall(r"^\s*(\w*PASSWORD\w*): (.*)$", text, re.MULTILINE)
    assert named
    assert [row for row in named if not row[1].startswith("${")] == []
    assert not re.search(r"://[^/\s:]+:[^@\s]+@", text)


def test_there_is_a_worker_per_stage_and_the_collector() -> None:
    stages = [stage.name for stage in STAGES if stage.name != "collect"]
    commands = {name: service["command"] for name, service in _OURS.items()}
    assert commands == {
        "topics": ["topics", "create"],
        "collector": ["collect", "lines"],
        **{stage: ["worker", stage] for stage in stages},
    }


@pytest.mark.parametrize("name", _SERVICES)
def test_images_are_pinned(name: str) -> None:
    assert _PINNED.fullmatch(_SERVICES[name]["image"])


def test_our_image_has_our_version() -> None:
    assert {service["image"] for service in _OURS.values()} == {f"panictrail:{__version__}"}


@pytest.mark.parametrize("name", _SERVICES)
def test_a_service_is_watched_or_ends_by_itself(name: str) -> None:
    service = _SERVICES[name]
    if name in _ONE_SHOT:
        assert service["restart"] == "on-failure"
        return
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries"} <= service["healthcheck"].keys()


@pytest.mark.parametrize("name", _SERVICES)
def test_a_service_has_limits(name: str) -> None:
    limits = _SERVICES[name]["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory", "pids"}


@pytest.mark.parametrize("name", _SERVICES)
def test_ports_are_bound_to_loopback(name: str) -> None:
    ports = _SERVICES[name].get("ports", [])
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", _SERVICES)
def test_a_service_waits_for_what_it_needs(name: str) -> None:
    for needed, how in _SERVICES[name].get("depends_on", {}).items():
        wanted = "completed_successfully" if needed in _ONE_SHOT else "healthy"
        assert how == {"condition": f"service_{wanted}"}
    if name in _OURS and name not in _ONE_SHOT:
        assert "topics" in _SERVICES[name]["depends_on"]


@pytest.mark.parametrize("name", _OURS)
def test_our_processes_have_no_rights_that_they_do_not_need(name: str) -> None:
    service = _OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service, "the image says who it runs as"


@pytest.mark.parametrize("name", sorted(_OURS.keys() - _ONE_SHOT))
def test_a_worker_has_a_data_folder_and_an_address_of_its_own(name: str) -> None:
    service = _OURS[name]
    # A named volume would be shared by the workers of a stage that is scaled.
    assert service["volumes"] == [service["environment"]["PANICTRAIL_DATA"]]
    assert service["environment"]["PANICTRAIL_LISTEN"] == f"{service['hostname']}:6066"
    assert service["hostname"] == name
    assert int(service["stop_grace_period"].removesuffix("s")) > Settings().drain_seconds


@pytest.mark.parametrize("name", _OURS)
def test_a_command_is_one_that_the_program_has(name: str) -> None:
    command, *words = _OURS[name]["command"]
    parser, _ = command_parser(command)
    parser.parse_args(words)
    settings = {f"PANICTRAIL_{field.upper()}" for field in Settings.__struct_fields__}
    given = {key for key in _OURS[name]["environment"] if key.startswith("PANICTRAIL_")}
    assert given <= settings


def test_volumes_are_declared() -> None:
    named = {
        volume.partition(":")[0]
        for service in _SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith((".", "/"))
    }
    assert named == compose.read(_ENVIRONMENT)["volumes"].keys()


def test_prometheus_looks_at_every_worker() -> None:
    config = yaml.safe_load((compose.ROOT / "ops" / "prometheus" / "prometheus.yml").read_text())
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    (found,) = jobs["panictrail"]["dns_sd_configs"]
    assert set(found["names"]) == _OURS.keys() - _ONE_SHOT
    assert found["port"] == 6066


def test_prometheus_has_its_rules_and_whom_to_tell() -> None:
    config = yaml.safe_load((compose.ROOT / "ops" / "prometheus" / "prometheus.yml").read_text())
    assert config["rule_files"] == ["recording.yml", "alerts.yml"]
    (found,) = config["alerting"]["alertmanagers"][0]["dns_sd_configs"]
    assert (found["names"], found["port"]) == (["alertmanager"], 9093)
    mounts = {name: _SERVICES[name]["volumes"][0] for name in ("prometheus", "alertmanager")}
    assert mounts == {
        "prometheus": "./ops/prometheus:/etc/prometheus:ro",
        "alertmanager": "./ops/alertmanager:/etc/alertmanager:ro",
    }
    flags = dict(word.split("=", 1) for word in _SERVICES["alertmanager"]["command"])
    manager = (compose.ROOT / "ops" / "alertmanager" / "alertmanager.yml").read_text()
    again = yaml.safe_load(manager)["route"]["repeat_interval"]
    # It forgets what it told after that time, and would tell it anew.
    assert int(again.removesuffix("h")) < int(flags["--data.retention"].removesuffix("h"))


def _stages() -> list[list[str]]:
    """Instructions of each stage of the Dockerfile, continued lines joined."""
    text = _DOCKERFILE.read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    starts = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    ends = [*starts[1:], len(lines)]
    return [lines[start:end] for start, end in zip(starts, ends, strict=True)]


def test_the_image_is_made_of_pinned_bases_and_hash_locked_wheels() -> None:
    build, final = _stages()
    for stage in (build, final):
        assert _PINNED.fullmatch(stage[0].split()[1])
    installs = [line for line in build if "pip install" in line and "--no-index" not in line]
    assert len(installs) == 2
    assert all("--require-hashes --only-binary :all:" in line for line in installs)


def test_the_final_image_runs_as_nobody_special_and_has_no_tools_to_build_with() -> None:
    _, final = _stages()
    assert [line for line in final if line.startswith("USER ")] == ["USER 10001:10001"]
    assert final.index("USER 10001:10001") > max(
        number for number, line in enumerate(final) if line.startswith(("RUN ", "COPY "))
    )
    runs = " ".join(line for line in final if line.startswith("RUN "))
    assert "pip uninstall --yes pip setuptools wheel" in runs
    assert not re.search(r"apt-get|apk |gcc|pip install|curl|wget", runs)


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    build, _ = _stages()
    ignored = (compose.ROOT / ".dockerignore").read_text().splitlines()
    copied = {word for line in build if line.startswith("COPY ") for word in line.split()[1:-1]}
    assert "*" in ignored
    for word in copied:
        assert (compose.ROOT / word).exists(), word
        assert f"!{PurePosixPath(word)}" in ignored


def test_the_locks_agree() -> None:
    """One version per package, whichever lock it is installed from."""
    seen: dict[str, set[str]] = {}
    for name in ("requirements.lock", "requirements-scale-out.lock", "requirements-dev.lock"):
        text = (compose.ROOT / name).read_text()
        assert "--index" not in text
        assert "://" not in text
        for package, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE):
            seen.setdefault(package, set()).add(version)
    assert {package: found for package, found in seen.items() if len(found) > 1} == {}
