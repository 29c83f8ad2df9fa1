"""The translator and the critic of info-cycle-sim-gan (models.py): StarGAN's generator, a PatchGAN
critic with heads for the label and the continuous code ("space").
"""

import math
from typing import NamedTuple

from amnat.layers import ConditionedConv2D, InstanceNormalization
from amnat.networks.torch_start import TorchNetwork

import tensorflow as tf

# The generator halves the image twice.
SIDE_MULTIPLE = 4
# The critic's 3x3 patch head takes nothing smaller.
SMALLEST_MAP = 3
CRITIC_SLOPE = 0.01


class CriticOutputs(NamedTuple):
    """What a critic says of images.

    Attributes:
      patches: float [batch, P], of which losses may take the sigmoid.
      space: float [batch, S], the estimate of the code.
      labels: logits float [batch, K].
    """

    patches: tf.Tensor
    space: tf.Tensor
    labels: tf.Tensor


class ResidualGenerator(TorchNetwork):
    """Images, a code and a label -> images [batch, H, W, C] in [-1, 1].

    The input is one float tensor [batch, H * W * C + S + K], as `TranslationLatent.join` makes it.
    Code and label are constant maps behind the image's channels. 7x7, two 4x4 convolutions of
    stride 2, residual blocks without an activation behind the sum, two transposed ones, 7x7 and
    tanh; instance norm behind all but the last.

    Args:
      image_shape: (H, W, C), H and W multiples of 4.
      num_labels: K.
      space_dim: S.
      blocks: residual blocks; 5 in the script, 9 by default in its class.
      width: of the first convolution's maps; 64 originally.
    """

    def __init__(
        self,
        image_shape,
        num_labels=2,
        space_dim=4,
        blocks=5,
        width=64,
        name="generator",
        **kwargs,
    ):
        super().__init__("relu", name=name, **kwargs)
        self.image_shape = tuple(image_shape)
        if any(side % SIDE_MULTIPLE for side in self.image_shape[:2]):
            raise ValueError(f"the sides of {self.image_shape} are no multiples of {SIDE_MULTIPLE}")
        self.sizes = [math.prod(self.image_shape), space_dim + num_labels]
        channels, wide = self.image_shape[-1], 4 * width
        self.stages = self._normed(
            ConditionedConv2D(width, 7, 1, 3, use_bias=False, **self._arguments_of("conv")),
            self._plain(width, 2 * width, 4, 2, 1, "down1"),
            self._plain(2 * width, wide, 4, 2, 1, "down2"),
        )
        self.blocks = [
            self._normed(*(self._plain(wide, wide, 3, 1, 1, f"block{i}_conv{j}") for j in (1, 2)))
            for i in range(1, blocks + 1)
        ]
        self.ups = self._normed(
            self.doubling(wide, 2 * width, "up1"), self.doubling(2 * width, width, "up2")
        )
        self.last = self.padded_conv(width, channels, 7, 1, 3, "last")

    def _plain(self, *arguments):
        return self.padded_conv(*arguments, use_bias=False)

    def _normed(self, *layers):
        """[layer, its norm, the next layer, ...]."""
        norms = [
            InstanceNormalization(name=f"{layer.name}_norm", dtype=self.dtype_policy)
            for layer in layers
        ]
        return [each for pair in zip(layers, norms, strict=True) for each in pair]

    def _through(self, layers, h):
        """Layers and norms in turn, with an activation behind each norm."""
        for layer, norm in zip(layers[::2], layers[1::2], strict=True):
            h = self.activate(self.tap(norm.name, norm(layer(h))))
        return h

    def call(self, inputs, rng=None):
        del rng
        images, conditions = tf.split(inputs, self.sizes, axis=1)
        images = tf.reshape(images, [-1, *self.image_shape])
        h = self._through(self.stages, (images, conditions))
        for first, norm1, second, norm2 in self.blocks:
            branch = self._through([first, norm1], h)
            h = self.tap(norm2.name, h + norm2(second(branch)))
        return self.tap("tanh", tf.tanh(self.last(self._through(self.ups, h))))

    def sample_noise(self, rng):
        """Nothing: this generator has no noise of its own (`NoisyHead` has)."""

    def remove_noise(self):
        """Nothing."""


def patch_side(side, downs):
    """Side of the critic's patch map for images of a side; below 1 there is none."""
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
      downs: convolutions of stride 2, 3 in the script (which asks for 4, of which its class takes
        one off). Sides of what they leave have to be at least 3.
      width: of the first convolution; 64 originally.
    """

    def __init__(
        self,
        image_shape,
        num_labels=2,
        space_dim=4,
        downs=3,
        width=64,
        name="discriminator",
        **kwargs,
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
        self.patches = self.padded_conv(widths[-1], 1, SMALLEST_MAP, 1, 0, "patches", False)
        self.space_conv = self.padded_conv(widths[-1], 1, 3, 2, 0, "space_conv", False)
        self.space = self.dense(space_dim, "space")
        self.labels = self.padded_conv(widths[-1], num_labels, side >> downs, 1, 0, "labels", False)

    def call(self, inputs, rng=None):
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


def _flat(maps):
    return tf.reshape(maps, [-1, math.prod(maps.shape[1:])])
