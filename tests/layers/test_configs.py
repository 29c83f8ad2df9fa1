"""Every layer's configuration makes the same layer again."""

import importlib
import inspect
import pkgutil

import amnat.layers
from amnat.layers.kernels import Dense, KernelOptions
from amnat.layers.minibatch import MinibatchFeatures
from amnat.layers.minibatch_discrimination import MinibatchDiscrimination

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

NEEDED = {"rate": 0.1, "units": 3, "filters": 4, "kernel_size": 3, "stddev": 0.1}
# Other layers or tensors, which no configuration can hold.
NOT_RECORDED = {"NoisyDense": {"shared"}}


def layer_classes():
    for found in pkgutil.iter_modules(amnat.layers.__path__):
        module = importlib.import_module(f"amnat.layers.{found.name}")
        for name, value in vars(module).items():
            is_layer = inspect.isclass(value) and issubclass(value, keras.layers.Layer)
            if is_layer and value.__module__ == module.__name__ and not name.startswith("_"):
                yield value


def arguments_of(layer_class):
    """{name: parameter} of the constructors of a class and of its bases in amnat."""
    found = {}
    for base in layer_class.__mro__:
        if base.__module__.startswith("amnat."):
            found = dict(inspect.signature(base.__init__).parameters) | found
    return {name: each for name, each in found.items() if name not in ("self", "args", "kwargs")}


@pytest.mark.parametrize("layer_class", list(layer_classes()), ids=lambda each: each.__name__)
def test_every_argument_is_recorded(layer_class):
    arguments = arguments_of(layer_class)
    required = [name for name, each in arguments.items() if each.default is each.empty]
    made = layer_class(**{name: NEEDED.get(name, 2) for name in required})
    config = made.get_config()
    missing = set(arguments) - set(config) - NOT_RECORDED.get(layer_class.__name__, set())
    assert not missing
    assert layer_class.from_config(config).get_config() == config


@pytest.mark.parametrize("layer_class", [MinibatchFeatures, MinibatchDiscrimination])
def test_options_of_the_dense_layer_inside(layer_class):
    made = layer_class(4, 3, options=KernelOptions(parameterization="plain"), seed=7)
    again = layer_class.from_config(made.get_config())
    inputs = tf.random.stateless_normal([5, 6], [1, 2])
    np.testing.assert_array_equal(made(inputs), again(inputs))
    config = made.get_config()
    # As earlier versions recorded it.
    del config["options"], config["seed"]
    assert layer_class.from_config(config).linear.options == Dense(1).options
