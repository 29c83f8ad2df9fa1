"""The fully connected pair of PyTorch-GAN (implementations/gan/gan.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.layers import BatchStatisticsNormalization, KernelOptions
from amnat.networks.network import Network
from amnat.networks.torch_start import UNIFORM_STDDEV, start_biases
from amnat.networks.virtual_batch_norm import virtual_batch_norm
from amnat.rng import RNG

import tensorflow as tf

if TYPE_CHECKING:
    from typing_extensions import Self

# The original means to set the momentum and sets epsilon; see `MLPImageGenerator`.
ORIGINAL_EPSILON = 0.8


class _TorchMLP(Network):
    """The base of both networks, whose layers start as PyTorch's do.

    Weights and biases are U(-1 / sqrt(inputs), 1 / sqrt(inputs)). With weight norm the direction
    of the weights is drawn, and their length is trained from 1 on.
    """

    def __init__(self, weight_norm: bool, name: str, **kwargs: Any):
        kernel = KernelOptions(
            "weight_norm" if weight_norm else "plain", layer_stddev=UNIFORM_STDDEV
        )
        super().__init__("lrelu", kernel=kernel, name=name, **kwargs)

    def build_variables(self, input_shape: Sequence[int]) -> Self:
        super().build_variables(input_shape)
        start_biases(self)
        return self


class MLPImageGenerator(_TorchMLP):
    """Latent [batch, dim] -> images [batch, *image_shape] in [-1, 1].

    Dense layers of `widths` with leaky ReLU (0.2), batch norm in front of it in all but the first,
    and one of as many units as pixels with tanh; layers linear0, bn1, linear1, ...

    Args:
      image_shape: (H, W, C).
      widths: number of units of each hidden layer.
      batch_norm_epsilon: 0.8 in the original, which passes 0.8 where epsilon is meant. The
        variances that are normalised are below 0.05 at the start, so its batch norm does little
        more than centre. 1e-5 is PyTorch's default.
      weight_norm: weight normalisation of every layer.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        widths: Sequence[int] = (128, 256, 512, 1024),
        batch_norm_epsilon: float = ORIGINAL_EPSILON,
        weight_norm: bool = False,
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(weight_norm, name, **kwargs)
        self.image_shape = tuple(image_shape)
        self.batch_norm_epsilon = batch_norm_epsilon
        self.hidden = [self.dense(width, f"linear{i}") for i, width in enumerate(widths)]
        self.norms = [self.batch_norm(f"bn{i}") for i in range(1, len(widths))]
        self.linear = self.dense(math.prod(self.image_shape), "linear")

    def batch_norm(self, name: str) -> BatchStatisticsNormalization:
        return BatchStatisticsNormalization(
            self.batch_norm_epsilon,
            implementation=self.batch_norm_implementation,
            name=name,
            dtype=self.dtype_policy,
        )

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        h = inputs
        for i, dense in enumerate(self.hidden):
            h = tap(dense.name, dense(h))
            if i > 0:
                norm = self.norms[i - 1]
                h = tap(norm.name, norm(h))
            h = tap(f"activation{i}", self.activate(h))
        h = tap("tanh", tf.tanh(tap("linear", self.linear(h))))
        # The original's pixels are channels first, which only their initial order in the layer
        # would show.
        return tf.reshape(h, [-1, *self.image_shape])


VirtualMLPImageGenerator = virtual_batch_norm(MLPImageGenerator)


class MLPImageDiscriminator(_TorchMLP):
    """Images [batch, H, W, C] -> logits [batch, num_logits]; the original returns their sigmoid.

    Dense layers of `widths` with leaky ReLU (0.2), no normalisation; layers linear0, ...

    Args:
      num_logits: outputs.
      widths: number of units of each hidden layer.
      minibatch_kernels: kernels of minibatch discrimination in front of the last layer; 0: none.
      minibatch_dim, minibatch_block: see `MinibatchDiscrimination`.
      weight_norm: weight normalisation of every layer.
    """

    def __init__(
        self,
        num_logits: int = 1,
        widths: Sequence[int] = (512, 256),
        minibatch_kernels: int = 0,
        minibatch_dim: int = 5,
        minibatch_block: int = 0,
        weight_norm: bool = False,
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__(weight_norm, name, **kwargs)
        self.hidden = [self.dense(width, f"linear{i}") for i, width in enumerate(widths)]
        self.minibatch = self.minibatch_discrimination(
            minibatch_kernels, minibatch_dim, minibatch_block
        )
        self.linear = self.dense(num_logits, "linear")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        h = inputs
        for i, dense in enumerate(self.hidden):
            h = tap(dense.name, dense(h))
            h = tap(f"activation{i}", self.activate(h))
        h = tap("features", h)
        if self.minibatch is not None:
            h = tap("minibatch", self.minibatch(h))
        return tap("linear", self.linear(h))
