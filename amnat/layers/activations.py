"""The activations of AM-GAN2 (common/ops.py, `activate`), by name."""

from amnat.activation_names import ACTIVATION_NAMES

import tensorflow as tf

# The slope of lrelu is TensorFlow's 0.2 (Keras' own default is 0.3). crelu doubles the channels.
ACTIVATIONS = {
    "crelu": lambda x, axis: tf.nn.crelu(x, axis=axis),
    "elu": lambda x, axis: tf.nn.elu(x),
    "lrelu": lambda x, axis: tf.nn.leaky_relu(x, alpha=0.2),
    "none": lambda x, axis: x,
    "relu": lambda x, axis: tf.nn.relu(x),
    "selu": lambda x, axis: tf.nn.selu(x),
    "softmax": lambda x, axis: tf.nn.softmax(x, axis=axis),
    "softplus": lambda x, axis: tf.nn.softplus(x),
    "softsign": lambda x, axis: tf.nn.softsign(x),
    "swish": lambda x, axis: tf.nn.silu(x),
    "tanh": lambda x, axis: tf.nn.tanh(x),
}
assert set(ACTIVATIONS) == set(ACTIVATION_NAMES)


def activate(inputs, name, channel_axis=-1):
    """Applies the activation `name` to a float tensor of any shape.

    `channel_axis` is the axis that crelu doubles and softmax normalises. (The original always
    takes the last one, which under its NCHW layout is the width; both activations are unused
    in its experiments.)

    Raises ValueError for a name that is not in `ACTIVATIONS`.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}, known are {sorted(ACTIVATIONS)}")
    return ACTIVATIONS[name](inputs, channel_axis)
