"""What a codec's carrier is held to: its files stay files of the format, with the plain codec's pixels."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from jpadse_core.decoding import decode_picture
from jpadse_core.errors import CodecError, JpadseError
from jpadse_core.interfaces.codec import Carrier, Codec, Detached, carrier_of, held_by
from jpadse_core.interfaces.picture import Metadata, Picture, RgbImage
from jpadse_core.parts import Parts, codec_options
from jpadse_core.pipeline import build_pipeline
from jpadse_core.testing.browser import browser, shown_in_browser
from jpadse_core.testing.damage import damaged
from jpadse_core.testing.pictures import textured
from jpadse_core.testing.stand_ins import BandExtractor, BlurEnhancer

_VIEWER_SECONDS = 60
_READERS_APART = 4
"""Levels that readers may differ by where they make RGB of a format's own colours."""
_SIDECARS = (b"\x01", bytes(range(256)), b"jpadse" * 30_000)


def _metadata(fields: Iterable[str]) -> dict[str, Metadata]:
    """Metadata of one kind each, by the name of the kind, of those that a carrier holds."""
    from PIL import ImageCms

    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    blocks: dict[str, Any] = {
        "icc": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        "exif": exif.tobytes().removeprefix(b"Exif\0\0"),
        "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
    }
    return {field.upper(): Metadata(**{field: blocks[field]}) for field in sorted(blocks.keys() & set(fields))}


def _dressed(carrier: Carrier, payload: bytes) -> dict[str, bytes]:
    """The payload without metadata, and with each kind that the carrier holds, by what is in it."""
    blocks = _metadata(held_by(carrier)).items()
    return {"no metadata": payload} | {what: carrier.embed(payload, metadata) for what, metadata in blocks}


def _pillow_pixels(data: bytes) -> RgbImage | None:
    """What an independent reader shows; None where it does not know the format."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.array(image.convert("RGB"))
    except UnidentifiedImageError:
        return None


def _pillow_file_with_alpha(payload: bytes, rgba: RgbImage) -> bytes | None:
    """A file of the payload's format, on its side where Pillow can say so; None where Pillow cannot write one."""
    exif = Image.Exif()
    exif[0x0112] = 6
    target = io.BytesIO()
    try:
        with Image.open(io.BytesIO(payload)) as image:
            Image.fromarray(rgba).save(target, image.format, exif=exif)
    except OSError:
        return None
    return target.getvalue()


