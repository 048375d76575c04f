"""The loss of each stage of training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jpadse_plugin_train.enhancer.accuracy import (
    ImageNetFeatures,
    Segmenter,
    divergence,
    imagenet_weights,
    label_entropy,
)
from jpadse_plugin_train.enhancer.config import AccuracyLoss, EnhancerConfig, PerceptionLoss
from jpadse_plugin_train.enhancer.discriminator import (
    Critics,
    Opinion,
    critic_loss,
    feature_matching,
    generator_loss,
)
from jpadse_plugin_train.enhancer.follow import FollowObjective
from jpadse_plugin_train.enhancer.losses import (
    charbonnier,
    dissimilarity,
    feature_distance,
    local_contrast,
    pooled_distance,
    relative_distance,
)
from jpadse_plugin_train.enhancer.model import EnhancerNetwork, ModulatedHead
from jpadse_plugin_train.enhancer.pairs import Batch
from jpadse_plugin_train.enhancer.perception import PerceptualDistance, installed_weights
from jpadse_plugin_train.enhancer.recognition import Recognition, classifier_weights
from jpadse_plugin_train.enhancer.state import read_network
from jpadse_plugin_train.enhancer.texture import told_shares
from jpadse_plugin_train.precision import mixed_precision

_LETTERS = {"perception": "P", "accuracy": "A"}
"""Of the corners, in the names of terms."""


class Objective(Protocol):
    """What one optimiser step minimises."""

    def terms(self, network: EnhancerNetwork, batch: Batch, step: int) -> dict[str, Tensor]:
        """The weighted terms of the loss of a step, by name; may train critics of its own."""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint has to keep."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Undo `state_dict`."""


ShareGradients = Callable[[Iterable[nn.Parameter]], None]
"""Replaces gradients by their mean over all processes."""


def objective_of(config: EnhancerConfig, device: torch.device, share_gradients: ShareGradients) -> Objective:
    """The objective of a stage, with its networks on `device`."""
    distortion = DistortionObjective(config)
    if config.stage == "distortion":
        return distortion
    if config.stage == "follow":
        assert config.followed is not None
        followed = read_network(config.followed).to(device, memory_format=torch.channels_last)
        return FollowObjective(followed, config.perception_follows)
    others = OtherCorners(config, device, share_gradients)
    return HeadsObjective(config, others) if config.stage == "corners" else JointObjective(config, distortion, others)


