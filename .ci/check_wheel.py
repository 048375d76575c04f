"""The built wheel holds the weights and their cards, and is below 40 MB."""

import sys
import zipfile
from pathlib import Path

LARGEST = 40_000_000
NEEDED = ("deeplab.onnx", "deeplab.md", "enhancer.onnx", "enhancer.md", "SHA256SUMS")

wheel = Path(sys.argv[1])
names = zipfile.ZipFile(wheel).namelist()
missing = [name for name in NEEDED if f"jpadse_core/builtin/weights/{name}" not in names]
if missing:
    sys.exit(f"{wheel.name} lacks {', '.join(missing)}")
if wheel.stat().st_size > LARGEST:
    sys.exit(f"{wheel.name} has {wheel.stat().st_size:,} bytes, more than {LARGEST:,}")
sys.stdout.write(f"{wheel.name}: {wheel.stat().st_size:,} bytes\n")
