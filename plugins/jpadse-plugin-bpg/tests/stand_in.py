"""A stand-in for `bpgenc` and `bpgdec` with their command lines: a BPG header around a PNG instead of HEVC, so that
everything but the HEVC coder itself is tested where libbpg is not installed.

Run as `bpgenc` or `bpgdec`, by the name of a script that calls `main`.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

from jpadse_plugin_bpg.header import read_header, ue7


def bpg_file(picture: Image.Image, qp: int = 29, flags: int = 0, depth: int = 8) -> bytes:
    """A file whose picture is coarser for a higher quantiser parameter, and whose header declares what is given."""
    coarse = picture.point(lambda value: value // (qp + 1) * (qp + 1))
    data = io.BytesIO()
    coarse.save(data, "PNG")
    fields = bytes([0x20 | depth - 8, flags]) + ue7(picture.width) + ue7(picture.height)
    return b"BPG\xfb" + fields + ue7(len(data.getvalue())) + data.getvalue()


def bpg_picture(data: bytes) -> bytes:
    """The PNG in a file."""
    header = read_header(data)
    return data[header.extension[1] : header.data_end]


def converted(program: str, source: bytes, qp: int) -> bytes:
    """What one of the two programs makes of a file.

    Raises:
        OSError, SyntaxError, ValueError, JpadseError: it is damaged.
    """
    if program == "bpgenc":
        with Image.open(io.BytesIO(source)) as picture:
            return bpg_file(picture, qp)
    png = bpg_picture(source)
    with Image.open(io.BytesIO(png)) as picture:
        picture.load()
    return png


def main(program: str) -> None:
    """Be one of the two programs."""
    arguments = sys.argv[1:]
    options = dict(zip(arguments[:-1:2], arguments[1:-1:2], strict=True))
    try:
        made = converted(program, Path(arguments[-1]).read_bytes(), int(options.get("-q", 29)))
    except Exception:
        sys.exit(f"{program}: could not convert\nthe picture")
    Path(options["-o"]).write_bytes(made)
