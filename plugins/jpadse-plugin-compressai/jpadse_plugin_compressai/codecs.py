"""The codecs: one for each architecture of CompressAI's zoo."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from jpadse_core.errors import BitstreamCorrupt
from jpadse_core.interfaces.codec import QualityScale
from jpadse_core.interfaces.picture import RgbImage
from jpadse_plugin_compressai.payload import Header, check, read_payload, write_payload


class LearnedOptions(BaseModel):
    """Options of a learned codec."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quality: int = Field(4, ge=1, le=8, description="the zoo's quality level; a model of its own for each")
    metric: Literal["mse", "ms-ssim"] = Field("mse", description="what the model was trained for")
    weights: Path | None = Field(
        None,
        exclude=True,  # a path on the encoder's machine is nothing for a file to tell
        description="a model's state on this machine, or a folder of METRIC-QUALITY.pth.tar, instead of the zoo's",
    )


class ShortScaleOptions(LearnedOptions):
    """Options of a learned codec with six quality levels."""

    quality: int = Field(4, ge=1, le=6, description="the zoo's quality level; a model of its own for each")


class LearnedCodec:
    """A learned codec. Pictures of any size up to 2**25 pixels; it computes on the CPU.

    What decides how the bytes are read is computed in integers, so a payload decodes to the same latents on every
    machine; the picture that the synthesis network makes of them may differ by a level.
    """

    name = ""
    Options: type[LearnedOptions] = LearnedOptions
    quality_scale = QualityScale("quality", 1, 8)

    def check_weights(self) -> None:
        """Look for the zoo's weights of the default options in the cache; see `Codec`."""
        from jpadse_plugin_compressai.weights import published

        defaults = self.Options()
        published(self.name, defaults.metric, defaults.quality).check()

    def encode(self, rgb: RgbImage, options: LearnedOptions) -> bytes:
        """The payload of uint8 `[H, W, 3]`.

        Raises:
            WeightsError: the weights are not to be had, or hold no state of this architecture.
            CodecError: the picture is too large, or the weights are of no use.
        """
        import torch

        from jpadse_plugin_compressai.networks import network
        from jpadse_plugin_compressai.symbols import SymbolWriter
        from jpadse_plugin_compressai.weights import chosen, digest_of

        path = chosen(self.name, options.metric, options.quality, options.weights)
        height, width = rgb.shape[:2]
        header = Header(self.name, options.metric, options.quality, digest_of(path), width, height)
        header.write()  # refuses a picture that is too large before anything is computed
        model, writer = network(self.name, path, header.digest), SymbolWriter()
        with torch.inference_mode():
            latents = model.latents.code(writer, *model.size(height, width), model.analyse(rgb))
        return write_payload(header, latents.long().numpy().tobytes(), writer.finish())

    def decode(self, data: bytes) -> RgbImage:
        """uint8 `[H, W, 3]` of a payload of this architecture.

        Raises:
            BitstreamError: it is damaged, of another architecture or a newer version, or this machine computes other
                latents of it than the encoder's did.
            WeightsError: the weights that it wants are not to be had.
        """
        import torch

        from jpadse_plugin_compressai.exact import UNIT
        from jpadse_plugin_compressai.networks import network
        from jpadse_plugin_compressai.symbols import SymbolReader
        from jpadse_plugin_compressai.weights import find

        header, checksum, rest = read_payload(data)
        if header.architecture != self.name:
            raise BitstreamCorrupt(f'a payload of "{header.architecture}" cannot be decoded as "{self.name}"')
        model = network(self.name, find(header), header.digest)
        size = model.size(header.height, header.width)
        reader = SymbolReader(rest, model.latents.symbols(*size))
        with torch.inference_mode():
            latents = model.latents.code(reader, *size)
            check(header, checksum, latents.long().numpy().tobytes())
            return model.synthesise((latents / UNIT).float(), header.height, header.width)


class Bmshj2018Factorized(LearnedCodec):
    """Factorized prior (Ballé et al. 2018, arXiv 1802.01436)."""

    name = "bmshj2018-factorized"


class Bmshj2018Hyperprior(LearnedCodec):
    """Scale hyperprior (Ballé et al. 2018, arXiv 1802.01436)."""

    name = "bmshj2018-hyperprior"


class Mbt2018Mean(LearnedCodec):
    """Hyperprior of scales and means (Minnen et al. 2018, arXiv 1809.02736)."""

    name = "mbt2018-mean"


class Mbt2018(LearnedCodec):
    """Joint autoregressive and hierarchical priors (Minnen et al. 2018, arXiv 1809.02736)."""

    name = "mbt2018"


class Cheng2020Anchor(LearnedCodec):
    """Residual blocks, without attention (Cheng et al. 2020, arXiv 2001.01568, as CompressAI has it: one Gaussian)."""

    name = "cheng2020-anchor"
    Options = ShortScaleOptions
    quality_scale = QualityScale("quality", 1, 6)


class Cheng2020Attn(Cheng2020Anchor):
    """Residual blocks and attention (Cheng et al. 2020, arXiv 2001.01568, as CompressAI has it: one Gaussian)."""

    name = "cheng2020-attn"
