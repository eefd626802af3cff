"""A headless Firefox, driven by its own protocol, Marionette: no driver, no package.

https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html: messages are JSON with
their length before them, over a connection of the loopback interface whose port Firefox chooses.
"""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.need import need

_NAMES = ("firefox-esr", "firefox")
_PREFERENCES = (
    'user_pref("marionette.port", 0);\n'  # any that is free; its number is written to the profile
    'user_pref("datareporting.policy.dataSubmissionEnabled", false);\n'
    'user_pref("network.captive-portal-service.enabled", false);\n'
    'user_pref("network.connectivity-service.enabled", false);\n'
    'user_pref("app.update.enabled", false);\n'
)
_LONGEST = 100
"""Seconds that the browser may take for an answer; under load it takes long to start."""
_AWAITED = """
const done = arguments[arguments.length - 1];
new Promise((found) => found({script})).then(
  (value) => done({{ value }}), (error) => done({{ error: `${{error}}` }}));
"""
"""The expression stands in the script itself: the page's policy forbids eval."""
_WATCH = """(() => {
  window.failures = [];
  window.addEventListener("error", (event) => window.failures.push(event.message));
  window.addEventListener("unhandledrejection", (event) => window.failures.push(`${event.reason}`));
})()"""
_KEYS = {"ArrowLeft": "\ue012", "ArrowRight": "\ue014", "Escape": "\ue00c", "End": "\ue010"}


def firefox() -> str:
    """Return the browser's program; a test that needs it is skipped where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    need(found is not None, "Firefox is not installed")
    return str(found)


class Firefox:
    """One browser with one page."""

    def __init__(self, program: str, folder: Path) -> None:
        folder.mkdir()
        (folder / "user.js").write_text(_PREFERENCES, "utf-8")
        self._process = subprocess.Popen(
            [program, "--headless", "--marionette", "--no-remote", "--profile", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._socket = socket.create_connection(("127.0.0.1", self._port(folder)), _LONGEST)
            self._rest = b""
            self._number = 0
            assert self._message()["marionetteProtocol"] == 3
            self.call("WebDriver:NewSession", strictFileInteractability=True)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    @property
    def errors(self) -> list[str]:
        """What went wrong in the page's scripts since it was loaded."""
        return list(self.evaluate("window.failures"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(_LONGEST)

    def _port(self, folder: Path) -> int:
        """Wait until Firefox has written on which port it listens."""
        written, until = folder / "MarionetteActivePort", time.monotonic() + _LONGEST
        while not (written.exists() and (text := written.read_text("ascii")).strip()):
            assert self._process.poll() is None, "Firefox has ended"
            assert time.monotonic() < until, "Firefox does not listen"
            time.sleep(0.05)
        return int(text)

    def call(self, method: str, **params: object) -> Any:
        """Call a method and return its result."""
        self._number += 1
        data = json.dumps([0, self._number, method, params]).encode()
        self._socket.sendall(b"%d:%s" % (len(data), data))
        _, number, error, result = self._message()
        assert number == self._number
        assert error is None, f"{method}: {error}"
        return result

    def open(self, url: str) -> None:
        """Open a page, wait until it is loaded, and record what goes wrong from then on."""
        self.call("WebDriver:Navigate", url=url)
        self.evaluate(_WATCH)

    def evaluate(self, script: str) -> Any:
        """Return what an expression is worth; a promise is awaited."""
        script = _AWAITED.format(script=script)
        found = self.call("WebDriver:ExecuteAsyncScript", script=script, args=[])["value"]
        assert "error" not in found, found["error"]
        return found.get("value")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            value = _KEYS.get(key, key)
            actions = [{"type": kind, "value": value} for kind in ("keyDown", "keyUp")]
            source = {"type": "key", "id": "keyboard", "actions": actions}
            self.call("WebDriver:PerformActions", actions=[source])

    def picture(self, file: Path) -> None:
        """Save a picture of what is seen."""
        taken = self.call("WebDriver:TakeScreenshot", full=False)
        file.write_bytes(base64.b64decode(taken["value"]))

    def _message(self) -> Any:
        while b":" not in self._rest:
            self._rest += self._received()
        length, _, self._rest = self._rest.partition(b":")
        while len(self._rest) < int(length):
            self._rest += self._received()
        one, self._rest = self._rest[: int(length)], self._rest[int(length) :]
        return json.loads(one)

    def _received(self) -> bytes:
        data = self._socket.recv(1 << 20)
        assert data, "Firefox has ended"
        return data


@contextmanager
def started_firefox(folder: Path) -> Iterator[Firefox]:
    """Start a Firefox whose profile is in ``folder``, a new one."""
    with Firefox(firefox(), folder) as browser:
        yield browser
