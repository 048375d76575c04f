"""Sidecars for files that exist already: all that any other program reads in them stays as it was."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Finished, Site
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from toys import ToyCodec, ToyEnhancer, ToyExtractor

from jpadse_core import (
    CodecError,
    EnhancementLost,
    EnhancerError,
    ImageError,
    Pipeline,
    RgbImage,
    SemanticMap,
    build_pipeline,
    decode_picture,
    read_info,
)
from jpadse_core.bitstream.sections import SectionKey, Tag, read_sections, write_sections
from jpadse_core.builtin.jpeg_carrier import JpegCarrier
from jpadse_core.builtin.png_carrier import PngCarrier
from jpadse_core.distortion import psnr
from jpadse_core.downsampling import downsample_labels
from jpadse_core.parts import Parts

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
CARRIERS = {"jpeg": JpegCarrier(), "png": PngCarrier()}
PARTS = Parts(("enhancer", ToyEnhancer()))


def toy_pipeline(codec: str = "jpeg") -> Pipeline:
    return build_pipeline(codec, ToyExtractor(), ToyEnhancer())


def file_of(image: Image.Image, format_name: str = "JPEG", **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, format_name, **options)  # type: ignore[arg-type]
    return target.getvalue()


def exif_of(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera works"
    return exif.tobytes()


def strangers() -> dict[str, Callable[[Image.Image], bytes]]:
    """Files as the world writes them."""
    comment = PngInfo()
    comment.add_text("Author", "somebody")
    return {
        "baseline": lambda image: file_of(image, quality=20, icc_profile=SRGB, comment=b"by hand", dpi=(300, 300)),
        "progressive": lambda image: file_of(image, quality=20, progressive=True),
        "4:4:4": lambda image: file_of(image, quality=20, subsampling="4:4:4"),
        "restart": lambda image: file_of(image, quality=20, restart_marker_blocks=2),
        "tail": lambda image: file_of(image, quality=20) + b"what a camera appends",
        "grey": lambda image: file_of(image.convert("L"), quality=20),
        "png": lambda image: file_of(image, "PNG", pnginfo=comment, icc_profile=SRGB, dpi=(300, 300)),
        "png-grey": lambda image: file_of(image.convert("L"), "PNG"),
    }


@pytest.fixture(params=strangers())
def plain(request: pytest.FixtureRequest, coffee: RgbImage) -> bytes:
    return strangers()[request.param](Image.fromarray(coffee))


def codec_of(data: bytes) -> str:
    return "png" if data.startswith(b"\x89PNG") else "jpeg"


def test_without_its_sidecar_the_file_is_the_one_that_came_in(plain: bytes, coffee: RgbImage) -> None:
    attached = toy_pipeline(codec_of(plain)).attach(plain, coffee)
    detached = CARRIERS[codec_of(plain)].detach(attached)
    assert detached.payload == plain
    assert len(attached) > len(plain)


def test_any_viewer_shows_the_same_pixels_and_metadata(plain: bytes, coffee: RgbImage) -> None:
    attached = toy_pipeline(codec_of(plain)).attach(plain, coffee)
    with Image.open(io.BytesIO(plain)) as before, Image.open(io.BytesIO(attached)) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))
        assert before.info == after.info
        assert before.mode == after.mode


def test_the_file_decodes_enhanced_and_nearer_to_the_original(plain: bytes, coffee: RgbImage) -> None:
    attached = toy_pipeline(codec_of(plain)).attach(plain, coffee)
    base = decode_picture(plain, enhance=False)
    shown = decode_picture(attached, parts=PARTS)
    assert shown.grey == base.grey
    assert psnr(coffee, shown.rgb) == pytest.approx(attached.enhanced_psnr)
    assert psnr(coffee, base.rgb) == pytest.approx(attached.base_psnr)
    if codec_of(plain) == "jpeg":
        assert psnr(coffee, shown.rgb) > psnr(coffee, base.rgb)
    info = read_info(attached)
    assert (info.enhanced, info.damage, info.enhancer, info.semantics) == (True, "", "toy-blur", "toy-bands")
    assert sum(attached.sections.values()) == len(attached) == info.size


def test_attaching_to_what_the_codec_made_is_what_encoding_makes(coffee: RgbImage) -> None:
    encoded = toy_pipeline().encode(coffee, quality=75)
    plain = CARRIERS["jpeg"].detach(encoded).payload
    attached = toy_pipeline().attach(plain, coffee)
    assert attached == encoded


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stored_on_its_side_is_enhanced_upright(coffee: RgbImage, orientation: int) -> None:
    data = file_of(Image.fromarray(coffee), quality=20, exif=exif_of(orientation))
    original = decode_picture(file_of(Image.fromarray(coffee), "PNG", exif=exif_of(orientation)), enhance=False).rgb
    attached = toy_pipeline().attach(data, original)
    assert CARRIERS["jpeg"].detach(attached).payload == data
    base, shown = decode_picture(data, enhance=False).rgb, decode_picture(attached, parts=PARTS).rgb
    assert psnr(original, shown) > psnr(original, base)
    expected = downsample_labels(ToyExtractor().extract(coffee).labels, 8)
    assert attached.label_map is not None
    assert np.array_equal(attached.label_map.labels, expected)


def test_the_extractor_sees_the_picture_upright(coffee: RgbImage) -> None:
    seen: list[tuple[int, ...]] = []

    class Watching(ToyExtractor):
        def extract(self, rgb: RgbImage) -> SemanticMap:
            seen.append(rgb.shape)
            return super().extract(rgb)

    data = file_of(Image.fromarray(coffee), exif=exif_of(6))
    build_pipeline("jpeg", Watching(), ToyEnhancer()).attach(data, np.rot90(coffee, -1).copy())
    assert seen == [(131, 99, 3)]


def test_an_original_with_an_orientation_of_its_own_is_taken_upright(coffee: RgbImage, tmp_path: Path) -> None:
    original = tmp_path / "camera.png"
    original.write_bytes(file_of(Image.fromarray(coffee), "PNG", exif=exif_of(6)))
    upright = np.rot90(coffee, -1).copy()
    attached = toy_pipeline().attach(file_of(Image.fromarray(upright), quality=20), original)
    assert attached == toy_pipeline().attach(file_of(Image.fromarray(upright), quality=20), upright)


def test_a_sidecar_that_is_there_is_replaced_only_when_asked(coffee: RgbImage) -> None:
    plain = file_of(Image.fromarray(coffee), quality=20)
    first = build_pipeline("jpeg", None, ToyEnhancer()).attach(plain, coffee)
    with pytest.raises(CodecError, match=r"has a sidecar already: .*--replace"):
        toy_pipeline().attach(first, coffee)
    assert toy_pipeline().attach(first, coffee, replace=True) == toy_pipeline().attach(plain, coffee)


def test_a_damaged_sidecar_counts_as_one(coffee: RgbImage) -> None:
    plain = file_of(Image.fromarray(coffee), quality=20)
    damaged = CARRIERS["jpeg"].attach(plain, b"\x82\xff\xff")
    with pytest.raises(CodecError, match="has a sidecar already"):
        toy_pipeline().attach(damaged, coffee)
    with pytest.warns(EnhancementLost, match="what the sidecar held beside the picture may be lost"):
        assert toy_pipeline().attach(damaged, coffee, replace=True) == toy_pipeline().attach(plain, coffee)


def test_a_sidecar_of_a_newer_version_is_not_replaced(coffee: RgbImage) -> None:
    newer = CARRIERS["jpeg"].attach(file_of(Image.fromarray(coffee), quality=20), b"\x03of tomorrow")
    with pytest.raises(CodecError, match=r"nobody here knows what would be lost.*version 3.*install --upgrade"):
        toy_pipeline().attach(newer, coffee, replace=True)


def test_replacing_a_sidecar_keeps_private_sections(coffee: RgbImage) -> None:
    encoded = toy_pipeline().encode(coffee)
    detached = CARRIERS["jpeg"].detach(bytes(encoded))
    assert detached.sidecar is not None
    essence = CARRIERS["jpeg"].essence(detached.payload)
    kept: dict[SectionKey, bytes] = {Tag(s.tag): s.body for s in read_sections(detached.sidecar, essence)}
    kept["example.org/provenance"] = b"signed"
    file = CARRIERS["jpeg"].attach(detached.payload, write_sections(kept, essence))
    replaced = toy_pipeline().attach(file, coffee, replace=True)
    assert decode_picture(replaced, parts=PARTS).private == {"example.org/provenance": b"signed"}


def test_replacing_a_sidecar_keeps_the_alpha_plane_in_it(coffee: RgbImage) -> None:
    encoded = toy_pipeline().encode(np.dstack([coffee, coffee[..., 0]]))
    replaced = toy_pipeline().attach(encoded, coffee, replace=True)
    picture = decode_picture(replaced, parts=PARTS)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, coffee[..., 0])


def test_alpha_that_the_file_itself_holds_stays(coffee: RgbImage) -> None:
    translucent = Image.fromarray(np.dstack([coffee, coffee[..., 0]]))
    keyed = Image.fromarray(coffee)
    keyed.info["transparency"] = tuple(int(sample) for sample in coffee[5, 7])
    for image in (translucent, translucent.convert("LA"), keyed):
        target = io.BytesIO()
        image.save(target, "PNG", **({"transparency": keyed.info["transparency"]} if image is keyed else {}))
        before = decode_picture(target.getvalue(), enhance=False)
        attached = build_pipeline("png", ToyExtractor(), ToyEnhancer()).attach(target.getvalue(), coffee)
        after = decode_picture(attached, enhance=False, parts=Parts(("enhancer", ToyEnhancer())))
        assert before.alpha is not None
        assert before.alpha.min() < 255
        assert after.alpha is not None
        assert np.array_equal(after.alpha, before.alpha)
        assert np.array_equal(after.rgb, before.rgb)
        assert after.grey == before.grey == (image.mode == "LA")


def test_an_original_of_another_size_is_refused_with_both_sizes(coffee: RgbImage) -> None:
    plain = file_of(Image.fromarray(coffee), exif=exif_of(6))
    with pytest.raises(ImageError, match=r"the original is 131 x 99, the file 99 x 131"):
        toy_pipeline().attach(plain, coffee)


def test_a_cmyk_file_is_refused(coffee: RgbImage) -> None:
    plain = file_of(Image.fromarray(coffee).convert("CMYK"))
    with pytest.raises(CodecError, match="mode CMYK is neither grey nor RGB: convert the file to 8-bit RGB"):
        toy_pipeline().attach(plain, coffee)


def test_a_codec_without_a_carrier_offers_a_container(coffee: RgbImage) -> None:
    pipeline = build_pipeline(ToyCodec(), ToyExtractor(), ToyEnhancer())
    with pytest.raises(CodecError, match=r"is a \.jpse container.*encode the original anew"):
        pipeline.attach(pipeline.encode(coffee), coffee)


def test_a_file_of_a_format_that_holds_no_sidecar_is_refused(
    site: Site, coffee: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPADSE_LOAD_PLUGINS", "stranger")
    source = "from toys import ToyCodec\nclass Bpg(ToyCodec):\n    name = 'bpg'\n"
    site.install("stranger", {"jpadse.codecs": {"bpg": "stranger_bpg:Bpg"}}, {"stranger_bpg": source})
    with pytest.raises(CodecError, match=r'a bpg file cannot hold a sidecar: .*codec "bpg", to a \.jpse container'):
        toy_pipeline("bpg").attach(b"BPG\xfb and so on", coffee)


def test_another_codecs_file_is_refused(coffee: RgbImage) -> None:
    with pytest.raises(CodecError, match='is a png file, and the codec of this pipeline is "jpeg"'):
        toy_pipeline().attach(file_of(Image.fromarray(coffee), "PNG"), coffee)


def test_a_pipeline_without_an_enhancer_attaches_nothing(coffee: RgbImage) -> None:
    with pytest.raises(EnhancerError):
        build_pipeline("jpeg", ToyExtractor(), None).attach(file_of(Image.fromarray(coffee)), coffee)


@pytest.mark.usefixtures("toys_installed")
class TestCommand:
    """`jpadse attach`, with the toy components installed as a stranger's plugin."""

    TOY = ("--semantics", "toy-bands", "--enhancer", "toy-blur")

    @pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
    def test_it_recognises_the_format_and_writes_the_file(
        self, jpadse: Callable[..., Finished], tmp_path: Path, coffee: RgbImage, format_name: str
    ) -> None:
        plain, original, out = (tmp_path / name for name in ("plain", "original.png", "out"))
        plain.write_bytes(file_of(Image.fromarray(coffee), format_name))
        Image.fromarray(coffee).save(original)
        finished = jpadse("attach", plain, "--original", original, "-o", out, *self.TOY)
        assert finished.code == 0, finished.err
        assert CARRIERS[format_name.lower()].detach(out.read_bytes()).payload == plain.read_bytes()
        assert read_info(out).enhanced
        again = jpadse("attach", out, "--original", original, "-o", tmp_path / "twice", *self.TOY)
        assert (again.code, again.out) == (1, b"")
        assert f"error: {out}: has a sidecar already" in again.err
        assert not (tmp_path / "twice").exists()
        assert jpadse("attach", out, "--original", original, "-o", out, "--replace", *self.TOY).code == 0

    def test_a_missing_original_is_wrong_usage_or_an_error_with_its_name(
        self, jpadse: Callable[..., Finished], tmp_path: Path, coffee: RgbImage
    ) -> None:
        plain = tmp_path / "plain.jpg"
        plain.write_bytes(file_of(Image.fromarray(coffee)))
        assert jpadse("attach", plain, "-o", tmp_path / "out.jpg").code == 2
        finished = jpadse("attach", plain, "--original", tmp_path / "absent.png", "-o", tmp_path / "out.jpg", *self.TOY)
        assert finished.code == 1
        assert "absent.png: cannot be read" in finished.err

    def test_the_original_is_not_written_over(
        self, jpadse: Callable[..., Finished], tmp_path: Path, coffee: RgbImage
    ) -> None:
        plain, original = tmp_path / "plain.jpg", tmp_path / "original.png"
        plain.write_bytes(file_of(Image.fromarray(coffee)))
        Image.fromarray(coffee).save(original)
        before = original.read_bytes()
        finished = jpadse("attach", plain, "--original", original, "-o", original, *self.TOY)
        assert finished.code == 2
        assert original.read_bytes() == before
