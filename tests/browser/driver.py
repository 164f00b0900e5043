"""A real browser, headless, by the WebDriver protocol (W3C): pages are opened, measured, photographed, printed.

In: a file, a way to look at it. Out: what a script in the page says, PNG, PDF. Chromium and driver are Debian's.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.ports import free_port
from tests.tools.debian import environment, unpacked
from tests.waiting import until

_PACKAGES: Final = ("chromium", "chromium-driver", "fonts-dejavu-core", "fonts-liberation")
# Of a page that loads nothing, whatever the browser itself would load is in the way.
_ARGUMENTS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How a page is looked at; sizes in CSS pixels."""

    name: str
    width: int
    height: int
    dark: bool
    phone: bool


class Browser:
    """One session of a driver that runs."""

    def __init__(self, address: str, program: Path) -> None:
        self._address = address
        wanted = {
            "alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": {"binary": str(program), "args": list(_ARGUMENTS)},
                "goog:loggingPrefs": {"browser": "ALL"},
            }
        }
        self._session = str(self._ask("POST", "session", {"capabilities": wanted})["sessionId"])

    def _ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - whatever the page says
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = Request(f"{self._address}/{path}", data, method=method)  # noqa: S310 - our own driver
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            return json.load(answer)["value"]

    def _post(self, path: str, **body: object) -> Any:  # noqa: ANN401 - as above
        return self._ask("POST", f"session/{self._session}/{path}", body)

    def _devtools(self, command: str, **parameters: object) -> Any:  # noqa: ANN401 - as above
        return self._post("goog/cdp/execute", cmd=command, params=parameters)

    def open(self, page: Path, look: Look) -> None:
        """Show a file."""
        self.visit(page.resolve().as_uri(), look)

    def visit(self, url: str, look: Look) -> None:
        """Show what is at an address."""
        self._devtools(
            "Emulation.setDeviceMetricsOverride",
            width=look.width,
            height=look.height,
            deviceScaleFactor=2 if look.phone else 1,
            mobile=look.phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if look.dark else "light"}
        self._devtools("Emulation.setEmulatedMedia", media="", features=[scheme])
        self._post("url", url=url)

    def console(self) -> list[str]:
        """What the browser has complained of, or scripts have said, since this was asked last."""
        return [str(entry["message"]) for entry in self._post("se/log", type="browser")]

    def press(self, *keys: str) -> None:
        """Press keys one after the other; names as WebDriver has them are characters from U+E000 on."""
        steps = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._post("actions", actions=[{"type": "key", "id": "keyboard", "actions": steps}])

    def without_scripts(self, *, off: bool) -> None:
        """Let pages run scripts, or not."""
        self._devtools("Emulation.setScriptExecutionDisabled", value=off)

    def print_view(self) -> None:
        """Show what is open as it would be printed."""
        self._devtools("Emulation.setEmulatedMedia", media="print", features=[])

    def said(self, script: str) -> Any:  # noqa: ANN401 - as above
        """What a script in the page returns."""
        return self._post("execute/sync", script=script, args=[])

    def photograph(self, look: Look, height: int) -> bytes:
        """PNG of the page from its top, so many pixels of it."""
        clip = {"x": 0, "y": 0, "width": look.width, "height": height, "scale": 1}
        found = self._devtools("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(found["data"])

    def printed(self) -> bytes:
        """PDF, A4."""
        return base64.b64decode(self._post("print", page={"width": 21.0, "height": 29.7}))

    def end(self) -> None:
        """Close it."""
        self._ask("DELETE", f"session/{self._session}")


def _is_ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/status", timeout=5) as answer:  # noqa: S310 - our own driver
            return bool(json.load(answer)["value"]["ready"])
    except (URLError, ConnectionError):
        return False


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block."""
    folder = unpacked(*_PACKAGES)
    port = free_port()
    with subprocess.Popen(
        [folder / "usr/bin/chromedriver", f"--port={port}"],
        env=environment(folder),
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            until(lambda: _is_ready(address), "the browser's driver is ready")
            found = Browser(address, folder / "usr/lib/chromium/chromium")
            yield found
            found.end()
        finally:
            process.terminate()
