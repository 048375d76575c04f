"""What a browser shows of pictures: Chromium without a window draws them on a canvas, and tells the samples."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 120
_PAGE = """<!doctype html>
<body>{images}
<script>
onload = () => {{
  const shown = image => {{
    const canvas = document.createElement("canvas")
    canvas.width = image.naturalWidth
    canvas.height = image.naturalHeight
    if (!canvas.width) return "nothing"
    const context = canvas.getContext("2d")
    context.drawImage(image, 0, 0)
    const samples = context.getImageData(0, 0, canvas.width, canvas.height).data
    return canvas.width + " " + canvas.height + " " + btoa(Array.from(samples, s => String.fromCharCode(s)).join(""))
  }}
  document.body.textContent = Array.from(document.images, shown).join("\\n")
}}
</script>
"""


def browser() -> str | None:
    """The path of an installed Chromium or Chrome."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def shown_in_browser(program: str, files: Sequence[bytes], media_type: str) -> list[npt.NDArray[np.uint8] | None]:
    """What a browser shows of each file.

    Args:
        program: the path of the browser.
        files: pictures of at most some hundred pixels a side.
        media_type: of all of them, such as `"image/webp"`.

    Returns:
        For each file uint8 `[H, W, 4]`, red, green, blue and alpha; None where the browser cannot open it.

    Raises:
        AssertionError: the browser did not run.
    """
    sources = (f"data:{media_type};base64,{base64.b64encode(file).decode()}" for file in files)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(_PAGE.format(images="".join(f'<img src="{source}">' for source in sources)))
        # Its sandbox does not start for root or in containers, and only files made by the caller are opened.
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
        colours = "--force-color-profile=srgb"
        command = (program, *options, colours, f"--user-data-dir={folder}/profile", "--dump-dom", page.as_uri())
        finished = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    body = re.search("<body>(.*)</body>", finished.stdout, re.DOTALL)
    assert finished.returncode == 0 and body, f"{program} failed: {finished.stderr.strip()[-300:]}"
    return [_samples(line) for line in body[1].strip().splitlines()]


def _samples(line: str) -> npt.NDArray[np.uint8] | None:
    if line == "nothing":
        return None
    width, height, samples = line.split()
    return np.frombuffer(base64.b64decode(samples), np.uint8).reshape(int(height), int(width), 4)
