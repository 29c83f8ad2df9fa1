"""pytorch-cifar's networks: sizes and outputs of the originals, run in PyTorch."""

import json
import pathlib

from amnat.networks import classifiers
from amnat.networks.classifiers import parts
from amnat.networks.classifiers.densenet121 import build_densenet121
from amnat.networks.classifiers.googlenet import build_googlenet

import numpy as np
import pytest
import tf_keras as keras
from filler import cifar_images, cifar_value

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden" / "pytorch_cifar.json"
NUMBERS = json.loads(GOLDEN.read_text())
# Building and filling the others takes seconds each.
QUICK = ("preact_resnet18",)


def torch_order(names):
    """Names of layers as PyTorch calls them: the shortcuts of ResNet's blocks come last."""

    def block_of(name):
        return name.rpartition("_")[0].removesuffix("_shortcut")

    found, late, block = [], [], None
    for name in names:
        if block_of(name) != block:
            found += late
            late, block = [], block_of(name)
        (late if "_shortcut" in name else found).append(name)
    return found + late


@pytest.fixture
def built(monkeypatch):
    """A function: name -> (model, names of its layers with weights in the order of their calls)."""
    names = []

    def recording(method):
        original = getattr(parts.Parts, method)
        position = {"norm": 0, "dense": 1, "depthwise_conv": 1}.get(method, 2)

        def call(self, x, *arguments, **named):
            names.append(arguments[position])
            return original(self, x, *arguments, **named)

        monkeypatch.setattr(parts.Parts, method, call)

    for method in ("conv", "depthwise_conv", "norm", "dense"):
        recording(method)

    def build(name):
        names.clear()
        model = classifiers.build(name, (32, 32, 3), 10, [0.0] * 3, [1.0] * 3, 0)
        has_late_shortcuts = name not in ("preact_resnet18", "senet18")
        return model, torch_order(names) if has_late_shortcuts else list(names)

    return build


def fill(network, model, names):
    """Sets all weights to those of the golden outputs."""
    for number, name in enumerate(names):
        layer, new = model.get_layer(name), []
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        kinds = ("weight", "bias", "running_mean", "running_var")
        for kind, array in zip(kinds, layer.get_weights(), strict=False):
            shape = array.shape
            if array.ndim == 4:
                # Keras' depthwise kernels are [k, k, channels, 1], PyTorch's [channels, 1, k, k].
                axes = (2, 3, 0, 1) if "depthwise" in name else (3, 2, 0, 1)
            else:
                axes = tuple(range(array.ndim))[::-1]
            values = cifar_value(network, kind, is_norm, [shape[axis] for axis in axes], number)
            new.append(values.transpose(np.argsort(axes)))
        layer.set_weights(new)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n not in QUICK)) for n in NUMBERS]
)
def test_the_original_s_size_and_logits(built, name):
    model, names = built(name)
    count = sum(int(np.prod(variable.shape)) for variable in model.trainable_weights)
    assert count == NUMBERS[name]["parameters"]
    fill(name, model, names)
    expected = np.asarray(NUMBERS[name]["logits"])
    logits = model(cifar_images().astype(np.float32), training=False)["logits"]
    scale = np.abs(expected).max()
    np.testing.assert_allclose(logits / scale, expected / scale, atol=2e-5)
    # They depend on the images, far beyond this tolerance.
    assert np.abs(expected[0] - expected[1]).max() / scale > 1e-3


def test_all_of_its_networks_have_golden_numbers():
    others = {"densenet", "small"}
    assert set(classifiers.names()) == set(NUMBERS) | others


def count_of(model):
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_weights)


def conv(inputs, outputs, size=1, bias=0):
    """The weights of a convolution and of a batch normalisation behind it."""
    return size * size * inputs * outputs + bias * outputs + 2 * outputs


def test_small_forms_by_hand():
    """Parameters of networks with one module or layer in a stage, and their outputs."""
    images = np.zeros((1, 16, 16, 1), np.float32)
    shape = (16, 16, 1), 3, [0.0], [1.0], 0
    module = (2, 3, 4, 5, 6, 7)
    googlenet = build_googlenet(*shape, modules=[[module], [module]], stem=8)

    def inception(inputs):
        return sum(
            conv(*each, bias=1)
            for each in [
                *((inputs, 2), (inputs, 3), (3, 4, 3), (inputs, 5), (5, 6, 3), (6, 6, 3)),
                (inputs, 7),
            ]
        )

    outputs = 2 + 4 + 6 + 7
    expected = conv(1, 8, 3, 1) + inception(8) + inception(outputs) + 3 * outputs + 3
    assert count_of(googlenet) == expected
    densenet = build_densenet121(*shape, growth=2, layers=(1, 1))

    def layer(inputs):  # Normalisations come before the convolutions.
        return 2 * inputs + inputs * 8 + 2 * 8 + 9 * 8 * 2

    expected = 9 * 4 + layer(4) + 2 * 6 + 6 * 3 + layer(3) + 2 * 5 + 3 * 5 + 3
    assert count_of(densenet) == expected
    for model in (googlenet, densenet):
        assert model(images)["logits"].shape == (1, 3)
