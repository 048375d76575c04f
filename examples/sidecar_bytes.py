"""What a sidecar costs: the bytes that a file has over the plain codec's at a low rate, and where they go.

    python examples/sidecar_bytes.py FOLDER [--first N] [--semantics deeplab]

Codecs whose plugin is not installed are passed over.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from jpadse_core import PluginNotFound, build_pipeline
from jpadse_core.pictures import read_picture

PICTURES = {".png", ".webp", ".jpg", ".jpeg"}
LOW_RATES: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 5},
    "webp": {"quality": 5},
    "avif": {"quality": 10},
    "heif": {"quality": 10},
    "jpeg2000": {"rate": 0.1},
    "jpegxl": {"distance": 15},
}
PARTS = ("header", "guide", "perception_guide", "label_map")


def main() -> None:
    """Print a row for every codec and picture; "place" is what the codec's own format takes to hold a sidecar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, metavar="N", help="the first N pictures only")
    parser.add_argument("--semantics", help="an extractor; without it, files hold no label map")
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in PICTURES)[: arguments.first]
    print(
        "| codec | picture | plain | over it | place | header | guide | perception guide | label map |\n"
        + "| --- " * 9
        + "|"
    )
    for name, options in LOW_RATES.items():
        try:
            pipeline = build_pipeline(name, arguments.semantics)
        except PluginNotFound:
            continue
        for path in paths:
            picture = read_picture(path)
            plain = len(pipeline.codec.encode(picture.rgb, pipeline.codec.Options(**options)))
            encoded = pipeline.encode(picture, **options)
            parts = [encoded.sections.get(part, 0) for part in PARTS]
            over = len(encoded) - plain
            cells = (name, path.stem, plain, over, over - sum(parts), *parts)
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
