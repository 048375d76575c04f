"""What the commands put on a terminal, and that only results get to stdout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from jpadse_core import RgbImage


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_shows_how_much_is_done_and_stdout_none_of_it(tmp_path: Path, coffee: RgbImage) -> None:
    import pty

    Image.fromarray(coffee).save(tmp_path / "cup[b].png")

    def lines(points: str) -> list[str]:
        """What is drawn on the terminal, without its control sequences."""
        master, slave = pty.openpty()
        command = f"evaluate cup[b].png --semantics none --points {points} --metric psnr --jobs 1 --json r.json"
        with (tmp_path / "said").open("wb") as said, subprocess.Popen(
            [sys.executable, "-m", "jpadse_core", *command.split()],
            cwd=tmp_path, stdout=said, stderr=slave, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        ):  # fmt: skip
            os.close(slave)
            drawn = b""
            with suppress(OSError):  # how Linux tells that the other end is closed
                while part := os.read(master, 4096):
                    drawn += part
        os.close(master)
        return re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.decode()))

    first, again = lines("10,30"), lines("10,30,50")
    assert any(" 0/4 " in line for line in first)
    assert any(" 4/4 " in line and "cup[b]: jpeg none-semantics" in line for line in first)
    assert any(" 4/6 " in line for line in again)
    assert not any(" 0/6 " in line for line in again)
    said = (tmp_path / "said").read_text()
    assert said.startswith("1 picture\n")
    assert "\x1b" not in said


def test_what_a_codec_prints_is_not_among_the_results(tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "loud-1.dist-info").mkdir()
    (tmp_path / "loud-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: loud\nVersion: 1\n")
    (tmp_path / "loud-1.dist-info" / "entry_points.txt").write_text("[jpadse.codecs]\nloud = loud_codec:Loud\n")
    (tmp_path / "loud_codec.py").write_text(
        "import os\nfrom jpadse_core.builtin.png import PngCodec\n"
        "class Loud(PngCodec):\n    name = 'loud'\n    def encode(self, rgb, options):\n"
        "        print('hello', flush=True)\n        os.write(1, b'and hello')\n"
        "        return super().encode(rgb, options)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-m", "jpadse_core", "bench", str(pictures / "coffee.png"), "--codec", "loud", "--semantics",
         "none", "--runs", "1"],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
    )  # fmt: skip
    assert finished.stdout.lstrip().startswith("encode: cold s")
    assert "hello" not in finished.stdout
    assert "and hello" in finished.stderr
