"""The critic of info-cycle-sim-gan (models.py): a PatchGAN critic with heads for the label and the
continuous code ("space").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from amnat.layers import InstanceNormalization
from amnat.networks.torch_start import TorchNetwork
from amnat.rng import RNG

import tensorflow as tf

# The smallest map that the critic's 3x3 patch head takes.
SMALLEST_MAP = 3
CRITIC_SLOPE = 0.01


class CriticOutputs(NamedTuple):
    """A critic's outputs for a batch of images.

    Attributes:
      patches: float [batch, P], or [batch, P * K] with K fastest of a conditional critic; some
        losses take their sigmoid.
      space: float [batch, S], the estimate of the code.
      labels: logits float [batch, K].
    """

    patches: tf.Tensor
    space: tf.Tensor
    labels: tf.Tensor


def patch_side(side: int, downs: int) -> int:
    """The side of the critic's patch map for images of a given side; below 1 there is no map."""
    return (side >> downs) - SMALLEST_MAP + 1


class PatchCritic(TorchNetwork):
    """Images [batch, H, W, C] -> `CriticOutputs`, whose space is in [-1, 1].

    4x4 convolutions of stride 2 with leaky ReLU (0.01), all but the first with instance norm
    without scale and offset; then a 3x3 convolution to one map of patches, one of stride 2 and a
    dense layer with tanh to the code, and a convolution over the whole map to the label. The
    original's unused dense layer is left out.

    Args:
      image_shape: (H, W, C).
      num_labels: K.
      space_dim: S.
      downs: number of convolutions of stride 2; 3 in the original, whose script asks for 4, from
        which its class subtracts one. The maps that they leave must have sides of at least 3.
      width: maps of the first convolution; 64 in the original.
      conditional: whether it has a map of patches for every label.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        num_labels: int = 2,
        space_dim: int = 4,
        downs: int = 3,
        width: int = 64,
        conditional: bool = False,
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__("none", name=name, **kwargs)
        height, side, channels = self.image_shape = tuple(image_shape)
        if height != side or patch_side(side, downs) < 1:
            raise ValueError(f"{downs} halvings leave no {SMALLEST_MAP}x{SMALLEST_MAP} of {side}")
        widths = [channels, *(width * 2**i for i in range(downs))]
        self.convs = [
            self.padded_conv(before, after, 4, 2, 1, f"conv{i}")
            for i, (before, after) in enumerate(zip(widths, widths[1:], strict=False), start=1)
        ]
        self.norms = [
            InstanceNormalization(affine=False, name=f"norm{i}", dtype=self.dtype_policy)
            for i in range(2, downs + 1)
        ]
        maps = num_labels if conditional else 1
        self.patches = self.padded_conv(widths[-1], maps, SMALLEST_MAP, 1, 0, "patches", False)
        self.space_conv = self.padded_conv(widths[-1], 1, 3, 2, 0, "space_conv", False)
        self.space = self.dense(space_dim, "space")
        self.labels = self.padded_conv(widths[-1], num_labels, side >> downs, 1, 0, "labels", False)

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> CriticOutputs:
        del rng
        h = inputs
        for i, conv in enumerate(self.convs):
            h = conv(h)
            if i:
                h = self.norms[i - 1](h)
            h = self.tap(conv.name, tf.nn.leaky_relu(h, CRITIC_SLOPE))
        heads = (self.patches, self.space_conv, self.labels)
        patches, space, labels = (_flat(head(h)) for head in heads)
        return CriticOutputs(patches, tf.tanh(self.space(tf.nn.relu(space))), labels)


def _flat(maps: tf.Tensor) -> tf.Tensor:
    return tf.reshape(maps, [-1, math.prod(maps.shape[1:])])
