"""The fully connected pair of improved-gan's semi-supervised MNIST script
(mnist_svhn_cifar10/train_mnist_feature_matching.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from amnat.layers import BatchStatisticsNormalization, Dense, KernelOptions
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf

BATCH_NORM_EPSILON = 1e-6
INPUT_NOISE, HIDDEN_NOISE = 0.3, 0.5


class SemiSupervisedGenerator(Network):
    """Latent [batch, dim] -> images [batch, *image_shape] in [-1, 1].

    Dense layers of `widths` with batch norm (which has a gain here, the original's has none) and
    softplus, then a weight-normalised one; layers linear0, bn0, ... The original ends in a sigmoid
    for images in [0, 1], which in [-1, 1] is tanh of half the number.

    Args:
      image_shape: (H, W, C).
      widths: number of units of each hidden layer.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        widths: Sequence[int] = (500, 500),
        name: str = "generator",
        **kwargs: Any,
    ):
        kernel = KernelOptions("glorot", "uniform")
        super().__init__("softplus", kernel=kernel, name=name, **kwargs)
        self.image_shape = tuple(image_shape)
        self.hidden = [self.dense(width, f"linear{i}") for i, width in enumerate(widths)]
        self.norms = [
            BatchStatisticsNormalization(
                BATCH_NORM_EPSILON,
                implementation=self.batch_norm_implementation,
                name=f"bn{i}",
                dtype=self.dtype_policy,
            )
            for i in range(len(widths))
        ]
        pixels = math.prod(self.image_shape)
        # The size of what is stored sets how fast its direction turns.
        stored = KernelOptions(weight_stddev=math.sqrt(2.0 / (widths[-1] + pixels)))
        self.linear = Dense(pixels, **(self._kernel_arguments("linear") | {"options": stored}))

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        h = inputs
        for i, (dense, norm) in enumerate(zip(self.hidden, self.norms, strict=True)):
            h = tap(dense.name, dense(h))
            h = tap(norm.name, norm(h))
            h = tap(f"activation{i}", self.activate(h))
        h = tap("tanh", tf.tanh(0.5 * tap("linear", self.linear(h))))
        return tf.reshape(h, [-1, *self.image_shape])


class SemiSupervisedDiscriminator(Network):
    """Images [batch, H, W, C] in [-1, 1] -> logits [batch, num_logits].

    The images, taken to [0, 1], and every hidden layer get Gaussian noise (0.3 and 0.5) wherever a
    rng is given; without one, as for test accuracy, there is none. Dense layers of `widths` with
    ReLU, weight-normalised; as originally, the lengths of the hidden layers' weights are not
    trained. They would grow, and the features with them, until no generator matches their means.

    Args:
      num_logits: K, or K + 1 with a logit of 'generated'.
      widths: number of units of each hidden layer.
      minibatch_kernels, minibatch_dim, minibatch_block: see `MLPImageDiscriminator`.
      weight_norm: without it, weights are scaled at the start instead.
    """

    def __init__(
        self,
        num_logits: int,
        widths: Sequence[int] = (1000, 500, 250, 250, 250),
        minibatch_kernels: int = 0,
        minibatch_dim: int = 5,
        minibatch_block: int = 0,
        weight_norm: bool = True,
        name: str = "discriminator",
        **kwargs: Any,
    ):
        parameterization = "weight_norm" if weight_norm else "plain"
        kernel = KernelOptions(parameterization, "normal", weight_stddev=0.1)
        super().__init__("relu", kernel=kernel, name=name, **kwargs)
        self.hidden = [self.dense(width, f"linear{i}") for i, width in enumerate(widths)]
        self.minibatch = self.minibatch_discrimination(
            minibatch_kernels, minibatch_dim, minibatch_block, KernelOptions("plain", "normal")
        )
        self.linear = self.dense(num_logits, "linear")

    @property
    def trainable_weights(self) -> list[tf.Variable]:
        fixed = self._fixed_lengths()
        return [weight for weight in super().trainable_weights if id(weight) not in fixed]

    @property
    def non_trainable_weights(self) -> list[tf.Variable]:
        fixed = self._fixed_lengths()
        lengths = [weight for weight in super().trainable_weights if id(weight) in fixed]
        return lengths + super().non_trainable_weights

    def _fixed_lengths(self) -> set[int]:
        return {id(layer.g) for layer in self.hidden if getattr(layer, "g", None) is not None}

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        tap = self.tap
        h = _with_noise(0.5 * (inputs + 1.0), INPUT_NOISE, rng, "noise")
        for i, dense in enumerate(self.hidden):
            if i > 0:
                h = _with_noise(h, HIDDEN_NOISE, rng, f"noise{i}")
            h = tap(dense.name, dense(h))
            h = tap(f"activation{i}", self.activate(h))
        # In front of the noise.
        tap("features", h)
        h = _with_noise(h, HIDDEN_NOISE, rng, f"noise{len(self.hidden)}")
        if self.minibatch is not None:
            h = tap("minibatch", self.minibatch(h))
        return tap("linear", self.linear(h))


def _with_noise(inputs: tf.Tensor, stddev: float, rng: RNG | None, name: str) -> tf.Tensor:
    if rng is None:
        return inputs
    precise = tf.float32 if inputs.dtype.size < 4 else inputs.dtype
    return inputs + tf.cast(stddev * rng.normal(name, tf.shape(inputs), precise), inputs.dtype)
