"""Pictures in and out of files and Python objects, with everything that is not RGB kept or refused."""

from __future__ import annotations

import io
import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import XMP

from jpadse_core.bit_depth import bits_per_sample
from jpadse_core.bitstream.container import is_container
from jpadse_core.bitstream.signatures import codec_of
from jpadse_core.errors import ImageError, MetadataLost
from jpadse_core.files import read_file
from jpadse_core.formats.pillow_image import open_image
from jpadse_core.image_metadata import DAMAGE, metadata_of, orientation_of, orientation_out_of
from jpadse_core.interfaces.codec import carrier_of
from jpadse_core.interfaces.picture import Metadata, Picture, is_rgb_image, is_rgb_profile
from jpadse_core.not_carried import not_carried
from jpadse_core.plugins.loading import load

PictureSource: TypeAlias = npt.NDArray[Any] | Image.Image | str | os.PathLike[str] | Picture
"""What can be encoded: an array, a PIL image, a path, or a `Picture`."""

RASTER_FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "PPM", "JPEG2000")
"""What is read: raster formats whose bit depth is known here, and none that runs a program of its own."""
_DECODED_ONLY = frozenset({"heif", "jpegxl", "bpg", "jpse"})
"""Codecs, and the container, whose files are read by their plugins, and not by Pillow alone."""
_READ_PLAINLY = (
    "has a sidecar, and is read as any viewer reads it, without its enhancement and what else only the sidecar has, "
    "such as alpha: decode it first"
)
_WRITABLE: dict[str, frozenset[str]] = {
    **dict.fromkeys(("PNG", "TIFF", "JPEG"), frozenset({"icc", "exif", "xmp", "dpi"})),
    **dict.fromkeys(("WEBP", "AVIF"), frozenset({"icc", "exif", "xmp"})),
    "BMP": frozenset({"dpi"}),
    **dict.fromkeys(("PPM", "JPEG2000"), frozenset()),
}
"""What is written, and the metadata that Pillow writes into each format."""
_FINEST: dict[str, dict[str, Any]] = {
    "WEBP": {"lossless": True},
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "AVIF": {"quality": 95},
}
_DIRECT = {"L": "L", "1": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA"}


def picture_endings() -> frozenset[str]:
    """Extensions of the files that are read, in lower case with the dot."""
    known = Image.registered_extensions()
    return frozenset(extension for extension, name in known.items() if name in RASTER_FORMATS)


def read_picture(source: PictureSource) -> Picture:
    """Any picture as a `Picture`.

    Args:
        source: uint8 `[H, W, 3]`, `[H, W, 4]` (RGBA), `[H, W]` or `[H, W, 1]` (grey); a PIL image; or a path to a file
            that Pillow reads.

    Raises:
        ImageError: it cannot be read, or holds what cannot be carried: more than 8 bits, more than one frame, CMYK or
            another colour space.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, Image.Image):
        try:
            return picture_from_image(source, "picture")
        except DAMAGE as error:
            raise ImageError(f"the PIL image is damaged or truncated: {error}") from error
    if isinstance(source, str | os.PathLike):
        return picture_from_file(read_file(source), str(source), Path(source))
    raise ImageError(f"a picture is an array, a PIL image or a path, not {type(source).__name__}")


def picture_from_file(data: bytes, name: str, file: Path | None = None) -> Picture:
    """As `picture_from_bytes`, of a file that may be one of JPADSE's: what Pillow does not read of it is told."""
    if _has_sidecar(data):
        warnings.warn(f"{name}: {_READ_PLAINLY}", MetadataLost, stacklevel=3)
    return picture_from_bytes(data, name, file)


def _has_sidecar(data: bytes) -> bool:
    """Whether it is a file with a sidecar, intact or not, of a codec that is installed."""
    known = codec_of(data)
    if known is None:
        return False
    try:
        carrier = carrier_of(load("codec", known))
        return carrier is not None and carrier.detach(data).sidecar is not None
    except Exception:  # a stranger's carrier is no reason not to read a picture
        return False


def picture_from_bytes(data: bytes, name: str = "picture", file: Path | None = None) -> Picture:
    """As `read_picture`, from the bytes of a file; `name` is for errors, and `file` where they were read."""
    if not data:
        raise ImageError(f"{name}: is empty")
    try:
        with open_image(data, RASTER_FORMATS) as image:
            bits = bits_per_sample(image, data)
            if bits > 8:
                raise ImageError(f"{name}: has {bits} bits a sample, and JPADSE carries 8: convert it to 8 bits first")
            return replace(picture_from_image(image, name, data), file=file)
    except UnidentifiedImageError as error:
        raise ImageError(f"{name}: {_unread(data)}") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name}: is too large: {error}") from error
    except DAMAGE as error:
        raise ImageError(f"{name}: is damaged or truncated: {error}") from error


