"""Replacements for the layers of tf.contrib (slim) that TensorFlow 1 programs use.

The names of variables, their order and the defaults are those of tf.contrib; arguments that are not
listed below raise TypeError. All layers compute in the dtype of their inputs. In float64, batch
norm uses separate operations, because the fused kernel does not support float64.
"""

import math
import types

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
# TensorFlow 1's fused kernel raised smaller epsilons to this value.
_SMALLEST_EPSILON = 1.001e-5


def namespace():
    """A module tf.contrib with `layers`, `image` and the separate module `slim`."""
    contrib = types.ModuleType("tensorflow.contrib")
    contrib.layers = types.SimpleNamespace(
        flatten=flatten, xavier_initializer=xavier_initializer, batch_norm=batch_norm
    )
    contrib.image = types.SimpleNamespace(rotate=rotate)
    contrib.slim = types.ModuleType("tensorflow.contrib.slim")
    for function in (
        batch_norm,
        conv2d,
        conv2d_transpose,
        flatten,
        fully_connected,
        xavier_initializer,
    ):
        setattr(contrib.slim, function.__name__, function)
    return contrib


def deep_modules(nadam_optimizer=None):
    """{name: module} of tf.contrib's inner modules that programs import names from.

    Args:
      nadam_optimizer: what makes a `NadamOptimizer`; None for the class itself.
    """
    layers = types.ModuleType("tensorflow.contrib.layers.python.layers.layers")
    layers.layer_norm = layer_norm
    nadam = types.ModuleType("tensorflow.contrib.opt.python.training.nadam_optimizer")
    nadam.NadamOptimizer = nadam_optimizer or NadamOptimizer
    modules = {}
    for module in (layers, nadam):
        modules[module.__name__] = module
        above = module.__name__.rpartition(".")[0]
        while above != "tensorflow.contrib":
            modules[above] = types.ModuleType(above)
            above = above.rpartition(".")[0]
    return modules


