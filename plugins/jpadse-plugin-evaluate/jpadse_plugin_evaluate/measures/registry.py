"""From names on the command line to measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jpadse_core import JpadseError, PluginNotFound
from jpadse_core.plugins.discovery import discover
from jpadse_plugin_evaluate.measures import Figure, Measure

DEFAULT = ("psnr", "psnr-y", "ms-ssim", "ssim", "psnr-b", "ssimulacra2", "butteraugli")
_FIDELITY = ("psnr-y", "ssim", "psnr-b")


@dataclass(frozen=True)
class Panel:
    """Which measures are taken.

    Attributes:
        metrics: names out of `metric_names()`.
        segmenter, classifier, detector: frozen networks, see the measures of these names; empty for none.
        labels: whether the pictures have true labels.
        label_ids: see `Segmentation`.
        folder: where features of patches are kept.
    """

    metrics: tuple[str, ...]
    segmenter: str = ""
    classifier: str = ""
    detector: str = ""
    labels: bool = False
    label_ids: str = "as-is"
    folder: Path = Path()


def metric_names() -> tuple[str, ...]:
    """All that `--metric` takes: the measures here, then strangers' metrics."""
    installed = sorted(component.name for component in discover("metric"))
    own = (*DEFAULT, *_LEARNED, "fd-efficientnet-lite0", "fid")
    return (*own, *(name for name in installed if name not in own))


def measure_for(name: str, folder: Path) -> Measure:
    """The measure behind a name.

    Raises:
        JpadseError: something that it stands on is not there.
    """
    if name in _FIDELITY:
        from jpadse_plugin_evaluate.measures.fidelity import Fidelity

        return Fidelity()
    if name == "butteraugli":
        from jpadse_plugin_evaluate.measures.butteraugli import Butteraugli

        return Butteraugli()
    if name in _LEARNED:
        return _LEARNED[name]()
    if name in ("fd-efficientnet-lite0", "fid"):
        return _patch_distances(name, folder)
    if ":" not in name and name not in metric_names():
        raise PluginNotFound(f'metric "{name}" is not installed: choose from {", ".join(metric_names())}')
    from jpadse_plugin_evaluate.measures.installed import InstalledMetric

    return InstalledMetric(name)


@lru_cache(maxsize=2)
def measures_of(panel: Panel) -> tuple[Measure, ...]:
    """All measures of a panel, in order; made once a process.

    Raises:
        JpadseError: one is not usable.
    """
    measures: list[Measure] = []
    for name in panel.metrics:
        measure = measure_for(name, panel.folder)
        if all(measure.identity != other.identity for other in measures):
            measures.append(measure)
    if panel.segmenter:
        from jpadse_plugin_evaluate.measures.segmentation import Segmentation

        measures.append(Segmentation(panel.segmenter, panel.labels, panel.label_ids))
    if panel.classifier:
        from jpadse_plugin_evaluate.measures.classification import Classification

        measures.append(Classification(panel.classifier))
    if panel.detector:
        from jpadse_plugin_evaluate.measures.detection import Detection

        measures.append(Detection(panel.detector))
    return tuple(measures)


def figures_of(panel: Panel) -> tuple[Figure, ...]:
    """All figures of a panel, those of metrics that were not asked for left out."""
    found = [figure for measure in measures_of(panel) for figure in measure.figures]
    unwanted = set(_FIDELITY) - set(panel.metrics)
    return tuple(figure for figure in found if figure.name not in unwanted)


def usable(names: tuple[str, ...], folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those names whose measures can be taken here, and for each other one a line that says why not."""
    there: list[str] = []
    notices: list[str] = []
    for name in names:
        try:
            measure_for(name, folder)
        except JpadseError as error:
            notices.append(f"without {name}: {str(error).removeprefix(f'{name}: ')}")
        else:
            there.append(name)
    return tuple(there), tuple(notices)


def _patch_distances(name: str, folder: Path) -> Measure:
    from jpadse_plugin_evaluate.measures.backbones import EfficientNetLite0, Inception
    from jpadse_plugin_evaluate.measures.frechet import PatchDistances

    return PatchDistances(EfficientNetLite0() if name.startswith("fd-") else Inception(), folder)


def _learned(name: str) -> Callable[[], Measure]:
    def make() -> Measure:
        from jpadse_plugin_evaluate.measures import deep

        made: Measure = getattr(deep, name)()
        return made

    return make


_LEARNED = {"st-lpips": _learned("StLpips"), "lpips": _learned("Lpips"), "dists": _learned("Dists")}
