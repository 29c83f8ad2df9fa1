"""Convolutions from or to the few channels of an image, written as matrix products."""

import tensorflow as tf

# More channels are faster in cuDNN's convolutions.
NARROW_CHANNELS = 4
# Matrix products on tensor cores are slow if a dimension is no multiple of this.
_ALIGNMENT = 8


def _shifted(images, kernel_size):
    """The k * k shifted copies of images, in the order of a kernel's positions.

    The images are padded with zeros. Copy (i, j) has at (y, x) the pixel (y + i - k // 2,
    x + j - k // 2).
    """
    margin = kernel_size // 2
    height, width = images.shape[1:3]
    padded = tf.pad(images, [[0, 0], [margin, margin], [margin, margin], [0, 0]])
    positions = [(i, j) for i in range(kernel_size) for j in range(kernel_size)]
    return [padded[:, i : i + height, j : j + width] for i, j in positions]


def _missing(size):
    return -size % _ALIGNMENT


def narrow_convolution(images, kernel):
    """tf.nn.conv2d(images, kernel, 1, "SAME") as one product with the pixels around each pixel.

    Args:
      images: float [batch, height, width, in]; the size is known when the step is traced.
      kernel: float [k, k, in, out], k odd.

    Returns: float [batch, height, width, out].
    """
    size, _, channels, units = kernel.shape
    height, width = images.shape[1:3]
    columns, missing = size * size * channels, _missing(size * size * channels)
    pieces = _shifted(images, size)
    if missing:
        pieces.append(tf.zeros([*tf.unstack(tf.shape(images))[:3], missing], images.dtype))
    patches = tf.reshape(tf.concat(pieces, axis=-1), [-1, columns + missing])
    matrix = tf.pad(tf.reshape(kernel, [columns, units]), [[0, missing], [0, 0]])
    return tf.reshape(tf.matmul(patches, matrix), [-1, height, width, units])


def narrow_transposed_convolution(images, kernel):
    """tf.nn.conv2d_transpose(images, kernel, ..., 1, "SAME") as one product and shifted sums.

    Args:
      images: float [batch, height, width, in]; the size is known when the step is traced.
      kernel: float [k, k, out, in], k odd.

    Returns: float [batch, height, width, out].
    """
    size, _, units, channels = kernel.shape
    height, width = images.shape[1:3]
    rows, missing = size * size * units, _missing(size * size * units)
    # A transposed convolution of stride 1 is the convolution with the kernel turned around.
    matrix = tf.reshape(tf.reverse(kernel, [0, 1]), [rows, channels])
    matrix = tf.pad(matrix, [[0, missing], [0, 0]])
    parts = tf.matmul(tf.reshape(images, [-1, channels]), matrix, transpose_b=True)
    parts = tf.reshape(parts, [-1, height, width, rows + missing])
    shifted = _shifted(parts, size)
    return tf.add_n([x[..., n * units : (n + 1) * units] for n, x in enumerate(shifted)])
