"""The loss of each stage of training."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from jpadse_plugin_train.enhancer.accuracy import TaskConsistency
from jpadse_plugin_train.enhancer.discriminator import PatchDiscriminator, critic_loss, generator_loss
from jpadse_plugin_train.enhancer.losses import charbonnier
from jpadse_plugin_train.enhancer.model import EnhancerNetwork
from jpadse_plugin_train.enhancer.pairs import Batch
from jpadse_plugin_train.enhancer.perception import PerceptualDistance
from jpadse_plugin_train.precision import mixed_precision


class Objective(Protocol):
    """What one optimiser step minimises."""

    def loss(self, network: EnhancerNetwork, batch: Batch) -> Tensor:
        """The loss; may train critics of its own."""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint has to keep."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Undo `state_dict`."""


class DistortionObjective:
    """Trunk and `x_D` alone: Charbonnier."""

    def loss(self, network: EnhancerNetwork, batch: Batch) -> Tensor:
        """See `Objective.loss`."""
        with mixed_precision():
            features = network.features(batch.decoded, network.map_features(batch.textures), batch.hints)
            residual = network.distortion(features)
        return charbonnier(batch.decoded + residual.float(), batch.original)

    def state_dict(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing."""


class TriangleObjective:
    """All three heads together.

    `x_D`: Charbonnier. `x_D + r_P`: Charbonnier, ST-LPIPS and a hinge GAN conditioned on the map. `x_D + r_A`:
    Charbonnier and the task networks' consistency. Gradients of the residuals' losses do not pass through `x_D`'s head.

    Args:
        extractor: checkpoint or ONNX file of the extractor.
        imagenet: ImageNet weights of its backbone.
        perceptual: weights of ST-LPIPS.
    """

    PERCEPTUAL, ADVERSARIAL, CONSISTENCY = 0.08, 0.1, 0.01

    def __init__(self, extractor: Path, imagenet: Path, perceptual: Path) -> None:
        self._distance = PerceptualDistance(perceptual)
        self._consistency = TaskConsistency(extractor, imagenet)
        self._critic = PatchDiscriminator().to(memory_format=torch.channels_last)
        self._critic_optimiser = torch.optim.Adam(self._critic.parameters(), 2e-4, betas=(0.5, 0.99))

    def loss(self, network: EnhancerNetwork, batch: Batch) -> Tensor:
        """See `Objective.loss`."""
        with mixed_precision():
            base, perception, accuracy = network(batch.decoded, batch.textures, batch.hints)
            fixed = base.detach().float()
            perceived, judged = fixed + perception.float(), fixed + accuracy.float()
            self._train_critic(perceived.detach(), batch)
            self._critic.requires_grad_(False)
            adversarial = generator_loss(self._critic(perceived, batch.textures))
            self._critic.requires_grad_(True)
            distance = self._distance(perceived, batch.original)
            consistency = self._consistency(judged, batch.original)
        pixels = charbonnier(base, batch.original) + 0.5 * (
            charbonnier(perceived, batch.original) + charbonnier(judged, batch.original)
        )
        return pixels + self.PERCEPTUAL * distance + self.ADVERSARIAL * adversarial + self.CONSISTENCY * consistency

    def _train_critic(self, made: Tensor, batch: Batch) -> None:
        real_scores = self._critic(batch.original, batch.textures)
        loss = critic_loss(real_scores, self._critic(made, batch.textures))
        self._critic_optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._critic_optimiser.step()

    def state_dict(self) -> dict[str, Any]:
        """The critic and its optimiser."""
        return {"critic": self._critic.state_dict(), "optimiser": self._critic_optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Undo `state_dict`."""
        self._critic.load_state_dict(state["critic"])
        self._critic_optimiser.load_state_dict(state["optimiser"])
