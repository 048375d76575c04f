"""`jpadse decode`."""

from __future__ import annotations

import click
from PIL import Image

from jpadse_core.cli.options import PreferenceType, installed, named, semantics_option
from jpadse_core.cli.results import ResultCommand
from jpadse_core.cli.streams import naming, print_json, read_input, tell, working, write_output
from jpadse_core.decoding import decode_picture
from jpadse_core.interfaces.enhancer import AnyPreference
from jpadse_core.parts import resolve
from jpadse_core.pictures import picture_bytes


@click.command("decode", cls=ResultCommand)
@click.argument("source", metavar="IN")
@click.option(
    "-o", "--output", required=True, metavar="OUT", help="The picture to write, by its extension; - writes PNG."
)
@click.option(
    "--prefer",
    type=PreferenceType(),
    default="distortion",
    show_default=True,
    help="perception, accuracy, distortion, or three shares P,A,D.",
)
@click.option("--no-enhance", is_flag=True, help="The plain codec's picture.")
@click.option(
    "--semantics",
    default="none",
    show_default=True,
    help="For a file without a map: derive one with this extractor, in the place of one that the file names.",
    shell_complete=installed("semantics"),
)
@semantics_option
@click.option("--json", "as_json", is_flag=True, help="Tell what was written as JSON on stdout.")
@click.pass_context
def command(
    ctx: click.Context,
    source: str,
    output: str,
    prefer: AnyPreference,
    no_enhance: bool,
    semantics: str,
    semantics_options: dict[str, str],
    as_json: bool,
) -> None:
    """Decode IN (a file of any installed codec, enhanced or plain, or -) to a picture."""
    if as_json and output == "-":
        raise click.UsageError("--json and -o - both want stdout")
    format_name = _format_of(output)
    extractor = resolve("semantics", named(semantics), semantics_options)
    with naming(source):
        data = read_input(source)
        with working(ctx, f"decoding {source}"):
            picture = decode_picture(data, prefer, enhance=not no_enhance, semantics=extractor)
    with naming(output):
        written = picture_bytes(picture, format_name)
    write_output(output, written)
    height, width = picture.rgb.shape[:2]
    if as_json:
        print_json({"file": output, "width": width, "height": height, "enhanced": picture.enhanced})
    tell(ctx, f"{output}: {width} x {height}")


def _format_of(output: str) -> str:
    if output == "-":
        return "PNG"
    extension = output[output.rfind(".") :].lower() if "." in output else ""
    try:
        return Image.registered_extensions()[extension]
    except KeyError:
        raise click.UsageError(f'{output}: no picture format is called "{extension}": choose .png') from None
