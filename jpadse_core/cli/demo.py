"""`jpadse demo`: the main job on one picture."""

from __future__ import annotations

from pathlib import Path

import click

from jpadse_core.cli.comparing import run
from jpadse_core.cli.results import ResultCommand
from jpadse_core.cli.streams import input_picture, naming, refuse_overwriting, tell, write_output
from jpadse_core.comparison.report import CORNERS
from jpadse_core.errors import ImageError
from jpadse_core.interfaces.picture import Picture
from jpadse_core.pictures import read_picture
from jpadse_core.pipeline import build_pipeline


@click.command("demo", cls=ResultCommand)
@click.argument("picture", required=False)
@click.option("-o", "--output", default="demo-output", show_default=True, help="The folder to write to.")
@click.option("-q", "--quality", type=click.IntRange(1, 100), default=10, show_default=True, help="JPEG quality.")
@click.option("--prefer", type=click.Choice(CORNERS), default="distortion", show_default=True, help="The corner shown.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON on stdout.")
@click.pass_context
def command(ctx: click.Context, picture: str | None, output: str, quality: int, prefer: str, as_json: bool) -> None:
    """Encode PICTURE (or a photograph from scikit-image) at a low rate, decode it, and compare at equal bytes."""
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageError(f"{output}: cannot be made: {error.strerror}") from error
    panel, coded = (str(folder / name) for name in ("comparison.png", "picture.jpg"))
    for target in (panel, coded):
        refuse_overwriting(target, picture or "-")
    pipeline = build_pipeline("jpeg", semantics_rate=0)  # whatever the picture shows, the map is to be seen
    with naming(picture or "coffee"):
        source = input_picture(picture) if picture else _built_in()
        comparison = run(ctx, pipeline, source, {"quality": quality}, panel, prefer, as_json)
    write_output(coded, comparison.encoded)
    tell(ctx, f"{coded}: the JPEG-SE file; any viewer opens it, `jpadse decode` enhances it")


def _built_in() -> Picture:
    """Rachel Michetti's "Coffee", CC0, 600 x 400."""
    try:
        from skimage import data
    except ImportError as error:
        raise ImageError("no picture given, and scikit-image's is not there: pip install 'jpadse[demo]'") from error
    return read_picture(data.coffee())
