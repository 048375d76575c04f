"""Times the label-map coder in fresh processes, the first call included.

python examples/label_map_speed.py FOLDER [--step 8] [--first 8]

Every map is encoded in one process of its own and decoded in another. Processor time, which other processes on the
machine inflate less than wall time, and wall time, of the call alone: numpy and `jpadse_core` are imported before the
clock starts; whatever they load when they are first used is in it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

_CHILD = """
import json, sys, time
from pathlib import Path
import numpy as np
from jpadse_core import decode_label_map, encode_label_map
what, source, target = sys.argv[1:]
given = np.load(source) if what == "encode" else Path(source).read_bytes()
wall, processor = time.perf_counter(), time.process_time()
found = encode_label_map(given) if what == "encode" else decode_label_map(given)
processor, wall = time.process_time() - processor, time.perf_counter() - wall
Path(target).write_bytes(found) if what == "encode" else np.save(target, found)
print(json.dumps([processor, wall]))
"""


def timed(what: str, source: Path, target: Path) -> list[float]:
    command = [sys.executable, "-c", _CHILD, what, str(source), str(target)]
    found: list[float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="label maps, one class id per pixel")
    parser.add_argument("--step", type=int, default=1, help="take every STEP-th label of every STEP-th row")
    parser.add_argument("--first", type=int, default=8, help="how many maps")
    options = parser.parse_args()
    seconds: dict[str, list[list[float]]] = {"encode": [], "decode": []}
    with tempfile.TemporaryDirectory() as folder:
        plain, coded, decoded = (Path(folder) / name for name in ("plain.npy", "coded", "decoded.npy"))
        for path in sorted(options.folder.glob("*.png"))[: options.first]:
            start = options.step // 2
            labels = np.asarray(Image.open(path))[start :: options.step, start :: options.step]
            np.save(plain, np.ascontiguousarray(labels))
            seconds["encode"].append(timed("encode", plain, coded))
            seconds["decode"].append(timed("decode", coded, decoded))
            assert np.array_equal(np.load(decoded), labels)
    print(f"{len(seconds['encode'])} maps, the last of {labels.shape[1]} x {labels.shape[0]}\n")
    print("| | processor s, median | least | wall s, median |\n| --- | --- | --- | --- |")
    for what, times in seconds.items():
        processor, wall = zip(*times, strict=True)
        print(f"| {what} | {statistics.median(processor):.3f} | {min(processor):.3f} | {statistics.median(wall):.3f} |")


if __name__ == "__main__":
    main()
