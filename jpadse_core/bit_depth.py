"""Files with more than 8 bits a sample, which Pillow would cut to 8 without a word."""

from __future__ import annotations

from PIL import Image


def bits_per_sample(image: Image.Image, data: bytes) -> int:
    """Bits of a sample as the file has it.

    Args:
        image: opened by Pillow, not necessarily decoded.
        data: the file.

    Source: PNG 3rd edition 11.2.1; TIFF 6.0 section 8; Netpbm's ppm(5); ITU-T T.800 A.5.1 (SIZ); AV1-ISOBMFF 2.3.3.
    """
    match image.format:
        case "PNG":
            return data[24]
        case "TIFF":
            bits = getattr(image, "tag_v2", {}).get(258, 8)
            return max(bits) if isinstance(bits, tuple) else int(bits)
        case "PPM":
            return _ppm_bits(image)
        case "JPEG2000":
            start = data.find(b"\xff\x4f\xff\x51")
            return (data[start + 42] & 0x7F) + 1 if 0 <= start < len(data) - 42 else 8
        case "AVIF":
            start = data.find(b"av1C")
            return _av1_bits(data[start + 6]) if 0 <= start < len(data) - 6 else 8
    return 16 if image.mode.startswith(("I", "F")) else 8


def _av1_bits(flags: int) -> int:
    """`high_bitdepth` and `twelve_bit` of an AV1 codec configuration."""
    if not flags & 0x40:
        return 8
    return 12 if flags & 0x20 else 10


def _ppm_bits(image: Image.Image) -> int:
    """The decoder's arguments hold the largest sample where it is not 255."""
    for tile in getattr(image, "tile", ()):
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if any(isinstance(argument, int) and argument > 255 for argument in arguments):
            return 16
    return 16 if image.mode.startswith("I") else 8
