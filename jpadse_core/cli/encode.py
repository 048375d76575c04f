"""`jpadse encode`."""

from __future__ import annotations

import click

from jpadse_core.bitstream.signatures import codec_of
from jpadse_core.cli.options import chosen_target, component_options, named, parsed_options, target_options
from jpadse_core.cli.streams import naming, print_json, read_input, tell, working, write_output
from jpadse_core.pictures import picture_from_bytes
from jpadse_core.pipeline import build_pipeline


@click.command("encode")
@click.argument("source", metavar="IN")
@click.option("-o", "--output", required=True, metavar="OUT", help="The file to write, or -.")
@component_options
@target_options
@click.option(
    "--divisor",
    type=click.Choice(["1", "2", "4", "8"]),
    default="4",
    show_default=True,
    help="The label map is sent at the picture's resolution divided by this.",
)
@click.option("--json", "as_json", is_flag=True, help="Tell what was written as JSON on stdout.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    source: str,
    output: str,
    codec: str,
    semantics: str,
    enhancer: str,
    quality: float | None,
    pairs: tuple[str, ...],
    divisor: str,
    as_json: bool,
    **targets: float | None,
) -> None:
    """Encode the picture IN (a file, or -) to a file of the codec's own format that any viewer opens."""
    if as_json and output == "-":
        raise click.UsageError("--json and -o - both want stdout")
    pipeline = build_pipeline(codec, named(semantics), named(enhancer), divisor=int(divisor))  # type: ignore[arg-type]
    options = parsed_options(pipeline.codec, quality, pairs)
    target = chosen_target(quality, targets)
    with naming(source):
        picture = picture_from_bytes(read_input(source), "standard input" if source == "-" else source)
        with working(ctx, f"encoding {source}"):
            encoded = pipeline.encode(picture, target=target, **options)
    write_output(output, encoded)
    _mind_the_extension(ctx, output, encoded)
    if as_json:
        print_json(
            {
                "file": output,
                "bytes": len(encoded),
                "bits_per_pixel": encoded.bits_per_pixel,
                "options": encoded.options,
                "sections": encoded.sections,
                "psnr": {"plain": encoded.base_psnr, "enhanced": encoded.enhanced_psnr},
                "seconds": encoded.timings,
            }
        )
    tell(
        ctx,
        f"{output}: {len(encoded):,} bytes, {encoded.bits_per_pixel:.3f} bpp"
        + _gain(encoded.base_psnr, encoded.enhanced_psnr),
    )
    tell(ctx, "  " + ", ".join(f"{name} {value}" for name, value in encoded.options.items()), detail=True)
    for name, size in encoded.sections.items():
        tell(ctx, f"  {name:<10} {size:>10,} bytes", detail=True)


def _mind_the_extension(ctx: click.Context, output: str, encoded: bytes) -> None:
    """Say so where the name promises another format than the file has."""
    extension = output.rpartition(".")[2].lower() if "." in output else ""
    promised = {"jpg": "jpeg", "jp2": "jpeg2000", "jxl": "jpegxl", "heic": "heif"}.get(extension, extension)
    written = codec_of(encoded) or "jpse"
    if extension and promised != written and output != "-":
        tell(ctx, f"warning: {output} is a {written} file, whatever its name says")


def _gain(before: float | None, after: float | None) -> str:
    return "" if before is None or after is None else f", PSNR {before:.2f} -> {after:.2f} dB"
