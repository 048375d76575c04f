"""The header: what a reader needs to know before it can decode anything.

What is usual takes a byte of flags, four bytes of a digest and the codec's quality. All else is JSON, deflated against
a dictionary of its own field names, so that it stays readable in every language.
"""

from __future__ import annotations

import re
import zlib
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json, to_json

from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt, BitstreamUnsupported
from jpadse_core.interfaces.label_sets import KNOWN
from jpadse_core.interfaces.labels import TEXTURES, LabelSet

DIGEST_DIGITS = 8
"""Hex digits of a sha256 that a file holds. Two sets of weights share them once in four thousand million times."""
_LARGEST_JSON = 1 << 20
_DICTIONARY = (
    b'"cityscapes-19""voc-21""ade20k-32","alpha":true,"mode":"grey","progressive":true,"subsampling":"4:4:4",'
    b'"codec_distribution":"jpadse-plugin-webp","enhancer_distribution":"jpadse-plugin-","classes":{"'
    b'{"codec":"png","options":{"compression":'
    b'{"codec":"jpeg","options":{"quality":10},"width":768,"height":512,"essence":,"enhancer":"default",'
    b'"weights":"","semantics":"deeplab","labels":{"name":"texture"},"divisor":4}'
)


class _KnownCodec(NamedTuple):
    name: str
    distribution: str
    quality: str


_CODECS = (
    _KnownCodec("", "", ""),
    _KnownCodec("jpeg", "jpadse", "quality"),
    _KnownCodec("png", "jpadse", ""),
    _KnownCodec("webp", "jpadse-plugin-webp", "quality"),
    _KnownCodec("avif", "jpadse-plugin-avif", "quality"),
    _KnownCodec("heif", "jpadse-plugin-heif", "quality"),
    _KnownCodec("jpeg2000", "jpadse-plugin-jpeg2000", "rate"),
    _KnownCodec("jpegxl", "jpadse-plugin-jpegxl", "distance"),
    _KnownCodec("bpg", "jpadse-plugin-bpg", "qp"),
    _KnownCodec("bmshj2018-factorized", "jpadse-plugin-compressai", "quality"),
    _KnownCodec("bmshj2018-hyperprior", "jpadse-plugin-compressai", "quality"),
    _KnownCodec("mbt2018-mean", "jpadse-plugin-compressai", "quality"),
    _KnownCodec("mbt2018", "jpadse-plugin-compressai", "quality"),
    _KnownCodec("cheng2020-anchor", "jpadse-plugin-compressai", "quality"),
    _KnownCodec("cheng2020-attn", "jpadse-plugin-compressai", "quality"),
)
"""Codecs that a number stands for, with the option that is their quality scale. Positions are part of the format. 0
stands for a codec that the JSON names; 15 is left for a version that needs more."""
_CODEC, _ENHANCER, _MAP, _QUALITY, _JSON = 0x0F, 0x10, 0x20, 0x40, 0x80
_LARGEST_WHOLE = 100
"""The largest quality that is written as it is."""
_LARGEST_QUALITY = 1_000_000
_MOST_DECIMALS = 6
_DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST_DIGITS}}}")

# What a file says is shown on terminals and in advice: names are names, and nothing else.
_Name = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f-\x9f]{1,100}$")]
_Distribution = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,99})?$")]
_Dpi = Annotated[float, Field(gt=0, le=0xFFFF)]
_Printable = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]{0,200}$")]


