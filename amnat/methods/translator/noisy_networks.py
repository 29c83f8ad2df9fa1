"""The residual generator behind a noisy head, which info-cycle-sim-gan has commented out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.methods.infogan.noisy_head import NoisyHead
from amnat.methods.translator.networks import ResidualGenerator
from amnat.rng import RNG

import tensorflow as tf

if TYPE_CHECKING:
    from typing_extensions import Self


class HeadedGenerator(ResidualGenerator):
    """A `ResidualGenerator` of what a `NoisyHead` makes of the image.

    The head has one layer, which takes all pixels and channels of an image and returns as many:
    (H W C)^2 weights. Code and label join the image after it.

    Args: as `ResidualGenerator`.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        num_labels: int = 2,
        space_dim: int = 4,
        blocks: int = 5,
        width: int = 64,
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(image_shape, num_labels, space_dim, blocks, width, name, **kwargs)
        self.head = NoisyHead(
            (math.prod(self.image_shape),), name="head", seed=self.seed, dtype=self.dtype_policy
        )

    def share_head(self, other: HeadedGenerator) -> Self:
        """See `NoisyGenerator.share_head`."""
        self.head = other.head.sibling("head")
        return self

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        pixels, conditions = tf.split(inputs, self.sizes, axis=1)
        pixels = self.tap("head", self.head(pixels))
        return super().call(tf.concat([pixels, conditions], axis=1), rng)

    def sample_noise(self, rng: RNG) -> None:
        """Draws the noise of the head."""
        self.head.sample_noise(rng)

    def remove_noise(self) -> None:
        """Sets the noise to 0."""
        self.head.remove_noise()
