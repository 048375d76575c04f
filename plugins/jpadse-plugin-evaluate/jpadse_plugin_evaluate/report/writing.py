"""All outputs of an evaluation, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from jpadse_core.cli.streams import write_output
from jpadse_plugin_evaluate.inputs import Source
from jpadse_plugin_evaluate.measures.registry import Panel
from jpadse_plugin_evaluate.report.tables import as_csv, as_json
from jpadse_plugin_evaluate.results import Results
from jpadse_plugin_evaluate.settings import Settings


def write(
    results: Results,
    settings: Settings,
    sources: tuple[Source, ...],
    panel: Panel,
    json_file: Path | None,
    csv_file: Path | None,
    html_file: Path | None,
    figure_folder: Path | None,
) -> None:
    """Write what is asked for.

    Raises:
        ImageError: a file cannot be written.
    """
    if json_file is not None:
        write_output(str(json_file), as_json(results))
    if csv_file is not None:
        write_output(str(csv_file), as_csv(results))
    if figure_folder is not None:
        from jpadse_plugin_evaluate.report.plots import plots

        figure_folder.mkdir(parents=True, exist_ok=True)
        for name, png in plots(results):
            write_output(str(figure_folder / f"{name}.png"), png)
    if html_file is not None:
        from jpadse_plugin_evaluate.report.page import page
        from jpadse_plugin_evaluate.report.showcase import showcase

        write_output(str(html_file), page(results, showcase(results, settings, sources, panel)).encode())
