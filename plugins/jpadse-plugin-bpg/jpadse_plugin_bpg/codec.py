"""The codec `bpg`: BPG (Bellard, 2018), HEVC still pictures, by the programs `bpgenc` and `bpgdec` of libbpg."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from jpadse_core import (
    BitstreamCorrupt,
    BitstreamTruncated,
    CodecError,
    ImageError,
    Picture,
    PluginUnavailable,
    QualityScale,
    RgbImage,
)
from jpadse_core.formats.pillow_codec import check_size
from jpadse_core.pictures import picture_from_bytes, turned_upright
from jpadse_plugin_bpg.carrier import BpgCarrier
from jpadse_plugin_bpg.header import BpgHeader, read_header

_SECONDS = 600
"""After which a program is stopped: an hour-long picture is a hostile one."""


class BpgOptions(BaseModel):
    """Options of BPG, as `bpgenc` names them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    qp: int = Field(29, ge=0, le=51, description="quantiser parameter of HEVC: 0 is finest")
    chroma: Literal["420", "422", "444"] = Field("420", description="resolution of the chroma planes")
    color_space: Literal["ycbcr", "ycbcr_bt709", "ycbcr_bt2020", "ycgco"] = Field("ycbcr", description="of the planes")
    level: int = Field(8, ge=1, le=9, description="effort: 1 is fast, 9 makes the smallest file")
    encoder: Literal["x265", "jctvc"] = Field("x265", description="which HEVC encoder, where bpgenc has both")


class BpgCodec:
    """BPG of 8 bits.

    Raises:
        PluginUnavailable: `bpgenc` or `bpgdec` is not on PATH.
    """

    name = "bpg"
    Options = BpgOptions
    carrier = BpgCarrier()
    quality_scale = QualityScale("qp", 51, 0)

    def __init__(self) -> None:
        found = {program: shutil.which(program) for program in ("bpgenc", "bpgdec")}
        missing = [program for program, path in found.items() if path is None]
        if missing:
            raise PluginUnavailable(
                f'codec "bpg" needs {" and ".join(missing)} on PATH: install libbpg from https://bellard.org/bpg/'
            )
        self._encoder, self._decoder = str(found["bpgenc"]), str(found["bpgdec"])

    def encode(self, rgb: RgbImage, options: BpgOptions) -> bytes:
        """BPG bytes of uint8 `[H, W, 3]`."""
        source = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(rgb)).save(source, "PNG", compress_level=1)
        arguments = ["-q", options.qp, "-f", options.chroma, "-c", options.color_space, "-m", options.level]
        return _run(self._encoder, [*map(str, arguments), "-e", options.encoder], source.getvalue(), "png", "bpg")

    def decode(self, data: bytes) -> RgbImage:
        """uint8 `[H, W, 3]` of a still BPG file of 8 bits."""
        return self._decoded(data).rgb

    def read(self, data: bytes) -> Picture:
        """See `Codec`. The EXIF orientation is applied.

        Raises:
            BitstreamTruncated, BitstreamCorrupt: the file is damaged.
            CodecError: it is too large to be trusted, or takes too long.
            ImageError: it is an animation, or has more than 8 bits a sample.
        """
        return turned_upright(self._decoded(data), self.carrier.metadata(data))

    def _decoded(self, data: bytes) -> Picture:
        header: BpgHeader = read_header(data)
        check_size(header.width, header.height, "BPG")
        if header.bits > 8:
            raise ImageError(f"the BPG file has {header.bits} bits a sample, and JPADSE carries 8: convert it first")
        if header.animated:
            raise ImageError("the BPG file is an animation, and only one picture can be read: extract it first")
        try:
            decoded = _run(self._decoder, [], data, "bpg", "png")
        except CodecError as error:
            kind = BitstreamTruncated if header.data_end > len(data) else BitstreamCorrupt
            raise kind(str(error)) from error
        return picture_from_bytes(decoded, "BPG")


def _run(program: str, arguments: Sequence[str], source: bytes, kind: str, result: str) -> bytes:
    """What a program, called without a shell, makes of a file."""
    name = Path(program).name
    with tempfile.TemporaryDirectory(prefix="jpadse-") as folder:
        given, made = Path(folder) / f"in.{kind}", Path(folder) / f"out.{result}"
        given.write_bytes(source)
        try:
            finished = subprocess.run(
                [program, *arguments, "-o", str(made), str(given)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CodecError(f"{name} did not finish in {_SECONDS} seconds") from error
        except OSError as error:
            raise CodecError(f"{name} cannot be run: {error.strerror}") from error
        if finished.returncode != 0 or not made.is_file():
            said = " ".join(finished.stderr.decode(errors="replace").split())[:200]
            raise CodecError(f"{name} failed with status {finished.returncode}: {said or 'it says nothing'}")
        return made.read_bytes()
