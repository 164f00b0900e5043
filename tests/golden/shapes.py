"""Record the golden inputs `shape-*`: texts of other cases as container engines, collectors and shippers write them.

In: input.go1.26.txt of `nil-pointer`, `index-out-of-range` and `long-value`. Out: tests/golden/shape-NAME/input.*.txt.
Docker's json-file, containerd's CRI, OTLP and journald are written by their own code (shipped/go.mod names the
releases; systemd is Debian's), the others as tests/shipping.py writes them. Needs go, apt and the registries.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.shipping import OTHER_WRAPS, PARTS, WRAPS, Container
from tests.tools.debian import environment, unpacked

HERE: Final = Path(__file__).parent
_REAL: Final = {"docker": "moby-28", "cri": "containerd-1.7", "otlp": "pdata-1"}
_JOURNAL: Final = {
    "_BOOT_ID": "6b2c8a1de3f04d0fa8d96d2f5f5c1e1a",
    "_HOSTNAME": "node-7",
    "_SYSTEMD_UNIT": "checkout.service",
    "SYSLOG_IDENTIFIER": "checkout",
    "_PID": "4711",
    "PRIORITY": "6",
    "_TRANSPORT": "stdout",
}
_FIRST_MICROSECOND: Final = 1_793_955_600_000_000
_PART_CHARS: Final = 4096


def _text(case: str) -> str:
    return (HERE / case / "input.go1.26.txt").read_text("utf-8")


def _put(shape: str, variant: str, data: bytes) -> None:
    path = HERE / f"shape-{shape}" / f"input.{variant}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    print(path.relative_to(HERE))


def _by_their_own_code(folder: Path) -> None:
    program = folder / "shipped"
    subprocess.run(["go", "build", "-o", program, "."], cwd=HERE / "shipped", check=True)
    for way, release in _REAL.items():
        for case, end in (("nil-pointer", ""), ("long-value", "-long")):
            out = folder / f"{way}{end}"
            subprocess.run([program, way, out], input=_text(case).encode(), check=True)
            _put(way, f"{release}{end}", out.read_bytes())


def _entry(number: int, line: str) -> bytes:
    """One entry of the journal's export format (systemd.io/JOURNAL_EXPORT_FORMATS)."""
    fields = {"__REALTIME_TIMESTAMP": str(_FIRST_MICROSECOND + number * 1000), **_JOURNAL}
    head = "".join(f"{name}={value}\n" for name, value in fields.items()).encode()
    data = line.encode()
    return head + b"MESSAGE\n" + struct.pack("<Q", len(data)) + data + b"\n\n"


def _printed(lines: list[str], journal: Path, outputs: tuple[str, ...]) -> Iterator[bytes]:
    """A journal with these lines, that systemd writes, as journalctl prints it; it keeps no empty line."""
    root = unpacked("systemd", "systemd-journal-remote")
    around = environment(root)
    entries = b"".join(map(_entry, range(10**6), lines))
    writer = root / "lib/systemd/systemd-journal-remote"
    reader = shutil.which("journalctl", path=around["PATH"]) or "journalctl"
    subprocess.run([writer, f"--output={journal}", "-"], input=entries, env=around, check=True)
    for output in outputs:
        command = [reader, "--file", str(journal), "-o", output, "--utc", "--no-pager"]
        printed = subprocess.run(command, env=around, check=True, capture_output=True)
        yield printed.stdout


def _by_journald(folder: Path) -> None:
    lines, outputs = _text("nil-pointer").splitlines(), ("json", "short", "short-iso", "export")
    for output, data in zip(outputs, _printed(lines, folder / "a.journal", outputs), strict=True):
        _put("journald", output, data)
    # A text with control characters is written with its length.
    colourful = [f"\x1b[31m{line}\x1b[0m" if line else "" for line in lines]
    for data in _printed(colourful, folder / "b.journal", ("export",)):
        _put("journald", "export-colours", data)


def _interleaved() -> Iterator[tuple[Container, str]]:
    """Two containers that crash at once, and a third one that goes on."""
    crashes = [_text("nil-pointer").splitlines(), _text("index-out-of-range").splitlines()]
    boxes = [Container(f"c0ffee{n}", pod=f"checkout-{n}") for n in range(2)]
    other = Container("decaf0", name="sidecar", pod="checkout-0", output="stdout")
    for at in range(max(map(len, crashes))):
        for box, lines in zip(boxes, crashes, strict=True):
            if at < len(lines):
                yield box, lines[at]
        yield other, f"GET /cart/{at} 200 12 ms"


def _as_documented() -> None:
    for name, wrap in (*WRAPS.items(), ("loki", OTHER_WRAPS["loki"])):
        lines = [wrap(box, line, moment) for moment, (box, line) in enumerate(_interleaved())]
        _put(name, "two-containers", "".join(f"{line}\n" for line in lines).encode())
    box, moment = Container("c0ffee0"), 0
    for name in ("docker-fluentd", "vector-docker", "fluent-bit", "journald"):
        made = []
        for line in _text("long-value").splitlines():
            starts = range(0, max(len(line), 1), _PART_CHARS)
            for start in starts:
                part = line[start : start + _PART_CHARS]
                made.append(PARTS[name](box, part, moment, last=start == starts[-1]))
                moment += 1
        _put(name, "in-parts", "".join(f"{line}\n" for line in made).encode())


def main() -> None:
    """Record all."""
    with tempfile.TemporaryDirectory() as folder:
        _by_their_own_code(Path(folder))
        _by_journald(Path(folder))
    _as_documented()


if __name__ == "__main__":
    main()
