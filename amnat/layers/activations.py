"""The activations of the AM-GAN authors' networks, by name."""

from amnat.choices import ACTIVATION_NAMES

import tensorflow as tf

# lrelu has TensorFlow's slope of 0.2 (Keras defaults to 0.3). crelu doubles the channels.
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

    `channel_axis` is the axis that crelu doubles and softmax normalises. (The AM-GAN authors' code
    always takes the last axis, which is the width in its NCHW layout; its experiments use neither
    of the two.)

    Raises ValueError for a name that is not in `ACTIVATIONS`.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}, known are {sorted(ACTIVATIONS)}")
    return ACTIVATIONS[name](inputs, channel_axis)
