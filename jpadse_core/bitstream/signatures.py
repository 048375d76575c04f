"""Which codec a file wants, by its first bytes, and which one its name promises."""

from __future__ import annotations

from jpadse_core.formats.boxes import ftyp_brands

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (8, b"WEBP", "webp"),
    (0, b"\xff\x0a", "jpegxl"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jpegxl"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
    (0, b"\xff\x4f\xff\x51", "jpeg2000"),
    (0, b"BPG\xfb", "bpg"),
)

_EXTENSIONS = {
    **dict.fromkeys(("jpg", "jpeg", "jpe", "jfif"), "jpeg"),
    **dict.fromkeys(("jp2", "jph", "j2k", "j2c", "jpx", "jpf"), "jpeg2000"),
    **dict.fromkeys(("heic", "heif", "hif"), "heif"),
    **{extension: extension for extension in ("png", "webp", "avif", "bpg", "jpse")},
    "jxl": "jpegxl",
}

_GENERIC = (b"mif1", b"msf1")
"""Brands of any coding, which only count where no other tells more."""
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "heif"),
}


EXTENSIONS = tuple(_EXTENSIONS)
"""Those of files of all known codecs, without the dot."""


def codec_of(data: bytes) -> str | None:
    """The usual name of the codec whose files begin like `data`; None for an unknown format."""
    for offset, signature, codec in _SIGNATURES:
        if data[offset : offset + len(signature)] == signature:
            return codec
    brands = [brand for brand in ftyp_brands(data) if brand in _BRANDS]
    return _BRANDS[min(brands, key=_GENERIC.count)] if brands else None


def format_of_extension(extension: str) -> str | None:
    """The codec whose files usually have this extension, in lower case without the dot, or "jpse"; None for an unknown
    one."""
    return _EXTENSIONS.get(extension)


def extension_of(codec: str) -> str:
    """The usual extension of a codec's files, without the dot; its name, where it is not known."""
    return next((extension for extension, name in _EXTENSIONS.items() if name == codec), codec)
