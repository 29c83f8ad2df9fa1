"""The 32x32 image pair of AM-GAN2 (code/AM-GAN.py, `generator_dcgan`, `discriminator_dcgan`)."""

from __future__ import annotations

from typing import Any

from amnat.layers import ScaledAveragePooling2D
from amnat.networks.network import Network
from amnat.networks.virtual_batch_norm import virtual_batch_norm
from amnat.rng import RNG

import tensorflow as tf


class DCGANGenerator(Network):
    """Latent [batch, dim] -> images [batch, 32, 32, channels] in [-1, 1].

    linear to 4x4x8f, then three stride-2 transposed 3x3 convolutions (4f, 2f, f) and one of
    stride 1; batch norm and activation after all but the last, which ends in tanh.

    Args:
      width: f, the original's iFilterDimsG (96).
      channels: number of image channels.
    """

    def __init__(
        self,
        width: int = 96,
        channels: int = 3,
        activation: str = "lrelu",
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.width = width
        self.linear = self.dense(4 * 4 * 8 * width, "linear")
        self.bn4 = self.batch_norm("bn4")
        self.deconv4_8 = self.deconv(4 * width, 2, "deconv4_8")
        self.bn8 = self.batch_norm("bn8")
        self.deconv8_16 = self.deconv(2 * width, 2, "deconv8_16")
        self.bn16 = self.batch_norm("bn16")
        self.deconv16_32 = self.deconv(width, 2, "deconv16_32")
        self.bn32 = self.batch_norm("bn32")
        self.deconv32 = self.deconv(channels, 1, "deconv32")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        h = tap("linear", self.linear(inputs))
        # The original reads the units channels first in either layout; keeping its order lets
        # its checkpoints load unpermuted.
        h = tf.reshape(h, [-1, 8 * self.width, 4, 4])
        if self.data_format == "NHWC":
            h = tf.transpose(h, [0, 2, 3, 1])
        stages = [
            (None, self.bn4),
            (self.deconv4_8, self.bn8),
            (self.deconv8_16, self.bn16),
            (self.deconv16_32, self.bn32),
        ]
        for deconv, norm in stages:
            if deconv is not None:
                h = tap(deconv.name, deconv(h))
            h = tap(norm.name, norm(h))
            h = tap(f"{norm.name}/activation", self.activate(h))
        h = tap("deconv32", self.deconv32(h))
        h = tap("tanh", tf.tanh(h))
        return tf.transpose(h, [0, 2, 3, 1]) if self.data_format == "NCHW" else h


VirtualDCGANGenerator = virtual_batch_norm(DCGANGenerator)


class DCGANDiscriminator(Network):
    """Images [batch, 32, 32, channels] -> logits [batch, num_logits].

    Input noise (0.1, additive and multiplicative), four 3x3 convolutions (f, 2f, 4f, 8f; strides
    1, 2, 2, 2), each with activation and dropout and all but the first with batch norm, pooling
    over the 4x4 that remain (mean times 4), a **second** dropout, and a dense layer.

    Args:
      num_logits: K + 1 for AM-GAN, 1 for the binary GAN.
      width: f, the original's iFilterDimsD (64).
      dropout_rate: the original's fDropRate (0.3).
      minibatch_kernels: kernels of minibatch discrimination in front of the last layer; 0, as
        originally: none.
      minibatch_dim, minibatch_block: see `MinibatchDiscrimination`.
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
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.input_noise = self.noise(0.1, "noise")
        self.conv32 = self.conv(width, 1, "conv32")
        self.dropout32 = self.dropout(dropout_rate, "dropout32")
        self.conv32_16 = self.conv(2 * width, 2, "conv32_16")
        self.bn16 = self.batch_norm("bn16")
        self.dropout16 = self.dropout(dropout_rate, "dropout16")
        self.conv16_8 = self.conv(4 * width, 2, "conv16_8")
        self.bn8 = self.batch_norm("bn8")
        self.dropout8 = self.dropout(dropout_rate, "dropout8")
        self.conv8_4 = self.conv(8 * width, 2, "conv8_4")
        self.bn4 = self.batch_norm("bn4")
        self.dropout4 = self.dropout(dropout_rate, "dropout4")
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
        stages = [
            (self.conv32, None, self.dropout32),
            (self.conv32_16, self.bn16, self.dropout16),
            (self.conv16_8, self.bn8, self.dropout8),
            (self.conv8_4, self.bn4, self.dropout4),
        ]
        for conv, norm, dropout in stages:
            h = tap(conv.name, conv(h))
            if norm is not None:
                h = tap(norm.name, norm(h))
            h = tap(f"{conv.name}/activation", self.activate(h))
            h = tap(dropout.name, dropout(h, rng))
        h = tap("pool", self.pool(h))
        h = tf.reshape(h, [-1, h.shape[1] * h.shape[2] * h.shape[3]])
        h = tap("dropout_flat", self.dropout_flat(h, rng))
        if self.minibatch is not None:
            h = tap("minibatch", self.minibatch(h))
        return tap("linear", self.linear(h))
