"""What one machine encoded, another decodes: other thread counts, other instruction sets, and files of long ago."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("compressai", reason="learned codecs need compressai")

from golden.make import ARCHITECTURES as GOLDEN_ARCHITECTURES
from golden.make import GOLDEN
from tiny_models import codec

from jpadse_core import BitstreamError, RgbImage
from jpadse_plugin_compressai import exact
from jpadse_plugin_compressai.payload import ARCHITECTURES

Weights = Callable[[str], Path]

MACHINES = {
    "one thread, AVX2 at most": {"THREADS": "1", "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"},
    "three threads, SSE4.1": {
        "THREADS": "3",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
    },
}
DECODE = """
import os, sys
import numpy as np, torch
torch.set_num_threads(int(os.environ["THREADS"]))
sys.path.insert(0, sys.argv[1])
from tiny_models import codec
for name in sys.argv[3:]:
    np.save(f"{sys.argv[2]}/{name}.npy", codec(name).decode(open(f"{sys.argv[2]}/{name}", "rb").read()))
"""


@pytest.fixture(scope="module")
def elsewhere(
    weights: Weights, coffee: RgbImage, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, RgbImage]]:
    """By architecture, the picture that each machine decodes of the same payload; "here" among them."""
    cache = tmp_path_factory.mktemp("cache")
    folders = {machine: tmp_path_factory.mktemp("machine") for machine in MACHINES}
    pictures: dict[str, dict[str, RgbImage]] = {}
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("JPADSE_CACHE", str(cache))
        for architecture in ARCHITECTURES:
            made = codec(architecture)
            payload = made.encode(coffee, made.Options(weights=weights(architecture)))
            pictures[architecture] = {"here": made.decode(payload)}
            for folder in folders.values():
                (folder / architecture).write_bytes(payload)
        running = [
            subprocess.Popen(
                [sys.executable, "-c", DECODE, str(Path(__file__).parent), str(folders[machine]), *ARCHITECTURES],
                env=os.environ | variables,
                stderr=subprocess.PIPE,
            )
            for machine, variables in MACHINES.items()
        ]
        for process, (machine, folder) in zip(running, folders.items(), strict=True):
            _, error = process.communicate()
            assert process.returncode == 0, f"{machine}: {error.decode()[-300:]}"
            for architecture in ARCHITECTURES:
                pictures[architecture][machine] = np.load(folder / f"{architecture}.npy")
    return pictures


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_other_thread_counts_and_instruction_sets_decode_the_picture(
    architecture: str, elsewhere: dict[str, dict[str, RgbImage]]
) -> None:
    pictures = elsewhere[architecture]
    assert len(pictures) == 1 + len(MACHINES)
    for picture in pictures.values():
        assert np.abs(picture.astype(int) - pictures["here"]).max() <= 1


@pytest.mark.parametrize("architecture", ["bmshj2018-hyperprior", "mbt2018"])
def test_a_machine_that_computes_otherwise_refuses_and_gives_no_picture(
    architecture: str, weights: Weights, coffee: RgbImage, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    from jpadse_plugin_compressai import networks

    made = codec(architecture)
    payload = made.encode(coffee, made.Options(weights=weights(architecture)))
    rounded = exact._rounded
    monkeypatch.setattr(exact, "_rounded", lambda layer, step, x: rounded(layer, step, x * 1.01))
    networks._network.cache_clear()
    with pytest.raises(BitstreamError):
        made.decode(payload)
    networks._network.cache_clear()


@pytest.mark.parametrize("architecture", GOLDEN_ARCHITECTURES)
def test_files_of_every_version_decode_for_ever(architecture: str, folder: Path) -> None:
    payload = (GOLDEN / f"{architecture}-1.payload").read_bytes()
    (folder / "compressai").mkdir()
    (folder / "compressai" / f"{payload[4:12].hex()}.pth.tar").write_bytes(
        (GOLDEN / f"{architecture}-1.pth.tar").read_bytes()
    )
    always = np.load(GOLDEN / f"{architecture}-1.npz")["rgb"]
    assert always.std() > 5
    assert np.abs(codec(architecture).decode(payload).astype(int) - always).max() <= 1