def _unread(data: bytes) -> str:
    codec = "jpse" if is_container(data) else codec_of(data)
    if codec in _DECODED_ONLY:
        return f"is a {codec} file: make a picture of it with `jpadse decode --no-enhance` first"
    return "is not a picture that can be read"


def picture_bytes(picture: Picture, format_name: str) -> bytes:
    """A picture as a file that Pillow writes, with its alpha, greyness and metadata.

    Args:
        picture: what to write.
        format_name: Pillow's name of the format, such as `"PNG"`.

    Raises:
        ImageError: the format cannot hold the picture.
    """
    if format_name not in _WRITABLE:
        raise ImageError(f"cannot be written as {format_name} without loss: choose .png")
    held = _held(picture.metadata, format_name)
    grey = picture.grey and not is_rgb_profile(held.icc)
    image = Image.fromarray(np.ascontiguousarray(picture.rgb[..., 0]) if grey else picture.rgb)
    if picture.alpha is not None:
        image.putalpha(Image.fromarray(picture.alpha))
    target = io.BytesIO()
    try:
        image.save(target, format_name, **_FINEST.get(format_name, {}), **_metadata_options(held, format_name))
    except DAMAGE as error:
        raise ImageError(f"cannot be written as {format_name}: {error}: choose .png") from error
    return target.getvalue()


def _held(metadata: Metadata, format_name: str) -> Metadata:
    """What a format has room for; a warning names the rest."""
    lost = {name: block for name, block in vars(metadata).items() if block and name not in _WRITABLE[format_name]}
    if lost:
        dpi = " x ".join(f"{number:g}" for number in metadata.dpi or ())
        names = [f"the resolution of {dpi} dpi" if name == "dpi" else name.upper() for name in lost]
        told = f"{', '.join(names)} lost: a {format_name} file has no place for it: choose .png"
        warnings.warn(told, MetadataLost, stacklevel=3)
    return replace(metadata, **dict.fromkeys(lost))


def _metadata_options(metadata: Metadata, format_name: str) -> dict[str, Any]:
    """The options by which Pillow writes metadata that the format has room for."""
    exif: bytes | Image.Exif | None = metadata.exif
    xmp: dict[str, Any] = {"xmp": metadata.xmp}
    if format_name == "JPEG" and metadata.exif:
        exif = b"Exif\0\0" + metadata.exif
    elif format_name == "PNG" and metadata.xmp:
        from PIL.PngImagePlugin import PngInfo

        xmp = {"pnginfo": PngInfo()}
        xmp["pnginfo"].add_itxt("XML:com.adobe.xmp", metadata.xmp.decode("utf-8", "replace"))
    elif format_name == "TIFF":
        exif = Image.Exif()
        exif.load(metadata.exif or b"")
        if metadata.xmp:
            exif[XMP] = metadata.xmp
    options = {"icc_profile": metadata.icc, "exif": exif, "dpi": metadata.dpi, **xmp}
    return {name: value for name, value in options.items() if value}


