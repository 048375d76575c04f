"""Encode and decode, composed from a codec, an extractor and an enhancer."""

from __future__ import annotations

import time
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal, cast, get_args

import numpy as np
from pydantic import BaseModel

from jpadse_core.attaching import alpha_to_keep, carrier_to_attach, require_same_size
from jpadse_core.bitstream.container import wrap
from jpadse_core.bitstream.guide import blend, choose_guide, write_guide
from jpadse_core.bitstream.header import Header, reference_to, write_header
from jpadse_core.bitstream.label_map import encode_labels
from jpadse_core.bitstream.sections import Tag, write_sections
from jpadse_core.calling import encode_with, enhance_with, extract_with
from jpadse_core.decoding import FileSource, beside_of, decode_picture, plain_picture
from jpadse_core.distortion import psnr
from jpadse_core.downsampling import downsample_labels
from jpadse_core.encoded import Encoded
from jpadse_core.errors import EnhancerError, MetadataLost, SemanticsError
from jpadse_core.hinting import hints_for
from jpadse_core.info import file_bytes, sections_of
from jpadse_core.interfaces.codec import Carrier, Codec, carrier_of
from jpadse_core.interfaces.enhancer import AnyPreference, Enhancer, Preference
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.interfaces.picture import Metadata, Picture, RgbImage
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.opening import open_file
from jpadse_core.parts import Parts, codec_options, resolve, tell_undeclared
from jpadse_core.pictures import PictureSource, as_stored, picture_bytes, read_picture
from jpadse_core.plugins.discovery import CORE_DISTRIBUTION, Kind, discover
from jpadse_core.plugins.hooks import notify
from jpadse_core.plugins.options import GivenOptions
from jpadse_core.rate_control import Target, Trial, meet

Divisor = Literal[1, 2, 4, 8]


def build_pipeline(
    codec: str | Codec = "jpeg",
    semantics: str | SemanticExtractor | None = "deeplab",
    enhancer: str | Enhancer | None = "default",
    *,
    options: BaseModel | None = None,
    divisor: Divisor = 4,
    semantics_options: GivenOptions = None,
    enhancer_options: GivenOptions = None,
    **codec_keywords: Any,
) -> Pipeline:
    """Put a pipeline together.

    Args:
        codec, semantics, enhancer: installed components by name or `distribution:name`, or instances. Without
            semantics no map is sent; without an enhancer the file is the plain codec's.
        options: the codec's options, an instance of its `Options`.
        divisor: the label map is sent at the picture's resolution divided by this.
        semantics_options, enhancer_options: what an extractor or enhancer that is given by name is constructed with, an
            instance of its `Options` or a mapping.
        **codec_keywords: single options of the codec, over `options`.

    Raises:
        PluginError: a component is not usable.
        CodecError, SemanticsError, EnhancerError: an option of a component is unknown, missing or out of range.
        SemanticsError: the divisor is not 1, 2, 4 or 8.
        WeightsError: a component's weights cannot be used.
    """
    if divisor not in get_args(Divisor):
        raise SemanticsError(f"divisor {divisor}: choose from 1, 2, 4, 8")
    extractor = resolve("semantics", semantics, semantics_options)
    parts = resolve("codec", codec), extractor, resolve("enhancer", enhancer, enhancer_options)
    tell_undeclared(extractor)
    return Pipeline(*parts, options, divisor, codec_keywords)


