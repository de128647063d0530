"""Debian's Chromium without a window, over its debugging pipe: no driver, no port, no packages of a language."""

import atexit
import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile

from scenario import PATIENCE, path, wait_until


class Browser:
    def __init__(self, command=()):
        to_us, from_it = os.pipe()
        from_us, to_it = os.pipe()

        # Chromium reads from descriptor 3 and writes to 4; ours are moved out of their way.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (from_us, from_it)]
        os.close(from_us)
        os.close(from_it)

        def connect():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [*command, shutil.which("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--remote-debugging-pipe",
             f"--user-data-dir={tempfile.mkdtemp(dir=path())}"],
            close_fds=False, preexec_fn=connect, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in ends:
            os.close(end)
        self.out = os.fdopen(to_it, "wb", buffering=0)
        self.into = to_us
        self.rest = b""
        self.sent = 0
        self.events = []
        atexit.register(self.close)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def message(self):
        while b"\0" not in self.rest:
            more = os.read(self.into, 1 << 20)
            if not more:
                raise RuntimeError("the browser ended")
            self.rest += more
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **parameters):
        self.sent += 1
        request = {"id": self.sent, "method": method, "params": parameters}
        if getattr(self, "session", None):
            request["sessionId"] = self.session
        self.out.write(json.dumps(request).encode() + b"\0")
        while True:
            told = self.message()
            if told.get("id") == self.sent:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                return told["result"]
            self.events.append(told)

    def evaluate(self, script):
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(f"{script}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def look(self, width, height=900, dark=False):
        """As a screen of this size, in light or dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, url):
        self.call("Page.navigate", url=url)

    def wait(self, script, what):
        """Until it is true; while a page is coming it may not even be something."""
        return wait_until(lambda: self.evaluate(f"(() => {{ try {{ return {script}; }} catch {{ return false; }} }})()"), what)

    def screenshot(self, name):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
        with open(name, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def complaints(self):
        """What the page's console, its policy and its scripts had to complain of."""
        found = []
        for event in self.events:
            method, told = event.get("method"), event.get("params", {})
            if method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
                found.append(told["entry"]["text"])
            elif method == "Runtime.exceptionThrown":
                found.append(str(told["exceptionDetails"]))
        return found

    def hosts(self):
        """Hosts that were asked for anything."""
        urls = [event["params"]["request"]["url"] for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return {url.split("/")[2] for url in urls if "://" in url}

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
