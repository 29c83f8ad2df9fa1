"""Classifier networks: sizes as in the original repositories, and a residual block by hand."""

from amnat.choices import CLASSIFIER_NAMES
from amnat.errors import InputError
from amnat.networks import classifiers
from amnat.networks.classifiers import parts
from amnat.networks.classifiers.densenet import build_densenet
from amnat.networks.classifiers.resnet import build_resnet

import numpy as np
import pytest
import tf_keras as keras

# Trained parameters for 10 classes of 32x32 colour images, and features; test_pytorch_cifar.py has
# the other networks. The first three counts are PyTorch's of kuangliu/pytorch-cifar, that of
# densenet is the sum over the trained variables in the meta graph of AM-GANs-for-reproduce, that of
# small is a sum by hand (below).
SIZES = {
    "resnet18": (11_173_962, 512),
    "vgg16": (14_728_266, 512),
    "mobilenet_v2": (2_296_922, 1280),
    "densenet": (1_901_930, 440),
    "small": (
        5 * 5 * 3 * 16 + 9 * 16 * 32 + 9 * 32 * 64 + 2 * (16 + 32 + 64)  # convolutions, norms
        + 4 * 4 * 64 * 128 + 2 * 128 + 128 * 10 + 10,  # dense layers
        128,
    ),
}  # fmt: skip


def build(name, shape=(32, 32, 3), num_classes=10, seed=0):
    channels = shape[-1]
    return classifiers.build(name, shape, num_classes, [0.1] * channels, [0.25] * channels, seed)


@pytest.fixture(scope="module")
def colour_networks():
    return {name: build(name) for name in SIZES}


def test_names():
    assert classifiers.names() == list(CLASSIFIER_NAMES) and set(SIZES) <= set(CLASSIFIER_NAMES)


@pytest.mark.parametrize("name", SIZES)
def test_sizes(colour_networks, name):
    model = colour_networks[name]
    parameters, features = SIZES[name]
    assert sum(np.prod(v.shape) for v in model.trainable_weights) == parameters
    assert model.output_shape == {"logits": (None, 10), "features": (None, features)}


@pytest.mark.parametrize("name", ["resnet18", "small"])
def test_28x28_grey_images(name):
    shapes = build(name, (28, 28, 1), num_classes=7).output_shape
    assert shapes["logits"] == (None, 7)
    if name != "small":
        assert shapes["features"] == (None, SIZES[name][1])


@pytest.mark.parametrize("name", SIZES)
def test_too_small_images(name):
    small = 31 if name == "vgg16" else 7
    with pytest.raises(InputError, match=f"network '{name}': images of 32x{small} pixels, expec"):
        build(name, (32, small, 3))


def test_unknown_network():
    with pytest.raises(InputError, match="unknown network 'resnet19', expected one of densenet"):
        build("resnet19")


@pytest.mark.parametrize("build_network", [build_resnet, build_densenet])
def test_the_seed_decides_the_weights(build_network):
    smaller = {"width": 2} if build_network is build_resnet else {"growth": 4, "depth": 10}
    networks = [build_network((8, 8, 1), 3, [0.0], [1.0], seed, **smaller) for seed in (0, 0, 1)]
    for one, same, other in zip(*(network.weights for network in networks), strict=True):
        np.testing.assert_array_equal(one, same)
        if "kernel" in one.name:
            assert not np.array_equal(one, other), one.name


def test_initial_kernels_are_those_of_pytorch(colour_networks):
    """U(-1 / sqrt(fan_in), 1 / sqrt(fan_in)): the depthwise kernels have a fan-in of 9."""
    model = colour_networks["mobilenet_v2"]
    for name, fan_in in (("stage6_block1_depthwise", 9), ("head", 320), ("logits", 1280)):
        kernel = model.get_layer(name).get_weights()[0] * np.sqrt(fan_in)
        assert 0.99 < np.abs(kernel).max() <= 1
        np.testing.assert_allclose(kernel.std(), 1 / np.sqrt(3), rtol=0.02)


def test_images_are_standardised():
    """Other statistics of an equally changed image leave the outputs as they were."""
    images = np.random.RandomState(0).uniform(-1, 1, (2, 8, 8, 2)).astype(np.float32)
    mean, std = np.array([0.3, -0.2]), np.array([2.0, 0.5])
    plain = build_densenet((8, 8, 2), 3, [0, 0], [1, 1], 0, growth=4, depth=10)
    other = build_densenet((8, 8, 2), 3, mean, std**2, 0, growth=4, depth=10)
    changed = (images * std + mean).astype(np.float32)
    np.testing.assert_allclose(plain(images)["logits"], other(changed)["logits"], atol=1e-5)


def convolve(x, kernel, strides):
    """A 'same' convolution of odd size with symmetric padding, in float64."""
    size, pad = len(kernel), len(kernel) // 2
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return np.einsum("nhwcij,ijcf->nhwf", windows[:, ::strides, ::strides], kernel)


def reference_resnet(model, x):
    """ResNet-18 in float64 from the model's weights, in inference mode."""

    def kernel(name):
        return model.get_layer(name).get_weights()[0].astype(np.float64)

    def norm(x, name):
        gamma, beta, mean, variance = (w.astype(float) for w in model.get_layer(name).get_weights())
        return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta

    x = np.maximum(norm(convolve(x, kernel("stem"), 1), "stem_norm"), 0)
    for stage in range(1, 5):
        for block in range(2):
            name, strides = f"stage{stage}_block{block}", 2 if stage > 1 and block == 0 else 1
            h = norm(convolve(x, kernel(f"{name}_conv1"), strides), f"{name}_norm1")
            h = norm(convolve(np.maximum(h, 0), kernel(f"{name}_conv2"), 1), f"{name}_norm2")
            if strides == 2:
                x = convolve(x, kernel(f"{name}_shortcut"), 2)
                x = norm(x, f"{name}_shortcut_norm")
            x = np.maximum(h + x, 0)
    features = x.mean(axis=(1, 2))
    weights, bias = model.get_layer("logits").get_weights()
    return features, features @ weights.astype(np.float64) + bias


def test_resnet_equals_numpy():
    """Odd sizes too: where a strided convolution starts shows there."""
    random = np.random.RandomState(0)
    model = build_resnet((16, 9, 3), 4, [0.0] * 3, [1.0] * 3, seed=3, width=2)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([random.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    images = random.uniform(-1, 1, (3, 16, 9, 3)).astype(np.float32)
    features, logits = reference_resnet(model, images.astype(np.float64))
    outputs = model(images, training=False)
    np.testing.assert_allclose(outputs["features"], features, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(outputs["logits"], logits, rtol=1e-4, atol=1e-5)
    assert np.ptp(logits) > 0.1


def test_strided_convolutions_are_padded_on_both_sides():
    """With a kernel that picks its centre, stride 2 keeps the pixels 0, 2, 4, ... as PyTorch."""
    images = keras.Input((6, 6, 1))
    outputs = parts.Parts(0).conv(images, 1, 3, "conv", strides=2)
    model = keras.Model(images, outputs)
    model.set_weights([np.eye(9)[4].reshape(3, 3, 1, 1)])
    pixels = np.arange(36.0, dtype=np.float32).reshape(1, 6, 6, 1)
    np.testing.assert_array_equal(model(pixels), pixels[:, ::2, ::2])
