"""The fully connected pair of AM-GAN2 for points (code/AM-GAN.py, `generator_mlp`, ...)."""

from __future__ import annotations

from typing import Any

from amnat.networks.network import Network
from amnat.networks.virtual_batch_norm import virtual_batch_norm
from amnat.rng import RNG

import tensorflow as tf

NUM_HIDDEN = 5


class MLPGenerator(Network):
    """Latent [batch, dim] -> points [batch, num_outputs], unbounded.

    Five hidden layers of `width`, each with batch norm and activation; linear output.
    """

    def __init__(
        self,
        width: int,
        num_outputs: int = 2,
        activation: str = "lrelu",
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.hidden = [self.dense(width, f"linear{i}") for i in range(NUM_HIDDEN)]
        self.norms = [self.batch_norm(f"bn{i}") for i in range(NUM_HIDDEN)]
        self.linear = self.dense(num_outputs, "linear")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        tap = self.tap
        h = inputs
        for i, (dense, norm) in enumerate(zip(self.hidden, self.norms, strict=True)):
            h = tap(dense.name, dense(h))
            h = tap(norm.name, norm(h))
            h = tap(f"activation{i}", self.activate(h))
        return tap("linear", self.linear(h))


VirtualMLPGenerator = virtual_batch_norm(MLPGenerator)


class MLPDiscriminator(Network):
    """Points [batch, dim] -> logits [batch, num_logits].

    Five hidden layers of `width` with activation, batch norm on all but the first; no noise and
    no dropout.

    `minibatch_kernels` above 0 adds minibatch discrimination in front of the last layer; for
    `minibatch_dim` and `minibatch_block` see `MinibatchDiscrimination`.
    """

    def __init__(
        self,
        num_logits: int,
        width: int,
        activation: str = "lrelu",
        minibatch_kernels: int = 0,
        minibatch_dim: int = 5,
        minibatch_block: int = 0,
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.minibatch = self.minibatch_discrimination(
            minibatch_kernels, minibatch_dim, minibatch_block
        )
        self.hidden = [self.dense(width, f"linear{i}") for i in range(NUM_HIDDEN)]
        self.norms = [self.batch_norm(f"bn{i}") for i in range(1, NUM_HIDDEN)]
        self.linear = self.dense(num_logits, "linear")

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
        if self.minibatch is not None:
            h = tap("minibatch", self.minibatch(h))
        return tap("linear", self.linear(h))
