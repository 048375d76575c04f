"""The header section: what a reader needs to know before it can decode anything.

It is JSON, deflated against a dictionary of its own field names, so that it stays readable in every language and costs
tens of bytes.
"""

from __future__ import annotations

import zlib
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from jpadse_core.errors import BitstreamCorrupt
from jpadse_core.interfaces.label_sets import KNOWN
from jpadse_core.interfaces.labels import TEXTURES, LabelSet

_LARGEST_JSON = 1 << 20
_DICTIONARY = (
    b'"cityscapes-19""voc-21""ade20k-32","alpha":true,"mode":"grey","progressive":true,"subsampling":"4:4:4",'
    b'"codec_distribution":"jpadse-plugin-webp","enhancer_distribution":"jpadse-plugin-","classes":{"'
    b'{"codec":"png","options":{"compression":'
    b'{"codec":"jpeg","options":{"quality":10},"width":768,"height":512,"essence":,"enhancer":"default",'
    b'"weights":"","semantics":"deeplab","labels":{"name":"texture"},"divisor":4}'
)


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


class Header(BaseModel):
    """What is in the header. Fields at their default are not written."""

    model_config = ConfigDict(frozen=True)

    codec: _Name
    options: dict[str, Any] = {}
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    essence: int = Field(0, description="CRC-32 of the coded picture without metadata; 0 in a container")
    enhancer: _Name | None = None
    weights: _Printable = Field("", description="first 16 hex digits of the sha256 of the enhancer's weights")
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

    @property
    def map_shape(self) -> tuple[int, int]:
        """Height and width of the label map."""
        return -(-self.height // self.divisor), -(-self.width // self.divisor)


def write_header(header: Header) -> bytes:
    """The header section's body."""
    text = header.model_dump_json(exclude_defaults=True).encode()
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_DICTIONARY)
    return deflater.compress(text) + deflater.flush()


def read_header(body: bytes) -> Header:
    """Undo `write_header`.

    Raises:
        BitstreamCorrupt: the body is not a header.
    """
    try:
        inflater = zlib.decompressobj(-15, zdict=_DICTIONARY)
        text = inflater.decompress(body, _LARGEST_JSON)
        if not inflater.eof:
            raise BitstreamCorrupt("the header does not end where it should")
        return Header.model_validate_json(text)
    except (zlib.error, ValidationError) as error:
        raise BitstreamCorrupt("the header cannot be read") from error


def reference_to(label_set: LabelSet, ids: list[int]) -> LabelSetReference:
    """How a file names `label_set`, of which it uses the classes `ids`."""
    if KNOWN.get(label_set.name) == label_set:
        return LabelSetReference(name=label_set.name, classes={})
    declared = {
        str(number): f"{label_set.classes[number]}={label_set.textures[number]}"
        for number in ids
        if number < len(label_set.classes)
    }
    return LabelSetReference(name=label_set.name, classes=declared)