class DistortionObjective:
    """Trunk and `x_D` alone."""

    def __init__(self, config: EnhancerConfig) -> None:
        self._weights = config.distortion

    def terms(self, network: EnhancerNetwork, batch: Batch, step: int) -> dict[str, Tensor]:
        """See `Objective.terms`."""
        with mixed_precision(batch.decoded.device):
            features = network.features(batch.decoded, network.map_features(batch.textures), batch.hints)
            residual = network.distortion(features)
        return self.terms_of(batch.decoded + residual.float(), batch)

    def terms_of(self, base: Tensor, batch: Batch) -> dict[str, Tensor]:
        """The terms for a given `x_D`."""
        terms = {"D/pixels": self._weights.pixels * charbonnier(base, batch.original)}
        if self._weights.squared:
            terms["D/squared"] = self._weights.squared * F.mse_loss(base, batch.original)
        if self._weights.ms_ssim:
            terms["D/ms_ssim"] = self._weights.ms_ssim * dissimilarity(base, batch.original)
        return terms

    def state_dict(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing."""


@dataclass(frozen=True)
class _Corner:
    """A corner's output, what the ImageNet backbone sees in it, and what its losses weigh."""

    name: str
    weights: PerceptionLoss | AccuracyLoss
    output: Tensor
    seen: list[Tensor]


class OtherCorners:
    """What perception and accuracy are trained for, with the networks that judge and the critics that learn."""

    def __init__(self, config: EnhancerConfig, device: torch.device, share_gradients: ShareGradients) -> None:
        self._share_gradients = share_gradients
        self._accuracy = config.accuracy
        self._weights: dict[str, PerceptionLoss | AccuracyLoss] = {"P": config.perception, "A": config.accuracy}
        self._names, self._in_turns = tuple(_LETTERS[corner] for corner in config.taught), config.in_turns
        self._windows = config.perceptual_crops, config.perceptual_window, config.perceptual_scale
        on_device = {"device": device, "memory_format": torch.channels_last}
        self._backbone = ImageNetFeatures(imagenet_weights()).to(**on_device)
        self._segmenter = Segmenter(config.task_network).to(**on_device)
        self._distance = PerceptualDistance(installed_weights()).to(**on_device)
        learning = [self._weights[name] for name in self._names]
        recognised = any(weights.recognition or weights.halved_recognition for weights in learning)
        self._recognition = Recognition(classifier_weights()).to(**on_device) if recognised else None
        self._critics = Critics().to(**on_device)
        self._optimiser = torch.optim.Adam(self._critics.parameters(), 4e-4, betas=(0.5, 0.99))

    def due(self, step: int) -> tuple[str, ...]:
        """The corners that learn at a step, "P" and "A"."""
        return (self._names[step % len(self._names)],) if self._in_turns else self._names

    def terms(self, outputs: Mapping[str, Tensor], batch: Batch) -> dict[str, Tensor]:
        """The weighted terms of `x_D + r_P` ("P") and of `x_D + r_A` ("A")."""
        with torch.no_grad():
            due = self._backbone(batch.original)
        corners = [
            _Corner(name, self._weights[name], output, self._backbone(output)) for name, output in outputs.items()
        ]
        terms = self._answers(outputs["A"], batch) if "A" in outputs else {}
        for corner in corners:
            name, weights = corner.name, corner.weights
            terms[f"{name}/pixels"] = weights.pixels * charbonnier(corner.output, batch.original)
            terms[f"{name}/features"] = weights.features * feature_distance(corner.seen, due)
            if weights.pooled:
                terms[f"{name}/pooled"] = weights.pooled * pooled_distance(corner.seen, due)
            if weights.halved_features:
                halved = F.avg_pool2d(corner.output, 2), F.avg_pool2d(batch.original, 2)
                terms[f"{name}/halved"] = weights.halved_features * feature_distance(*map(self._backbone, halved))
        terms |= self._perceptual(corners, batch) | self._recognised(corners, batch)
        return terms | self._against_critics(corners, due, batch)

    def _answers(self, judged: Tensor, batch: Batch) -> dict[str, Tensor]:
        """What the segmenter says of accuracy's output."""
        accuracy = self._accuracy
        with torch.no_grad():
            answer = self._segmenter(batch.original)
        given = self._segmenter(judged)
        terms = {"A/divergence": accuracy.divergence * divergence(given, answer)}
        if accuracy.labels:
            terms["A/labels"] = accuracy.labels * label_entropy(given, batch.labels)
        return terms

    def _perceptual(self, corners: Sequence[_Corner], batch: Batch) -> dict[str, Tensor]:
        looked_at = [corner for corner in corners if corner.weights.perceptual or corner.weights.contrast]
        if not looked_at:
            return {}
        window = _Window(batch, *self._windows)
        with torch.no_grad():
            due = self._distance.features(window.of(batch.original))
        terms = {}
        for corner in looked_at:
            name, weights, seen = corner.name, corner.weights, self._distance.features(window.of(corner.output))
            terms[f"{name}/perceptual"] = weights.perceptual * self._distance(seen, due)
            if weights.contrast:
                terms[f"{name}/contrast"] = weights.contrast * local_contrast(seen, due)
        return terms

    def _recognised(self, corners: Sequence[_Corner], batch: Batch) -> dict[str, Tensor]:
        if self._recognition is None:
            return {}
        terms = {}
        for what, side in (("recognition", 1), ("halved_recognition", 2)):
            asked = [(corner, getattr(corner.weights, what)) for corner in corners]
            looked_at = [(corner, weight) for corner, weight in asked if weight]
            if looked_at:
                with torch.no_grad():
                    due = self._recognition(F.avg_pool2d(batch.original, side), batch.number)
            for corner, weight in looked_at:
                seen = self._recognition(F.avg_pool2d(corner.output, side), batch.number)
                terms[f"{corner.name}/{what}"] = weight * relative_distance(seen, due)
        return terms

    def _against_critics(self, corners: Sequence[_Corner], due: list[Tensor], batch: Batch) -> dict[str, Tensor]:
        criticised = [corner for corner in corners if corner.weights.adversarial or corner.weights.feature_matching]
        if not criticised:
            return {}
        real = self._critics(batch.original, batch.textures, due)
        self._teach(criticised, real, batch)
        self._critics.requires_grad_(False)
        terms = {}
        for corner in criticised:
            name, weights = corner.name, corner.weights
            made = self._critics(corner.output, batch.textures, corner.seen)
            terms[f"{name}/adversarial"] = weights.adversarial * generator_loss(made, weights.gan)
            if weights.feature_matching:
                terms[f"{name}/matching"] = weights.feature_matching * feature_matching(made, real)
        self._critics.requires_grad_(True)
        return terms

    def _teach(self, criticised: Sequence[_Corner], real: list[Opinion], batch: Batch) -> None:
        """One step of the critics, which are the same for all corners."""
        losses = []
        for corner in criticised:
            detached = [layer.detach() for layer in corner.seen]
            made = self._critics(corner.output.detach(), batch.textures, detached)
            losses.append(critic_loss(real, made, corner.weights.gan))
        self._optimiser.zero_grad(set_to_none=True)
        torch.stack(losses).mean().backward()  # type: ignore[no-untyped-call]
        self._share_gradients(self._critics.parameters())
        self._optimiser.step()

    def state_dict(self) -> dict[str, Any]:
        """The critics and their optimiser."""
        return {"critics": self._critics.state_dict(), "optimiser": self._optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Undo `state_dict`."""
        self._critics.load_state_dict(state["critics"])
        self._optimiser.load_state_dict(state["optimiser"])


class _OfOtherCorners:
    """An objective whose only state is that of the other corners' critics."""

    def __init__(self, others: OtherCorners) -> None:
        self._others = others

    def state_dict(self) -> dict[str, Any]:
        """The critics and their optimiser."""
        return self._others.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Undo `state_dict`."""
        self._others.load_state_dict(state)


class JointObjective(_OfOtherCorners):
    """All heads together. Gradients of the residuals' losses do not pass through `x_D`'s head.

    In the stage `semantics` there is no term that compares pixels, as in the paper's first phase.
    """

    def __init__(self, config: EnhancerConfig, distortion: DistortionObjective, others: OtherCorners) -> None:
        super().__init__(others)
        self._blind = config.stage == "semantics"
        self._distortion = distortion
        self._trunk_share = config.trunk_share

    def terms(self, network: EnhancerNetwork, batch: Batch, step: int) -> dict[str, Tensor]:
        """See `Objective.terms`."""
        if self._blind:
            batch = batch.withheld()
        with mixed_precision(batch.decoded.device):
            read = network.map_features(batch.textures)
            features = network.features(batch.decoded, read, batch.hints)
            change = network.distortion(features)
            base = batch.decoded + change.float()
            weakened = _weakened(features, self._trunk_share), _weakened(read, self._trunk_share)
            given = *weakened, batch.hints, change.detach()
            terms = self._others.terms(_outputs(network, self._others.due(step), base.detach(), given), batch)
        if self._blind:
            return {name: term for name, term in terms.items() if not name.endswith("pixels")}
        return self._distortion.terms_of(base, batch) | terms


class HeadsObjective(_OfOtherCorners):
    """The heads of perception and accuracy, on a trunk and an `x_D` that stay as they are."""

    def __init__(self, config: EnhancerConfig, others: OtherCorners) -> None:
        super().__init__(others)
        self._guided_share = config.guided_share

    def terms(self, network: EnhancerNetwork, batch: Batch, step: int) -> dict[str, Tensor]:
        """See `Objective.terms`."""
        with mixed_precision(batch.decoded.device):
            with torch.no_grad():
                read = network.map_features(batch.textures)
                features = network.features(batch.decoded, read, batch.hints)
                change = network.distortion(features)
                base = batch.decoded + change.float()
            given = features, read, batch.hints, change
            outputs = _outputs(network, self._others.due(step), base, given)
            guided = round(self._guided_share * len(base))
            if guided and "P" in outputs:
                outputs["P"] = _as_told(outputs["P"], base, batch.original, guided)
            return self._others.terms(outputs, batch)


def _outputs(
    network: EnhancerNetwork, due: Iterable[str], base: Tensor, given: tuple[Tensor, Tensor, Tensor, Tensor]
) -> dict[str, Tensor]:
    """`x_D` and a residual for every corner that is due, from what the heads are given."""
    heads = _heads(network)
    return {name: base + heads[name](*given).float() for name in due}


def _as_told(textured: Tensor, base: Tensor, original: Tensor, count: int) -> Tensor:
    """The first pictures with as much texture as a perception guide lets them have, the others with all of it."""
    shares = told_shares(base[:count], textured[:count], original[:count])
    return torch.cat([torch.lerp(base[:count], textured[:count], shares), textured[count:]])


def _heads(network: EnhancerNetwork) -> dict[str, ModulatedHead]:
    return {"P": network.perception, "A": network.accuracy}


def _weakened(features: Tensor, share: float) -> Tensor:
    """The same values, with a share of the gradient."""
    return features.detach() + share * (features - features.detach())


@dataclass(frozen=True)
class TrainedPart:
    """Parameters that are held back together when their gradient is large, and how much faster they learn."""

    parameters: list[nn.Parameter]
    factor: float = 1.0


def trained_parts(network: EnhancerNetwork, config: EnhancerConfig) -> list[TrainedPart]:
    """What a stage trains: trunk and `x_D` as one part, and each of the two other heads that is taught."""
    there = _heads(network)
    heads = [TrainedPart(list(there[_LETTERS[name]].parameters()), config.head_factor) for name in config.taught]
    of_heads = {id(parameter) for head in there.values() for parameter in head.parameters()}
    trunk = TrainedPart([parameter for parameter in network.parameters() if id(parameter) not in of_heads])
    return {"distortion": [trunk], "corners": heads, "follow": heads}.get(config.stage, [trunk, *heads])


class _Window:
    """Crops of the batch that follow each other, and a window of them, made smaller; which, depends on the batch's
    number alone."""

    def __init__(self, batch: Batch, crops: int, side: int, least_scale: float) -> None:
        count, _, height, width = batch.decoded.shape
        generator = torch.Generator().manual_seed(batch.number)
        crops, side = min(crops, count), min(side, height, width)
        limits = (count - crops + 1, height - side + 1, width - side + 1)
        first, top, left = (int(torch.randint(limit, (1,), generator=generator)) for limit in limits)
        self._part = slice(first, first + crops), slice(None), slice(top, top + side), slice(left, left + side)
        self._side = round(side * (least_scale + (1 - least_scale) * float(torch.rand(1, generator=generator))))

    def of(self, pictures: Tensor) -> Tensor:
        """The window of float `[B, 3, H, W]`."""
        seen = pictures[self._part]
        if self._side == seen.shape[-1]:
            return seen
        return F.interpolate(seen, size=(self._side, self._side), mode="bilinear", antialias=True)
