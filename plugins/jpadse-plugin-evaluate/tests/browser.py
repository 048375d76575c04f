"""A headless Chromium that is driven over its debugging pipe: JSON messages, each ended by a zero byte."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from itertools import count
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PROGRAM = next((found for name in NAMES if (found := shutil.which(name))), None)
_READ, _WRITE = 3, 4
"""The descriptors that Chromium reads commands from and writes answers to."""


class Page:
    """One page in a browser of its own.

    Args:
        path: the file to open.
        profile: an empty folder for the browser.
        width, height: of the window, pixels.
    """

    def __init__(self, path: Path, profile: Path, width: int = 1200, height: int = 900, dark: bool = False) -> None:
        assert PROGRAM is not None
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
        ]
        shell = 'exec "$0" "$@" ' + f"{_READ}<&{commands} {_WRITE}>&{answers}"
        self._process = subprocess.Popen(
            ["bash", "-c", shell, PROGRAM, *options, "about:blank"],
            pass_fds=(commands, answers), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(commands)
        os.close(answers)
        self._number = count(1)
        self._rest = b""
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        if dark:
            self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._call("Page.navigate", url=path.as_uri())
        self.run("new Promise(done => document.readyState == 'complete' ? done() : addEventListener('load', done))")

    def run(self, script: str) -> Any:
        """What a JavaScript expression gives, as JSON."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def place(self, selector: str, share: float = 0.5) -> tuple[float, float]:
        """Where the first such element is in the window, scrolled to: at a share of its width, in the middle of its
        height."""
        box = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            "return [b.left, b.top, b.width, b.height] })()"
        )
        return box[0] + share * box[2], box[1] + box[3] / 2

    def mouse(self, kind: str, place: tuple[float, float], button: str = "none") -> None:
        """A real pointer's move, press or release."""
        self._call(
            "Input.dispatchMouseEvent",
            type=kind,
            x=place[0],
            y=place[1],
            button=button,
            clickCount=int(button != "none"),
        )

    def move(self, place: tuple[float, float]) -> None:
        """The pointer to a place."""
        self.mouse("mouseMoved", place)

    def click(self, place: tuple[float, float]) -> None:
        """A click with the left button."""
        self.move(place)
        self.mouse("mousePressed", place, "left")
        self.mouse("mouseReleased", place, "left")

    def screenshot(self, path: Path) -> None:
        """The window as PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self._call("Browser.close")
        self._process.wait(30)
        os.close(self._commands)
        os.close(self._answers)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        message: dict[str, Any] = {"id": next(self._number), "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._rest:
                read = os.read(self._answers, 1 << 16)
                if not read:
                    raise EOFError(f"{PROGRAM} ended before it answered {method}")
                self._rest += read
            line, _, self._rest = self._rest.partition(b"\0")
            answer = json.loads(line)
            if answer.get("id") == message["id"]:
                assert "error" not in answer, answer
                return dict(answer["result"])
