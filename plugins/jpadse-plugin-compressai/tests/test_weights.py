"""Where weights come from: the zoo by a pinned download, or a file of one's own."""

from __future__ import annotations

import functools
import hashlib
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("compressai", reason="learned codecs need compressai")

import torch
from tiny_models import codec, tiny_model

from jpadse_core import RgbImage, WeightsChecksum, WeightsError, WeightsMissing, WeightsOffline
from jpadse_plugin_compressai.library import model_urls
from jpadse_plugin_compressai.payload import ARCHITECTURES, METRICS
from jpadse_plugin_compressai.weights import digest_of, published

Weights = Callable[[str], Path]


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def zoo(tmp_path: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A zoo on this machine whose mbt2018-mean for mse at quality 3 is the tiny one; leave to download."""
    source = weights("mbt2018-mean")
    served = tmp_path / f"mbt2018-mean-3-{digest_of(source)[:8]}.pth.tar"
    shutil.copyfile(source, served)
    monkeypatch.delenv("JPADSE_OFFLINE")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Silent, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setitem(
            model_urls["mbt2018-mean"]["mse"], 3, f"http://127.0.0.1:{server.server_port}/{served.name}"
        )
        yield served
        server.shutdown()


def test_the_zoo_is_downloaded_once_and_then_served_from_the_cache(zoo: Path, folder: Path, coffee: RgbImage) -> None:
    made = codec("mbt2018-mean")
    data = made.encode(coffee, made.Options(quality=3))
    assert (folder / zoo.name).read_bytes() == zoo.read_bytes()
    zoo.unlink()
    assert made.decode(data).shape == coffee.shape
    assert made.encode(coffee, made.Options(quality=3)) == data


def test_a_check_tells_whether_the_weights_of_the_default_options_are_there(
    weights: Weights, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WeightsMissing, match=r"the first use downloads https://.*mbt2018-mean-4-"):
        codec("mbt2018-mean").check_weights()
    source = weights("mbt2018-mean")
    name = f"mbt2018-mean-4-{digest_of(source)[:8]}.pth.tar"
    monkeypatch.setitem(model_urls["mbt2018-mean"]["mse"], 4, f"https://example.invalid/{name}")
    shutil.copyfile(source, folder / name)
    codec("mbt2018-mean").check_weights()


def test_a_file_made_elsewhere_fetches_the_weights_that_it_needs(zoo: Path, folder: Path, coffee: RgbImage) -> None:
    made = codec("mbt2018-mean")
    data = made.encode(coffee, made.Options(quality=3))
    picture = made.decode(data)
    (folder / zoo.name).unlink()
    assert np.array_equal(made.decode(data), picture)
    assert (folder / zoo.name).exists()


def test_a_download_that_is_not_the_published_file_is_refused(zoo: Path, folder: Path, coffee: RgbImage) -> None:
    zoo.write_bytes(zoo.read_bytes()[:-1])
    made = codec("mbt2018-mean")
    with pytest.raises(WeightsChecksum, match="is not the pinned"):
        made.encode(coffee, made.Options(quality=3))
    assert list(folder.iterdir()) == []


def test_offline_the_error_says_what_to_put_where(coffee: RgbImage, folder: Path) -> None:
    made = codec("bmshj2018-hyperprior")
    with pytest.raises(WeightsOffline, match=f"{folder}.*bmshj2018-hyperprior-1-7eb97409.pth.tar"):
        made.encode(coffee, made.Options(quality=1))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("metric", METRICS)
def test_every_level_of_the_scale_is_in_the_zoo_with_its_pin(architecture: str, metric: str) -> None:
    scale = codec(architecture).quality_scale
    files = [published(architecture, metric, quality) for quality in range(scale.lowest, scale.highest + 1)]
    assert len({file.sha256 for file in files}) == len(files)
    assert all(re.fullmatch("[0-9a-f]{8}", file.sha256) and file.url.startswith("https://") for file in files)
    with pytest.raises(WeightsMissing, match="zoo has no"):
        published(architecture, metric, scale.highest + 1)


def test_weights_of_ones_own_are_found_again_by_their_digest(
    weights: Weights, folder: Path, tmp_path: Path, coffee: RgbImage
) -> None:
    own = tmp_path / "own.pth.tar"
    shutil.copyfile(weights("mbt2018-mean"), own)
    made = codec("mbt2018-mean")
    data = made.encode(coffee, made.Options(weights=own))
    own.unlink()
    assert made.decode(data).shape == coffee.shape
    (kept,) = (folder / "compressai").iterdir()
    kept.unlink()
    digest = hashlib.sha256(weights("mbt2018-mean").read_bytes()).hexdigest()[:16]
    with pytest.raises(WeightsMissing, match=f"begins with {digest}: put them at {kept}"):
        made.decode(data)
    kept.write_bytes(b"something else")
    with pytest.raises(WeightsChecksum, match="which this file needs"):
        made.decode(data)


def _not_updated(path: Path) -> None:
    state = tiny_model("mbt2018-mean").state_dict()
    for name in ("_quantized_cdf", "_offset", "_cdf_length"):
        state[f"gaussian_conditional.{name}"] = torch.tensor([], dtype=torch.int32)
    torch.save(state, path)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: path.write_bytes(b""), "holds no state of mbt2018-mean"),
        (lambda path: path.write_bytes(b"\x80\x02cos\nsystem\n(S'true'\ntR."), "holds no state of mbt2018-mean"),
        (lambda path: torch.save({"a": torch.zeros(1)}, path), "holds no state of mbt2018-mean"),
        (lambda path: torch.save([1], path), "holds no state of mbt2018-mean"),
        (lambda path: torch.save(tiny_model("bmshj2018-factorized").state_dict(), path), "holds no state of"),
        (_not_updated, r"update\(\)"),
        (lambda path: None, "cannot be read: No such file"),
    ],
    ids=["empty", "pickle", "other", "list", "architecture", "not-updated", "absent"],
)
def test_a_file_that_holds_no_such_model_is_refused(
    write: Callable[[Path], None], message: str, tmp_path: Path, coffee: RgbImage
) -> None:
    path = tmp_path / "weights.pth.tar"
    write(path)
    made = codec("mbt2018-mean")
    with pytest.raises(WeightsError, match=message):
        made.encode(coffee, made.Options(weights=path))


def test_a_training_checkpoint_will_do(weights: Weights, tmp_path: Path, coffee: RgbImage) -> None:
    state = torch.load(weights("mbt2018-mean"), weights_only=True)
    torch.save({"epoch": 3, "state_dict": {f"module.{key}": value for key, value in state.items()}}, tmp_path / "c.pth")
    made = codec("mbt2018-mean")
    assert made.decode(made.encode(coffee, made.Options(weights=tmp_path / "c.pth"))).shape == coffee.shape
