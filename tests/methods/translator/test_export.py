"""Exported translators: images and the domains to go to."""

from amnat.export.exports import make_export
from amnat.export.generator_export import ExportOptions
from amnat.export.metadata import describe_signature
from amnat.methods.translator.export import TranslatorExport
from amnat.methods.translator.latent import TranslationLatent
from amnat.methods.translator.networks import ResidualGenerator
from amnat.methods.translator.noisy_networks import HeadedGenerator

import numpy as np
import pytest
import tensorflow as tf
from export_cases import Unsaved, answers, randomised, saved

SHAPE = (8, 8, 3)
LATENT = TranslationLatent(SHAPE, 3, 2)
IMAGES = np.random.default_rng(0).uniform(-1, 1, (4, *SHAPE)).astype(np.float32)


def network():
    return randomised(ResidualGenerator(SHAPE, 3, 2, 1, 2).build_variables((LATENT.size,)))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    export = make_export(network(), LATENT, 8, ["a", "b", "c"], 5, ExportOptions(max_samples=20))
    return export, saved(export, tmp_path_factory.mktemp("translator") / "1")


def test_the_export_answers_its_own_requests(exported):
    export, model = exported
    assert isinstance(export, TranslatorExport)
    assert set(model.signatures) == {"serving_default", "translate", "describe"}
    assert len(answers(model, export.requests)) == 4 + 4
    assert export.metadata["class_names"] == ["a", "b", "c"] and export.price is None
    described = describe_signature(
        export.signatures[1], model.signatures["translate"].structured_outputs
    )
    assert described["inputs"]["domain"]["range"] == [0, 2]
    assert described["inputs"]["images"]["shape"] == [None, *SHAPE]
    assert described["outputs"]["images"]["dtype"] == "float32"


def test_a_generator_with_a_noisy_head():
    generator = randomised(HeadedGenerator(SHAPE, 3, 2, 1, 2).build_variables((LATENT.size,)))
    export = make_export(generator, LATENT, 8, ["a", "b", "c"], 5, ExportOptions())
    model = Unsaved(export)
    assert len(answers(model, export.requests)) == len(export.requests)
    domains = tf.constant([0, 2, 1, 1])
    found = model.signatures["translate"](images=tf.constant(IMAGES), domain=domains)["images"]
    expected = generator(LATENT.join(IMAGES, tf.zeros([4, 2]), domains))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_translations_are_the_networks(exported):
    _, model = exported
    domains = tf.constant([0, 2, 1, 1])
    expected = network()(LATENT.join(IMAGES, tf.zeros([4, 2]), domains))
    found = model.signatures["translate"](images=tf.constant(IMAGES), domain=domains)["images"]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    space = tf.constant([[1.0, -1.0]] * 4)
    other = model.signatures["serving_default"](
        images=tf.constant(IMAGES), domain=domains, space=space
    )["images"]
    np.testing.assert_allclose(other, network()(LATENT.join(IMAGES, space, domains)), atol=1e-5)
    assert np.abs(other - found).max() > 1e-3


@pytest.mark.parametrize("rows, domains, message", [
    (2, [0, 3], r"domains are \[0 3\], expected 0 to 2"),
    (1, [-1], "expected 0 to 2"),
    (3, [0, 1], "3 images, expected 2"),
    (0, [], "0 domains, expected 1 to 20"),
    (4, [0] * 21, "21 domains, expected 1 to 20"),
])  # fmt: skip
def test_refused_requests(exported, rows, domains, message):
    _, model = exported
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        model.signatures["translate"](
            images=tf.constant(IMAGES[:rows]), domain=tf.constant(domains, tf.int32)
        )
