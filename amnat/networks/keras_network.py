"""Plain Keras models as generators and discriminators.

This is the one place that knows how networks from elsewhere are called: `as_network` makes a
`Network` of a model, and all methods, callbacks, records and exports use that.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat import json_text
from amnat.errors import InputError
from amnat.networks.keras_config import KERAS_PACKAGES, check_config
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from typing_extensions import Self

# Layers of these packages may stand in a record.
_RECORDED = (*KERAS_PACKAGES, "amnat.layers")
# A nested dict that holds one of these names the precision of a layer.
_POLICIES = ("mixed_float16", "mixed_bfloat16")


class KerasNetwork(Network):
    """A Keras model (Sequential, functional or subclassed) as a `Network`.

    The model is shared and not copied. It is called as model(inputs), with `training` as the
    training step or a sample needs it, and with `rng` and other arguments only if its `call` takes
    them. Only Sequential and functional models of Keras' own layers can be recorded for a run.

    Args:
      wrapped: the model, built or not.
    """

    def __init__(self, wrapped: keras.layers.Layer, name: str | None = None, **kwargs: Any):
        super().__init__("none", name=name or wrapped.name, **kwargs)
        self.wrapped = wrapped
        taken = inspect.signature(wrapped.call).parameters
        # Frozen sets and functions are left alone by Keras' tracking.
        self._taken = frozenset(taken)
        object.__setattr__(self, "_stages", None)

    def takes(self, argument: str) -> bool:
        """Whether the model's `call` has an argument of this name."""
        return argument in self._taken

    def call(
        self, inputs: tf.Tensor, rng: RNG | None = None, training: bool | None = None, **kwargs: Any
    ) -> Any:
        given = {"rng": rng, **kwargs}
        given = {name: value for name, value in given.items() if name in self._taken}
        given["training"] = bool(training)
        if self._taps.noted is None:
            return self.wrapped(inputs, **given)
        features, outputs = self.stages()(inputs, **given)
        self.tap("features", tf.reshape(features, [-1, math.prod(features.shape[1:])]))
        return self.tap("outputs", outputs)

    def stages(self) -> keras.Model:
        """The same layers as a model with two outputs: the last layer's input, and the output.

        Raises: InputError for a subclassed model, whose layers have no order that is known.
        """
        if self._stages is None:
            wrapped = self.wrapped
            if not is_graph(wrapped) or len(tf.nest.flatten(wrapped.outputs)) != 1:
                raise InputError(
                    f"{self.name}: features are taken from a Sequential or functional model with "
                    "one output, or from an amnat.networks.Network"
                )
            both = keras.Model(wrapped.inputs, [wrapped.layers[-1].input, wrapped.outputs[0]])
            # Its layers are those of the model, which are tracked there.
            object.__setattr__(self, "_stages", both)
        return self._stages

    def build_variables(self, input_shape: Sequence[int]) -> Self:
        if isinstance(self.wrapped, keras.Sequential) and not self.wrapped.built:
            # In the trace below, Keras would not make the model's graph.
            self.wrapped.build((None, *input_shape))
        return super().build_variables(input_shape)

    def named_variables(self) -> dict[str, tf.Variable]:
        """{'dense/kernel': variable, ...}: Keras' names."""
        return {variable.name.removesuffix(":0"): variable for variable in self.weights}

    def get_config(self) -> dict[str, Any]:
        """The model's configuration as JSON values.

        Raises: InputError if a record could not rebuild the model.
        """
        where = f"{self.name} ({type(self.wrapped).__name__})"
        if not is_graph(self.wrapped):
            raise InputError(
                f"{where}: a subclassed model cannot be rebuilt from a run's record; expected a "
                "Sequential or functional one, or a class derived from amnat.networks.Network"
            )
        config = keras.saving.serialize_keras_object(self.wrapped)
        config.pop("compile_config", None)
        config = json.loads(json_text.dumps(config))
        check_config(config, where, _RECORDED)
        return {"wrapped": config, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Builds an equal network; raises InputError if the record could run foreign code."""
        arguments = dict(config)
        wrapped = arguments.pop("wrapped")
        check_config(wrapped, "the record of a Keras model", _RECORDED)
        if arguments.get("dtype") == "float32":
            wrapped = _in_float32(wrapped)
        return cls(keras.saving.deserialize_keras_object(wrapped, safe_mode=True), **arguments)


def is_graph(model: keras.layers.Layer) -> bool:
    """Whether a model is a built Sequential or a functional one."""
    return isinstance(model, keras.Model) and bool(getattr(model, "_is_graph_network", False))


def as_network(model: Any, role: str, wrapper: type[KerasNetwork] = KerasNetwork) -> Network:
    """A network for a method: a `Network` itself, or a Keras model in a `wrapper`.

    Args:
      model: what the user passed.
      role: 'generator', 'discriminator', ..., for errors.
      wrapper: a class that adapts Keras models to the role.

    Raises: InputError for anything else.
    """
    if isinstance(model, Network):
        return model
    if isinstance(model, keras.layers.Layer):
        return wrapper(model)
    kind = f"{type(model).__module__}.{type(model).__qualname__}"
    advice = ""
    if any(base.__module__.startswith("keras.") for base in type(model).__mro__):
        advice = "; it is one of Keras 3: build it with `import tf_keras as keras`"
    raise InputError(f"{role}: {kind}, expected a tf_keras model or amnat.networks.Network{advice}")


def input_shape_of(network: Network) -> tuple[int | None, ...] | None:
    """The shape of one input sample as far as a network says it, without the batch axis."""
    if network.form is not None:
        return network.form.sample_shape
    if isinstance(network, KerasNetwork) and is_graph(network.wrapped):
        inputs = network.wrapped.inputs
        if len(inputs) != 1:
            raise InputError(f"{network.name}: {len(inputs)} inputs, expected one")
        return tuple(inputs[0].shape[1:])
    return None


def ensure_built(network: Network, input_shape: Sequence[int], role: str) -> None:
    """Makes the variables of a network that has none yet, and notes its form.

    Args:
      network: `Network`.
      input_shape: the shape of one input sample; a network that says its own shape is built on
        that.
      role: for errors.

    Raises: InputError if the network cannot be called on such samples.
    """
    if network.form is not None:
        return
    shape = tuple(input_shape)
    own = input_shape_of(network)
    if own is not None and None not in own:
        shape = tuple(size for size in own if size is not None)
    try:
        network.build_variables(shape)
    except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
        reason = _reason(error)
        raise InputError(
            f"{role}: cannot be called on samples of shape {list(shape)} ({reason})"
        ) from error


def _reason(error: Exception) -> str:
    """What an error of Keras says, without the frames that it lists."""
    lines = [line.strip() for line in str(error).splitlines()]
    starts = ("File ", "in user code", "Call arguments", "•", "^", "~")
    said = [line for line in lines if line and not line.startswith(starts)]
    errors = [line for line in said if ": " in line and line.split(":")[0].endswith("Error")]
    text = errors[-1] if errors else (said or [type(error).__name__])[0]
    return text[:300]


def _in_float32(config: Any) -> Any:
    """A configuration whose layers compute in float32."""
    if isinstance(config, list):
        return [_in_float32(item) for item in config]
    if not isinstance(config, dict):
        return config
    policy = config.get("dtype")
    name = policy.get("config", {}).get("name") if isinstance(policy, dict) else policy
    changed = {"dtype": "float32"} if name in _POLICIES else {}
    return {key: _in_float32(value) for key, value in config.items()} | changed
