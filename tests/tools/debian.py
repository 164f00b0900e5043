"""Programs of Debian for tests and benchmarks, unpacked below .cache: no root, nothing of the system changed.

In: names of packages. Out: a folder that holds them and what they need beside what is installed. Needs apt and dpkg.
"""

from __future__ import annotations

import os
import re
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Final

_CACHE: Final = Path(__file__).resolve().parents[2] / ".cache" / "debian"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_NOT: Final = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
_FONTS: Final = {
    "system-ui": "DejaVu Sans",
    "sans-serif": "DejaVu Sans",
    "ui-monospace": "DejaVu Sans Mono",
    "monospace": "DejaVu Sans Mono",
}
_BIN: Final = ("usr/bin", "bin", "usr/sbin", "sbin")
_UNPACKED: Final = ".unpacked"


def _options() -> list[str]:
    """Lists and archives of our own, so that apt needs no rights."""
    for part in ("lists/partial", "archives/partial"):
        (_CACHE / part).mkdir(parents=True, exist_ok=True)
    places = {"Dir::State::lists": _CACHE / "lists", "Dir::Cache": _CACHE, "Debug::NoLocking": "1"}
    return [word for key, value in places.items() for word in ("-o", f"{key}={value}")]


def _lines(*command: str, cwd: Path | None = None) -> list[str]:
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=cwd
    ).stdout.splitlines()


def _installed() -> set[str]:
    rows = map(str.split, _lines("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"))
    return {name for name, *status in rows if status == ["installed"]}


def _wanted(options: list[str], packages: tuple[str, ...]) -> list[str]:
    """The packages and what they depend on, without what is installed or only virtual."""
    left_out = [f"--no-{relation}" for relation in _NOT]
    lines = _lines("apt-cache", *options, "depends", "--recurse", *left_out, *packages)
    known = set(_lines("apt-cache", *options, "pkgnames"))
    return sorted({line for line in lines if _NAME.fullmatch(line)} & known - _installed())


def unpacked(*packages: str) -> Path:
    """The folder that holds them, as `/` would; made when it is asked for first. Raises CalledProcessError."""
    folder = _CACHE / sha256(" ".join(sorted(packages)).encode()).hexdigest()[:16]
    if (folder / _UNPACKED).exists():
        return folder
    options, archives = _options(), _CACHE / "archives"
    _lines("apt-get", *options, "update")
    wanted = _wanted(options, packages)
    _lines("apt-get", *options, "download", *wanted, cwd=archives)
    folder.mkdir(exist_ok=True)
    for name in wanted:
        for archive in archives.glob(f"{name}_*.deb"):
            _lines("dpkg", "-x", str(archive), str(folder))
    (folder / _UNPACKED).touch()
    return folder


def _fonts(folder: Path) -> Path:
    """A fontconfig file that knows the fonts in there, and those of packages that the system has installed."""
    path = folder / "fonts.conf"
    path.write_text(
        f"<fontconfig><dir>{folder}/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{folder}/fonts-cache</cachedir>"
        + "".join(
            f"<alias><family>{name}</family><prefer><family>{font}</family></prefer></alias>"
            for name, font in _FONTS.items()
        )
        # For every other name, such as the one by which a browser knows the system's own font.
        + '<match><edit name="family" mode="append_last"><string>DejaVu Sans</string></edit></match>'
        + "</fontconfig>"
    )
    return path


def environment(folder: Path) -> dict[str, str]:
    """What a program in there needs to find its own libraries and fonts."""
    libraries = sorted(
        {str(path.parent) for path in folder.rglob("*.so*") if "/lib" in str(path.parent)}
    )
    return {
        **os.environ,
        "PATH": ":".join((*(f"{folder}/{part}" for part in _BIN), os.environ["PATH"])),
        "LD_LIBRARY_PATH": ":".join(libraries),
        "FONTCONFIG_FILE": str(_fonts(folder)),
    }
