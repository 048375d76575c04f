"""Heads that learn what those of another network say, when the trunk below them has learnt on without them."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from jpadse_plugin_train.enhancer.losses import charbonnier
from jpadse_plugin_train.enhancer.model import EnhancerNetwork
from jpadse_plugin_train.enhancer.pairs import Batch
from jpadse_plugin_train.precision import mixed_precision


class FollowObjective:
    """Distance of the residuals of perception and accuracy from those of another network, on a trunk that stays.

    Args:
        followed: the other network.
        perception_follows: the shares of its residuals of perception and accuracy that perception is to say.
    """

    def __init__(self, followed: EnhancerNetwork, perception_follows: tuple[float, float] = (1.0, 0.0)) -> None:
        self._followed = followed.eval().requires_grad_(False)
        self._shares = perception_follows

    def terms(self, network: EnhancerNetwork, batch: Batch, step: int) -> dict[str, Tensor]:
        """See `Objective.terms`."""
        with mixed_precision(batch.decoded.device):
            with torch.no_grad():
                _, perception, accuracy = self._followed(batch.decoded, batch.textures, batch.hints)
                due = self._shares[0] * perception + self._shares[1] * accuracy, accuracy
                read = network.map_features(batch.textures)
                features = network.features(batch.decoded, read, batch.hints)
                given = features, read, batch.hints, network.distortion(features)
            said = [head(*given) for head in (network.perception, network.accuracy)]
        return {
            f"{name}/followed": charbonnier(mine, theirs.float()) + 20 * F.mse_loss(mine.float(), theirs.float())
            for name, mine, theirs in zip("PA", said, due, strict=True)
        }

    def state_dict(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing."""
