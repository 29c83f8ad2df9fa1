"""The convolutional InfoGAN pair for digits of PyTorch-GAN (implementations/infogan/infogan.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.layers import BatchStatisticsNormalization
from amnat.layers.channel_dropout import ChannelDropout
from amnat.methods.infogan.patch_networks import CriticOutputs
from amnat.networks.torch_start import TorchNetwork
from amnat.rng import RNG, derive_seed

import tensorflow as tf

if TYPE_CHECKING:
    from typing_extensions import Self

# The original means to set the momentum but sets epsilon, in all batch norms but the first.
ORIGINAL_EPSILON = 0.8
FIRST_EPSILON = 1e-5
WEIGHT_STDDEV = 0.02
# The width of the original generator's widest maps and of its critic's narrowest maps.
GENERATOR_WIDTH, CRITIC_WIDTH = 128, 16
GENERATOR_MULTIPLE, CRITIC_MULTIPLE = 4, 16


class _InfoGANNetwork(TorchNetwork):
    """What both share: convolutions start N(0, 0.02), scales N(1, 0.02), others as in PyTorch."""

    def __init__(self, batch_norm_epsilon: float, name: str, **kwargs: Any):
        super().__init__("lrelu", WEIGHT_STDDEV, name=name, **kwargs)
        self.batch_norm_epsilon = batch_norm_epsilon

    def batch_norm(self, name: str, epsilon: float | None = None) -> BatchStatisticsNormalization:
        return BatchStatisticsNormalization(
            self.batch_norm_epsilon if epsilon is None else epsilon,
            implementation=self.batch_norm_implementation,
            name=name,
            dtype=self.dtype_policy,
        )

    def build_variables(self, input_shape: Sequence[int]) -> Self:
        super().build_variables(input_shape)
        for layer in self.submodules:
            if isinstance(layer, BatchStatisticsNormalization):
                seed = derive_seed(self.seed, f"{self.name}/{layer.name}/scale")
                draw = tf.random.stateless_normal(layer.scale.shape, tf.constant([seed, 0]))
                layer.scale.assign(tf.cast(1.0 + WEIGHT_STDDEV * draw, layer.scale.dtype))
        return self


class InfoGANGenerator(_InfoGANNetwork):
    """Latent [batch, noise + K + codes] -> images [batch, H, W, C] in [-1, 1].

    A dense layer to a quarter of the side, batch norm without an activation after it, then twice
    a doubling (nearest neighbour) and a 3x3 convolution with batch norm and leaky ReLU (0.2), and a
    3x3 convolution with tanh.

    Args:
      image_shape: (H, W, C), H = W a multiple of 4.
      width: number of the widest maps.
      batch_norm_epsilon: epsilon of the two batch norms after convolutions.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        width: int = GENERATOR_WIDTH,
        batch_norm_epsilon: float = ORIGINAL_EPSILON,
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(batch_norm_epsilon, name, **kwargs)
        self.image_shape = tuple(image_shape)
        self.side = self.image_shape[0] // GENERATOR_MULTIPLE
        if self.image_shape[:2] != (GENERATOR_MULTIPLE * self.side,) * 2:
            raise ValueError(f"no square of a multiple of {GENERATOR_MULTIPLE}: {self.image_shape}")
        self.width = width
        narrow = max(1, width // 2)
        self.linear = self.dense(self.side**2 * width, "linear")
        self.first_norm = self.batch_norm("bn0", FIRST_EPSILON)
        self.convs = [
            self.padded_conv(width, width, 3, 1, 1, "conv1"),
            self.padded_conv(width, narrow, 3, 1, 1, "conv2"),
        ]
        self.norms = [self.batch_norm("bn1"), self.batch_norm("bn2")]
        self.last = self.padded_conv(narrow, self.image_shape[-1], 3, 1, 1, "last")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        h = tap("linear", self.linear(inputs))
        h = tf.reshape(h, [-1, self.side, self.side, self.width])
        h = tap("bn0", self.first_norm(h))
        for conv, norm in zip(self.convs, self.norms, strict=True):
            h = tap(conv.name, conv(_doubled(h)))
            h = self.activate(tap(norm.name, norm(h)))
        return tap("tanh", tf.tanh(self.last(h)))


def _doubled(maps: tf.Tensor) -> tf.Tensor:
    """Repeats every pixel in both directions."""
    _, height, width, channels = maps.shape
    spread = tf.tile(maps[:, :, None, :, None], [1, 1, 2, 1, 2, 1])
    return tf.reshape(spread, [-1, 2 * height, 2 * width, channels])


class InfoGANCritic(_InfoGANNetwork):
    """Images [batch, H, W, C] -> `CriticOutputs` with one patch, the whole image.

    Four 3x3 convolutions of stride 2, each with leaky ReLU (0.2), dropout of whole maps and, in all
    but the first, batch norm after them; three dense heads. The code's is linear.

    Args:
      image_shape: (H, W, C), H = W a multiple of 16 (the original cannot make heads for others).
      num_labels: K.
      space_dim: entries of the code.
      width: maps of the first convolution; each further one doubles them.
      dropout_rate: 0.25 in the original.
      batch_norm_epsilon: epsilon of all batch norms.
      conditional: whether it has a score for every label.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        num_labels: int = 10,
        space_dim: int = 2,
        width: int = CRITIC_WIDTH,
        dropout_rate: float = 0.25,
        batch_norm_epsilon: float = ORIGINAL_EPSILON,
        conditional: bool = False,
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__(batch_norm_epsilon, name, **kwargs)
        if image_shape[0] != image_shape[1] or image_shape[0] % CRITIC_MULTIPLE:
            raise ValueError(f"no square of a multiple of {CRITIC_MULTIPLE}: {image_shape}")
        widths = [image_shape[-1], *(width * 2**i for i in range(4))]
        self.convs = [
            self.padded_conv(before, after, 3, 2, 1, f"conv{i}")
            for i, (before, after) in enumerate(zip(widths, widths[1:], strict=False), start=1)
        ]
        self.dropouts = [
            ChannelDropout(dropout_rate, name=f"dropout{i}", dtype=self.dtype_policy)
            for i in range(1, 5)
        ]
        self.norms = [self.batch_norm(f"bn{i}") for i in range(2, 5)]
        self.patches = self.dense(num_labels if conditional else 1, "patches")
        self.labels = self.dense(num_labels, "labels")
        self.space = self.dense(space_dim, "space")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> CriticOutputs:
        tap = self.tap
        h = inputs
        for i, (conv, dropout) in enumerate(zip(self.convs, self.dropouts, strict=True)):
            h = tap(conv.name, self.activate(conv(h)))
            h = dropout(h, rng)
            if i:
                norm = self.norms[i - 1]
                h = tap(norm.name, norm(h))
        h = tf.reshape(h, [-1, math.prod(h.shape[1:])])
        return CriticOutputs(self.patches(h), self.space(h), self.labels(h))
