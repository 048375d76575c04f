"""`python -m jpadse_plugin_train.pin FOLDER`: write the SHA256SUMS that pin the ONNX files of a weights folder."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path


def pin(folder: Path) -> str:
    """Write `folder/SHA256SUMS` over its `.onnx` files; returns its text."""
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.glob("*.onnx"))
    )
    text = "".join(lines)
    (folder / "SHA256SUMS").write_text(text)
    return text


if __name__ == "__main__":
    print(pin(Path(sys.argv[1])), end="")
