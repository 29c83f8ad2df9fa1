"""Stacks of noisy dense layers, which explore where a generator has no latent
(info-cycle-sim-gan, nes.py; its script leaves them switched off)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amnat.layers.noisy_dense import NoisyDense
from amnat.networks.network import Network
from amnat.rng import RNG, derive_seed

import tensorflow as tf


class NoisyHead(Network):
    """Vectors [batch, in] -> vectors [batch, sizes[-1]]: `NoisyDense` layers with ReLU between.

    Heads made by `sibling` share weights and noise and differ in the scale of the noise.

    Args:
      sizes: outputs of each layer; the script has (512, 1024, H * W * C).
    """

    def __init__(self, sizes: Sequence[int], name: str = "noisy_head", **kwargs: Any):
        super().__init__("relu", name=name, **kwargs)
        self.dense_layers = [
            NoisyDense(
                units,
                derive_seed(self.seed, f"{self.name}/noisy{i}"),
                name=f"noisy{i}",
                dtype=self.dtype_policy,
            )
            for i, units in enumerate(sizes)
        ]

    def sibling(self, name: str) -> NoisyHead:
        """Another head on this one's weights and noise, with scales of its own; not built yet.

        Use `ref()` to tell their variables apart: the shared ones are in both lists.
        """
        head = type(self).from_config(self.get_config() | {"name": name})
        for layer, mine in zip(head.dense_layers, self.dense_layers, strict=True):
            object.__setattr__(layer, "_shared", mine)
        return head

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        h = inputs
        for i, layer in enumerate(self.dense_layers):
            h = self.tap(layer.name, layer(tf.nn.relu(h) if i else h))
        return h

    def sample_noise(self, rng: RNG, index: int | None = None) -> None:
        """Draws the noise of one layer, or of all; an index beyond the last draws none."""
        chosen = self.dense_layers if index is None else self.dense_layers[index : index + 1]
        for layer in chosen:
            layer.sample_noise(rng)

    def remove_noise(self) -> None:
        """Sets all noise to 0."""
        for layer in self.dense_layers:
            layer.remove_noise()
