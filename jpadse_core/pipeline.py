"""Encode and decode, composed from a codec, an extractor and an enhancer."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import numpy as np
from pydantic import BaseModel

from jpadse_core.attaching import beside_to_keep, carrier_to_attach, require_same_size
from jpadse_core.bitstream.container import wrap
from jpadse_core.bitstream.guide import blend, choose_guide, write_guide
from jpadse_core.bitstream.header import Header, write_header
from jpadse_core.bitstream.sections import SectionKey, Tag, write_sections
from jpadse_core.calling import encode_with, enhance_all_with, extract_with, failing_as
from jpadse_core.carrying import fenced_carrier_of
from jpadse_core.colour_profiles import tell_hidden_profile
from jpadse_core.config import ConfigSource, read_config
from jpadse_core.decoding import FileSource, decode_picture
from jpadse_core.deriving import derive
from jpadse_core.describing import component_fields, semantics_fields
from jpadse_core.distortion import psnr
from jpadse_core.downsampling import downsample_labels
from jpadse_core.encoded import Encoded
from jpadse_core.errors import CodecError, EnhancerError, MetadataLost, SemanticsError
from jpadse_core.file_semantics import Divisor, FileSemantics, MapPolicy
from jpadse_core.files import name_of, naming
from jpadse_core.hinting import hints_for
from jpadse_core.hooking import picture_to_encode, private_sections
from jpadse_core.info import file_bytes, sections_of
from jpadse_core.interfaces.codec import Carrier, Codec, held_beside
from jpadse_core.interfaces.enhancer import AnyPreference, Enhancer, Preference
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.interfaces.picture import Metadata, Picture, RgbImage
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.map_choice import AS_IT_IS, Seen, as_the_enhancer_asks, choose_map
from jpadse_core.map_decision import SemanticsSource
from jpadse_core.opening import open_file
from jpadse_core.parts import Parts, codec_options, resolve, tell_undeclared
from jpadse_core.pictures import PictureSource, as_stored, picture_bytes, read_picture
from jpadse_core.plain import plain_picture
from jpadse_core.plugins.hooks import notify
from jpadse_core.plugins.options import GivenOptions
from jpadse_core.rate_control import Target, Trial, meet, refuse_quality
from jpadse_core.texture_choice import choose_perception_guide


def build_pipeline(
    codec: str | Codec = "jpeg",
    semantics: str | SemanticExtractor | None = "deeplab",
    enhancer: str | Enhancer | None = "default",
    *,
    options: BaseModel | Mapping[str, Any] | None = None,
    divisor: Divisor = 8,
    semantics_source: SemanticsSource = "transmitted",
    semantics_rate: float | None = None,
    semantics_options: GivenOptions = None,
    enhancer_options: GivenOptions = None,
    perception_guide: bool = True,
    **codec_keywords: Any,
) -> Pipeline:
    """Put a pipeline together.

    Args:
        codec, semantics, enhancer: installed components by name or `distribution:name`, or instances. Without
            semantics, None or `"none"`, no map is sent; without an enhancer the file is the plain codec's.
        options: the codec's options, an instance of its `Options` or a mapping.
        divisor: the label map has the picture's resolution divided by this.
        semantics_source: `"transmitted"`, in the file; `"derived"`, made by encoder and decoder alike of the plain
            codec's picture, so that the decoder needs the extractor; `"none"`.
        semantics_rate: from 0 on, the weight of a transmitted map's bytes. 0 sends it as it is; above 0 it is
            simplified or left out where the codec would save more squared error by these bytes: at 1, at the codec's
            own slope. None sends it where it shows what the enhancer has a use for: the shipped one, street scenes.
        semantics_options, enhancer_options: what an extractor or enhancer that is given by name is constructed with, an
            instance of its `Options` or a mapping.
        perception_guide: send, where it pays, how much of perception's texture each tile has room for, in some 25
            bytes a photo. False leaves it out of files that are decoded for distortion or accuracy alone, and spares
            the encoder a picture.
        **codec_keywords: single options of the codec, over `options`.

    Raises:
        PluginError: a component is not usable.
        CodecError, SemanticsError, EnhancerError: an option of a component is unknown, missing or out of range.
        SemanticsError: the divisor is not 1, 2, 4 or 8, the source or the rate is none, derived semantics or a rate
            above 0 lack an extractor, or that rate lacks an enhancer.
        WeightsError: a component's weights cannot be used.
    """
    policy = MapPolicy(semantics_source, divisor, semantics_rate)
    extractor = resolve("semantics", None if semantics_source == "none" else semantics, semantics_options)
    if extractor is None and semantics_source == "derived":
        raise SemanticsError("derived semantics want an extractor: name one, or give up on the map")
    parts = resolve("codec", codec), extractor, resolve("enhancer", enhancer, enhancer_options)
    if semantics_rate and (extractor is None or parts[2] is None):
        lacking = "semantics" if extractor is None else "an enhancer"
        raise SemanticsError(
            f"semantics rate {semantics_rate:g}: without {lacking} there is no map to weigh: leave it out"
        )
    tell_undeclared(extractor)
    return Pipeline(*parts, options, policy, codec_keywords, perception_guide)


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
        options: BaseModel | Mapping[str, Any] | None,
        policy: MapPolicy,
        codec_keywords: dict[str, Any],
        perception_guide: bool,
    ) -> None:
        self.codec = codec
        self.semantics = semantics
        self.enhancer = enhancer
        self.options = codec_options(codec, options, codec_keywords)
        self._policy = policy
        self._perception_guide = perception_guide
        self._parts = Parts(("codec", codec), ("semantics", semantics), ("enhancer", enhancer))

    @classmethod
    def from_config(cls, source: ConfigSource) -> Pipeline:
        """The pipeline that a TOML or YAML file describes.

        Args:
            source: the file's path, or a mapping or `PipelineConfig` of the same content.

        Raises:
            ConfigError: the file cannot be read, or is no configuration.
            PluginError, CodecError, SemanticsError: as `build_pipeline`.
        """
        return build_pipeline(**read_config(source).arguments())

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
            TargetError: no quality meets the target, or a quality is given beside it.
        """
        clock = _Clock()
        picture = picture_to_encode(read_picture(source), self.codec.name)
        chosen = codec_options(self.codec, self.options, options, codec_keywords)
        if target is not None:
            refuse_quality(self.codec, (options.model_fields_set if options is not None else set()) | {*codec_keywords})
        with clock.stage("semantics"):
            seen = self._seen(picture)
        private = private_sections(picture, self.codec.name)

        def attempt(tried: BaseModel, enhance: bool) -> Trial:
            return self._attempt(picture, seen, private, tried, clock, enhance)

        trial = attempt(chosen, True) if target is None else meet(target, self.codec, picture.rgb, chosen, attempt)
        encoded = self._finished(trial, picture.rgb, clock)
        if Tag.ICC.name.lower() in encoded.sections:
            tell_hidden_profile(self.codec, picture.metadata)
        return encoded

    def attach(self, plain: FileSource, original: PictureSource, *, replace: bool = False) -> Encoded:
        """Give a file that any encoder wrote a sidecar; all else in the file stays as it is, byte for byte.

        Args:
            plain: a file of this pipeline's codec, or its path.
            original: the picture that it was made from, see `read_picture`; only its colours are used.
            replace: put the sidecar in the place of one that is there, whose alpha plane, metadata and private sections
                stay.

        Raises:
            BitstreamError, PluginError: as `decode`.
            CodecError: the file is another codec's, cannot carry a sidecar or has one, or its samples are not RGB or
                grey.
            ImageError: the original cannot be read, or has another size.
            SemanticsError, EnhancerError: a component failed, or the pipeline has no enhancer.
        """
        clock = _Clock()
        if self.enhancer is None:
            raise EnhancerError("a sidecar serves an enhancer, and this pipeline has none")
        with naming(name_of(plain)):
            opened = open_file(file_bytes(plain), self._parts)
            carrier = carrier_to_attach(opened, self.codec, replace)
            plain_one = plain_picture(opened, any_file=False)
        base = plain_one.rgb
        upright = read_picture(original)
        stored = as_stored(upright.rgb, plain_one.orientation)
        require_same_size(stored, base, plain_one.orientation)
        with clock.stage("semantics"):
            seen = self._seen(upright, plain_one.orientation)
        kept = beside_to_keep(opened)
        dpi = opened.header.dpi if opened.header is not None else None

        def render(semantics: FileSemantics) -> Trial:
            with clock.stage("enhancement"):
                enhanced, guides = self._guided(stored, base, semantics, opened.payload, {})
            header = self._header({}, semantics, plain_one.grey, dpi)
            sections: dict[SectionKey, bytes] = {Tag.HEADER: write_header(header), **kept}
            sections |= {**guides, **_map_section(semantics, clock)}
            data = carrier.attach(opened.payload, write_sections(sections, carrier.essence(opened.payload)))
            return Trial({}, data, base, enhanced, semantics)

        return self._finished(self._decided(stored, base, seen, render, clock), stored, clock)

    def _finished(self, trial: Trial, original: RgbImage, clock: _Clock) -> Encoded:
        enhanced, data = trial.enhanced, trial.data
        opened = open_file(data, self._parts)
        if enhanced is not None and opened.header is None:
            cause = opened.damage or "it is not there"
            raise CodecError(f'codec "{self.codec.name}": its carrier does not bring the sidecar back: {cause}')
        encoded = Encoded(
            data,
            sections={section.name: section.bytes for section in sections_of(opened)},
            bits_per_pixel=len(data) * 8 / (original.shape[0] * original.shape[1]),
            label_map=trial.semantics.label_map,
            semantics_source=trial.semantics.source,
            map_choice=trial.choice,
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
        seen: Seen,
        private: Mapping[SectionKey, bytes],
        options: BaseModel,
        clock: _Clock,
        enhance: bool,
    ) -> Trial:
        """What depends on the codec's options: without `enhance` all but the guide."""
        with failing_as(CodecError, f'codec "{self.codec.name}": what its options are in a file'):
            recorded = _recorded(options)
        with clock.stage("codec"):
            payload, base = encode_with(self.codec, picture.rgb, options)

        def render(semantics: FileSemantics) -> Trial:
            guides: dict[SectionKey, bytes] = {}
            enhanced = None
            if enhance and self.enhancer is not None:
                with clock.stage("enhancement"):
                    enhanced, guides = self._guided(picture.rgb, base, semantics, payload, recorded)
            bodies = {**guides, **private, **_map_section(semantics, clock)}
            with clock.stage("file"):
                data = self._file(picture, payload, recorded, semantics, bodies)
            return Trial(recorded, data, base, enhanced, semantics)

        return self._decided(picture.rgb, base, seen, render, clock) if enhance else render(seen.whole)

    def _seen(self, picture: Picture, orientation: int = 1) -> Seen:
        """What the encoder knows of an upright picture's content, as a file that stores it in this EXIF orientation
        would hold it."""
        divisor, source = self._policy.divisor, self._policy.source
        if self.semantics is None or self.enhancer is None:
            return Seen(FileSemantics(None, divisor, "none"))
        if source == "derived":
            return Seen(FileSemantics(None, divisor, source))
        full = extract_with(self.semantics, picture.rgb, picture.file)
        stored = SemanticMap(as_stored(full.labels, orientation), full.label_set)
        sent = SemanticMap(downsample_labels(stored.labels, divisor), full.label_set)
        if self._policy.rate:
            return Seen(FileSemantics(sent, divisor), stored)
        choice = AS_IT_IS if self._policy.rate == 0 else as_the_enhancer_asks(self.enhancer, sent)
        return Seen(FileSemantics(None if choice.decision == "skipped" else sent, divisor), choice=choice)

    def _decided(
        self, original: RgbImage, base: RgbImage, seen: Seen, render: Callable[[FileSemantics], Trial], clock: _Clock
    ) -> Trial:
        """The file with the semantics that the policy asks for."""
        if seen.whole.source == "derived":
            with clock.stage("semantics"):
                label_map = derive(cast(SemanticExtractor, self.semantics), base, self._policy.divisor)
            return render(replace(seen.whole, label_map=label_map))
        if seen.full is None or not self._policy.rate:
            return replace(render(seen.whole), choice=seen.choice)
        return choose_map(seen.full, seen.whole, self._policy.rate, original, render)

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

    def _guided(
        self,
        original: RgbImage,
        base: RgbImage,
        semantics: FileSemantics,
        payload: bytes,
        recorded: dict[str, Any],
    ) -> tuple[RgbImage, dict[SectionKey, bytes]]:
        """The distortion corner, and the guides."""
        enhancer = cast(Enhancer, self.enhancer)
        pixels = base.shape[0] * base.shape[1]
        hints = hints_for(self.codec, payload, pixels, self.codec.name, recorded)
        wanted = [Preference.of("distortion")]
        if self._perception_guide:
            wanted.append(Preference.of("perception"))
        made = enhance_all_with(enhancer, base, semantics.as_read, hints, wanted)
        guide = choose_guide(original, base, made[0])
        shown, *textured = [blend(base, made.pop(0), guide) for _ in wanted]  # popped, so that it can be freed
        bodies: dict[SectionKey, bytes] = {Tag.GUIDE: write_guide(guide)}
        for picture in textured:
            if body := choose_perception_guide(original, shown, picture, len(payload)):
                bodies[Tag.PERCEPTION_GUIDE] = body
        return shown, bodies

    def _header(
        self,
        recorded: dict[str, Any],
        semantics: FileSemantics,
        grey: bool,
        dpi: tuple[float, float] | None,
        shape: tuple[int, int] | tuple[None, None] = (None, None),
    ) -> Header:
        return Header(
            **component_fields(self.codec, self.enhancer),
            **semantics_fields(self.semantics, semantics),
            options=recorded,
            height=shape[0],
            width=shape[1],
            mode="grey" if grey else "rgb",
            dpi=dpi,
        )

    def _file(
        self,
        picture: Picture,
        payload: bytes,
        recorded: dict[str, Any],
        semantics: FileSemantics,
        bodies: Mapping[SectionKey, bytes],
    ) -> bytes:
        carrier = fenced_carrier_of(self.codec)
        taken = frozenset[str]() if carrier is None else held_beside(carrier, payload, picture.metadata)
        held, left = _split(picture.metadata, taken)
        plain = carrier.embed(payload, held) if carrier is not None and held else payload
        dpi = None if carrier is not None and _holds_resolution(carrier, payload, held, plain) else held.dpi
        shape = picture.rgb.shape[:2] if carrier is None else (None, None)
        header = self._header(recorded, semantics, picture.grey, dpi, shape)
        sections: dict[SectionKey, bytes] = {Tag.HEADER: write_header(header), **left}
        if picture.alpha is not None:
            sections[Tag.ALPHA] = picture_bytes(Picture(np.repeat(picture.alpha[..., None], 3, 2), grey=True), "PNG")
        if carrier is None:
            return wrap(write_sections({**sections, **bodies, Tag.PAYLOAD: payload}))
        if not bodies and not left and picture.alpha is None:
            if dpi is not None and self.enhancer is None:
                warnings.warn(f"the resolution is lost: no place in a {self.codec.name} file", MetadataLost, 2)
            return plain
        return carrier.attach(plain, write_sections({**sections, **bodies}, carrier.essence(payload)))