def _from_array(array: npt.NDArray[Any]) -> Picture:
    array = np.asarray(array)  # of an np.matrix, no part is a plane
    if array.dtype == np.uint8 and array.size:
        if is_rgb_image(array):
            return Picture(np.ascontiguousarray(array))
        if array.ndim == 3 and array.shape[2] == 4:
            return Picture(np.ascontiguousarray(array[..., :3]), alpha=np.ascontiguousarray(array[..., 3]))
        if array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 1):
            plane = array.reshape(array.shape[:2])
            return Picture(np.repeat(plane[..., None], 3, axis=2), grey=True)
    raise ImageError(
        f"an array of {array.dtype} and shape {array.shape} is not a picture: "
        "give uint8 of shape [H, W, 3], [H, W, 4] or [H, W]"
    )


def picture_from_image(image: Image.Image, name: str, data: bytes = b"") -> Picture:
    """As `read_picture`, from a PIL image; `name` is for errors and warnings, and `data` the file that it was made of.

    Raises:
        ImageError: it holds what cannot be carried.
        OSError, ValueError, and others of `DAMAGE`: Pillow cannot decode it.
    """
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":  # whose first picture is the one that viewers show
        raise ImageError(f"{name}: holds {frames} pictures, and only one can be carried: extract it first")
    for told in not_carried(image, data):
        warnings.warn(f"{name}: {told}", MetadataLost, stacklevel=2)
    metadata = metadata_of(image)
    orientation = 1 if image.format == "TIFF" else orientation_of(image)  # Pillow itself turns TIFF files as it loads
    image = _expanded(image)
    if image.mode not in _DIRECT:
        raise ImageError(
            f"{name}: has mode {image.mode}, which JPADSE cannot carry without loss: "
            "convert it to 8-bit RGB or grey first"
        )
    samples = upright(np.asarray(image.convert(_DIRECT[image.mode])), orientation)
    alpha = None
    if image.mode in ("LA", "RGBA"):
        alpha, samples = np.ascontiguousarray(samples[..., -1]), samples[..., :-1]
    grey = image.mode in ("L", "1", "LA")
    planes = samples.reshape(*samples.shape[:2], -1)
    rgb = np.repeat(planes, 3, axis=2) if grey else np.ascontiguousarray(planes)
    return Picture(rgb, alpha, grey, metadata)


def _expanded(image: Image.Image) -> Image.Image:
    """With colours in the place of a palette, and an alpha plane in the place of a transparent colour."""
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode in ("RGB", "L", "1") and "transparency" in image.info:
        return image.convert("RGBA" if image.mode == "RGB" else "LA")
    return image


def alpha_of(image: Image.Image) -> npt.NDArray[np.uint8] | None:
    """The alpha plane of a PIL image as stored, uint8 `[H, W]`; None where it is opaque by its mode."""
    image = _expanded(image)
    return np.array(image.getchannel("A")) if image.mode in ("LA", "RGBA") else None


def turned_upright(stored: Picture, metadata: Metadata) -> Picture:
    """A picture as its file stores it, turned as the file's metadata says, with the rest of those."""
    orientation, metadata = orientation_out_of(metadata)
    alpha = None if stored.alpha is None else upright(stored.alpha, orientation)
    return replace(stored, rgb=upright(stored.rgb, orientation), alpha=alpha, metadata=metadata)


def upright(samples: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """A picture or a plane of it, turned and mirrored as its EXIF orientation, 1 to 8, asks for.

    Source: Exif 2.32, 4.6.4 A, tag 274.
    """
    match orientation:
        case 2:
            turned = samples[:, ::-1]
        case 3:
            turned = samples[::-1, ::-1]
        case 4:
            turned = samples[::-1]
        case 5:
            turned = samples.swapaxes(0, 1)
        case 6:
            turned = np.rot90(samples, -1)
        case 7:
            turned = np.rot90(samples, 2).swapaxes(0, 1)
        case 8:
            turned = np.rot90(samples)
        case _:
            return samples
    return np.ascontiguousarray(turned)


def as_stored(samples: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Undo `upright`."""
    return upright(samples, {6: 8, 8: 6}.get(orientation, orientation))
