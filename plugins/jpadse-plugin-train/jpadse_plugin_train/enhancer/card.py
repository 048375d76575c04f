"""The model card that goes with exported weights, from what the run left beside them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

_UNKNOWN = "not known: no `{name}` beside the weights"


def card_of(exported: Path) -> Path:
    """Where the card of an exported `NAME.onnx` goes: `NAME.md` beside it.

    Raises:
        FileExistsError: there is one that `write_card` did not write.
    """
    card = exported.with_suffix(".md")
    if card.exists() and not card.read_text().startswith(_title(exported)):
        raise FileExistsError(f"{card}: somebody wrote this card; move it away, or export to another name")
    return card


def write_card(weights: Path, exported: Path, licence: str) -> Path:
    """Write the card of an exported enhancer.

    Args:
        weights: what `train` wrote, in the run's folder.
        exported: the ONNX file.
        licence: of the weights, as their maker states it.

    Returns:
        The card.

    Raises:
        FileExistsError: as `card_of`.
    """
    data = exported.read_bytes()
    card = card_of(exported)
    rows = {
        "file": f"{len(data):,} bytes",
        "sha256": f"`{hashlib.sha256(data).hexdigest()}`",
        "licence": licence,
        "data": _data(weights.parent),
        "made by": _made_by(weights.parent),
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    text = f"{_title(exported)}\n\n| | |\n| --- | --- |\n{table}\n"
    card.write_text(text + _figures(weights.parent) + _settings(weights.parent))
    return card


def _title(exported: Path) -> str:
    return f"# `{exported.name}`: an enhancer for JPADSE"


def _read(folder: Path, name: str) -> Any:
    path = folder / name
    return json.loads(path.read_text()) if path.exists() else None


def _data(folder: Path) -> str:
    manifest = _read(folder, "manifest.json")
    if manifest is None:
        return _UNKNOWN.format(name="manifest.json")
    digest = hashlib.sha256("".join(sorted(manifest.values())).encode()).hexdigest()
    return f"{len(manifest)} pictures; sha256 of their sorted sha256: `{digest[:16]}`"


def _made_by(folder: Path) -> str:
    made_by = _read(folder, "made-by.json")
    if made_by is None:
        return _UNKNOWN.format(name="made-by.json")
    return ", ".join(f"{name} {value}" for name, value in made_by.items() if value is not None)


def _figures(folder: Path) -> str:
    curve = folder / "curve.jsonl"
    lines = curve.read_text().splitlines() if curve.exists() else []
    rows = [row for row in map(json.loads, lines) if any(name.endswith("+map") for name in row)]
    if not rows:
        return ""
    last = rows[-1]
    told = [f"| {name} | {last[name]:+.3f} | {last[name + '+map']:+.3f} |" for name in last if f"{name}+map" in last]
    head = "| held-out pictures, codec and point | without a map | with one |\n| --- | --- | --- |\n"
    title = f"\n## PSNR gain of the distortion corner after step {last['step']}, in dB\n\n"
    return title + head + "\n".join(told) + "\n"


def _settings(folder: Path) -> str:
    settings = _read(folder, "config.json")
    if settings is None:
        return ""
    return f"\n## Settings\n\n```json\n{json.dumps(settings, indent=1)}\n```\n"
