"""A headless Chromium, driven over a pipe in its own protocol: no driver, no port, no package.

https://chromedevtools.github.io/devtools-protocol/ has the methods and events.
"""

import base64
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from tests.support.need import need

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = (
    "--headless",
    "--no-sandbox",  # tests run as root in CI, where Chromium's own sandbox cannot
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-pipe",
    "--hide-scrollbars",
)
_LONGEST = 100
"""Seconds that the browser may take for an answer; under load it takes long to start."""
_KEYS = {
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Enter": 13,
    "Escape": 27,
    "Tab": 9,
    "Home": 36,
}


def chromium() -> str:
    """Return the browser's program; a test that needs it is skipped where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    need(found is not None, "Chromium is not installed")
    return str(found)


class PageReader(Protocol):
    """What is asked of any browser: Chromium, or `tests.support.firefox`."""

    @property
    def errors(self) -> list[str]:
        """What went wrong in the page's scripts."""

    def open(self, url: str) -> None:
        """Open a page and wait until it is loaded."""

    def evaluate(self, script: str) -> Any:
        """Return what an expression is worth; a promise is awaited."""


class Browser:
    """One browser with one page.

    Attributes:
        requests: The addresses of everything that the page has asked for.
    """

    def __init__(self, program: str, folder: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def place_pipes() -> None:
            # Chromium reads from descriptor 3 and writes to 4, whatever was there.
            low, high = os.dup(to_browser), os.dup(from_browser)
            os.dup2(low, 3)
            os.dup2(high, 4)

        self._process = subprocess.Popen(
            [program, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=place_pipes,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._rest = b""
        self._number = 0
        self.requests: list[str] = []
        self._errors: list[str] = []
        self._loaded = False
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    @property
    def errors(self) -> list[str]:
        """What went wrong in the page's scripts, and what its policy has blocked."""
        return self._errors

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._write)
        self._process.terminate()
        self._process.wait(20)
        os.close(self._read)

    def call(self, method: str, **params: object) -> Any:
        """Call a method and return its result; events that come meanwhile are taken note of."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        if self._session:
            asked["sessionId"] = self._session
        data = json.dumps(asked).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        for message in self._messages():
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
        raise AssertionError(f"{method}: the browser has ended")

    def open(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        self._load("about:blank")  # or, if only what follows the # is another, it would stay
        self.requests.clear()
        self._errors.clear()
        self._load(url)

    def _load(self, url: str) -> None:
        self._loaded = False
        self.call("Page.navigate", url=url)
        for _ in self._messages() if not self._loaded else ():
            if self._loaded:
                break

    def evaluate(self, script: str) -> Any:
        """Return what an expression is worth; a promise is awaited."""
        found = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            text = "\r" if key == "Enter" else key if len(key) == 1 else ""
            about = {"key": key, "windowsVirtualKeyCode": _KEYS.get(key, ord(key[0].upper()))}
            kind = "keyDown" if text else "rawKeyDown"
            self.call("Input.dispatchKeyEvent", type=kind, text=text, **about)
            self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, in pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, **features: str) -> None:
        """Prefer a colour scheme, say: ``prefers_color_scheme="dark"``."""
        wanted = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.call("Emulation.setEmulatedMedia", features=wanted)

    def picture(self, file: Path) -> None:
        """Save a picture of what is seen."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def printed(self) -> bytes:
        """Return the page as a PDF."""
        return base64.b64decode(self.call("Page.printToPDF")["data"])

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            while b"\0" not in self._rest:
                ready, _, _ = select.select([self._read], [], [], _LONGEST)
                assert ready, "the browser does not answer"
                more = os.read(self._read, 1 << 20)
                if not more:
                    return
                self._rest += more
            one, _, self._rest = self._rest.partition(b"\0")
            message = json.loads(one)
            self._note(message)
            yield message

    def _note(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self._errors.append(json.dumps(params["exceptionDetails"])[:600])
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self._errors.append(params["entry"]["text"])
            case "Page.loadEventFired":
                self._loaded = True


@contextmanager
def started(folder: Path) -> Iterator[Browser]:
    """Start a browser whose profile is in ``folder``."""
    with Browser(chromium(), folder) as browser:
        yield browser
