"""Convolution, transposed convolution and dense layers with several weight parameterisations.

The parameterisations are those of the AM-GAN authors' code. Kernels keep its TensorFlow 1 layout
and names (w, g, b), so its checkpoints can be read variable by variable.
"""

import contextlib
import dataclasses
import math
import threading

from amnat.layers.initializers import draw_weights
from amnat.layers.narrow_convolution import (
    NARROW_CHANNELS,
    narrow_convolution,
    narrow_transposed_convolution,
)
from amnat.layers.spectral_norm import SpectralNormalization

import tensorflow as tf
import tf_keras as keras

PARAMETERIZATIONS = ("weight_norm", "scale_after_init", "plain", "glorot")

# The lower bound of the squared norm, as in tf.nn.l2_normalize.
_NORM_EPSILON = 1e-12
# Data-dependent initialisation adds it to the variance.
_VARIANCE_EPSILON = 1e-12


@dataclasses.dataclass(frozen=True)
class KernelOptions:
    """How a kernel is parameterised and initialised; the defaults are the AM-GAN authors'.

    Attributes:
      parameterization: 'weight_norm': g * w / ||w|| per output unit, where g is trained and starts
        at 1 (at the stride for transposed convolutions). 'scale_after_init': w * c at every use,
        with c = layer_stddev / sqrt(fan_in) / weight_stddev (times the stride for transposed
        convolutions). 'plain': c is part of the initial standard deviation instead. 'glorot': w
        itself, with an initial standard deviation of sqrt(2 / (fan in + fan out)) whatever the
        other options say (Glorot and Bengio 2010).
      distribution: see `draw_weights`.
      weight_stddev: initial standard deviation of the stored weights.
      layer_stddev: intended standard deviation of a layer's output.
      spectral_norm: whether the kernel is divided by its largest singular value.
      spectral_iterations: power iterations per update of the estimate of that value.
      spectral_scale: with spectral_norm, whether the kernel is multiplied by a trained factor that
        starts at that singular value.
    """

    parameterization: str = "weight_norm"
    distribution: str = "uniform"
    weight_stddev: float = 0.01
    layer_stddev: float = 1.0
    spectral_norm: bool = False
    spectral_iterations: int = 10
    spectral_scale: bool = False

    def __post_init__(self):
        if self.parameterization not in PARAMETERIZATIONS:
            raise ValueError(
                f"unknown parameterization {self.parameterization!r}, known are {PARAMETERIZATIONS}"
            )


class _Shared(threading.local):
    # Each replica runs in its own thread and has its own tensors.
    kernels = None
    as_products = False


_shared = _Shared()


@contextlib.contextmanager
def shared_kernels():
    """Within this context a layer computes its effective kernel only once for all its calls.

    It is for a loss that calls a network several times. The weights must not change in the context,
    and a tape that watches them has to record from the first call on.
    """
    before, _shared.kernels = _shared.kernels, {}
    try:
        yield
    finally:
        _shared.kernels = before


@contextlib.contextmanager
def narrow_as_products():
    """Within this context, convolutions with the few channels of an image are matrix products.

    The results are the same but for rounding. cuDNN has no fast kernels for three channels: on an
    NVIDIA H200 their gradients took 60 us each, as much as those of 20 times the work.
    """
    before, _shared.as_products = _shared.as_products, True
    try:
        yield
    finally:
        _shared.as_products = before