class NadamOptimizer(tf1.train.AdamOptimizer):
    """tf.contrib.opt.NadamOptimizer for dense gradients: the fused Adam with Nesterov momentum."""

    def _resource_apply_dense(self, grad, var):
        return self._apply(tf.raw_ops.ResourceApplyAdam, grad, var, lambda v: v.handle)

    def _apply_dense(self, grad, var):
        return self._apply(tf.raw_ops.ApplyAdam, grad, var, lambda v: v._ref())

    def _apply(self, kernel, grad, var, reference):
        powers = self._get_beta_accumulators()
        numbers = (*powers, self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        names = ("beta1_power", "beta2_power", "lr", "beta1", "beta2", "epsilon")
        cast = {
            name: tf.cast(value, var.dtype.base_dtype)
            for name, value in zip(names, numbers, strict=True)
        }
        variables = {"var": var, "m": self.get_slot(var, "m"), "v": self.get_slot(var, "v")}
        variables = {name: reference(variable) for name, variable in variables.items()}
        return kernel(grad=grad, use_locking=False, use_nesterov=True, **variables, **cast)


def xavier_initializer():
    """The initializer that is uniform within sqrt(6 / (fan_in + fan_out))."""
    return tf1.glorot_uniform_initializer()


def flatten(inputs):
    """Flattens [N, ...] to [N, product of the other axes]."""
    return tf1.reshape(inputs, [-1, math.prod(inputs.get_shape().as_list()[1:])])


def rotate(images, radians):
    """Rotates counter-clockwise by a multiple of a quarter turn; other angles raise ValueError.

    Args:
      images: [N, H, W, C] with H = W; then the original's nearest-neighbour pixels are exact.
    """
    turns = radians / (math.pi / 2)
    if not math.isclose(turns, round(turns), abs_tol=1e-6) or images.shape[1] != images.shape[2]:
        raise ValueError(f"{images.shape} by {radians}: only squares by quarter turns are supplied")
    return tf1.image.rot90(images, round(turns))


def batch_norm(
    inputs,
    decay=0.999,
    scale=False,
    epsilon=0.001,
    is_training=True,
    updates_collections=tf1.GraphKeys.UPDATE_OPS,
    scope=None,
):
    """Batch norm with the batch's statistics over all axes but the last, for rank 2 or 4.

    Args:
      updates_collections: collection for the updates of the moving averages; with None they run
        whenever the outputs are computed.
    """
    if not is_training:
        raise ValueError("only batch norm with the batch's own statistics is supplied")
    with tf1.variable_scope(scope, "BatchNorm", [inputs]):
        channels = inputs.shape.as_list()[-1]

        def variable(name, initializer, trainable=True):
            return tf1.get_variable(
                name, [channels], inputs.dtype, initializer, trainable=trainable
            )

        beta = variable("beta", tf1.zeros_initializer())
        gamma = variable("gamma", tf1.ones_initializer()) if scale else tf1.ones([channels])
        averages = [
            variable("moving_mean", tf1.zeros_initializer(), trainable=False),
            variable("moving_variance", tf1.ones_initializer(), trainable=False),
        ]
        outputs, *moments = _normalized(inputs, gamma, beta, epsilon)
        updates = [
            tf1.assign_sub(average, (average - moment) * (1.0 - decay))
            for average, moment in zip(averages, moments, strict=True)
        ]
        if updates_collections is None:
            with tf1.control_dependencies(updates):
                return tf1.identity(outputs)
        for update in updates:
            tf1.add_to_collection(updates_collections, update)
        return outputs


def layer_norm(inputs, scope=None):
    """Layer norm over all axes but the first, with a gain and an offset per channel."""
    with tf1.variable_scope(scope, "LayerNorm", [inputs]):
        shape = inputs.shape.as_list()[-1:]
        beta = tf1.get_variable("beta", shape, inputs.dtype, tf1.zeros_initializer())
        gamma = tf1.get_variable("gamma", shape, inputs.dtype, tf1.ones_initializer())
        axes = list(range(1, inputs.shape.rank))
        mean, variance = tf1.nn.moments(inputs, axes, keep_dims=True)
        return tf1.nn.batch_normalization(inputs, mean, variance, beta, gamma, 1e-12)


def _normalized(inputs, gamma, beta, epsilon):
    """(outputs, mean, variance)."""
    if inputs.dtype == tf.float64:
        axes = list(range(inputs.shape.rank - 1))
        mean = tf1.reduce_mean(inputs, axes)
        # tf.nn.moments would hold the mean constant here, and gradients of gradients would miss a
        # term.
        variance = tf1.reduce_mean(tf1.squared_difference(inputs, mean), axes)
        epsilon = np.float64(max(epsilon, _SMALLEST_EPSILON))
        outputs = tf1.nn.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
        return outputs, mean, variance
    image = inputs
    if inputs.shape.rank == 2:
        image = tf1.expand_dims(tf1.expand_dims(inputs, 1), 1)
    outputs, mean, variance = tf1.nn.fused_batch_norm(image, gamma, beta, epsilon=epsilon)
    outputs = tf1.squeeze(outputs, [1, 2]) if inputs.shape.rank == 2 else outputs
    return outputs, mean, variance


def conv2d(inputs, num_outputs, kernel_size, stride=1, padding="SAME", **layer):
    """Convolution, NHWC; `layer` are keyword arguments of `_layer`."""
    channels = inputs.shape.as_list()[-1]
    shape = [kernel_size, kernel_size, channels, num_outputs]

    def compute(weights):
        return tf1.nn.conv2d(inputs, weights, [1, stride, stride, 1], padding)

    return _layer("Conv", inputs, shape, num_outputs, compute, **layer)


def conv2d_transpose(inputs, num_outputs, kernel_size, stride=1, padding="SAME", **layer):
    """Transposed convolution, NHWC, with SAME padding; kernel [k, k, out, in]."""
    count, height, width, channels = inputs.shape.as_list()
    sizes = [height * stride, width * stride, num_outputs]

    def compute(weights):
        shape = tf1.stack([tf1.shape(inputs)[0], *sizes])
        outputs = tf1.nn.conv2d_transpose(inputs, weights, shape, [1, stride, stride, 1], padding)
        outputs.set_shape([count, *sizes])
        return outputs

    shape = [kernel_size, kernel_size, num_outputs, channels]
    return _layer("Conv2d_transpose", inputs, shape, num_outputs, compute, **layer)


def fully_connected(
    inputs,
    num_outputs,
    activation_fn=tf1.nn.relu,
    normalizer_fn=None,
    normalizer_params=None,
    weights_initializer=None,
    weights_regularizer=None,
    biases_initializer=tf1.zeros_initializer,
    biases_regularizer=None,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    scope=None,
):
    """Dense layer for [N, C]; the unused arguments only keep the positions of the others."""
    unused = weights_regularizer, biases_regularizer, variables_collections, outputs_collections
    if any(value is not None for value in (*unused, reuse)) or not trainable:
        raise TypeError("fully_connected: regularizers, collections and reuse are not supplied")
    return _layer(
        "fully_connected",
        inputs,
        [inputs.shape.as_list()[-1], num_outputs],
        num_outputs,
        lambda weights: tf1.matmul(inputs, weights),
        activation_fn=activation_fn,
        normalizer_fn=normalizer_fn,
        normalizer_params=normalizer_params,
        weights_initializer=weights_initializer or xavier_initializer(),
        biases_initializer=biases_initializer,
        scope=scope,
    )


def _layer(
    default_scope,
    inputs,
    shape,
    num_outputs,
    compute,
    activation_fn=tf1.nn.relu,
    normalizer_fn=None,
    normalizer_params=None,
    weights_initializer=None,
    biases_initializer=tf1.zeros_initializer,
    scope=None,
):
    """Applies the kernel, then the normalizer or else the bias, then the activation."""
    with tf1.variable_scope(scope, default_scope, [inputs]):
        initializer = weights_initializer or xavier_initializer()
        outputs = compute(tf1.get_variable("weights", shape, inputs.dtype, initializer))
        if normalizer_fn is not None:
            outputs = normalizer_fn(outputs, **(normalizer_params or {}))
        elif biases_initializer is not None:
            biases = tf1.get_variable("biases", [num_outputs], inputs.dtype, biases_initializer)
            outputs = tf1.nn.bias_add(outputs, biases)
        return outputs if activation_fn is None else activation_fn(outputs)
