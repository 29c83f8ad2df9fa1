"""Convolutions with PyTorch's padding, equal on both sides."""

from amnat.layers.kernels import Conv2D

import tensorflow as tf


class PaddedConv2D(Conv2D):
    """Convolution with `padding` zeros on every side of the image; kernel [k, k, in, out].

    TensorFlow's SAME puts the smaller half of an uneven padding in front, where PyTorch pads both
    sides alike: the same for 3x3 of stride 1 and for 4x4 of stride 2 on even sides, different for
    3x3 of stride 2.

    Call: float [batch, height, width, in] -> [batch, (height + 2 padding - k) // strides + 1, ...,
    filters].

    Args:
      padding: 0 for none.
      others: of `Conv2D`, NHWC alone.
    """

    def __init__(self, filters, kernel_size, strides=1, padding=0, **kwargs):
        super().__init__(filters, kernel_size, strides, **kwargs)
        if self.data_format != "NHWC":
            raise ValueError(f"data_format must be NHWC, not {self.data_format!r}")
        self.padding = padding

    def get_config(self):
        return super().get_config() | {"padding": self.padding}

    def _product(self, inputs, kernel):
        if not self.padding:
            return tf.nn.conv2d(inputs, kernel, self.strides, "VALID")
        sides = [self.padding, self.padding]
        return tf.nn.conv2d(inputs, kernel, self.strides, [[0, 0], sides, sides, [0, 0]])
