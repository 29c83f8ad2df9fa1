"""What the three families share: layers as the originals have them, ranges, roles."""

import math

from amnat.layers import BatchStatisticsNormalization, Conv2D, Conv2DTranspose, Dense, KernelOptions
from amnat.networks.network import Network

import tensorflow as tf

# TensorFlow 1's fused kernel raised the originals' 1e-5 to this.
BATCH_NORM_EPSILON = 1.001e-5


def to_unit(images):
    """Images in the range that amnat's data arrives in, (byte - 127.5) / 128, as byte / 255."""
    return (images * 128.0 + 127.5) / 255.0


def from_unit(images):
    """The inverse of `to_unit`."""
    return (images * 255.0 - 127.5) / 128.0


def halved_sizes(size, count):
    """[size, size / 2, ...] with `count` halvings, rounded up as SAME convolutions do."""
    sizes = [size]
    for _ in range(count):
        sizes.append(-(-sizes[-1] // 2))
    return sizes


class MSGANNetwork(Network):
    """Glorot-uniform kernels, biases that start at 0, batch norm of the batch's own statistics.

    Layers are made in the original's order, which is that of `layers`.
    """

    def __init__(self, activation, kernel=None, **kwargs):
        super().__init__(activation, kernel or KernelOptions("glorot"), **kwargs)

    def conv_layer(self, filters, kernel_size, strides, name, use_bias=True):
        return Conv2D(
            filters,
            kernel_size,
            strides,
            data_format=self.data_format,
            use_bias=use_bias,
            **self._kernel_arguments(name),
        )

    def deconv_layer(self, filters, kernel_size, strides, name, use_bias=True):
        return Conv2DTranspose(
            filters,
            kernel_size,
            strides,
            data_format=self.data_format,
            use_bias=use_bias,
            **self._kernel_arguments(name),
        )

    def dense_layer(self, units, name, use_bias=True):
        return Dense(units, use_bias=use_bias, **self._kernel_arguments(name))

    def batch_norm(self, name):
        return BatchStatisticsNormalization(
            BATCH_NORM_EPSILON,
            data_format=self.data_format,
            implementation=self.batch_norm_implementation,
            name=name,
            dtype=self.dtype_policy,
        )

    def apply_layer(self, layer, inputs):
        """The layer's output, noted under its name; the inputs where there is no layer."""
        return inputs if layer is None else self.tap(layer.name, layer(inputs))

    def full_precision(self, tensor):
        """What losses take: under mixed precision, float32 again."""
        return tf.cast(tensor, self.variable_dtype)

    def to_layout(self, images):
        """NHWC into the layout that the layers compute in."""
        return tf.transpose(images, [0, 3, 1, 2]) if self.data_format == "NCHW" else images

    def from_layout(self, maps):
        """The inverse of `to_layout`."""
        return tf.transpose(maps, [0, 2, 3, 1]) if self.data_format == "NCHW" else maps

    def unflatten(self, units, size, filters):
        """Units [batch, size * size * filters], in NHWC's order, as maps."""
        return self.to_layout(tf.reshape(units, [-1, size, size, filters]))

    def flatten(self, maps):
        """Maps as units [batch, H * W * C], in NHWC's order."""
        maps = self.from_layout(maps)
        return tf.reshape(maps, [-1, math.prod(maps.shape[1:])])


class GeneratorRole:
    """Mixed into generators: `unit_images` is the original's output."""

    def unit_images(self, latents):
        """Latents [batch, dim] -> images [batch, H, W, C] in [0, 1]."""
        raise NotImplementedError

    def call(self, inputs, rng=None):
        del rng
        return from_unit(self.unit_images(inputs))


class DiscriminatorRole:
    """Mixed into discriminators: features once, heads on them as needed.

    Attributes:
      num_classes: of the auxiliary head, 0 for none.
    """

    num_classes = 0

    def features(self, images):
        """Images [batch, H, W, C] in [0, 1] -> float [batch, F]."""
        raise NotImplementedError

    def score(self, features):
        """Features -> logits of being real [batch, 1]."""
        return self.full_precision(self.apply_layer(self.score_head, features))

    def classify(self, features):
        """Features -> logits of the auxiliary classes [batch, num_classes]."""
        return self.full_precision(self.apply_layer(self.class_head, features))

    def add_heads(self, use_bias=True):
        """Makes `score_head` and, with classes, `class_head`."""
        self.score_head = self.dense_layer(1, "score", use_bias)
        self.class_head = None
        if self.num_classes:
            self.class_head = self.dense_layer(self.num_classes, "classes", use_bias)

    def call(self, inputs, rng=None):
        """{'logits', 'features' and, with an auxiliary head, 'class_logits'}."""
        del rng
        features = self.features(inputs)
        outputs = {"logits": self.score(features), "features": features}
        if self.num_classes:
            outputs["class_logits"] = self.classify(features)
        return outputs
