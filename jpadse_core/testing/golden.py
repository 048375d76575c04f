"""Golden files: inputs kept beside the arrays that they once gave, `FILE` and `FILE.npy`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np


def write_golden(folder: Path, inputs: Iterable[tuple[str, bytes]], outcome: Callable[[Path], Any]) -> None:
    """Write the inputs, and beside each what it gives today. A file that is there already is left alone, and what an
    older version's folder beside this one holds, `v1` or the like, is not written again."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {path.read_bytes() for path in folder.parent.glob("v*/*") if path.is_file()}
    for name, data in inputs:
        path = folder / name
        if not path.exists() and data not in known:
            path.write_bytes(data)
            np.save(f"{path}.npy", outcome(path))


def check_golden(folder: Path, outcome: Callable[[Path], Any], tolerance: int = 0) -> None:
    """Hold every golden file, also in subfolders, against the array beside it; values may differ by `tolerance`."""
    paths = sorted(path for path in folder.rglob("*") if Path(f"{path}.npy").exists())
    assert paths, f"{folder} holds no golden files (FILE beside FILE.npy): fill it with write_golden"
    for path in paths:
        found, always = np.asarray(outcome(path)), np.load(f"{path}.npy")
        assert found.shape == always.shape, f"{path}: shape {found.shape}, but it always was {always.shape}"
        off = np.abs(np.subtract(found, always, dtype=np.int64)) > tolerance if tolerance else found != always
        different = np.count_nonzero(off)
        assert not different, f"{path}: {different} of {always.size} values are not what they always were"
