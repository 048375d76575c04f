"""Any installed metric (entry points in `jpadse.metrics`) by name: the core's own and strangers'."""

from __future__ import annotations

from typing import get_args

from jpadse_core.calling import failing_as
from jpadse_core.errors import JpadseError, PluginBroken
from jpadse_core.plugins.loading import load
from jpadse_plugin_evaluate.digests import digest_of
from jpadse_plugin_evaluate.identity import component_identity
from jpadse_plugin_evaluate.measures import Axis, Case, Figure

_AXES: dict[str, Axis] = {"ssimulacra2": "perception"}
_PACKAGES = {"ssimulacra2": ("scipy",), "ms-ssim": ("scipy",)}
"""What the core's metrics stand on that the core itself does not require."""


class InstalledMetric:
    """A full-reference metric that a distribution brings. It may have `axis`, the corner of the triangle that it speaks
    of; without, it is taken for one of distortion.

    Raises:
        PluginError: it is not usable.
    """

    def __init__(self, name: str) -> None:
        self._metric = load("metric", name)
        axis = getattr(self._metric, "axis", _AXES.get(name, "distortion"))
        if axis not in get_args(Axis):
            raise PluginBroken(f'metric "{name}": its axis {axis!r} is none of {", ".join(get_args(Axis))}')
        self.packages = _PACKAGES.get(name, ())
        self.identity = f"metric {name} {digest_of(component_identity('metric', name))[:16]}"
        digits = 2 if self._metric.unit or name == "ssimulacra2" else 4
        self.figures = (Figure(name, self._metric.unit, self._metric.higher_is_better, axis, digits=digits),)

    def measure(self, case: Case) -> dict[str, float]:
        """See `Measure.measure`."""
        name = self.figures[0].name
        with failing_as(JpadseError, f'metric "{name}"'):
            return {name: float(self._metric.measure(case.original, case.decoded))}
