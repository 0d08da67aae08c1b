"""A browser without a window, which can reach this machine and nothing else."""

import base64
import itertools
import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ...chromium import PROGRAM, chromium


class Browser:
    """A page in Chromium, driven by its own protocol."""

    def __init__(self, socket: Any) -> None:
        self.socket, self.numbers, self.asked_for = socket, itertools.count(1), []
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its result; notes what the page asks for meanwhile."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv(timeout=30))
            if message.get("method") == "Network.requestWillBeSent":
                self.asked_for.append(message["params"]["request"]["url"])
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def run(self, script: str) -> Any:
        """The value of a line of JavaScript."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return result["result"].get("value")

    def wait(self, script: str, seconds: float = 40) -> None:
        """Wait until a line of JavaScript is true."""
        deadline = time.monotonic() + seconds
        while not self.run(script):
            assert time.monotonic() < deadline, self.run("document.body.innerText")
            time.sleep(0.1)

    def open(self, url: str) -> None:
        """Go to a page."""
        self.call("Page.navigate", url=url)
        self.wait("document.readyState == 'complete'")

    def click(self, label: str) -> None:
        """Press the button of a label."""
        script = f"""[...document.querySelectorAll('button')].find(
            b => b.innerText.trim().startsWith({label!r}))?.click() ?? true"""
        self.run(script)

    def picture(self, path: Path, width: int, height: int) -> None:
        """Draw the page."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        time.sleep(0.5)
        shot = self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(shot["data"]))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("needs Chromium")
    connect = pytest.importorskip("websockets.sync.client").connect
    folder = tmp_path_factory.mktemp("chromium")
    with chromium(folder, "--remote-debugging-port=0", "--window-size=1280,1000"):
        told, deadline = folder / "DevToolsActivePort", time.monotonic() + 60
        while not (told.exists() and told.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        port = told.read_text().splitlines()[0]
        listed = urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list").read()
        [page] = [each for each in json.loads(listed) if each["type"] == "page"]
        address = page["webSocketDebuggerUrl"]
        with connect(address, max_size=None, ping_interval=None, close_timeout=1) as socket:
            yield Browser(socket)
