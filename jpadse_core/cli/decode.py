"""`jpadse decode`."""

from __future__ import annotations

import warnings

import click
from PIL import Image

from jpadse_core.bitstream.signatures import EXTENSIONS, extension_of
from jpadse_core.cli import batches
from jpadse_core.cli.options import PreferenceType, asked_for, installed, semantics_option
from jpadse_core.cli.results import ResultCommand
from jpadse_core.cli.streams import naming, print_json, read_input, tell, working, write_output
from jpadse_core.decoding import decode_picture
from jpadse_core.errors import MetadataLost
from jpadse_core.interfaces.enhancer import AnyPreference
from jpadse_core.parts import resolve
from jpadse_core.pictures import picture_bytes
from jpadse_core.plugins.discovery import discover

_OF_ENHANCEMENT = {"prefer": "--prefer", "semantics": "--semantics", "semantics_options": "--semantics-option"}


@click.command("decode", cls=ResultCommand)
@click.argument("sources", metavar="IN...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    help="The picture to write, by its extension; - writes PNG; of several files, a folder for PNGs.",
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
@batches.skip_option
@click.option(
    "--json", "as_json", is_flag=True, help="Tell what was written on stdout as JSON; of several, a line each."
)
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[str, ...],
    output: str,
    prefer: AnyPreference,
    no_enhance: bool,
    semantics: str,
    semantics_options: dict[str, str],
    skip_existing: bool,
    as_json: bool,
) -> None:
    """Decode IN (a file of any installed codec, enhanced or plain, or -) to a picture.

    Several files, or a folder of them, become PNGs in the folder OUT; one that fails costs no other. Links to folders
    in a folder are not followed.
    """
    if as_json and output == "-":
        raise click.UsageError("--json and -o - both want stdout")
    if no_enhance and (idle := [flag for name, flag in _OF_ENHANCEMENT.items() if asked_for(ctx, name)]):
        raise click.UsageError(f"--no-enhance and {' and '.join(idle)} exclude each other")
    extensions = {*EXTENSIONS, *(extension_of(codec.name) for codec in discover("codec"))}
    batch = batches.batch_of(sources, output, ".png", {f".{extension}" for extension in extensions})
    format_name = _format_of(batch.steps[0][1])
    extractor = resolve("semantics", semantics, semantics_options)

    def work(source: str, target: str) -> None:
        with naming(source):
            data = read_input(source)
            with working(ctx, f"decoding {source}"):
                picture = decode_picture(data, prefer, enhance=not no_enhance, semantics=extractor)
        for lost in picture.not_carried:
            warnings.warn(f"{source}: {lost}", MetadataLost, stacklevel=1)
        with naming(target):
            written = picture_bytes(picture, format_name)
        write_output(target, written)
        height, width = picture.rgb.shape[:2]
        if as_json:
            told = {"file": target, "width": width, "height": height, "enhanced": picture.enhanced}
            print_json(told, alone=batch.single)
        tell(ctx, f"{target}: {width} x {height}")

    batch.run(work, skip=skip_existing)


def _format_of(output: str) -> str:
    if output == "-":
        return "PNG"
    extension = output[output.rfind(".") :].lower() if "." in output else ""
    try:
        return Image.registered_extensions()[extension]
    except KeyError:
        raise click.UsageError(f'{output}: no picture format is called "{extension}": choose .png') from None
