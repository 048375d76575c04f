"""Small networks of every family, saved as Hugging Face saves them, that give one class everywhere."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

CLASSES = ("road", "tree", "gizmo")
FAMILIES = ("segformer", "mask2former", "oneformer")


def save(family: str, folder: Path, favourite: int, classes: tuple[str, ...] = CLASSES) -> Path:
    """A network whose scores of the class `favourite` are far above all others'."""
    import torch

    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        {"segformer": _segformer, "mask2former": _mask2former, "oneformer": _oneformer}[family](
            folder, favourite, dict(enumerate(classes))
        )
    return folder


def _segformer(folder: Path, favourite: int, names: dict[int, str]) -> None:
    import torch
    from transformers import SegformerConfig, SegformerForSemanticSegmentation, SegformerImageProcessorPil

    config = SegformerConfig(
        depths=[1] * 4, hidden_sizes=[8] * 4, num_attention_heads=[1] * 4, decoder_hidden_size=8, id2label=names
    )
    network = SegformerForSemanticSegmentation(config)
    with torch.no_grad():
        network.decode_head.classifier.bias[favourite] += 100
    network.save_pretrained(folder)
    SegformerImageProcessorPil(size={"height": 64, "width": 64}).save_pretrained(folder)


def _swin() -> Any:
    from transformers import SwinConfig

    stages = [f"stage{number}" for number in range(1, 5)]
    return SwinConfig(image_size=64, embed_dim=8, depths=[1] * 4, num_heads=[1] * 4, window_size=4, out_features=stages)


def _mask2former(folder: Path, favourite: int, names: dict[int, str]) -> None:
    import torch
    from transformers import (
        Mask2FormerConfig,
        Mask2FormerForUniversalSegmentation,
        Mask2FormerImageProcessorPil,
    )

    config = Mask2FormerConfig(
        backbone_config=_swin(),
        feature_size=32,
        mask_feature_size=32,
        hidden_dim=32,
        encoder_feedforward_dim=16,
        dim_feedforward=16,
        encoder_layers=1,
        decoder_layers=2,
        num_attention_heads=2,
        num_queries=4,
        id2label=names,
    )
    network = Mask2FormerForUniversalSegmentation(config)
    with torch.no_grad():
        network.class_predictor.bias[favourite] += 100
    network.save_pretrained(folder)
    Mask2FormerImageProcessorPil(size={"height": 64, "width": 64}, num_labels=len(names)).save_pretrained(folder)


def _oneformer(folder: Path, favourite: int, names: dict[int, str]) -> None:
    import torch
    from transformers import (
        CLIPTokenizer,
        OneFormerConfig,
        OneFormerForUniversalSegmentation,
        OneFormerImageProcessorPil,
        OneFormerProcessor,
    )

    config = OneFormerConfig(
        backbone_config=_swin(),
        conv_dim=32,
        mask_dim=32,
        hidden_dim=32,
        encoder_feedforward_dim=16,
        dim_feedforward=16,
        encoder_layers=1,
        decoder_layers=2,
        num_attention_heads=2,
        num_queries=4,
        text_encoder_width=32,
        text_encoder_num_layers=1,
        text_encoder_vocab_size=300,
        text_encoder_context_length=77,
        is_training=False,
        id2label=names,
    )
    network = OneFormerForUniversalSegmentation(config)
    with torch.no_grad():
        head = network.model.transformer_module.decoder.class_embed
        head.bias[favourite] += 100
    network.save_pretrained(folder)
    (folder / "classes.json").write_text(
        json.dumps({str(number): {"name": name, "isthing": 0} for number, name in names.items()})
    )
    letters = [chr(code) for code in range(97, 123)]
    entries = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({entry: number for number, entry in enumerate(entries)}))
    merges = folder / "merges.txt"
    merges.write_text("#version: 0.2\n")
    OneFormerProcessor(
        image_processor=OneFormerImageProcessorPil(
            size={"height": 64, "width": 64},
            num_labels=len(names),
            num_text=2,
            repo_path=str(folder),
            class_info_file="classes.json",
        ),
        tokenizer=CLIPTokenizer(vocab=str(vocabulary), merges=str(merges)),
    ).save_pretrained(folder)