class CarrierTests:
    """Part of `CodecTests`; skipped for a codec without a carrier, whose files are `.jpse` containers.

    Attributes:
        viewer: command line of a program of other authors that reads the format, such as `("dwebp", "source.webp",
            "-o", "target.png")`: it is given the file whose name begins with `source`, and writes `target.png`.
        media_type: such as `"image/webp"`, where browsers show the format.
    """

    damaged_files = 48
    viewer: tuple[str, ...] = ()
    media_type = ""

    @pytest.fixture
    def carrier(self, subject: Codec) -> Carrier:
        """The codec's carrier."""
        if getattr(subject, "carrier", None) is None:
            pytest.skip("this codec has no carrier: its files are .jpse containers")
        carrier = carrier_of(subject)
        assert carrier is not None, (
            "its carrier lacks what a carrier has: recognises, attach, detach, essence, embed; see "
            "jpadse_core.interfaces.Carrier"
        )
        return carrier

    @pytest.fixture
    def payload(self, subject: Codec) -> bytes:
        """The codec's bytes of a picture."""
        return bytes(subject.encode(textured(48, 64), codec_options(subject)))

    def test_the_carrier_recognises_its_own_files_only(self, carrier: Carrier, payload: bytes) -> None:
        assert carrier.recognises(payload), "recognises() does not know what encode() made"
        assert carrier.recognises(carrier.attach(payload, b"sidecar")), "recognises() does not know what attach() made"
        for foreign in (b"", b"\0", b"hello world", payload[1:], payload[::-1]):
            assert not carrier.recognises(foreign), f"recognises() takes {foreign[:12]!r}... for its own"

    @pytest.mark.parametrize("sidecar", _SIDECARS, ids=lambda sidecar: f"{len(sidecar)}-bytes")
    def test_what_is_attached_is_detached_again(self, carrier: Carrier, payload: bytes, sidecar: bytes) -> None:
        detached = carrier.detach(carrier.attach(payload, sidecar))
        assert detached.sidecar == sidecar, f"a sidecar of {len(sidecar)} bytes came back changed"
        assert detached.payload == payload, "detach() did not give back the payload, byte by byte"

    def test_a_plain_file_carries_nothing(self, carrier: Carrier, payload: bytes) -> None:
        assert carrier.detach(payload) == Detached(payload, None), "detach() found a sidecar in a plain file"

    @pytest.mark.parametrize("sidecar", _SIDECARS, ids=lambda sidecar: f"{len(sidecar)}-bytes")
    def test_a_plain_decoder_shows_the_same_pixels(
        self, subject: Codec, carrier: Carrier, payload: bytes, sidecar: bytes
    ) -> None:
        file = carrier.attach(payload, sidecar)
        assert np.array_equal(subject.decode(file), subject.decode(payload)), "a sidecar changes the codec's picture"
        plain, carrying = _pillow_pixels(payload), _pillow_pixels(file)
        if plain is not None:
            assert carrying is not None, "Pillow opens the payload, but not the file with a sidecar"
            assert np.array_equal(carrying, plain), "Pillow shows other pixels where a sidecar is attached"

    def test_another_program_shows_the_same_pixels(self, carrier: Carrier, payload: bytes, tmp_path: Path) -> None:
        if not self.viewer:
            pytest.skip("no viewer is named")
        if shutil.which(self.viewer[0]) is None:
            pytest.skip(f"{self.viewer[0]} is not on PATH")
        for what, plain in _dressed(carrier, payload).items():
            carrying = self._viewed(carrier.attach(plain, _SIDECARS[1]), tmp_path)
            assert np.array_equal(carrying, self._viewed(plain, tmp_path)), (
                f"{self.viewer[0]} shows other pixels where a sidecar is attached to a file with {what}"
            )

    def test_a_browser_shows_the_same_pixels(self, carrier: Carrier, payload: bytes) -> None:
        if not self.media_type:
            pytest.skip("no media type is named")
        program = browser()
        if program is None:
            pytest.skip("neither Chromium nor Chrome is on PATH")
        plain = _dressed(carrier, payload)
        carrying = [carrier.attach(file, sidecar) for file in plain.values() for sidecar in _SIDECARS]
        shown = shown_in_browser(program, [*plain.values(), *carrying], self.media_type)
        of_plain, of_carrying = shown[: len(plain)], iter(shown[len(plain) :])
        pillow = _pillow_pixels(payload)
        if pillow is not None and of_plain[0] is not None:
            apart = np.abs(of_plain[0][..., :3].astype(np.int16) - pillow).max()
            assert apart <= _READERS_APART, f"{program} and Pillow show pixels that are up to {apart} levels apart"
        for what, pixels in zip(plain, of_plain, strict=True):
            assert pixels is not None, f"{program} does not open a file with {what}, be there no sidecar in it"
            assert pixels.shape == (48, 64, 4), f"{program} shows {pixels.shape} of a file of 48 x 64 pixels"
            for sidecar in _SIDECARS:
                again = next(of_carrying)
                assert again is not None and np.array_equal(again, pixels), (
                    f"{program} shows other pixels where a sidecar of {len(sidecar)} bytes is attached to a file with "
                    f"{what}"
                )

    def _viewed(self, file: bytes, folder: Path) -> RgbImage:
        source = next(argument for argument in self.viewer if argument.startswith("source"))
        (folder / source).write_bytes(file)
        finished = subprocess.run(
            self.viewer, cwd=folder, capture_output=True, text=True, timeout=_VIEWER_SECONDS, check=False
        )
        assert finished.returncode == 0, f"{self.viewer[0]} does not open the file: {finished.stderr.strip()}"
        with Image.open(folder / "target.png") as image:
            return np.array(image.convert("RGB"))

    def test_the_essence_is_the_picture_alone(self, subject: Codec, carrier: Carrier, payload: bytes) -> None:
        essence = carrier.essence(payload)
        assert essence, "the essence is empty"
        for what, metadata in _metadata(held_by(carrier)).items():
            embedded = carrier.embed(payload, metadata)
            assert carrier.essence(embedded) == essence, f"{what} changes the essence, so editing it costs the sidecar"
            assert np.array_equal(subject.decode(embedded), subject.decode(payload)), f"{what} changes the pixels"
        other = bytes(subject.encode(textured(48, 64, seed=1), codec_options(subject)))
        assert carrier.essence(other) != essence, "two pictures have one essence, so an edited file is not noticed"

    def test_metadata_comes_back_from_a_file_or_is_refused(self, subject: Codec, carrier: Carrier) -> None:
        pipeline = build_pipeline(subject, None, None)
        for what, metadata in _metadata(("icc", "exif", "xmp")).items():
            try:
                data = pipeline.encode(Picture(textured(40, 56), metadata=metadata))
            except CodecError:
                continue
            found = decode_picture(data, enhance=False, parts=Parts(("codec", subject))).metadata
            field = what.lower()
            assert getattr(found, field) == getattr(metadata, field), (
                f"{what} is lost: embed() must put it where readers of the format look for it"
            )

    def test_a_grey_file_gets_no_rgb_profile(self, subject: Codec, carrier: Carrier) -> None:
        grey = Picture(np.repeat(textured(40, 56)[..., :1], 3, axis=2), metadata=_metadata(("icc",))["ICC"])
        try:
            data = build_pipeline(subject, None, None).encode(grey)
        except CodecError:
            pytest.skip("the codec refuses the picture")
        assert decode_picture(data, parts=Parts(("codec", subject))).metadata.icc == grey.metadata.icc, "ICC is lost"
        try:
            with Image.open(io.BytesIO(carrier.detach(data).payload)) as image:
                mode, icc = image.mode, image.info.get("icc_profile")
        except UnidentifiedImageError:
            pytest.skip("Pillow does not read the format")
        assert mode != "L" or icc is None, (
            "a file that stores grey holds an RGB profile, with which viewers show it wrong or not at all: give the "
            "carrier without_room(), and the sidecar keeps it"
        )

    def file_with_alpha(self, rgba: RgbImage) -> bytes | None:
        """A plain file with alpha by another writer of the format; None for what Pillow writes, where it can.

        Args:
            rgba: uint8 `[H, W, 4]`.
        """
        return None

    def test_the_alpha_of_a_file_stays_when_a_sidecar_is_attached(
        self, subject: Codec, carrier: Carrier, payload: bytes
    ) -> None:
        rgba = np.dstack([textured(48, 64), textured(48, 64, seed=1)[..., 0]])
        plain = self.file_with_alpha(rgba) or _pillow_file_with_alpha(payload, rgba)
        if plain is None:
            pytest.skip("Pillow writes no alpha in this format; give file_with_alpha() if it has any")
        before = decode_picture(plain, enhance=False, parts=Parts(("codec", subject)))
        assert before.alpha is not None, "the alpha of a plain file is lost: give the codec a read()"
        assert before.alpha.shape == before.rgb.shape[:2], "alpha and colours are not turned the same way"
        kept = carrier.detach(carrier.attach(plain, b"sidecar")).payload
        assert kept == plain, "attaching a sidecar changes a file with alpha"
        attached = build_pipeline(subject, BandExtractor(), BlurEnhancer()).attach(plain, before.rgb)
        assert carrier.detach(attached).payload == plain, "attaching a sidecar changes a file with alpha"
        after = decode_picture(attached, parts=Parts(("codec", subject), ("enhancer", BlurEnhancer())))
        assert after.enhanced, "the sidecar of a file with alpha is not used"
        assert after.alpha is not None and np.array_equal(after.alpha, before.alpha), (
            "a sidecar changes the alpha of a file"
        )

    def test_a_damaged_file_is_a_typed_error_to_the_carrier(self, carrier: Carrier, payload: bytes) -> None:
        for how, data in damaged(carrier.attach(payload, b"sidecar" * 40), self.damaged_files):
            for method in (carrier.recognises, carrier.detach, carrier.essence):
                _raises_nothing_untyped(method, data, how)


def _raises_nothing_untyped(method: Any, data: bytes, how: str) -> None:
    try:
        method(data)
    except JpadseError:
        return
    except Exception as error:
        pytest.fail(
            f"{how}: {method.__name__}() of the carrier raised {type(error).__name__}: {error}; "
            "raise BitstreamCorrupt or BitstreamTruncated of jpadse_core"
        )
