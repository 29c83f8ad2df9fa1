"""The image pair of AM-GAN2 (code/AM-GAN.py, `generator_dcgan`, `discriminator_dcgan`).

The original has 32x32 images. Other sizes keep its design: the side halves as long as it is even
and 4 remain, and each time the width doubles, up to 8f.

    images   sides                       widths of the generator, smallest side first
    28       7, 14, 28                   4f, 2f, f
    32       4, 8, 16, 32                8f, 4f, 2f, f
    48       6, 12, 24, 48               8f, 4f, 2f, f
    64       4, 8, 16, 32, 64            8f, 8f, 4f, 2f, f
    128      4, 8, 16, 32, 64, 128       8f, 8f, 8f, 4f, 2f, f

The discriminator has the same sides and widths in the other direction.
"""

from __future__ import annotations

from typing import Any

from amnat.layers import ScaledAveragePooling2D
from amnat.networks.network import Network
from amnat.networks.virtual_batch_norm import virtual_batch_norm
from amnat.rng import RNG

import tensorflow as tf

# The smallest side of the maps, and the largest one that a size may leave there.
SMALLEST_SIDE, LARGEST_START = 4, 8
# The widest maps, in multiples of f.
MOST_WIDTHS = 8


def stages_of(image_size: int, width: int) -> list[tuple[int, int]]:
    """[(side, width), ...] of the maps from the smallest side to the whole image.

    Raises: ValueError if halving leaves no side of 4 to 8.
    """
    stages = [(image_size, width)]
    while stages[0][0] % 2 == 0 and stages[0][0] // 2 >= SMALLEST_SIDE:
        side, now = stages[0]
        stages.insert(0, (side // 2, min(2 * now, MOST_WIDTHS * width)))
    if not SMALLEST_SIDE <= stages[0][0] <= LARGEST_START:
        raise ValueError(
            f"images of {image_size}x{image_size}: halving leaves {stages[0][0]}, expected a size "
            f"that it reduces to {SMALLEST_SIDE} to {LARGEST_START}, such as 28, 32, 48, 64 or 128"
        )
    return stages


class DCGANGenerator(Network):
    """Latent [batch, dim] -> images [batch, size, size, channels] in [-1, 1].

    At 32x32: linear to 4x4x8f, then three stride-2 transposed 3x3 convolutions (4f, 2f, f) and one
    of stride 1; batch norm and activation after all but the last, which ends in tanh. The module's
    table has the other sizes.

    Args:
      width: f, the original's iFilterDimsG (96).
      channels: number of image channels.
      image_size: height and width of the images.
    """

    def __init__(
        self,
        width: int = 96,
        channels: int = 3,
        activation: str = "lrelu",
        name: str = "generator",
        image_size: int = 32,
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.width = width
        stages = stages_of(image_size, width)
        self.start_shape = start, first_width = stages[0]
        self.linear = self.dense(start * start * first_width, "linear")
        # (stride-2 layer or None, norm) by their names: attributes name a layer in checkpoints.
        names: list[tuple[str, str]] = [("", f"bn{start}")]
        setattr(self, names[0][1], self.batch_norm(names[0][1]))
        for (before, _), (side, filters) in zip(stages, stages[1:], strict=False):
            names.append((f"deconv{before}_{side}", f"bn{side}"))
            setattr(self, names[-1][0], self.deconv(filters, 2, names[-1][0]))
            setattr(self, names[-1][1], self.batch_norm(names[-1][1]))
        self.stage_names = tuple(names)
        self.last_name = f"deconv{image_size}"
        setattr(self, self.last_name, self.deconv(channels, 1, self.last_name))

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        side, filters = self.start_shape
        h = tap("linear", self.linear(inputs))
        # The original reads the units channels first in either layout; keeping its order lets
        # its checkpoints load unpermuted.
        h = tf.reshape(h, [-1, filters, side, side])
        if self.data_format == "NHWC":
            h = tf.transpose(h, [0, 2, 3, 1])
        for deconv, norm in self.stage_names:
            if deconv:
                h = tap(deconv, getattr(self, deconv)(h))
            h = tap(norm, getattr(self, norm)(h))
            h = tap(f"{norm}/activation", self.activate(h))
        h = tap(self.last_name, getattr(self, self.last_name)(h))
        h = tap("tanh", tf.tanh(h))
        return tf.transpose(h, [0, 2, 3, 1]) if self.data_format == "NCHW" else h


VirtualDCGANGenerator = virtual_batch_norm(DCGANGenerator)


class DCGANDiscriminator(Network):
    """Images [batch, size, size, channels] -> logits [batch, num_logits].

    At 32x32: input noise (0.1, additive and multiplicative), four 3x3 convolutions (f, 2f, 4f, 8f;
    strides 1, 2, 2, 2), each with activation and dropout and all but the first with batch norm,
    pooling over the 4x4 that remain (mean times 4), a **second** dropout, and a dense layer. The
    module's table has the other sizes.

    Args:
      num_logits: K + 1 for AM-GAN, 1 for the binary GAN.
      width: f, the original's iFilterDimsD (64).
      dropout_rate: the original's fDropRate (0.3).
      minibatch_kernels: kernels of minibatch discrimination in front of the last layer; 0, as
        originally: none.
      minibatch_dim, minibatch_block: see `MinibatchDiscrimination`.
      image_size: height and width of the images.
    """

    def __init__(
        self,
        num_logits: int,
        width: int = 64,
        dropout_rate: float = 0.3,
        activation: str = "lrelu",
        minibatch_kernels: int = 0,
        minibatch_dim: int = 5,
        minibatch_block: int = 0,
        name: str = "discriminator",
        image_size: int = 32,
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.input_noise = self.noise(0.1, "noise")
        stages = stages_of(image_size, width)[::-1]
        # (convolution, norm or none, dropout) by their names, as in the generator.
        names: list[tuple[str, str, str]] = []
        for number, (side, filters) in enumerate(stages):
            conv, norm, dropout = f"conv{side}", "", f"dropout{side}"
            if number:
                conv, norm = f"conv{stages[number - 1][0]}_{side}", f"bn{side}"
            setattr(self, conv, self.conv(filters, 2 if number else 1, conv))
            if norm:
                setattr(self, norm, self.batch_norm(norm))
            setattr(self, dropout, self.dropout(dropout_rate, dropout))
            names.append((conv, norm, dropout))
        self.stage_names = tuple(names)
        self.pool = ScaledAveragePooling2D(
            data_format=self.data_format, name="pool", dtype=self.dtype_policy
        )
        self.dropout_flat = self.dropout(dropout_rate, "dropout_flat")
        self.minibatch = self.minibatch_discrimination(
            minibatch_kernels, minibatch_dim, minibatch_block
        )
        self.linear = self.dense(num_logits, "linear")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        tap = self.tap
        h = tf.transpose(inputs, [0, 3, 1, 2]) if self.data_format == "NCHW" else inputs
        h = tap("noise", self.input_noise(h, rng))
        for conv, norm, dropout in self.stage_names:
            h = tap(conv, getattr(self, conv)(h))
            if norm:
                h = tap(norm, getattr(self, norm)(h))
            h = tap(f"{conv}/activation", self.activate(h))
            h = tap(dropout, getattr(self, dropout)(h, rng))
        h = tap("pool", self.pool(h))
        h = tf.reshape(h, [-1, h.shape[1] * h.shape[2] * h.shape[3]])
        h = tap("dropout_flat", self.dropout_flat(h, rng))
        if self.minibatch is not None:
            h = tap("minibatch", self.minibatch(h))
        return tap("linear", self.linear(h))
