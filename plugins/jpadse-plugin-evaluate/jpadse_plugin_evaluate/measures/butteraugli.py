"""Butteraugli by libjxl's own program."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from jpadse_core import JpadseError
from jpadse_plugin_evaluate.digests import file_digest
from jpadse_plugin_evaluate.measures import Case, Figure

_PROGRAM = "butteraugli_main"
_LONGEST_SECONDS = 600
_ANSWER = re.compile(r"^(?P<largest>[0-9.]+|nan|inf)\s+3-norm: (?P<norm>[0-9.]+|nan|inf)\s*$", re.MULTILINE)


class Butteraugli:
    """The largest difference on the picture, and the 3-norm over it; 80 nits, as the program takes by default.

    Source: `butteraugli_main` of libjxl, in Debian's package libjxl-devtools.

    Raises:
        JpadseError: the program is not on the path.
    """

    figures = (
        Figure("butteraugli", "", False, "perception"),
        Figure("butteraugli-3norm", "", False, "perception"),
    )

    def __init__(self) -> None:
        found = shutil.which(_PROGRAM)
        if found is None:
            raise JpadseError(f"butteraugli: {_PROGRAM} is not on the path: apt-get install libjxl-devtools")
        self._program = found
        self.identity = f"butteraugli {file_digest(Path(found))[:16]}"

    def measure(self, case: Case) -> dict[str, float]:
        """See `Measure.measure`."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / name for name in ("original.png", "decoded.png")]
            for path, rgb in zip(paths, (case.original, case.decoded), strict=True):
                Image.fromarray(rgb).save(path, compress_level=1)
            try:
                finished = subprocess.run(
                    [self._program, *map(str, paths)],
                    capture_output=True,
                    text=True,
                    timeout=_LONGEST_SECONDS,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise JpadseError(f"{self._program} failed: {error}") from error
        answer = _ANSWER.search(finished.stdout)
        if finished.returncode or answer is None:
            said = " ".join((finished.stderr or finished.stdout).split())[-200:]
            raise JpadseError(f"{self._program} gave no distance: {said or f'exit code {finished.returncode}'}")
        return {"butteraugli": float(answer["largest"]), "butteraugli-3norm": float(answer["norm"])}