def _holds_resolution(carrier: Carrier, payload: bytes, metadata: Metadata, embedded: bytes) -> bool:
    """Whether the format has a place for the resolution: embedding without it makes another file."""
    return metadata.dpi is None or carrier.embed(payload, replace(metadata, dpi=None)) != embedded


def _map_section(semantics: FileSemantics, clock: _Clock) -> dict[SectionKey, bytes]:
    with clock.stage("label map"):
        return {} if semantics.body is None else {Tag.LABEL_MAP: semantics.body}


class _Clock:
    """Seconds by stage, added up."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - start


def _split(metadata: Metadata, held: frozenset[str]) -> tuple[Metadata, dict[SectionKey, bytes]]:
    """What the file has room for, and the rest as sections."""
    blocks = {tag: getattr(metadata, tag.name.lower()) for tag in (Tag.ICC, Tag.EXIF, Tag.XMP)}
    inside = {tag.name.lower(): block for tag, block in blocks.items() if tag.name.lower() in held}
    return Metadata(**inside, dpi=metadata.dpi), {
        tag: block for tag, block in blocks.items() if block and tag.name.lower() not in held
    }


def _recorded(options: BaseModel) -> dict[str, Any]:
    """The options as the header holds them: those that differ from the defaults."""
    return options.model_dump(mode="json", exclude_defaults=True)