class LabelSetReference(BaseModel):
    """The label set of a file: by name, and class by class where this installation may not know the name."""

    model_config = ConfigDict(frozen=True)

    name: _Printable
    classes: dict[str, _Printable] = Field({}, description="class id to `class=texture`, of the classes that occur")

    def resolve(self) -> LabelSet:
        """The label set.

        Raises:
            BitstreamCorrupt: the declaration contradicts itself.
        """
        if not self.classes and self.name in KNOWN:
            return KNOWN[self.name]
        if any(len(number) > 5 or not number.isdecimal() or int(number) > 0xFFFE for number in self.classes):
            raise BitstreamCorrupt("the header declares a class id that is none, or beyond 65534")
        declared = {int(number): text.rpartition("=") for number, text in self.classes.items()}
        count = max(declared, default=0) + 1
        names = [f"class-{number}" for number in range(count)]
        textures = ["other"] * count
        for number, (name, _, texture) in declared.items():
            names[number] = name
            textures[number] = texture if texture in TEXTURES else "other"
        return LabelSet(self.name, tuple(names), tuple(textures))


_BUILT_IN_ENHANCER = "default", "jpadse"
_BUILT_IN_MAP = "deeplab", "jpadse", LabelSetReference(name="texture", classes={})


class Header(BaseModel):
    """What is in the header. Fields at their default are not written.

    `width` and `height` are told where the payload is in a container, `essence` by files of format version 1.
    """

    model_config = ConfigDict(frozen=True)

    codec: _Name
    options: dict[str, Any] = {}
    width: int | None = Field(None, ge=1)
    height: int | None = Field(None, ge=1)
    essence: int = Field(0, description="CRC-32 of the coded picture without metadata; 0 in a container")
    enhancer: _Name | None = None
    weights: _Printable = Field("", description="first hex digits of the sha256 of the enhancer's weights")
    semantics: _Name | None = Field(None, description="the extractor's name, for information")
    labels: LabelSetReference | None = None
    divisor: int = Field(4, ge=1, description="the label map's resolution is the picture's divided by this")
    mode: str = Field("rgb", pattern="^(rgb|grey)$")
    codec_distribution: _Distribution = "jpadse"
    enhancer_distribution: _Distribution = "jpadse"
    dpi: tuple[_Dpi, _Dpi] | None = Field(None, description="resolution, where the codec's format has no place for it")
    derived: bool = Field(False, description="no map is sent: the decoder makes it of the plain picture")
    semantics_weights: _Printable = Field("", description="as `weights`, of the extractor; derived semantics only")
    semantics_distribution: _Distribution = "jpadse"
    smallest_region: int = Field(0, ge=0, description="of a simplified map, in cells: smaller ones went to neighbours")

    def map_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Height and width of the label map of a picture of height and width `shape`."""
        return -(-shape[0] // self.divisor), -(-shape[1] // self.divisor)


def write_header(header: Header) -> bytes:
    """The header's bytes, which tell where they end."""
    rest = header.model_dump(mode="json", exclude_defaults=True)
    flags, parts = _number_of(header), [b""]
    if _has_built_in_enhancer(header):
        flags |= _ENHANCER
        parts.append(bytes.fromhex(header.weights))
        rest = _without(rest, "enhancer", "weights")
    if flags & _CODEC:
        rest = _without(rest, "codec", "codec_distribution", "options")
        options = dict(header.options)
        quality = _write_quality(options.get(_CODECS[flags & _CODEC].quality))
        if quality:
            flags |= _QUALITY
            parts.append(quality)
            del options[_CODECS[flags & _CODEC].quality]
        rest |= {"options": options} if options else {}
    if (header.semantics, header.semantics_distribution, header.labels) == _BUILT_IN_MAP:
        flags |= _MAP
        rest = _without(rest, "semantics", "labels")
    if rest:
        flags |= _JSON
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_DICTIONARY)
        parts.append(deflater.compress(to_json(rest)) + deflater.flush())
    return bytes([flags]) + b"".join(parts)


