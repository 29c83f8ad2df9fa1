"""What holds for all layers: they are built again from their configs, from a seed alike."""

from amnat import layers
from amnat.layers.channel_dropout import ChannelDropout
from amnat.layers.conditioned_conv import ConditionedConv2D
from amnat.layers.instance_norm import InstanceNormalization
from amnat.layers.noise import Dropout
from amnat.layers.noisy_dense import NoisyDense
from amnat.layers.padded_conv import PaddedConv2D
from amnat.layers.virtual_batch_norm import VirtualBatchNormalization

import numpy as np
import pytest
import tensorflow as tf

OPTIONS = layers.KernelOptions("plain", "normal", 0.02, 2.0, True, 3, True)
KERNEL = {"options": OPTIONS, "use_bias": False, "seed": 5}
SPATIAL = KERNEL | {"filters": 4, "kernel_size": 5, "strides": 2}
CASES = [
    (layers.Dense, KERNEL | {"units": 4}),
    (layers.Conv2D, SPATIAL | {"data_format": "NCHW"}),
    (layers.Conv2DTranspose, SPATIAL | {"data_format": "NCHW"}),
    (PaddedConv2D, SPATIAL | {"padding": 1}),
    (ConditionedConv2D, SPATIAL | {"padding": 1}),
    (layers.BatchStatisticsNormalization, {"epsilon": 0.5, "implementation": "moments"}),
    (layers.BatchStatisticsNormalization, {"data_format": "NCHW"}),
    (InstanceNormalization, {"affine": False, "epsilon": 0.5}),
    (VirtualBatchNormalization, {"reference_size": 3, "epsilon": 0.5, "data_format": "NCHW"}),
    (layers.TruncatedNoise, {"stddev": 0.5, "additive": False, "multiplicative": False}),
    (layers.TruncatedNoise, {"stddev": 0.5, "data_format": "NCHW"}),
    (layers.RescaledDropout, {"rate": 0.25, "data_format": "NCHW"}),
    (Dropout, {"rate": 0.25}),
    (ChannelDropout, {"rate": 0.25}),
    (NoisyDense, {"units": 4, "seed": 5}),
    (layers.ScaledAveragePooling2D, {"pool_size": 3, "strides": 2, "data_format": "NCHW"}),
    (layers.SpectralNormalization, {"num_iterations": 3, "learned_scale": True, "seed": 5}),
    (layers.MinibatchDiscrimination, {"num_kernels": 3, "kernel_dim": 2, "block_size": 4}),
    (layers.MinibatchDiscrimination, {"include_self": False}),
    (layers.MinibatchFeatures, {"num_kernels": 3, "kernel_dim": 2}),
]


@pytest.mark.parametrize(
    ("cls", "arguments"), CASES, ids=[f"{n}-{cls.__name__}" for n, (cls, _) in enumerate(CASES)]
)
def test_a_config_makes_the_same_layer(cls, arguments):
    layer = cls(**arguments, name="same", dtype="float64")
    copy = cls.from_config(layer.get_config())
    assert (copy.name, copy.dtype) == ("same", "float64")
    for made in (layer, copy):
        for name, value in arguments.items():
            assert getattr(made, name) == value, name
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        (layers.Dense(4), "w g b"),
        (layers.Conv2D(4), "w g b"),
        (layers.Conv2DTranspose(4), "w g b"),
        (layers.BatchStatisticsNormalization(), "offset scale"),
        (InstanceNormalization(), "offset scale"),
        (VirtualBatchNormalization(2), "offset scale"),
        (NoisyDense(4), "w noise sigma"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else None,
)
def test_variables_have_the_names_that_checkpoints_and_imports_know(layer, names):
    layer.build(tf.TensorShape([None, 8, 8, 3] if "Norm" in type(layer).__name__ else [3, 4, 4, 5]))
    found = {variable.name.split("/")[-1].removesuffix(":0") for variable in layer.weights}
    assert found == set(names.split())


def weights(layer, shape):
    layer.build(tf.TensorShape(shape))
    return layer.w.numpy()


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda **same: layers.Dense(4, **same), [None, 6]),
        (lambda **same: layers.Conv2D(4, **same), [None, 8, 8, 3]),
        (lambda **same: layers.Conv2DTranspose(4, **same), [None, 8, 8, 3]),
        (lambda **same: NoisyDense(4, **same), [None, 6]),
    ],
    ids=["dense", "conv", "deconv", "noisy"],
)
def test_initial_weights_follow_seed_and_name(make, shape):
    first = weights(make(seed=5, name="a"), shape)
    np.testing.assert_array_equal(weights(make(seed=5, name="a"), shape), first)
    assert np.abs(weights(make(seed=6, name="a"), shape) - first).min() > 0
    assert np.abs(weights(make(seed=5, name="b"), shape) - first).min() > 0
    np.testing.assert_array_equal(
        weights(make(name="a"), shape), weights(make(seed=0, name="a"), shape)
    )


@pytest.mark.parametrize("iterations", [1, 3])
def test_spectral_norm_of_a_layer_has_its_options(iterations):
    options = layers.KernelOptions(
        "plain", spectral_norm=True, spectral_iterations=iterations, spectral_scale=True
    )
    layer = layers.Dense(4, options=options, seed=5, dtype="float64")
    layer.build(tf.TensorShape([None, 6]))
    found = layer.spectral
    assert (found.num_iterations, found.learned_scale, found.seed) == (iterations, True, 5)
    assert found.dtype == "float64"


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.Dense(4, seed=1), [50, 6]),
        (layers.Dense(4, seed=1), [50, 2, 3]),
        (layers.Conv2D(4, seed=1), [9, 8, 8, 3]),
        (layers.Conv2DTranspose(4, strides=2, seed=1), [9, 8, 8, 3]),
    ],
    ids=["dense", "flattened", "conv", "deconv"],
)
def test_a_start_from_data_gives_standardised_outputs(layer, shape):
    inputs = 3.0 + tf.random.stateless_normal(shape, [0, 0])
    layer.build(inputs.shape)
    layer.g.assign([0.5, 1.0, 2.0, 3.0])
    layer.initializing = True
    layer(inputs)
    layer.initializing = False
    outputs = layer(inputs).numpy().reshape(-1, 4)
    np.testing.assert_allclose(outputs.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(outputs.std(axis=0), 1, rtol=1e-4)


@pytest.mark.parametrize(
    "arguments",
    [
        {"use_bias": False},
        {"options": layers.KernelOptions("plain")},
        {"options": layers.KernelOptions(spectral_norm=True)},
    ],
    ids=["no_bias", "no_gain", "spectral"],
)
def test_other_layers_do_not_start_from_data(arguments):
    layer = layers.Dense(4, **arguments)
    layer.build(tf.TensorShape([None, 6]))
    layer.initializing = True
    with pytest.raises(ValueError, match="only weight norm with a bias learns from data"):
        layer(tf.ones([3, 6]))


@pytest.mark.parametrize("cls", [layers.MinibatchDiscrimination, layers.MinibatchFeatures])
def test_minibatch_layers_give_their_dense_layer_seed_and_options(cls):
    layer = cls(3, 2, options=OPTIONS, seed=5, dtype="float64")
    config = layer.linear.get_config()
    assert (config["units"], config["seed"], config["name"]) == (6, 5, "linear")
    assert config["dtype"] == "float64"
    assert layer.linear.options == OPTIONS
