"""Virtual environments in which plugins are installed with pip, without the network."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Environment:
    """A virtual environment that also sees what this one has installed."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> Environment:
        """With `pip`, `python` and `jpadse`."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        (library,) = folder.glob("lib/python*/site-packages")
        (library / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
        command = folder / "bin" / "jpadse"
        command.write_text(f'#!/bin/sh\nexec "{folder}/bin/python" -m jpadse_core "$@"\n')
        command.chmod(0o755)
        return cls(folder)

    def run(self, *command: str, at: Path | None = None) -> str:
        """Run a program; what it wrote to stdout. A failure is an assertion with all that it wrote."""
        variables = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it the other way round
        }
        finished = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=at or self.folder.parent,
            env={**os.environ, **variables},
        )
        assert finished.returncode == 0, f"{command}\n{finished.stdout}\n{finished.stderr}"
        return finished.stdout
