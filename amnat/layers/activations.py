"""The activations of the AM-GAN authors' networks, by name."""

import contextlib
import threading

from amnat.choices import ACTIVATION_NAMES

import tensorflow as tf

_SLOPE = 0.2


class _Step(threading.local):
    uses_outputs = False


_step = _Step()


@contextlib.contextmanager
def gradients_from_outputs():
    """Within this context, the gradient of lrelu is computed from its output; all values are the
    same, because input and output have the same sign.

    It is for training steps: TensorFlow's graph optimizer fuses convolution, bias and leaky ReLU
    with oneDNN, and fails if the gradient reads the input, which the fused operation does not have.
    """
    before, _step.uses_outputs = _step.uses_outputs, True
    try:
        yield
    finally:
        _step.uses_outputs = before


@tf.custom_gradient
def _leaky_relu_from_output(x):
    y = tf.nn.leaky_relu(x, _SLOPE)
    return y, lambda dy: tf.raw_ops.LeakyReluGrad(gradients=dy, features=y, alpha=_SLOPE)


def _leaky_relu(x):
    # Exports do not take the custom gradient, which their readers would warn about.
    return _leaky_relu_from_output(x) if _step.uses_outputs else tf.nn.leaky_relu(x, _SLOPE)


# lrelu has TensorFlow's slope of 0.2 (Keras defaults to 0.3). crelu doubles the channels.
ACTIVATIONS = {
    "crelu": lambda x, axis: tf.nn.crelu(x, axis=axis),
    "elu": lambda x, axis: tf.nn.elu(x),
    "lrelu": lambda x, axis: _leaky_relu(x),
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