def read_header(data: bytes) -> tuple[Header, int]:
    """A header, and how many bytes it takes of the data that begins with it.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: the data does not begin with a header.
        BitstreamUnsupported: it has a codec's number of a newer version.
    """
    reader = Reader(data, "header")
    flags = reader.byte()
    if flags & _CODEC >= len(_CODECS):
        raise BitstreamUnsupported(f"the file's codec has number {flags & _CODEC}: pip install --upgrade jpadse")
    codec = _CODECS[flags & _CODEC]
    fields: dict[str, Any] = {}
    if flags & _ENHANCER:
        fields |= {"enhancer": _BUILT_IN_ENHANCER[0], "weights": reader.block(DIGEST_DIGITS // 2).hex()}
    quality = {codec.quality: _read_quality(reader.varint())} if flags & _QUALITY else {}
    if flags & _CODEC:
        fields |= {"codec": codec.name, "codec_distribution": codec.distribution}
    if flags & _MAP:
        fields |= dict(zip(("semantics", "semantics_distribution", "labels"), _BUILT_IN_MAP, strict=True))
    size = reader.position
    rest: Any = {}
    if flags & _JSON:
        text, left = _inflated(reader.rest())
        size = len(data) - left
        try:
            rest = from_json(text)
        except ValueError as error:
            raise BitstreamCorrupt("the header cannot be read") from error
    if not isinstance(rest, dict) or not isinstance(rest.get("options", {}), dict):
        raise BitstreamCorrupt("the header cannot be read")
    try:
        return Header.model_validate({**rest, **fields, "options": {**rest.get("options", {}), **quality}}), size
    except ValidationError as error:
        raise BitstreamCorrupt("the header cannot be read") from error


def read_header_of_version_1(body: bytes) -> Header:
    """The header of a file of format version 1: all of it is JSON.

    Raises:
        BitstreamCorrupt: the body is no such header.
    """
    try:
        return Header.model_validate_json(_inflated(body)[0])
    except ValidationError as error:
        raise BitstreamCorrupt("the header cannot be read") from error


def _inflated(data: bytes) -> tuple[bytes, int]:
    """The JSON that the data begins with, and how many bytes are left behind it."""
    try:
        inflater = zlib.decompressobj(-15, zdict=_DICTIONARY)
        text = inflater.decompress(data, _LARGEST_JSON)
    except zlib.error as error:
        raise BitstreamCorrupt("the header cannot be read") from error
    if not inflater.eof:
        raise BitstreamCorrupt("the header does not end where it should")
    return text, len(inflater.unused_data)


def _number_of(header: Header) -> int:
    found = (header.codec, header.codec_distribution)
    numbers = (number for number, codec in enumerate(_CODECS) if (codec.name, codec.distribution) == found)
    return next(numbers, 0)


def _has_built_in_enhancer(header: Header) -> bool:
    found = (header.enhancer, header.enhancer_distribution)
    return found == _BUILT_IN_ENHANCER and _DIGEST.fullmatch(header.weights) is not None


def _without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _write_quality(value: object) -> bytes:
    """A number of at most six decimals; nothing for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST_QUALITY:
        return b""
    if value <= _LARGEST_WHOLE and value == int(value):
        return write_varint(int(value))
    for decimals in range(1, _MOST_DECIMALS + 1):
        digits = round(value * 10**decimals)
        if digits / 10**decimals == value:
            return write_varint(_LARGEST_WHOLE + 1 + digits * _MOST_DECIMALS + decimals - 1)
    return b""


def _read_quality(number: int) -> float:
    if number <= _LARGEST_WHOLE:
        return number
    digits, decimals = divmod(number - _LARGEST_WHOLE - 1, _MOST_DECIMALS)
    return float(digits / 10 ** (decimals + 1))


def reference_to(label_set: LabelSet, ids: list[int]) -> LabelSetReference:
    """How a file names `label_set`, of which it uses the classes `ids`."""
    if KNOWN.get(label_set.name) == label_set:
        return LabelSetReference(name=label_set.name, classes={})
    declared = {
        str(number): f"{label_set.classes[number]}={label_set.textures[number]}"
        for number in [number for number in ids if number < len(label_set.classes)] or [0]
    }
    return LabelSetReference(name=label_set.name, classes=declared)
