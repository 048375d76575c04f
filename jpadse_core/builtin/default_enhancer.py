"""The enhancer `default`: JPADSE's own network, whose weights ship in the package."""

from __future__ import annotations

from jpadse_core.builtin.network_enhancer import NetworkEnhancer
from jpadse_core.builtin.networks import Network, open_network, read_weights
from jpadse_core.interfaces.labels import TEXTURES, SemanticMap

_WEIGHTS = "enhancer.onnx"
_ROAD = TEXTURES.index("road")
_LEAST_ROAD = 0.1
"""Share of the map. Of held-out street scenes none has less than .23, of 144 photos one has more than .06."""


class DefaultEnhancer(NetworkEnhancer):
    """See `NetworkEnhancer`; the weights are pinned."""

    name = "default"

    def check_weights(self) -> None:
        """See `Enhancer`."""
        read_weights(_WEIGHTS)

    def why_needless(self, semantics: SemanticMap) -> str:
        """See `Enhancer`. Machines see more by the maps of street scenes; those of other photos cost more than they
        bring (docs/decisions/0023)."""
        road = float((semantics.textures() == _ROAD).mean())
        return "" if road >= _LEAST_ROAD else f"{road:.0%} of it is road, and a map pays for street scenes only"

    def network(self) -> Network:
        """The network.

        Raises:
            WeightsError: as `read_weights`.
        """
        return open_network(_WEIGHTS)
