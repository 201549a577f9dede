# SPDX-License-Identifier: MIT
"""Chromium without a screen, spoken to over a pipe (the DevTools protocol), with Python's own library only."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--remote-debugging-pipe",
]


class Failed(Exception):
    """What was waited for did not come, or the browser refused."""


class Navigated(Failed):
    """The page was loaded again while it was asked, and has not answered."""


class Browser:
    """One process with a profile of its own, which goes with it."""

    def __init__(self, program, patience=30.0):
        self.patience = patience
        self._profile = tempfile.mkdtemp(prefix="lark-browser-")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def place_pipes():  # the browser reads from 3 and writes to 4
            spare = [os.dup(to_browser), os.dup(from_browser)]
            high = [os.dup2(spare[0], 30), os.dup2(spare[1], 31)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self._profile}", "about:blank"],
            preexec_fn=place_pipes, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self._ids = itertools.count(1)
        self._buffer = b""
        self.events = []

    def close(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._profile, ignore_errors=True)

    def _read(self, until):
        while b"\0" not in self._buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._in], [], [], left)[0]:
                raise Failed("the browser does not answer")
            chunk = os.read(self._in, 1 << 20)
            if not chunk:
                raise Failed("the browser is gone")
            self._buffer += chunk
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, params=None, session=None):
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + self.patience
        while True:
            reply = self._read(until)
            if reply.get("id") == number:
                if "error" in reply:
                    error = reply["error"]["message"]
                    raise (Navigated if "navigated" in error else Failed)(f"{method}: {error}")
                return reply["result"]
            self.events.append(reply)

    def wait_for(self, wanted):
        """The first event that `wanted` accepts, among those not seen yet."""
        until = time.monotonic() + self.patience
        while True:
            for at, event in enumerate(self.events):
                if wanted(event):
                    return self.events.pop(at)
            self.events.append(self._read(until))

    def open(self):
        return Page(self)


class Page:
    """A tab."""

    def __init__(self, browser):
        self._browser = browser
        target = browser.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = browser.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")

    def call(self, method, params=None):
        return self._browser.call(method, params, self.session)

    def look(self, width, height, theme, language, scripts=True):
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
        self.call("Network.setExtraHTTPHeaders", {"headers": {"Accept-Language": language}})
        self.call("Emulation.setScriptExecutionDisabled", {"value": not scripts})

    def go(self, url):
        self.forget()
        self.call("Page.navigate", {"url": url})
        self.wait_loaded()

    def wait_loaded(self):
        self._browser.wait_for(lambda e: e.get("sessionId") == self.session and e["method"] == "Page.loadEventFired")

    def forget(self):
        self._browser.events = [e for e in self._browser.events if e.get("sessionId") != self.session]

    def seen(self, method):
        self.evaluate("0")  # whatever has happened is here after a round trip
        return [e["params"] for e in self._browser.events if e.get("sessionId") == self.session and e.get("method") == method]

    def evaluate(self, code):
        result = self.call("Runtime.evaluate", {"expression": code, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in result:
            raise Failed(f"{code}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def key(self, name, code, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent",
                      {"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code, "text": text if kind == "keyDown" else ""})

    def tab(self):
        self.key("Tab", 9)

    def enter(self):
        self.key("Enter", 13, "\r")

    def accessible(self):
        """(role, name) of everything in the accessibility tree."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored")]

    def picture(self, path):
        shot = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})
        with open(path, "wb") as out:
            out.write(base64.b64decode(shot["data"]))
