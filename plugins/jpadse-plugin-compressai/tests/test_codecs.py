"""The six codecs: any size, any thread, and never another picture than the encoder's."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("compressai", reason="learned codecs need compressai")

import torch
from tiny_models import codec, tiny_model

from jpadse_core import BitstreamError, CodecError, RgbImage, WeightsError, build_pipeline, decode, read_info
from jpadse_plugin_compressai.networks import Network
from jpadse_plugin_compressai.payload import ARCHITECTURES, read_payload
from jpadse_plugin_compressai.tiles import in_tiles

Weights = Callable[[str], Path]


def encoded(architecture: str, weights: Weights, rgb: RgbImage) -> bytes:
    made = codec(architecture)
    return made.encode(rgb, made.Options(weights=weights(architecture)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("size", [(99, 131), (1, 1), (64, 129)])
def test_pictures_of_any_size_come_back_in_it(
    architecture: str, size: tuple[int, int], weights: Weights, coffee: RgbImage
) -> None:
    rgb = np.ascontiguousarray(coffee[: size[0], : size[1]])
    decoded = codec(architecture).decode(encoded(architecture, weights, rgb))
    assert (decoded.shape, decoded.dtype) == (rgb.shape, np.uint8)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_picture_is_the_one_that_compressai_makes(architecture: str, weights: Weights, coffee: RgbImage) -> None:
    rgb = np.ascontiguousarray(np.tile(coffee, (2, 1, 1))[:128, :128])
    model = tiny_model(architecture)
    with torch.inference_mode():
        coded = model.compress(torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255)
        theirs = (model.decompress(**coded)["x_hat"][0] * 255).round().byte().permute(1, 2, 0).numpy()
    ours = codec(architecture).decode(encoded(architecture, weights, rgb))
    difference = np.abs(ours.astype(int) - theirs)
    assert theirs.std() > 5
    assert np.mean(difference > 1) < 0.01  # a latent may lie on the border between two steps


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_encoding_twice_gives_the_same_bytes(architecture: str, weights: Weights, coffee: RgbImage) -> None:
    assert encoded(architecture, weights, coffee) == encoded(architecture, weights, coffee)


@pytest.mark.parametrize("architecture", ["bmshj2018-hyperprior", "mbt2018"])
def test_damage_anywhere_is_an_error_and_never_a_picture(architecture: str, weights: Weights, coffee: RgbImage) -> None:
    data = encoded(architecture, weights, coffee[:40, :40])
    made = codec(architecture)
    for at in sorted({*range(20), *range(20, len(data), 29)}):
        damaged = data[:at] + bytes([data[at] ^ 0x11]) + data[at + 1 :]
        with pytest.raises((BitstreamError, WeightsError)):
            made.decode(damaged)
    for length in range(0, len(data) - 8, 37):
        with pytest.raises(BitstreamError):
            made.decode(data[:length])


def test_a_payload_of_another_architecture_is_refused(weights: Weights, coffee: RgbImage) -> None:
    with pytest.raises(BitstreamError, match='"mbt2018-mean" cannot be decoded as "bmshj2018-hyperprior"'):
        codec("bmshj2018-hyperprior").decode(encoded("mbt2018-mean", weights, coffee))


def test_weights_that_give_no_numbers_are_refused(tmp_path: Path, coffee: RgbImage) -> None:
    model = tiny_model("bmshj2018-factorized")
    model.g_a[0].weight.data.fill_(float("nan"))
    torch.save(model.state_dict(), tmp_path / "nan.pth.tar")
    made = codec("bmshj2018-factorized")
    with pytest.raises(CodecError, match="not finite"):
        made.encode(coffee, made.Options(weights=tmp_path / "nan.pth.tar"))


@pytest.mark.parametrize("architecture", ["mbt2018", "cheng2020-attn"])
def test_threads_share_a_codec(architecture: str, weights: Weights, coffee: RgbImage) -> None:
    made, expected = codec(architecture), encoded(architecture, weights, coffee)
    with ThreadPoolExecutor(4) as pool:
        coded = list(pool.map(lambda _: encoded(architecture, weights, coffee), range(4)))
        pictures = list(pool.map(made.decode, coded))
    assert set(coded) == {expected}
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_codec_travels_to_worker_processes(architecture: str) -> None:
    made = pickle.loads(pickle.dumps(codec(architecture)))
    assert made.name == architecture


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_quality_is_a_scale_as_long_as_the_zoo_has_levels(architecture: str) -> None:
    made = codec(architecture)
    highest = 6 if architecture.startswith("cheng2020") else 8
    assert (made.quality_scale.lowest, made.quality_scale.highest) == (1, highest)
    with pytest.raises(ValueError, match="less than or equal"):
        made.Options(quality=highest + 1)


def test_a_file_says_which_weights_it_needs_and_not_where_they_were(weights: Weights, coffee: RgbImage) -> None:
    pipeline = build_pipeline("mbt2018", None, None, weights=weights("mbt2018"), quality=2)
    data = pipeline.encode(coffee)
    assert read_info(data).options == {"quality": 2}
    assert b"mbt2018.pth" not in data
    assert decode(data).shape == coffee.shape
    payload = encoded("mbt2018", weights, coffee)
    assert read_payload(payload)[0].digest in read_payload(payload)[0].write().hex()


@pytest.mark.parametrize("architecture", ["mbt2018", "cheng2020-attn"])
@torch.inference_mode()
def test_tiles_leave_no_seams(architecture: str) -> None:
    model = tiny_model(architecture).double()
    picture, latents = torch.rand(1, 3, 64, 448).double(), torch.randn(1, int(model.M), 16, 40).double()
    halo = 12 if architecture == "cheng2020-attn" else 2
    for network, x, tile, margin, scale in (
        (model.g_a, picture, 64, halo * 16, {"down": 16}),
        (model.g_s, latents, 8, halo, {"up": 16}),
        (model.h_a, latents, 16, 8, {"down": 4}),
        (model.h_s, torch.randn(1, 8, 12, 14).double(), 4, 4, {"up": 4}),
    ):
        assert torch.allclose(in_tiles(network, x, tile, margin, **scale), network(x), rtol=0, atol=1e-9)


def test_a_picture_wider_than_a_tile_is_coded_piece_by_piece(weights: Weights, coffee: RgbImage) -> None:
    wide = np.ascontiguousarray(np.tile(coffee[:32], (1, 9, 1))[:, :1100])
    network, sides = Network("mbt2018", weights("mbt2018")), []
    network._analysis.register_forward_hook(lambda _, arguments, __: sides.append(arguments[0].shape[3]))
    with torch.inference_mode():
        network.analyse(wide)
    assert sides == [1024 + 32, 128 + 32]
    assert codec("mbt2018").decode(encoded("mbt2018", weights, wide)).shape == wide.shape
