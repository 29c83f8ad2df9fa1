"""The base of all networks: it makes layers, names variables and records the steps of a call."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from amnat.layers import (
    BatchStatisticsNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    KernelOptions,
    MinibatchDiscrimination,
    RescaledDropout,
    TruncatedNoise,
    activate,
)
from amnat.rng import RNG, derive_seed

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from typing_extensions import Self

# The name and the result of every step of a call.
Steps = list[tuple[str, tf.Tensor]]


class NetworkForm(NamedTuple):
    """The shape of one input sample and the outputs for a batch of two; see `Network`."""

    sample_shape: tuple[int, ...]
    outputs: Any


class _Taps(threading.local):
    # This is no attribute of the network itself, because Keras would wrap the list and track its
    # contents. It is local to a thread, because each replica calls the network in its own thread.
    noted: Steps | None = None


class _Phase(threading.local):
    # Local to a thread for the same reason as `_Taps`.
    trains = False


_PHASE = _Phase()


@contextlib.contextmanager
def training_phase() -> Iterator[None]:
    """A context in which networks are called for training: Keras' own layers, such as Dropout and
    BatchNormalization, get training=True. Outside it they get False or their default."""
    before, _PHASE.trains = _PHASE.trains, True
    try:
        yield
    finally:
        _PHASE.trains = before


def in_training_phase() -> bool:
    """Whether the present thread is in the context `training_phase`."""
    return _PHASE.trains


class Network(keras.Model):
    """A subclassed network whose layers have the scope names of the authors' TensorFlow 1 code.

    In `call(inputs, rng=None)`, `rng` is an `amnat.rng.RNG`; networks that draw nothing ignore it.
    A network passes the result of each step through `tap`, so that `recording` can show it.

    Args:
      activation: a name of `amnat.layers.ACTIVATIONS`.
      kernel: `KernelOptions` of every convolution and dense layer.
      data_format: layout that the convolutions compute in, 'NHWC' or 'NCHW'. The network's inputs,
        outputs and variables are NHWC in either case.
      batch_norm: `implementation` of the batch normalisations.
      seed: Python int; a network's initial weights depend only on it and on their names.

    Attributes:
      preprocess: callable (inputs, rng or None) -> inputs that every call applies first, such as
        `InstanceNoise`; None for no preprocessing.
      form: what `build_variables` found: the shape of one input sample, without the batch axis,
        and the outputs as `tf.TensorSpec`s in the structure that a call returns; None before it.
    """

    preprocess: Callable[[tf.Tensor, RNG | None], tf.Tensor] | None = None
    form: NetworkForm | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        network = super().__new__(cls, *args, **kwargs)
        bound = inspect.signature(cls.__init__).bind(network, *args, **kwargs).arguments
        arguments = {name: bound[name] for name in bound if name not in ("self", "kwargs")}
        # This bypasses Keras, which tracks the contents of attributes.
        object.__setattr__(network, "_arguments", arguments | bound.get("kwargs", {}))
        return network

    def __init__(
        self,
        activation: str,
        kernel: KernelOptions | None = None,
        data_format: str = "NHWC",
        batch_norm: str = "fused",
        seed: int = 0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if data_format not in ("NHWC", "NCHW"):
            raise ValueError(f"data_format must be NHWC or NCHW, not {data_format!r}")
        self.activation = activation
        self.kernel = kernel or KernelOptions()
        self.data_format = data_format
        self.batch_norm_implementation = batch_norm
        self.seed = seed
        self.channel_axis = 1 if data_format == "NCHW" else -1
        self._taps = _Taps()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as JSON values; `from_config` builds an equal network."""
        config = dict(self._arguments)
        if isinstance(config.get("kernel"), KernelOptions):
            config["kernel"] = dataclasses.asdict(config["kernel"])
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        kernel = config.get("kernel")
        return cls(**(config | ({"kernel": KernelOptions(**kernel)} if kernel else {})))

    def __call__(self, inputs: tf.Tensor, *args: Any, **kwargs: Any) -> Any:
        """Runs `call`; under mixed precision, casts the outputs to float32 for the losses."""
        if self.preprocess is not None:
            inputs = self.preprocess(inputs, kwargs.get("rng"))
        if in_training_phase():
            # If `call` does not take it, Keras hands it to the layers inside that do.
            kwargs.setdefault("training", True)
        outputs = super().__call__(inputs, *args, **kwargs)
        return tf.nest.map_structure(lambda x: tf.cast(x, self.variable_dtype), outputs)

    def _kernel_arguments(self, name: str) -> dict[str, Any]:
        return {
            "options": self.kernel,
            "seed": derive_seed(self.seed, f"{self.name}/{name}"),
            "name": name,
            "dtype": self.dtype_policy,
        }

    def dense(self, units: int, name: str) -> keras.layers.Layer:
        return Dense(units, **self._kernel_arguments(name))

    def conv(self, filters: int, strides: int, name: str) -> keras.layers.Layer:
        return Conv2D(
            filters, 3, strides, data_format=self.data_format, **self._kernel_arguments(name)
        )

    def deconv(self, filters: int, strides: int, name: str) -> keras.layers.Layer:
        return Conv2DTranspose(
            filters, 3, strides, data_format=self.data_format, **self._kernel_arguments(name)
        )

    def batch_norm(self, name: str) -> keras.layers.Layer:
        return BatchStatisticsNormalization(
            data_format=self.data_format,
            implementation=self.batch_norm_implementation,
            name=name,
            dtype=self.dtype_policy,
        )

    def dropout(self, rate: float, name: str) -> keras.layers.Layer:
        return RescaledDropout(
            rate, data_format=self.data_format, name=name, dtype=self.dtype_policy
        )

    def noise(self, stddev: float, name: str) -> keras.layers.Layer:
        return TruncatedNoise(
            stddev, data_format=self.data_format, name=name, dtype=self.dtype_policy
        )

    def minibatch_discrimination(
        self, kernels: int, dim: int, block_size: int, options: KernelOptions | None = None
    ) -> keras.layers.Layer | None:
        """The layer `minibatch` that appends `kernels` similarities; None if `kernels` is 0.

        `options` are the kernel options of its dense layer, by default those of the network. For
        the other arguments see `MinibatchDiscrimination`.
        """
        if not kernels:
            return None
        arguments = self._kernel_arguments("minibatch")
        arguments["options"] = options or self.kernel
        return MinibatchDiscrimination(kernels, dim, block_size=block_size, **arguments)

    def activate(self, inputs: tf.Tensor) -> tf.Tensor:
        return activate(inputs, self.activation, self.channel_axis)

    def tap(self, name: str, tensor: tf.Tensor) -> tf.Tensor:
        """Returns `tensor`, and records it if `recording` is on."""
        if self._taps.noted is not None:
            self._taps.noted.append((f"{self.name}/{name}", tensor))
        return tensor

    @contextlib.contextmanager
    def recording(self) -> Iterator[Steps]:
        """A context whose list receives (name, tensor) for every step of every call."""
        noted: Steps = []
        self._taps.noted = noted
        try:
            yield noted
        finally:
            self._taps.noted = None

    def build_variables(self, input_shape: Sequence[int]) -> Self:
        """Creates all variables by tracing one call, without running it.

        Args:
          input_shape: the shape of one sample, without the batch axis, e.g. (32, 32, 3) or (100,).
        """
        spec = tf.TensorSpec([2, *input_shape], self.compute_dtype)
        call = tf.function(lambda x: self(x, rng=RNG(0, 0)), autograph=False)
        outputs = call.get_concrete_function(spec).structured_outputs
        # This bypasses Keras, which would track the tuple.
        object.__setattr__(self, "form", NetworkForm(tuple(input_shape), outputs))
        return self

    def named_variables(self) -> dict[str, tf.Variable]:
        """{'linear/w': variable, ...}: the names below the network's scope in the authors' code."""
        named = {}
        for layer in self.layers:
            for variable in layer.weights:
                suffix = variable.name.split("/")[-1].removesuffix(":0")
                named[f"{layer.name}/{suffix}"] = variable
        return named
