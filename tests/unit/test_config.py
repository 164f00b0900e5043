"""Settings: which layer wins, where each value came from, what is said of a bad one."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from streams.config import Configuration, Settings, load
from streams.model.errors import BadInput
from streams.model.settings import PipelineSettings, ScrubPattern

FILE = """\
service = "file"
state = "/var/file"
quiet_seconds = 3
modules = ["example.com/file"]
third_party = ["example.com/lib", "example.com/x"]
scrub = false

[[scrub_patterns]]
name = "order"
regex = "ORD-[0-9]+"
"""
ENVIRONMENT = {
    "PANICTRAIL_SERVICE": "environment",
    "PANICTRAIL_STATE": "/var/environment",
    "PANICTRAIL_QUIET_SECONDS": "0.5",
    "PANICTRAIL_MODULES": " example.com/a, ,example.com/b ",
    "PANICTRAIL_THIRD_PARTY": "",
    "PANICTRAIL_SCRUB": "yes",
}


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
    }


def test_a_file_is_read_and_named_as_the_origin(file: Path) -> None:
    found = load({}, file, {})
    assert found.settings == Settings(
        service="file",
        state="/var/file",
        quiet_seconds=3.0,
        modules=("example.com/file",),
        third_party=("example.com/lib", "example.com/x"),
        scrub=False,
        scrub_patterns=(ScrubPattern(name="order", regex="ORD-[0-9]+"),),
    )
    assert origins(found)["third_party"] == ("example.com/lib, example.com/x", str(file))
    assert {origin for _, origin in origins(found).values()} == {str(file)}


def test_the_environment_wins_over_the_file(file: Path) -> None:
    found = load({}, file, ENVIRONMENT)
    assert found.settings == Settings(
        service="environment",
        state="/var/environment",
        quiet_seconds=0.5,
        modules=("example.com/a", "example.com/b"),
        third_party=(),
        scrub=True,
        scrub_patterns=(ScrubPattern(name="order", regex="ORD-[0-9]+"),),
    )
    assert origins(found)["modules"] == ("example.com/a, example.com/b", "environment")
    assert origins(found)["scrub_patterns"] == ("order", str(file))


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
        ("modules = 'example.com'", ("Expected `array`", "(modules = 'example.com')")),
        ("modules = [1]", ("Expected `str`, got `int`", "$.modules[0]", "(modules = [1])")),
        ("scrub = 'no'", ("Expected `bool`, got `str`", "(scrub = 'no')")),
        ("[[scrub_patterns]]\nname = 'x'", ("missing required field `regex`",)),
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
    )


def test_every_setting_but_patterns_has_a_variable(empty: Path) -> None:
    """And the list above is whole: a new setting has to be tried here."""
    values = load({}, empty, ENVIRONMENT)
    found = {name for name, (_, origin) in origins(values).items() if origin == "environment"}
    assert found == set(Settings.__struct_fields__) - {"scrub_patterns"}
