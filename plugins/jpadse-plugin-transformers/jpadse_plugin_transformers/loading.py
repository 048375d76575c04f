"""A model and its preprocessing, from a local folder or Hugging Face's hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jpadse_core import LabelSet, SemanticsError, WeightsError, WeightsMissing, WeightsOffline
from jpadse_core.interfaces.label_sets import named_alike


@dataclass(frozen=True, eq=False)
class Model:
    """A network ready to run.

    Attributes:
        network: a `PreTrainedModel` for semantic or universal segmentation, in evaluation mode.
        processor: makes its inputs of pictures, and class ids of its outputs.
        wants_task: whether the processor is told that semantic segmentation is wanted, as OneFormer's is.
    """

    network: Any
    processor: Any
    wants_task: bool

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names by id, as the model's configuration has them."""
        names = {int(number): str(name) for number, name in self.network.config.id2label.items()}
        return tuple(_printable(names.get(number, f"class-{number}")) for number in range(max(names) + 1))


def load_model(source: str, revision: str, device: str) -> Model:
    """The model in a local folder or of a hub id, downloaded into Hugging Face's cache where it is not there yet.

    Raises:
        WeightsOffline: it would have to be downloaded, and `JPADSE_OFFLINE` is set.
        WeightsMissing: there is no such model, or it cannot be downloaded.
        WeightsError: the folder lacks a file, or holds a damaged one.
        SemanticsError: it is no segmentation model, or the device is none.
    """
    local = os.environ.get("JPADSE_OFFLINE", "0") not in ("", "0")
    if local:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # some processors download more, and are told nothing else
    with _failures(source, local), _quiet():
        from transformers import AutoConfig, AutoImageProcessor, AutoProcessor

        where = {"revision": revision, "local_files_only": local}
        config = AutoConfig.from_pretrained(source, **where)
        kind = _class_for(config, source)
        wants_task = config.model_type == "oneformer"
        # Pillow's preprocessing makes the same inputs whether torchvision is installed or not.
        processors = AutoProcessor if wants_task else AutoImageProcessor
        processor = processors.from_pretrained(source, backend="pil", **where)
        network = kind.from_pretrained(source, **where).eval()
    try:
        return Model(network.to(device), processor, wants_task)
    except (RuntimeError, AssertionError) as error:
        raise SemanticsError(f"device {device}: cannot be used: {_one_line(error)}") from error


def label_set_of(model: Model, source: str) -> LabelSet:
    """The classes of the model's configuration with the textures of known classes of these names."""
    return named_alike(_printable(Path(source).name) or "transformers", model.classes)


def _class_for(config: Any, source: str) -> Any:
    from transformers import AutoModelForSemanticSegmentation, AutoModelForUniversalSegmentation
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_SEMANTIC_SEGMENTATION_MAPPING,
        MODEL_FOR_UNIVERSAL_SEGMENTATION_MAPPING,
    )

    if type(config) in MODEL_FOR_SEMANTIC_SEGMENTATION_MAPPING:
        return AutoModelForSemanticSegmentation
    if type(config) in MODEL_FOR_UNIVERSAL_SEGMENTATION_MAPPING:
        return AutoModelForUniversalSegmentation
    raise SemanticsError(f"{source}: a {config.model_type} model does no semantic segmentation")


@contextmanager
def _failures(source: str, local: bool) -> Iterator[None]:
    try:
        yield
    except SemanticsError:
        raise
    except Exception as error:
        if Path(source).is_dir() or not isinstance(error, OSError):
            raise WeightsError(f"{source}: cannot be loaded: {_one_line(error)}") from error
        if local:
            raise WeightsOffline(
                f"{source}: is no folder and not in Hugging Face's cache, and JPADSE_OFFLINE is set: unset it"
            ) from error
        raise WeightsMissing(f"{source}: is no folder, and the hub does not give it: {_one_line(error)}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without progress bars and advice on standard error; errors are raised."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _one_line(error: Exception) -> str:
    """What the error says, on one line: what to install often stands on the second."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else " " for character in name).strip()[:100]
