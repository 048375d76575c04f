"""What it costs to have this plugin installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"torch", "matplotlib", "scipy", "bjontegaard", "ai_edge_litert", "PIL", "rich"}


@pytest.mark.parametrize("command", ["evaluate", "bench"])
def test_help_loads_nothing_heavy(command: str) -> None:
    script = (
        f"import sys\nfrom jpadse_core.cli.main import main\ntry:\n    main(['{command}', '--help'])\n"
        "except SystemExit as end:\n    assert not end.code\nprint('LOADED', *sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert not HEAVY & set(finished.stdout.rpartition("LOADED ")[2].split())
