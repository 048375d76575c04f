"""All outputs of an evaluation, each whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jpadse_core.cli.streams import write_output
from jpadse_plugin_evaluate.inputs import Source
from jpadse_plugin_evaluate.measures.registry import Panel
from jpadse_plugin_evaluate.report.tables import as_csv, as_json, as_page, deltas_as_csv
from jpadse_plugin_evaluate.results import Results
from jpadse_plugin_evaluate.settings import Settings


@dataclass(frozen=True)
class Outputs:
    """Files to write, each None where it is not wanted, and a folder for figures."""

    json: Path | None = None
    csv: Path | None = None
    html: Path | None = None
    markdown: Path | None = None
    figures: Path | None = None

    @property
    def deltas_csv(self) -> Path | None:
        """`NAME-bd.csv` beside `NAME.csv`."""
        return self.csv and self.csv.with_name(f"{self.csv.stem}-bd{self.csv.suffix}")

    @property
    def files(self) -> list[Path]:
        """Those that are wanted, without figures."""
        return [path for path in (self.json, self.csv, self.deltas_csv, self.html, self.markdown) if path]

    def twice(self) -> Path | None:
        """A file that is named for more than one of them."""
        return next((path for path in self.files if self.files.count(path) > 1), None)

    def first(self) -> Path | None:
        """The first that is wanted."""
        return next((path for path in (self.json, self.csv, self.html, self.markdown, self.figures) if path), None)


def write(results: Results, settings: Settings, sources: tuple[Source, ...], panel: Panel, outputs: Outputs) -> None:
    """Write what is asked for.

    Raises:
        ImageError: a file cannot be written.
    """
    tables = (
        (outputs.json, as_json),
        (outputs.csv, as_csv),
        (outputs.deltas_csv, deltas_as_csv),
        (outputs.markdown, as_page),
    )
    for path, table in tables:
        if path is not None:
            write_output(str(path), table(results))
    if outputs.figures is not None:
        from jpadse_plugin_evaluate.report.plots import plots

        outputs.figures.mkdir(parents=True, exist_ok=True)
        for name, png in plots(results):
            write_output(str(outputs.figures / f"{name}.png"), png)
    if outputs.html is not None:
        from jpadse_plugin_evaluate.report.page import page
        from jpadse_plugin_evaluate.report.showcase import showcase

        write_output(str(outputs.html), page(results, showcase(results, settings, sources, panel)).encode())
