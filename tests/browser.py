"""Headless Chromium, spoken to by the DevTools protocol."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# Words in cells of tables that a line ends inside of.
BROKEN_WORDS = r"""
Array.from(document.querySelectorAll('th, td')).flatMap(cell => {
  const broken = [], texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const word of texts.currentNode.data.matchAll(/[\p{L}\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      const lines = new Set(Array.from(range.getClientRects()).filter(part => part.width > 0).map(part => Math.round(part.top)));
      if (lines.size > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""


class Page:
    """One tab, spoken to by the DevTools protocol."""

    def __init__(self, address: str) -> None:
        self.socket = _websocket().create_connection(address, timeout=60)
        self.events: list[dict] = []
        self.number = 0
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict:
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def open(self, path: Path, width: int, scheme: str = "light") -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self.socket.recv()))

    def value(self, expression: str) -> object:
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def of(self, *methods: str) -> list[dict]:
        return [event for event in self.events if event["method"] in methods]


def start(folder: Path) -> tuple[subprocess.Popen, Page]:
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--remote-debugging-port=0"]
    command = [CHROMIUM, *arguments, f"--user-data-dir={folder}", "--remote-allow-origins=*", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    port_file = folder / "DevToolsActivePort"
    for _ in range(300):
        if port_file.is_file() and len(port_file.read_text().split()) == 2:
            break
        time.sleep(0.1)
    port, path = port_file.read_text().split()
    browser = _websocket().create_connection(f"ws://127.0.0.1:{port}{path}", timeout=60)
    browser.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}}))
    while (message := json.loads(browser.recv())).get("id") != 1:
        pass
    browser.close()
    return process, Page(f"ws://127.0.0.1:{port}/devtools/page/{message['result']['targetId']}")


@contextmanager
def opened(profile: Path) -> Iterator[Page]:
    """Give a tab; skip the test, saying why, where there is no browser."""
    _websocket()
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    process, page = start(profile)
    yield page
    page.socket.close()
    process.terminate()
    process.wait(timeout=30)


def _websocket():
    return pytest.importorskip("websocket", reason="websocket-client is not installed")
