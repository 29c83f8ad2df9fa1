"""Runs amnat's layers on the golden cases (tests/golden/README.md)."""

import functools

from amnat import layers
from amnat.rng import RecordedRNG

import am_gan_golden
import numpy as np
import tensorflow as tf

GOLDEN = am_gan_golden.load("layers")
CASES = GOLDEN["config"]
PARAMETERIZATIONS = {
    "weight_norm": "weight_norm",
    "scaled": "scale_after_init",
    "plain": "plain",
}
# float64 against float64; float32 as far apart as the original's own two layouts are.
TOLERANCES = {"float64": 1e-12, "float32": 2e-5}
# Of a spatial tensor between the two layouts; anything else stays as it is.
TO_NCHW, TO_NHWC = [0, 3, 1, 2], [0, 2, 3, 1]


def names(*kinds):
    return [name for name, config in CASES.items() if config["layer"] in kinds]


def make(name, dtype="float64", data_format="NHWC"):
    """The layer of a golden case, not yet built."""
    config = CASES[name]
    kind = config["layer"]
    common = {"dtype": dtype, "name": "layer"}
    spatial = common | {"data_format": data_format}
    options = layers.KernelOptions(PARAMETERIZATIONS[config.get("weights", "weight_norm")])
    if kind == "conv":
        return layers.Conv2D(
            config["filters"], config["kernel"], config["stride"], options=options, **spatial
        )
    if kind == "deconv":
        return layers.Conv2DTranspose(
            config["filters"], config["kernel"], config["stride"], options=options, **spatial
        )
    if kind == "linear":
        return layers.Dense(config["units"], options=options, **common)
    if kind == "batch_norm":
        return layers.BatchStatisticsNormalization(**spatial)
    if kind == "noise":
        return layers.TruncatedNoise(0.1, config["add"], config["multiply"], **spatial)
    if kind == "dropout":
        return layers.RescaledDropout(config["rate"], **(spatial | {"name": "dropout"}))
    if kind == "avgpool":
        return layers.ScaledAveragePooling2D(config["kernel"], config["stride"], **spatial)
    assert kind == "minibatch_feature"
    return layers.MinibatchFeatures(config["kernels"], config["dim_per_kernel"], **common)


def check(name, layer, dtype="float64", data_format="NHWC"):
    """Compares output and all gradients with the golden numbers, relative to their maximum."""
    case = {
        key.removeprefix(f"{name}/"): value
        for key, value in GOLDEN.items()
        if key.startswith(f"{name}/")
    }
    spatial = data_format == "NCHW" and case["input"].ndim == 4
    inputs = tf.constant(case["input"], dtype)
    cotangent = tf.constant(case["cotangent"], dtype)
    draws = {
        key.removeprefix("draws/"): tf.constant(value, dtype)
        for key, value in case.items()
        if key.startswith("draws/")
    }
    arguments = {"rng": RecordedRNG(draws)} if draws else {}

    @functools.partial(tf.function, autograph=False)
    def run():
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            fed = tf.transpose(inputs, TO_NCHW) if spatial else inputs
            outputs = layer(fed, **arguments)
            if spatial:
                outputs = tf.transpose(outputs, TO_NHWC)
            total = tf.reduce_sum(outputs * cotangent)
        variables = {variable_name(v): v for v in getattr(layer, "trainable_variables", [])}
        return outputs, tape.gradient(total, {"input": inputs} | variables)

    if hasattr(layer, "build") and not layer.built:
        shape = [case["input"].shape[axis] for axis in TO_NCHW] if spatial else case["input"].shape
        layer.build(tf.TensorShape(shape))
        if hasattr(layer, "linear"):
            layer.linear.build(tf.TensorShape([None, int(np.prod(shape[1:]))]))
    for variable in getattr(layer, "trainable_variables", []):
        variable.assign(case[f"variables/{variable_name(variable)}"])
    outputs, gradients = run()
    assert_close(outputs, case["output"], dtype, name)
    expected = {key for key in case if key.startswith("gradients/")}
    assert {f"gradients/{key}" for key in gradients} == expected
    for key, gradient in gradients.items():
        assert_close(gradient, case[f"gradients/{key}"], dtype, f"gradient at {key}")


def variable_name(variable):
    return variable.name.split("/")[-1].removesuffix(":0")


def assert_close(actual, expected, dtype, what):
    # A gradient that cancels to nothing is compared with the size of what cancelled.
    tolerance = TOLERANCES[dtype] * max(np.abs(expected).max(), 1e-3)
    np.testing.assert_allclose(np.asarray(actual), expected, rtol=0, atol=tolerance, err_msg=what)
