"""The bench's figures as text and JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from jpadse_plugin_evaluate.bench import Row, Timing
from jpadse_plugin_evaluate.report.tables import finite


def timings_table(rows: list[Row]) -> list[list[str]]:
    """Head and rows: seconds cold and warm, megapixels a second, ratio to the plain codec, megabytes."""
    head = [""]
    for step in ("encode", "decode"):
        head += [f"{step}: cold s", "warm s", "MP/s", "x plain", "MB"]
    return [head, *([_name(row), *_cells(row.encode, row.encode_ratio), *_cells(row.decode, row.decode_ratio)]
                    for row in rows)]  # fmt: skip


def _name(row: Row) -> str:
    return " ".join(part for part in (row.codec, row.options, row.variant) if part)


def _cells(timing: Timing, ratio: float) -> list[str]:
    return [f"{timing.cold:.3f}", f"{timing.warm:.3f}", f"{timing.speed:.2f}", f"{ratio:.1f}", f"{timing.memory:.0f}"]


def timings_as_json(rows: list[Row]) -> bytes:
    """All figures; those that the system does not tell are null."""
    found = [
        {
            "codec": row.codec,
            "options": row.options,
            "variant": row.variant,
            "encode": _as_dict(row.encode, row.encode_ratio),
            "decode": _as_dict(row.decode, row.decode_ratio),
        }
        for row in rows
    ]
    return (json.dumps(finite(found), indent=1, allow_nan=False) + "\n").encode()


def _as_dict(timing: Timing, ratio: float) -> dict[str, Any]:
    figures = asdict(timing)
    if files := figures.pop("files"):
        figures["bytes"] = sum(map(len, files))
    return {**figures, "megapixels_per_second": timing.speed, "times_plain": ratio}
