"""How AM-GANs-for-reproduce doubles and halves the sides of maps (oUp, oDown).

Source: code/model.py, `deconv_maybe_upsize` and `conv_maybe_downsize`; code/ops_wn.py,
`PhaseShiftResize`. Resizing is that of TensorFlow 1: pixel i of the larger image lies at i / 2 of
the smaller one.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

UPSAMPLINGS = ("deconv", "resizen", "resizel", "phaseshift", "deconvpool", "depth_space")
DOWNSAMPLINGS = ("conv", "resizen", "avgpool", "maxpool", "space_depth")
# Those that turn four channels into one.
FROM_CHANNELS = ("phaseshift", "depth_space")
_FACTOR = 2


def upsample(maps: tf.Tensor, kind: str, data_format: str) -> tf.Tensor:
    """Maps of twice the height and width.

    Args:
      maps: float [N, H, W, C] ('NCHW': [N, C, H, W]).
      kind: 'resizen' repeats pixels, 'resizel' interpolates linearly and repeats the last row and
        column; 'depth_space' and 'phaseshift', for which C is a multiple of 4, make blocks of 2x2
        pixels of four channels. With 'depth_space' the four are C/4 apart and fill a block row by
        row; with 'phaseshift' they are neighbours and fill it column by column.
      data_format: 'NHWC' or 'NCHW'.
    """
    return _in_nhwc(_UP[kind], maps, data_format)


def downsample(maps: tf.Tensor, kind: str, data_format: str) -> tf.Tensor:
    """Maps of half the height and width, which are even.

    Args:
      maps: float [N, H, W, C] ('NCHW': [N, C, H, W]).
      kind: 'resizen' keeps every other pixel, the first one too; 'avgpool' and 'maxpool' are over
        2x2 pixels; 'space_depth' makes four channels of 2x2 pixels.
      data_format: 'NHWC' or 'NCHW'.
    """
    return _in_nhwc(_DOWN[kind], maps, data_format)


def _in_nhwc(
    function: Callable[[tf.Tensor], tf.Tensor], maps: tf.Tensor, data_format: str
) -> tf.Tensor:
    if data_format == "NHWC":
        return function(maps)
    return tf.transpose(function(tf.transpose(maps, [0, 2, 3, 1])), [0, 3, 1, 2])


def _repeat(maps: tf.Tensor) -> tf.Tensor:
    return tf.repeat(tf.repeat(maps, _FACTOR, axis=1), _FACTOR, axis=2)


def _interpolate(maps: tf.Tensor) -> tf.Tensor:
    for axis in (1, 2):
        size = maps.shape[axis]
        following = tf.gather(maps, [*range(1, size), size - 1], axis=axis)
        pairs = tf.stack([maps, 0.5 * (maps + following)], axis=axis + 1)
        shape = [-1, *(maps.shape[i] * (_FACTOR if i == axis else 1) for i in (1, 2, 3))]
        maps = tf.reshape(pairs, shape)
    return maps


def _phase_shift(maps: tf.Tensor) -> tf.Tensor:
    _, height, width, channels = maps.shape
    groups = channels // _FACTOR**2
    # Axes: sample, row, column, group, column in the block, row in the block.
    blocks = tf.reshape(maps, [-1, height, width, groups, _FACTOR, _FACTOR])
    blocks = tf.transpose(blocks, [0, 1, 5, 2, 4, 3])
    return tf.reshape(blocks, [-1, height * _FACTOR, width * _FACTOR, groups])


_UP: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "resizen": _repeat,
    "resizel": _interpolate,
    "phaseshift": _phase_shift,
    "depth_space": lambda maps: tf.nn.depth_to_space(maps, _FACTOR),
}
_DOWN: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "resizen": lambda maps: maps[:, ::_FACTOR, ::_FACTOR],
    "avgpool": lambda maps: tf.nn.avg_pool2d(maps, _FACTOR, _FACTOR, "VALID"),
    "maxpool": lambda maps: tf.nn.max_pool2d(maps, _FACTOR, _FACTOR, "VALID"),
    "space_depth": lambda maps: tf.nn.space_to_depth(maps, _FACTOR),
}
