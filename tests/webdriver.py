"""A browser that is driven as a person would: over WebDriver, by Debian's chromedriver."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.site import WAIT, free_port

DRIVER = shutil.which("chromedriver")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c"}
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


@dataclass(frozen=True)
class Browser:
    """One window."""

    port: int
    session: str = ""

    def call(self, method: str, path: str, **body: Any) -> Any:
        """One command of the protocol; its value."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, f"/session{self.session}{path}", json.dumps(body) if method == "POST" else None)
        value = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(value, dict) and "error" in value:
            raise AssertionError(value["message"])
        return value

    def open(self, url: str) -> None:
        self.call("POST", "/url", url=url)

    def find(self, script: str, *given: Any) -> Any:
        """What a script returns; it works also where the page itself may run none."""
        return self.call("POST", "/execute/sync", script=script, args=list(given))

    def tool(self, command: str, **given: Any) -> Any:
        """A command of Chromium's developer tools."""
        return self.call("POST", "/goog/cdp/execute", cmd=command, params=given)

    def press(self, *keys: str) -> None:
        """Keys on the keyboard, one after the other."""
        typed = [KEYS.get(key, key) for key in keys]
        steps = [{"type": kind, "value": key} for key in typed for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", actions=[{"type": "key", "id": "keys", "actions": steps}])

    def click(self, selector: str) -> None:
        """With the mouse, where it is to be seen."""
        element = self.call("POST", "/element", using="css selector", value=selector)[_ELEMENT]
        self.call("POST", f"/element/{element}/click")

    def shown(self, selector: str) -> int:
        """How many of these are to be seen."""
        found = self.call("POST", "/elements", using="css selector", value=selector)
        return sum(bool(self.call("GET", f"/element/{one[_ELEMENT]}/displayed")) for one in found)

    def width(self, pixels: int) -> None:
        self.tool(
            "Emulation.setDeviceMetricsOverride", width=pixels, height=900, deviceScaleFactor=1, mobile=pixels < 600
        )

    def dark(self, on: bool) -> None:
        """In the dark or not; nothing moves by itself."""
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if on else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.tool("Emulation.setEmulatedMedia", features=features)

    def complaints(self) -> list[str]:
        """What stands in the console since the last look."""
        return [one["message"] for one in self.call("POST", "/se/log", type="browser")]

    def asked(self) -> list[str]:
        """The addresses that were asked since the last look."""
        events = [json.loads(one["message"])["message"] for one in self.call("POST", "/se/log", type="performance")]
        return [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]

    def picture(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A window until the end of the block."""
    port = free_port()
    process = subprocess.Popen([str(DRIVER), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    wanted = {
        "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    }
    try:
        made = Browser(port)
        for _ in range(400):
            try:
                session = made.call("POST", "", capabilities={"alwaysMatch": wanted})["sessionId"]
                break
            except OSError:
                WAIT.wait(0.05)
        else:
            raise AssertionError("chromedriver does not start")
        made = Browser(port, f"/{session}")
        yield made
        made.call("DELETE", "")
    finally:
        process.terminate()
        process.wait(20)
