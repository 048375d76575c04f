"""What commands tell of the file that they have written."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from jpadse_core.bitstream.container import is_container
from jpadse_core.bitstream.signatures import codec_of, format_of_extension
from jpadse_core.cli.options import asked_for
from jpadse_core.cli.streams import print_json, tell
from jpadse_core.encoded import Encoded


def tell_encoded(ctx: click.Context, output: str, encoded: Encoded, as_json: bool, *, alone: bool = True) -> None:
    """A line for people on stderr, more of them with `-v`, and a JSON document on stdout where it is asked for: of
    several files, on a line each.

    Whoever names an extractor and gets no map is told why without asking.
    """
    mind_the_extension(ctx, output, encoded)
    if as_json:
        print_json(
            {
                "file": output,
                "bytes": len(encoded),
                "bits_per_pixel": encoded.bits_per_pixel,
                "options": encoded.options,
                "sections": encoded.sections,
                "semantics": _semantics(encoded),
                "psnr": {"plain": encoded.base_psnr, "enhanced": encoded.enhanced_psnr},
                "seconds": encoded.timings,
            },
            alone=alone,
        )
    tell(
        ctx,
        f"{output}: {len(encoded):,} bytes, {encoded.bits_per_pixel:.3f} bpp"
        + _gain(encoded.base_psnr, encoded.enhanced_psnr),
    )
    for name, value in encoded.options.items():
        tell(ctx, f"  {name:<10} {value!s:>10}", detail=True)
    if encoded.map_choice is not None:
        missed = encoded.map_choice.decision == "skipped" and asked_for(ctx, "semantics")
        tell(ctx, f"  map {encoded.map_choice.decision}: {encoded.map_choice.reason}", detail=not missed)
    for name, size in encoded.sections.items():
        tell(ctx, f"  {name:<10} {size:>10,} bytes", detail=True)


def _semantics(encoded: Encoded) -> dict[str, Any]:
    choice = encoded.map_choice
    return {"source": encoded.semantics_source, "map": None if choice is None else asdict(choice)}


def mind_the_extension(ctx: click.Context, output: str, encoded: bytes) -> None:
    """Say so where the name promises another format than the file has; of formats that are not known here, no name can
    be wrong."""
    extension = output.rpartition(".")[2].lower() if "." in output else ""
    promised = format_of_extension(extension)
    written = "jpse" if is_container(encoded) else codec_of(encoded)
    if not extension or output == "-" or promised == written or (promised is None and written is None):
        return
    told = f"no {promised} file" if written is None else f"a {written} file"
    tell(ctx, f"warning: {output} is {told}, whatever its name says")


def _gain(before: float | None, after: float | None) -> str:
    return "" if before is None or after is None else f", PSNR {before:.2f} -> {after:.2f} dB"
