"""Convolutions with PyTorch's padding, which is equal on both sides."""

from amnat.layers.kernels import Conv2D

import tensorflow as tf


class PaddedConv2D(Conv2D):
    """Convolution with `padding` zeros on every side of the image; kernel [k, k, in, out].

    TensorFlow's SAME puts the smaller half of an uneven padding in front, whereas PyTorch pads both
    sides equally. The two agree for 3x3 kernels of stride 1 and, on even sides, for 4x4 kernels of
    stride 2; they differ for 3x3 kernels of stride 2.

    Call: float [batch, height, width, in] -> [batch, (height + 2 padding - k) // strides + 1, ...,
    filters].

    Args:
      padding: number of zeros, 0 for no padding.
      **kwargs: further arguments of `Conv2D`; `data_format` must be NHWC.
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
