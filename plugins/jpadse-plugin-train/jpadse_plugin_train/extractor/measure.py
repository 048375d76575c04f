"""What the extractor's weights are worth: held-out and development-test figures, beside the teachers'."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image

from jpadse_core.interfaces.label_sets import ADE20K_32, CITYSCAPES_19
from jpadse_plugin_train.corpus import Corpus
from jpadse_plugin_train.extractor.infer import SHORTER_SIDE, Logits, averaged, internal_size, most_likely, view
from jpadse_plugin_train.extractor.scores import (
    Confusion,
    accuracy,
    confusion,
    mean_iou,
    no_pixels,
    texture_ious,
)
from jpadse_plugin_train.teachers import VOID, PhotoTeacher, Teacher

_CITYSCAPES_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
_STREET_SIZE = (1024, 512)

Picture = npt.NDArray[np.uint8]
Mapper = Callable[[Picture], Picture]
Pairs = list[tuple[Picture, Picture]]


def onnx_logits(weights: Path, threads: int = 2) -> Logits:
    """The network in an ONNX file that `export` wrote."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    return lambda picture: np.asarray(session.run(["logits"], {"picture": picture})[0])


def measure(
    data: Path,
    weights: Path,
    cache: Path,
    shorter: int = SHORTER_SIDE,
    scales: Sequence[float] = (1.0,),
    flip: bool = False,
) -> dict[str, Any]:
    """Every figure of the model card.

    Args:
        data: the data folder.
        weights: the ONNX file.
        cache: where the teachers' maps of photos are kept.
        shorter: the shorter side that the network sees a picture at.
        scales: of the views whose logits are averaged, as the extractor's option.
        flip: whether each view counts mirrored too.

    Returns:
        By data set and judge: `miou` over the textures in the truth, `accuracy` over its pixels, `ious` by texture.
    """
    network = onnx_logits(weights)
    networks = data / "networks"
    street, ade20k, photos = (
        Teacher(networks / "deeplab_cityscapes.tflite", CITYSCAPES_19),
        Teacher(networks / "deeplab_ade20k.tflite", ADE20K_32),
        PhotoTeacher(networks),
    )

    def ours(rgb: Picture, squashed: int = 1) -> Picture:
        height, width = rgb.shape[:2]
        sizes = [internal_size(height, width * squashed, shorter, times) for times in scales]
        mirrored = (False, True) if flip else (False,)
        return most_likely(averaged([view(network, rgb, size, m) for size in sizes for m in mirrored]), height, width)

    held_out = Corpus(data, cache, validation=True).samples()
    squashed = [(s.rgb, s.textures) for s in held_out if s.squashed > 1]
    camvid = [(s.rgb, s.textures) for s in held_out if s.name.startswith("street/camvid/")]
    cid22 = [(s.rgb, s.textures) for s in held_out if s.name.startswith("photos/")]
    cityscapes = list(_cityscapes(data / "street" / "cityscapes"))
    found = {
        "cityscapes256 validation": _summary(squashed, lambda rgb: ours(rgb, squashed=2)),
        "camvid val": _summary(camvid, ours),
        "camvid val, deeplab_cityscapes squeezed": _summary(camvid, street.textures),
        "cid22 validation, against deeplab_ade20k": _summary([(rgb, ade20k.textures(rgb)) for rgb, _ in cid22], ours),
        "cid22 validation, against both photo teachers": _summary(cid22, ours),
        "cityscapes at 1024x512": _summary(cityscapes, ours),
        "cityscapes at 1024x512, deeplab_cityscapes squeezed": _summary(cityscapes, street.textures),
        "cityscapes at 1024x512, deeplab_cityscapes in halves": _summary(cityscapes, lambda rgb: _halves(street, rgb)),
    }
    for name in ("kodak", "clic"):
        pictures = [np.asarray(Image.open(path).convert("RGB")) for path in _pictures(data / "photos" / name)]
        for judge, teacher in (("deeplab_ade20k", ade20k), ("both photo teachers", photos)):
            pairs = [(rgb, teacher.textures(rgb)) for rgb in pictures]
            found[f"{name}, against {judge}"] = _summary(pairs, ours)
    return found


def _summary(pairs: Pairs, mapper: Mapper) -> dict[str, Any]:
    counts: Confusion = no_pixels()
    for rgb, truth in pairs:
        counts += confusion(truth, mapper(rgb))
    ious = {texture: round(iou, 4) for texture, iou in texture_ious(counts).items()}
    return {"miou": round(mean_iou(counts), 4), "accuracy": round(accuracy(counts), 4), "ious": ious}


def _halves(teacher: Teacher, rgb: Picture) -> Picture:
    """Left and right half apart, so that a network with a square input sees a 2:1 picture undistorted."""
    middle = rgb.shape[1] // 2
    parts = [teacher.textures(np.ascontiguousarray(part)) for part in (rgb[:, :middle], rgb[:, middle:])]
    return np.concatenate(parts, 1)


def _cityscapes(folder: Path) -> Iterable[tuple[Picture, Picture]]:
    lookup = np.full(256, VOID, np.uint8)
    lookup[list(_CITYSCAPES_IDS)] = CITYSCAPES_19.texture_ids
    for photo in _pictures(folder / "photos"):
        rgb = Image.open(photo).convert("RGB").resize(_STREET_SIZE, Image.Resampling.LANCZOS)
        labels = Image.open(folder / "labels" / f"{photo.stem}.png").resize(_STREET_SIZE, Image.Resampling.NEAREST)
        yield np.asarray(rgb), lookup[np.asarray(labels)]


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in {".png", ".webp", ".jpg"})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m jpadse_plugin_train.extractor.measure", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--weights", type=Path, required=True, help="the ONNX file")
    parser.add_argument("--cache", type=Path, default=Path("runs/teacher-maps"), help="kept teacher maps")
    parser.add_argument("--shorter", type=int, default=SHORTER_SIDE, help="shorter side the network sees")
    parser.add_argument("--scales", type=float, nargs="+", default=[1.0], help="of the views that are averaged")
    parser.add_argument("--flip", action="store_true", help="every view counts mirrored too")
    options = parser.parse_args()
    settings = options.shorter, options.scales, options.flip
    for name, figures in measure(options.data, options.weights, options.cache, *settings).items():
        print(json.dumps({"data": name} | figures))


if __name__ == "__main__":
    main()