class _KernelLayer(keras.layers.Layer):
    """The base of the three layers: it has the kernel, its gain and the bias.

    Attributes:
      initializing: whether the next eager call sets gain and bias from its batch
        (`networks.initialize_from_data` turns it on and off).
      frozen_kernel: variable that replaces the effective kernel in exports, which need not compute
        it for every request; None in training.
    """

    initializing = False
    frozen_kernel = None

    def __init__(self, options=None, use_bias=True, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.options = options or KernelOptions()
        self.use_bias = use_bias
        self.seed = seed

    def get_config(self):
        config = {
            "options": dataclasses.asdict(self.options),
            "use_bias": self.use_bias,
            "seed": self.seed,
        }
        return super().get_config() | config

    @classmethod
    def from_config(cls, config):
        return cls(**(config | {"options": KernelOptions(**config["options"])}))

    def _add_kernel(self, shape, output_axis, fan_in, gain):
        """Adds w, g and b; `gain` is the layer's initial amplification (deconv: the stride)."""
        options = self.options
        self._reduce_axes = [axis for axis in range(len(shape)) if axis != output_axis]
        self._gain_shape = [shape[i] if i == output_axis else 1 for i in range(len(shape))]
        scale = options.layer_stddev / math.sqrt(fan_in) / options.weight_stddev * gain
        self._scale = scale if options.parameterization == "scale_after_init" else None
        stddev = options.weight_stddev * (scale if options.parameterization == "plain" else 1.0)
        if options.parameterization == "glorot":
            stddev = math.sqrt(2.0 / (math.prod(shape[:-2]) * (shape[-2] + shape[-1])))

        def initial_weight(shape, dtype=None, **_):
            draw = draw_weights(
                shape, options.distribution, stddev, self._reduce_axes, self.seed, self.name
            )
            return tf.cast(draw, dtype)

        units = shape[output_axis]
        # 16 bits are too few for the norm of a kernel, so only the effective kernel is rounded.
        exact = {"experimental_autocast": False}
        self.w = self.add_weight(name="w", shape=shape, initializer=initial_weight, **exact)
        self.g = None
        if options.parameterization == "weight_norm":
            start = keras.initializers.Constant(gain)
            self.g = self.add_weight(name="g", shape=[units], initializer=start, **exact)
        self.b = None
        if self.use_bias:
            self.b = self.add_weight(name="b", shape=[units], initializer="zeros", **exact)
        self.spectral = None
        if options.spectral_norm:
            self.spectral = SpectralNormalization(
                options.spectral_iterations,
                options.spectral_scale,
                seed=self.seed,
                dtype=self.dtype,
            )
            self.spectral.build_for(self.unnormalized_kernel())

    def unnormalized_kernel(self):
        """The kernel before spectral normalisation, in w's shape."""
        w = tf.convert_to_tensor(self.w)
        if self.g is not None:
            square = tf.reduce_sum(tf.square(w), self._reduce_axes, keepdims=True)
            inverse = tf.math.rsqrt(tf.maximum(square, _NORM_EPSILON))
            # The small factors are multiplied first, which leaves one pass over the kernel.
            return w * (tf.reshape(self.g, self._gain_shape) * inverse)
        return w if self._scale is None else self._scale * w

    def kernel(self):
        """The effective kernel, in w's shape, which the convolution or product uses."""
        if self.frozen_kernel is not None:
            return tf.convert_to_tensor(self.frozen_kernel)
        if _shared.kernels is None:
            return self._effective_kernel()
        # A tensor that a tf.cond branch computes cannot leave that branch's graph.
        graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
        key = id(self), graph
        if key not in _shared.kernels:
            _shared.kernels[key] = self._effective_kernel()
        return _shared.kernels[key]

    def _effective_kernel(self):
        kernel = self.unnormalized_kernel()
        return kernel if self.spectral is None else self.spectral(kernel)

    def call(self, inputs):
        if self.initializing:
            self._initialize_from(inputs)
        return self._add_bias(self._product(inputs, tf.cast(self.kernel(), inputs.dtype)))

    def _product(self, inputs, kernel):
        raise NotImplementedError

    def _add_bias(self, outputs):
        return outputs if self.b is None else tf.nn.bias_add(outputs, self._bias(outputs))

    def _bias(self, outputs):
        return tf.cast(self.b, outputs.dtype)

    def _initialize_from(self, inputs):
        """Sets g = 1 / std and b = -mean / std of each output unit, measured with a gain of one."""
        if self.g is None or self.b is None or self.spectral is not None:
            raise ValueError(f"{self.name}: only weight norm with a bias learns from data")
        self.g.assign(tf.ones_like(self.g))
        outputs = self._product(inputs, self.kernel())
        axes = [axis for axis in range(outputs.shape.rank) if axis != self._channel_axis]
        mean, variance = tf.nn.moments(outputs, axes)
        gain = 1.0 / tf.sqrt(variance + _VARIANCE_EPSILON)
        self.g.assign(gain)
        self.b.assign(-mean * gain)

    def update_spectral_norm(self):
        """Stores the next estimate of the singular vectors; call it once per training step."""
        if self.spectral is not None:
            self.spectral.update(self.unnormalized_kernel())


class Dense(_KernelLayer):
    """Multiplies with an [in, out] kernel; inputs of rank > 2 are flattened.

    Call: float [batch, ...] -> [batch, units].
    """

    _channel_axis = 1

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def get_config(self):
        return super().get_config() | {"units": self.units}

    def build(self, input_shape):
        features = math.prod(input_shape[1:])
        self._add_kernel([features, self.units], output_axis=1, fan_in=features, gain=1.0)
        super().build(input_shape)

    def _product(self, inputs, kernel):
        if inputs.shape.rank > 2:
            inputs = tf.reshape(inputs, [-1, math.prod(inputs.shape[1:])])
        return tf.matmul(inputs, kernel)


class _SpatialLayer(_KernelLayer):
    def __init__(self, filters, kernel_size=3, strides=1, data_format="NHWC", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.data_format = data_format
        self._channel_axis = 3 if data_format == "NHWC" else 1

    def get_config(self):
        return super().get_config() | {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "data_format": self.data_format,
        }

    def _add_bias(self, outputs):
        if self.b is None:
            return outputs
        return tf.nn.bias_add(outputs, self._bias(outputs), data_format=self.data_format)

    def _is_narrow(self, inputs, channels):
        return (
            _shared.as_products
            and channels <= NARROW_CHANNELS
            and None not in inputs.shape[1:]
            and self.strides == 1
            and self.kernel_size % 2 == 1
            and self.data_format == "NHWC"
        )


class Conv2D(_SpatialLayer):
    """Convolution with SAME padding; kernel [k, k, in, out].

    Call: float [batch, height, width, in] -> [batch, ceil(height / strides), ..., filters], or
    channels first with data_format='NCHW'.
    """

    def build(self, input_shape):
        k, channels = self.kernel_size, input_shape[self._channel_axis]
        shape = [k, k, channels, self.filters]
        self._add_kernel(shape, output_axis=3, fan_in=k * k * channels, gain=1.0)
        super().build(input_shape)

    def _product(self, inputs, kernel):
        if self._is_narrow(inputs, kernel.shape[2]):
            return narrow_convolution(inputs, kernel)
        strides = self.strides
        if self.kernel_size == 1 and strides > 1:
            # The result is the same. oneDNN's gradient with respect to such a kernel writes out of
            # bounds if there are few channels (TensorFlow 2.21 and PyTorch 2.13 on CPUs).
            kept = slice(None, None, strides)
            inputs = inputs[:, kept, kept] if self._channel_axis == 3 else inputs[..., kept, kept]
            strides = 1
        return tf.nn.conv2d(inputs, kernel, strides, "SAME", data_format=self.data_format)


class Conv2DTranspose(_SpatialLayer):
    """Transposed convolution with SAME padding; kernel [k, k, out, in].

    The gain starts at the stride, which makes up for the zeros between the inputs.

    Call: float [batch, height, width, in] -> [batch, height * strides, ..., filters], or
    channels first with data_format='NCHW'.
    """

    def build(self, input_shape):
        k, channels = self.kernel_size, input_shape[self._channel_axis]
        shape = [k, k, self.filters, channels]
        self._add_kernel(shape, output_axis=2, fan_in=k * k * channels, gain=float(self.strides))
        super().build(input_shape)

    def _product(self, inputs, kernel):
        if self._is_narrow(inputs, kernel.shape[2]):
            return narrow_transposed_convolution(inputs, kernel)
        shape = tf.unstack(tf.shape(inputs))
        for axis in range(1, 4):
            known = inputs.shape[axis]
            if axis == self._channel_axis:
                shape[axis] = self.filters
            else:
                shape[axis] = (shape[axis] if known is None else known) * self.strides
        return tf.nn.conv2d_transpose(
            inputs, kernel, shape, self.strides, "SAME", data_format=self.data_format
        )
