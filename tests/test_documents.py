"""The examples in the documents run as they stand there."""

import pathlib
import re

import keras_methods
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def examples(name, heading):
    """The Python examples under a heading of a document."""
    text = (ROOT / name).read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return re.findall(r"^```python\n(.*?)^```", section, re.M | re.S)


@pytest.mark.parametrize(
    ("document", "heading"),
    [
        ("docs/architecture.md", "The contract of a network"),
        ("docs/architecture.md", "The contract of a method"),
    ],
)
def test_examples_are_short(document, heading):
    (example,) = examples(document, heading)
    assert len([line for line in example.splitlines() if line]) <= 15


def test_a_network():
    (example,) = examples("docs/architecture.md", "The contract of a network")
    found = {}
    exec(compile(example, "the contract of a network", "exec"), found)
    gan = found["gan"]
    assert gan.iteration.numpy() == 40
    assert np.isfinite([value for [value] in gan.history.history.values()]).all()


def test_a_method():
    (example,) = examples("docs/architecture.md", "The contract of a method")
    found = {}
    exec(compile(example, "the contract of a method", "exec"), found)
    gan = found["LeastSquaresGAN"](keras_methods.generator(), keras_methods.discriminator(1))
    gan.compile("sgd", "sgd")
    images, _ = keras_methods.samples()
    history = gan.fit(images, batch_size=4, verbose=0).history
    assert set(history) == {"loss_dis_total", "loss_gen_total", "klr"}


@pytest.mark.slow
def test_the_library():
    (example,) = examples("README.md", "Use it as a library")
    found = {}
    exec(compile(example, "README.md", "exec"), found)
    assert found["gan"].iteration.numpy() == 100
