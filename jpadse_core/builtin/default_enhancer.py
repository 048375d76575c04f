"""The enhancer `default`: JPADSE's own network, whose weights ship in the package."""

from __future__ import annotations

from jpadse_core.builtin.network_enhancer import NetworkEnhancer
from jpadse_core.builtin.networks import Network, open_network, read_weights

_WEIGHTS = "enhancer.onnx"


class DefaultEnhancer(NetworkEnhancer):
    """See `NetworkEnhancer`; the weights are pinned."""

    name = "default"

    def check_weights(self) -> None:
        """See `Enhancer`."""
        read_weights(_WEIGHTS)

    def network(self) -> Network:
        """The network.

        Raises:
            WeightsError: as `read_weights`.
        """
        return open_network(_WEIGHTS)
