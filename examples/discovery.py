"""How long it takes to find the components of 200 installed plugins.

    python examples/discovery.py [--plugins 200] [--runs 15]

Writes that many distributions as pip leaves them, with all that their metadata usually holds, and times the first call
of `discover()` in fresh processes, which read the files from the system's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_GROUPS = ("jpadse.codecs", "jpadse.semantics", "jpadse.enhancers", "jpadse.metrics", "jpadse.commands")
_METADATA = (
    """Metadata-Version: 2.4
Name: {name}
Version: 1.{number}
Summary: A plugin
Classifier: Programming Language :: Python :: 3.11
Requires-Python: >=3.11
Description-Content-Type: text/markdown
Requires-Dist: jpadse<0.2,>=0.1
Requires-Dist: numpy>=1.26

"""
    + "A readme of some length.\n" * 200
)
_TIMED = """
import json, time
from jpadse_core.plugins.discovery import discover
start = time.perf_counter(), time.process_time()
components = discover()
wall, processor = time.perf_counter() - start[0], time.process_time() - start[1]
print(json.dumps({"wall": wall, "processor": processor, "components": len(components)}))
"""


def install(site: Path, count: int) -> None:
    """Write `count` distributions with one component each."""
    for number in range(count):
        name = f"jpadse_plugin_fake{number}"
        info = site / f"{name}-1.{number}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(_METADATA.format(name=name.replace("_", "-"), number=number))
        (info / "RECORD").write_text("")
        (info / "entry_points.txt").write_text(
            f"[{_GROUPS[number % len(_GROUPS)]}]\nfake{number} = {name}:Fake\n\n[jpadse.contract]\n1 = {name}\n"
        )


def first_call(site: Path) -> dict[str, float]:
    """Time, and what was found, in a fresh process."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-c", _TIMED]
    return json.loads(subprocess.run(command, capture_output=True, env=environment, check=True).stdout)


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plugins", type=int, default=200)
    parser.add_argument("--runs", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder), asked.plugins)
        first_call(Path(folder))
        runs = [first_call(Path(folder)) for _ in range(asked.runs)]
    print(f"{asked.plugins} plugins, {runs[0]['components']:.0f} components, {asked.runs} processes")
    for clock in ("wall", "processor"):
        milliseconds = [1000 * run[clock] for run in runs]
        print(f"{clock} time: median {statistics.median(milliseconds):.1f} ms, fastest {min(milliseconds):.1f} ms")


if __name__ == "__main__":
    main()