class Pipeline:
    """A codec with semantics and enhancement. Made by `build_pipeline`.

    Attributes:
        codec, semantics, enhancer: its components.
        options: the codec's options when `encode` gives none.
    """

    def __init__(
        self,
        codec: Codec,
        semantics: SemanticExtractor | None,
        enhancer: Enhancer | None,
        options: BaseModel | None,
        divisor: Divisor,
        codec_keywords: dict[str, Any],
    ) -> None:
        self.codec = codec
        self.semantics = semantics
        self.enhancer = enhancer
        self.options = codec_options(codec, options, codec_keywords)
        self._divisor = divisor
        self._parts = Parts(("codec", codec), ("semantics", semantics), ("enhancer", enhancer))

    def encode(
        self,
        source: PictureSource,
        options: BaseModel | None = None,
        *,
        target: Target | None = None,
        **codec_keywords: Any,
    ) -> Encoded:
        """Encode a picture to a file of the codec's own format, or to a `.jpse` container where it has no carrier.

        The encoder runs the decoder and records per tile how strongly to enhance, so that the distortion corner is
        never further from the original than the plain codec's picture.

        Args:
            source: see `read_picture`.
            options, **codec_keywords: the codec's options for this picture, over the pipeline's.
            target: a `TargetSize`, `TargetBitsPerPixel` or `TargetMetric` that decides on the codec's quality.

        Raises:
            ImageError: the picture cannot be read or carried.
            CodecError, SemanticsError, EnhancerError: a component refused or failed.
            TargetError: no quality meets the target.
        """
        clock = _Clock()
        picture = read_picture(source)
        chosen = codec_options(self.codec, self.options, options, codec_keywords)
        with clock.stage("semantics"):
            label_map = self._label_map(picture) if self.enhancer is not None else None
        with clock.stage("label map"):
            map_body = {Tag.LABEL_MAP: encode_labels(label_map.labels)} if label_map is not None else {}

        def attempt(tried: BaseModel, enhance: bool) -> Trial:
            return self._attempt(picture, label_map, map_body, tried, clock, enhance)

        trial = attempt(chosen, True) if target is None else meet(target, self.codec, picture.rgb, chosen, attempt)
        return self._finished(trial, picture.rgb, label_map, clock)

    def attach(self, plain: FileSource, original: PictureSource, *, replace: bool = False) -> Encoded:
        """Give a file that any encoder wrote a sidecar; all else in the file stays as it is, byte for byte.

        Args:
            plain: a file of this pipeline's codec, or its path.
            original: the picture that it was made from, see `read_picture`; only its colours are used.
            replace: put the sidecar in the place of one that is there, whose alpha plane stays.

        Raises:
            BitstreamError, PluginError: as `decode`.
            CodecError: the file is another codec's, cannot carry a sidecar or has one, or its samples are not RGB or
                grey.
            ImageError: the original cannot be read, or has another size.
            SemanticsError, EnhancerError: a component failed, or the pipeline has no enhancer.
        """
        clock = _Clock()
        opened = open_file(file_bytes(plain), self._parts)
        carrier = carrier_to_attach(opened, self.codec, replace)
        if self.enhancer is None:
            raise EnhancerError("a sidecar serves an enhancer, and this pipeline has none")
        base, beside = plain_picture(opened), beside_of(opened)
        upright = read_picture(original)
        stored = as_stored(upright.rgb, beside.orientation)
        require_same_size(stored, base, beside.orientation)
        with clock.stage("semantics"):
            label_map = self._label_map(upright, beside.orientation)
        with clock.stage("enhancement"):
            enhanced, guide = self._guided(stored, base, label_map, opened.payload, {})
        sections = {Tag.HEADER: write_header(self._header(opened.payload, base, {}, label_map, beside.grey))}
        sections |= alpha_to_keep(opened)
        if label_map is not None:
            with clock.stage("label map"):
                sections[Tag.LABEL_MAP] = encode_labels(label_map.labels)
        data = carrier.attach(opened.payload, write_sections({**sections, Tag.GUIDE: guide}))
        return self._finished(Trial({}, data, base, enhanced), stored, label_map, clock)

    def _finished(self, trial: Trial, original: RgbImage, label_map: SemanticMap | None, clock: _Clock) -> Encoded:
        enhanced, data = trial.enhanced, trial.data
        encoded = Encoded(
            data,
            sections={section.name: section.bytes for section in sections_of(open_file(data, self._parts))},
            bits_per_pixel=len(data) * 8 / (original.shape[0] * original.shape[1]),
            label_map=label_map,
            timings=clock.stages,
            options=trial.options,
            base_psnr=None if enhanced is None else psnr(original, trial.base),
            enhanced_psnr=None if enhanced is None else psnr(original, enhanced),
        )
        notify("jpadse_encoded", encoded=encoded)
        return encoded

    def _attempt(
        self,
        picture: Picture,
        label_map: SemanticMap | None,
        map_body: dict[Tag, bytes],
        options: BaseModel,
        clock: _Clock,
        enhance: bool,
    ) -> Trial:
        """What depends on the codec's options: without `enhance` all but the guide."""
        bodies = dict(map_body)
        recorded = _recorded(options)
        with clock.stage("codec"):
            payload, base = encode_with(self.codec, picture.rgb, options)
        enhanced = None
        if enhance and self.enhancer is not None:
            with clock.stage("enhancement"):
                enhanced, bodies[Tag.GUIDE] = self._guided(picture.rgb, base, label_map, payload, recorded)
        with clock.stage("file"):
            data = self._file(picture, payload, recorded, label_map, bodies)
        return Trial(recorded, data, base, enhanced)

    def decode(
        self,
        data: FileSource,
        preference: AnyPreference = "distortion",
        *,
        enhance: bool = True,
        semantics: str | SemanticExtractor | None = None,
    ) -> RgbImage:
        """As `jpadse_core.decode`, with this pipeline's components at hand where the file names them.

        A pipeline without an enhancer gives the plain codec's picture.
        """
        return decode_picture(
            data,
            preference,
            enhance=enhance and self.enhancer is not None,
            semantics=semantics,
            enhancer=self.enhancer,
            parts=self._parts,
        ).rgb

    def _label_map(self, picture: Picture, orientation: int = 1) -> SemanticMap | None:
        """The map of an upright picture, as it is sent with a file that stores it in this EXIF orientation."""
        if self.semantics is None:
            return None
        full = extract_with(self.semantics, picture.rgb, picture.file)
        return SemanticMap(downsample_labels(as_stored(full.labels, orientation), self._divisor), full.label_set)

    def _guided(
        self,
        original: RgbImage,
        base: RgbImage,
        label_map: SemanticMap | None,
        payload: bytes,
        recorded: dict[str, Any],
    ) -> tuple[RgbImage, bytes]:
        enhancer = cast(Enhancer, self.enhancer)
        pixels = base.shape[0] * base.shape[1]
        hints = hints_for(self.codec, payload, pixels, self.codec.name, recorded)
        enhanced = enhance_with(enhancer, base, label_map, hints, Preference.of("distortion"))
        guide = choose_guide(original, base, enhanced)
        return blend(base, enhanced, guide), write_guide(guide)

    def _header(
        self,
        payload: bytes,
        base: RgbImage,
        recorded: dict[str, Any],
        label_map: SemanticMap | None,
        grey: bool,
        dpi: tuple[float, float] | None = None,
    ) -> Header:
        carrier = carrier_of(self.codec)
        enhancer = self.enhancer
        return Header(
            codec=self.codec.name,
            codec_distribution=_distribution("codec", self.codec),
            options=recorded,
            width=base.shape[1],
            height=base.shape[0],
            essence=zlib.crc32(carrier.essence(payload)) if carrier is not None else 0,
            enhancer=enhancer.name if enhancer is not None else None,
            enhancer_distribution=_distribution("enhancer", enhancer) if enhancer is not None else CORE_DISTRIBUTION,
            weights=str(getattr(enhancer, "digest", ""))[:16],
            semantics=self.semantics.name if self.semantics is not None and label_map is not None else None,
            labels=reference_to(label_map.label_set, np.unique(label_map.labels).tolist()) if label_map else None,
            divisor=self._divisor,
            mode="grey" if grey else "rgb",
            dpi=dpi,
        )

    def _file(
        self,
        picture: Picture,
        payload: bytes,
        recorded: dict[str, Any],
        label_map: SemanticMap | None,
        bodies: dict[Tag, bytes],
    ) -> bytes:
        carrier = carrier_of(self.codec)
        metadata = picture.metadata
        plain = carrier.embed(payload, metadata) if carrier is not None and metadata else payload
        dpi = None if carrier is not None and _holds_resolution(carrier, payload, metadata, plain) else metadata.dpi
        header = self._header(payload, picture.rgb, recorded, label_map, picture.grey, dpi)
        sections = {Tag.HEADER: write_header(header)}
        if picture.alpha is not None:
            sections[Tag.ALPHA] = picture_bytes(Picture(np.repeat(picture.alpha[..., None], 3, 2), grey=True), "PNG")
        if carrier is not None:
            if not bodies and picture.alpha is None:
                if dpi is not None:
                    warnings.warn(f"the resolution is lost: no place in a {self.codec.name} file", MetadataLost, 2)
                return plain
            return carrier.attach(plain, write_sections({**sections, **bodies}))
        blocks = {Tag.ICC: metadata.icc, Tag.EXIF: metadata.exif, Tag.XMP: metadata.xmp}
        sections |= {tag: block for tag, block in blocks.items() if block}
        return wrap(write_sections({**sections, **bodies, Tag.PAYLOAD: payload}))


def _holds_resolution(carrier: Carrier, payload: bytes, metadata: Metadata, embedded: bytes) -> bool:
    """Whether the format has a place for the resolution: embedding without it makes another file."""
    return metadata.dpi is None or carrier.embed(payload, replace(metadata, dpi=None)) != embedded


class _Clock:
    """Seconds by stage, added up."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - start


def _recorded(options: BaseModel) -> dict[str, Any]:
    """The options as the header holds them: those that differ from the defaults."""
    return options.model_dump(mode="json", exclude_defaults=True)


def _distribution(kind: Kind, part: Any) -> str:
    """The installed distribution that a component comes from; empty for one that is not installed."""
    homes = {type(part).__module__, getattr(part, "__module__", "")}
    claims = [component for component in discover(kind) if component.name == part.name]
    return next((claim.distribution for claim in claims if claim.entry_point.module in homes), "")
