"""Pictures of every kind that files hold: each is read with nothing silently lost, or refused in words."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from jpadse_core import ImageError, Metadata, MetadataLost, Picture, RgbImage, build_pipeline
from jpadse_core.bitstream.container import MAGIC
from jpadse_core.pictures import picture_bytes, picture_from_bytes, read_picture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def file_of(image: Image.Image, format_name: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, format_name, **options)  # type: ignore[arg-type]
    return target.getvalue()


def test_rgb_comes_as_it_is_from_array_image_path_and_bytes(coffee: RgbImage, tmp_path: Path) -> None:
    path = tmp_path / "coffee.png"
    path.write_bytes(file_of(Image.fromarray(coffee), "PNG"))
    sources = (coffee, Image.fromarray(coffee), path, str(path))
    pictures = [*map(read_picture, sources), picture_from_bytes(path.read_bytes())]
    for picture in pictures:
        assert np.array_equal(picture.rgb, coffee)
        assert picture.rgb.flags.c_contiguous
        assert picture.alpha is None
        assert not picture.grey
        assert picture.metadata == Metadata()


def test_a_picture_passes_through() -> None:
    picture = Picture(np.zeros((2, 2, 3), np.uint8))
    assert read_picture(picture) is picture


def test_a_strided_array_is_made_contiguous(coffee: RgbImage) -> None:
    picture = read_picture(coffee[::-2, ::3])
    assert picture.rgb.flags.c_contiguous
    assert np.array_equal(picture.rgb, coffee[::-2, ::3])


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey_is_three_equal_channels_and_known_to_be_grey(coffee: RgbImage, mode: str) -> None:
    image = Image.fromarray(coffee).convert(mode)
    picture = picture_from_bytes(file_of(image, "PNG"))
    assert picture.grey
    assert np.array_equal(picture.rgb, np.repeat(np.asarray(image.convert("L"))[..., None], 3, axis=2))


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 1)])
def test_grey_arrays_are_planes(shape: tuple[int, ...]) -> None:
    plane = np.arange(63, dtype=np.uint8).reshape(shape)
    picture = read_picture(plane)
    assert picture.grey
    assert (picture.rgb == plane.reshape(9, 7, 1)).all()


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_matrix_is_a_grey_plane() -> None:
    plane = np.arange(63, dtype=np.uint8).reshape(7, 9)
    picture = read_picture(np.matrix(plane))
    assert picture.grey
    assert np.array_equal(picture.rgb, np.repeat(plane[..., None], 3, axis=2))


def test_rgba_and_grey_with_alpha_keep_their_alpha(coffee: RgbImage) -> None:
    rgba = np.dstack([coffee, coffee[..., 1]])
    for picture in (read_picture(rgba), picture_from_bytes(file_of(Image.fromarray(rgba), "PNG"))):
        assert np.array_equal(picture.rgb, coffee)
        assert picture.alpha is not None
        assert np.array_equal(picture.alpha, coffee[..., 1])
    la = picture_from_bytes(file_of(Image.fromarray(rgba).convert("LA"), "PNG"))
    assert la.grey
    assert la.alpha is not None
    assert np.array_equal(la.alpha, coffee[..., 1])


def test_a_palette_is_looked_up(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee).quantize(64)
    picture = picture_from_bytes(file_of(image, "PNG"))
    assert np.array_equal(picture.rgb, np.asarray(image.convert("RGB")))
    assert picture.alpha is None


def test_a_palettes_transparency_becomes_alpha(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee).quantize(8)
    picture = picture_from_bytes(file_of(image, "PNG", transparency=3))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha == 0, np.asarray(image) == 3)


@pytest.mark.parametrize(("mode", "colour"), [("RGB", (255, 0, 0)), ("L", 76), ("1", 0)])
def test_a_transparent_colour_becomes_alpha(mode: str, colour: object) -> None:
    image = Image.new(mode, (4, 4), colour)  # type: ignore[arg-type]
    image.putpixel((0, 0), (0, 9, 0) if mode == "RGB" else 1)
    picture = picture_from_bytes(file_of(image, "PNG", transparency=colour))
    assert picture.alpha is not None
    assert picture.alpha.ravel().tolist() == [255] + [0] * 15


@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied_and_becomes_1_and_the_rest_of_exif_stays(
    coffee: RgbImage, orientation: int, format_name: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera works"
    picture = picture_from_bytes(file_of(Image.fromarray(coffee), format_name, exif=exif.tobytes()))
    upright = {
        1: coffee, 2: coffee[:, ::-1], 3: coffee[::-1, ::-1], 4: coffee[::-1], 5: coffee.swapaxes(0, 1),
        6: np.rot90(coffee, -1), 7: np.rot90(coffee, 2).swapaxes(0, 1), 8: np.rot90(coffee),
    }[orientation]  # fmt: skip
    assert np.array_equal(picture.rgb, upright)
    assert picture.metadata.exif is not None
    left = Image.Exif()
    left.load(picture.metadata.exif)
    assert left.pop(0x0112, 1) == 1
    assert dict(left) == {0x010F: "Camera works"}


@pytest.mark.parametrize(("orientation", "size"), [(1, (99, 131)), (3, (99, 131)), (6, (131, 99))])
def test_the_size_in_exif_is_turned_with_the_picture(coffee: RgbImage, orientation: int, size: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769).update({0xA002: 99, 0xA003: 131})
    picture = picture_from_bytes(file_of(Image.fromarray(coffee), "JPEG", exif=exif.tobytes()))
    assert picture.metadata.exif is not None
    kept = Image.Exif()
    kept.load(picture.metadata.exif)
    assert dict(kept.get_ifd(0x8769)) == {0xA002: size[0], 0xA003: size[1]}


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("in_exif", [False, True])
@pytest.mark.parametrize("form", ['<x:x tiff:Orientation="6"/>', "<x:x><tiff:Orientation>6</tiff:Orientation></x:x>"])
def test_the_orientation_in_xmp_is_applied_once(coffee: RgbImage, format_name: str, in_exif: bool, form: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    if in_exif:
        exif[0x0112] = 6
    chunks = PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", form)
    if format_name == "TIFF":
        exif[700] = form.encode()
    picture = picture_from_bytes(
        file_of(Image.fromarray(coffee), format_name, exif=exif, xmp=form.encode(), pnginfo=chunks)
    )
    turned = np.rot90(coffee, -1)
    assert picture.rgb.shape == turned.shape
    if format_name in ("PNG", "TIFF"):
        assert np.array_equal(picture.rgb, turned)
    assert picture.metadata.xmp is not None
    assert b"Orientation" not in picture.metadata.xmp
    again = picture_from_bytes(picture_bytes(picture, "PNG"))
    assert np.array_equal(again.rgb, picture.rgb)


def test_an_orientation_in_xmp_that_exif_overrules_is_removed(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 1
    data = file_of(Image.fromarray(coffee), "JPEG", exif=exif, xmp=b'<x:x tiff:Orientation="6"/>')
    picture = picture_from_bytes(data)
    assert picture.rgb.shape == coffee.shape
    assert picture.metadata.xmp == b"<x:x />"


def test_an_upright_orientation_in_xmp_stays(coffee: RgbImage) -> None:
    xmp = b'<x:x tiff:Orientation="1"/>'
    assert picture_from_bytes(file_of(Image.fromarray(coffee), "JPEG", xmp=xmp)).metadata == Metadata(xmp=xmp)


def test_icc_exif_and_xmp_are_kept_byte_for_byte(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    data = file_of(Image.fromarray(coffee), "JPEG", icc_profile=SRGB, exif=exif.tobytes(), xmp=b"<x:xmpmeta/>")
    metadata = picture_from_bytes(data).metadata
    assert metadata == Metadata(SRGB, exif.tobytes().removeprefix(b"Exif\0\0"), b"<x:xmpmeta/>")


def test_a_sixteen_bit_png_is_refused_grey_and_rgb(coffee: RgbImage) -> None:
    grey = file_of(Image.fromarray(coffee[..., 0].astype(np.uint16) * 257), "PNG")
    import imagecodecs

    rgb = bytes(imagecodecs.png_encode(coffee.astype(np.uint16) * 257))
    for data in (grey, rgb):
        with pytest.raises(ImageError, match=r"deep\.png: has 16 bits a sample.*convert it to 8 bits first"):
            picture_from_bytes(data, "deep.png")


def test_sixteen_bit_tiff_and_ppm_are_refused_not_cut_to_8_bits() -> None:
    import tifffile

    target = io.BytesIO()
    tifffile.imwrite(target, np.full((4, 4, 3), 0x1234, np.uint16), photometric="rgb")
    ppm = b"P6 4 4 65535\n" + struct.pack(">48H", *[0x1234] * 48)
    for data in (target.getvalue(), ppm):
        with pytest.raises(ImageError, match="16"):
            picture_from_bytes(data, "deep")


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "I", "F"])
def test_a_colour_space_that_cannot_be_carried_is_refused_with_what_to_do(coffee: RgbImage, mode: str) -> None:
    image = Image.new(mode, (8, 8))
    with pytest.raises(ImageError, match=f"has mode {mode}.*convert it to 8-bit RGB or grey first"):
        read_picture(image)


def test_a_cmyk_jpeg_is_refused_by_name(coffee: RgbImage) -> None:
    data = file_of(Image.fromarray(coffee).convert("CMYK"), "JPEG")
    with pytest.raises(ImageError, match=r"press\.jpg: has mode CMYK"):
        picture_from_bytes(data, "press.jpg")


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "TIFF"])
def test_several_pictures_in_one_file_are_refused(coffee: RgbImage, format_name: str) -> None:
    frames = [Image.fromarray(coffee), Image.fromarray(255 - coffee)]
    data = file_of(frames[0], format_name, save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match="moving: holds 2 pictures, and only one can be carried"):
        picture_from_bytes(data, "moving")


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_truncated_files_are_refused_as_such(coffee: RgbImage, format_name: str) -> None:
    data = file_of(Image.fromarray(coffee), format_name)
    for length in (len(data) // 2, len(data) * 9 // 10):
        with pytest.raises(ImageError, match="cut: "):
            picture_from_bytes(data[:length], "cut")


def test_a_truncated_pil_image_is_refused_as_such(coffee: RgbImage) -> None:
    data = file_of(Image.fromarray(coffee), "PNG")
    with Image.open(io.BytesIO(data[: len(data) // 2])) as lazy, pytest.raises(ImageError):
        read_picture(lazy)


def test_an_exif_block_that_pillow_cannot_write_anew_is_turned_where_it_lies(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.XResolution] = 6, 72.0
    data = file_of(Image.fromarray(coffee), "JPEG", exif=exif)
    of_bytes = data.replace(b"\x01\x1a\x00\x05", b"\x01\x1a\x00\x07")  # tag 282's type, RATIONAL, to UNDEFINED
    assert of_bytes != data
    picture = picture_from_bytes(of_bytes, "photo.jpg")
    assert picture.rgb.shape[:2] == coffee.shape[1::-1]
    assert picture.metadata.exif is not None
    assert b"\x01\x1a\x00\x07" in picture.metadata.exif


def test_empty_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="nothing: is empty"):
        picture_from_bytes(b"", "nothing")
    with pytest.raises(ImageError, match="is not a picture that can be read"):
        picture_from_bytes(b"%PDF-1.7 and so on", "paper.pdf")
    with pytest.raises(ImageError, match="is not a picture that can be read"):
        picture_from_bytes(b"\xff\xd8\xff", "cut.jpg")
    with pytest.raises(ImageError, match=r"phone\.heic: is a heif file: make a picture of it with `jpadse decode"):
        picture_from_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "phone.heic")
    with pytest.raises(ImageError, match="cannot be read: No such file"):
        read_picture(tmp_path / "absent.png")
    with pytest.raises(ImageError, match="cannot be read: Is a directory"):
        read_picture(tmp_path)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 3), np.uint16),
        np.zeros((4, 4, 3), bool),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros(12, np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
    ids=lambda array: f"{array.dtype}-{'x'.join(map(str, array.shape))}",
)
def test_arrays_that_are_no_pictures_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ImageError, match="is not a picture: give uint8 of shape"):
        read_picture(array)


@pytest.mark.parametrize("thing", [None, 7, b"bytes", [[1, 2]]])
def test_things_that_are_no_pictures_are_refused(thing: object) -> None:
    with pytest.raises(ImageError, match="a picture is an array, a PIL image or a path"):
        read_picture(thing)  # type: ignore[arg-type]


def test_a_decompression_bomb_is_refused() -> None:
    huge = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0) + bytes(4)
    with pytest.raises(ImageError, match=r"bomb\.png"):
        picture_from_bytes(huge, "bomb.png")


def test_damaged_exif_costs_no_picture(coffee: RgbImage) -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        data = file_of(Image.fromarray(coffee[:8, :8]), "JPEG", exif=b"Exif\0\0II*\0" + random.bytes(60))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert picture_from_bytes(data).rgb.shape == (8, 8, 3)


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "TIFF"])
def test_a_written_picture_reads_back_with_alpha_and_metadata(coffee: RgbImage, format_name: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    metadata = Metadata(SRGB, exif.tobytes().removeprefix(b"Exif\0\0"), None)
    written = picture_bytes(Picture(coffee, alpha=coffee[..., 0], metadata=metadata), format_name)
    back = picture_from_bytes(written)
    assert back.alpha is not None
    assert np.array_equal(back.alpha, coffee[..., 0])
    opaque = coffee[..., 0] > 0
    assert np.array_equal(back.rgb[opaque], coffee[opaque])
    assert back.metadata.icc == SRGB
    with Image.open(io.BytesIO(written)) as image:
        assert image.getexif()[0x010F] == "Camera works"


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "WEBP", "AVIF", "JPEG"])
def test_exif_is_written_where_readers_look_for_it(coffee: RgbImage, format_name: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    metadata = Metadata(exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    with Image.open(io.BytesIO(picture_bytes(Picture(coffee, metadata=metadata), format_name))) as image:
        assert image.getexif()[0x010F] == "Camera works"


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "WEBP", "AVIF", "JPEG"])
def test_xmp_is_written_where_it_is_read(coffee: RgbImage, format_name: str) -> None:
    written = picture_bytes(Picture(coffee, metadata=Metadata(xmp=b"<x:xmpmeta/>")), format_name)
    assert picture_from_bytes(written).metadata.xmp == b"<x:xmpmeta/>"


@pytest.mark.parametrize("format_name", ["BMP", "PPM", "JPEG2000"])
def test_metadata_that_a_format_cannot_hold_is_told_in_one_warning(coffee: RgbImage, format_name: str) -> None:
    metadata = Metadata(SRGB, Image.Exif().tobytes().removeprefix(b"Exif\0\0"), b"<x:xmpmeta/>")
    with pytest.warns(MetadataLost, match=f"^ICC, EXIF, XMP lost: a {format_name} file has no place") as told:
        written = picture_bytes(Picture(coffee, metadata=metadata), format_name)
    assert len(told) == 1
    back = picture_from_bytes(written).metadata
    assert (back.icc, back.exif, back.xmp) == (None, None, None)


def test_a_grey_picture_with_an_rgb_profile_is_written_as_rgb(coffee: RgbImage) -> None:
    grey = Picture(np.repeat(coffee[..., :1], 3, axis=2), grey=True, metadata=Metadata(icc=SRGB))
    for format_name in ("PNG", "JPEG"):
        with Image.open(io.BytesIO(picture_bytes(grey, format_name))) as image:
            assert image.mode == "RGB"
            assert image.info["icc_profile"] == SRGB


def test_exif_that_a_tiff_file_cannot_hold_is_a_typed_error(coffee: RgbImage) -> None:
    with pytest.raises(ImageError, match=r"cannot be written as TIFF.*choose \.png"):
        picture_bytes(Picture(coffee, metadata=Metadata(exif=b"no TIFF structure")), "TIFF")


def test_a_tiff_file_says_each_thing_once(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    metadata = Metadata(SRGB, exif.tobytes().removeprefix(b"Exif\0\0"), b"<x:xmpmeta/>")
    back = picture_from_bytes(picture_bytes(Picture(coffee, metadata=metadata), "TIFF")).metadata
    assert (back.icc, back.xmp) == (SRGB, b"<x:xmpmeta/>")
    left = Image.Exif()
    left.load(back.exif or b"")
    assert dict(left) == {0x010F: "Camera works"}


def test_xmp_in_a_compressed_png_chunk_is_read(coffee: RgbImage) -> None:
    chunks = PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>", zip=True)
    assert picture_from_bytes(file_of(Image.fromarray(coffee), "PNG", pnginfo=chunks)).metadata.xmp == b"<x:xmpmeta/>"


def test_a_format_that_cannot_hold_the_picture_is_refused_with_what_to_choose(coffee: RgbImage) -> None:
    with pytest.raises(ImageError, match=r"cannot be written as JPEG: .*choose \.png"):
        picture_bytes(Picture(coffee, alpha=coffee[..., 0]), "JPEG")


def test_what_is_not_carried_is_told_by_name(coffee: RgbImage) -> None:
    commented = file_of(Image.fromarray(coffee), "JPEG", comment=b"by hand")
    with pytest.warns(MetadataLost, match=r"photo\.jpg: comment not carried"):
        picture_from_bytes(commented, "photo.jpg")
    text = PngInfo()
    text.add_text("Author", "somebody")
    with pytest.warns(MetadataLost, match="Author not carried"):
        picture_from_bytes(file_of(Image.fromarray(coffee), "PNG", pnginfo=text))


def test_iptc_captions_of_a_jpeg_are_told_and_not_photoshops_settings(coffee: RgbImage) -> None:
    def with_resource(code: int) -> bytes:
        body = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", code, 0, 8) + b"\x1c\x02\x78\0\3cat"
        data = file_of(Image.fromarray(coffee), "JPEG")
        return data[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + data[2:]

    with pytest.warns(MetadataLost, match=r"photo\.jpg: IPTC captions not carried"):
        picture_from_bytes(with_resource(0x0404), "photo.jpg")
    picture_from_bytes(with_resource(0x0425), "photo.jpg")


def test_colours_stated_by_code_points_alone_are_told(coffee: RgbImage) -> None:
    def png(points: bytes, **options: object) -> bytes:
        data, body = file_of(Image.fromarray(coffee), "PNG", **options), b"cICP" + points
        return data[:33] + struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]

    avif = file_of(Image.fromarray(coffee), "AVIF")
    display_p3 = avif.replace(b"colrnclx\0\1\0\x0d", b"colrnclx\0\x0c\0\x0d")
    for data in (png(bytes([9, 16, 0, 1])), display_p3):
        with pytest.warns(MetadataLost, match=r"photo: its colours are not sRGB.*convert it to sRGB first"):
            picture_from_bytes(data, "photo")
    for data in (png(bytes([1, 13, 0, 1])), png(bytes([9, 16, 0, 1]), icc_profile=SRGB), avif):
        picture_from_bytes(data, "photo")


def test_the_first_of_a_cameras_pictures_is_taken_and_the_others_are_told(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    data = file_of(image, "MPO", save_all=True, append_images=[image.resize((8, 8)), image.resize((4, 4))])
    with pytest.warns(MetadataLost, match=r"phone\.jpg: all but the first of 3 pictures not carried"):
        picture = picture_from_bytes(data, "phone.jpg")
    with Image.open(io.BytesIO(file_of(image, "JPEG"))) as alone:
        assert np.array_equal(picture.rgb, np.asarray(alone))


def test_a_gain_map_is_told(coffee: RgbImage) -> None:
    image, packet = Image.fromarray(coffee), b'<x:xmpmeta><rdf:Description hdrgm:Version="1.0"/></x:xmpmeta>'
    data = file_of(image, "MPO", save_all=True, append_images=[image.resize((8, 8))], xmp=packet)
    with pytest.warns(MetadataLost, match=r"phone\.jpg: HDR gain map not carried"):
        assert picture_from_bytes(data, "phone.jpg").metadata.xmp == packet


def test_extended_xmp_is_told(coffee: RgbImage) -> None:
    packet = b'<x:xmpmeta xmpNote:HasExtendedXMP="0123456789ABCDEF0123456789ABCDEF"/>'
    data = file_of(Image.fromarray(coffee), "JPEG", xmp=packet)
    with pytest.warns(MetadataLost, match=r"photo\.jpg: XMP beyond its first segment not carried"):
        picture_from_bytes(data, "photo.jpg")


def test_a_file_of_jpadse_s_is_read_as_a_viewer_reads_it_which_is_told(coffee: RgbImage, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    alpha = np.full(coffee.shape[:2], 99, np.uint8)
    path.write_bytes(build_pipeline("jpeg", None, None).encode(np.dstack([coffee, alpha])))
    with pytest.warns(MetadataLost, match=r"photo\.jpg: has a sidecar, .* such as alpha: decode it first"):
        assert read_picture(path).alpha is None
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(b"JPSE\0") + 40] ^= 1
    path.write_bytes(damaged)
    with pytest.warns(MetadataLost, match="has a sidecar"):
        read_picture(path)


def test_a_container_is_to_be_decoded_first() -> None:
    with pytest.raises(ImageError, match="is a jpse file: make a picture of it with `jpadse decode"):
        picture_from_bytes(MAGIC + b"\2")
