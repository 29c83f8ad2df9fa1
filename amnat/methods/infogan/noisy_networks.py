"""Generators with a noisy head, which several of them share (info-cycle-sim-gan, nes.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.methods.infogan.noisy_head import NoisyHead
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf

if TYPE_CHECKING:
    from typing_extensions import Self

# Outputs of the head's first layers in the repository's script.
HIDDEN_SIZES = (512, 1024)


class NoisyGenerator(Network):
    """Latents [batch, n] -> images [batch, H, W, C] in [-1, 1]: a `NoisyHead` with tanh after it.

    Its last layer has a number for each pixel and channel, row by row.

    Args:
      image_shape: (H, W, C).
      hidden: outputs of the layers before the last one.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        hidden: Sequence[int] = HIDDEN_SIZES,
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__("relu", name=name, **kwargs)
        self.image_shape = tuple(image_shape)
        self.head = NoisyHead(
            (*hidden, math.prod(self.image_shape)),
            name="head",
            seed=self.seed,
            dtype=self.dtype_policy,
        )

    def share_head(self, other: NoisyGenerator) -> Self:
        """Takes the weights and the noise of another generator's head, but not the scale of the
        noise; to be called before the variables are made, and after those of `other`."""
        self.head = other.head.sibling("head")
        return self

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        pixels = self.tap("head", self.head(inputs))
        return self.tap("tanh", tf.tanh(tf.reshape(pixels, [-1, *self.image_shape])))

    def sample_noise(self, rng: RNG) -> None:
        """Draws the noise of all layers of the head."""
        self.head.sample_noise(rng)

    def remove_noise(self) -> None:
        """Sets the noise to 0."""
        self.head.remove_noise()
