"""Exported InfoGAN generators: images by label, code and seed."""

from amnat.export.exports import make_export
from amnat.export.generator_export import ExportOptions
from amnat.methods.infogan.export import InfoGANExport
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.networks import InfoGANGenerator
from amnat.methods.infogan.noisy_networks import NoisyGenerator
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf
from export_cases import Unsaved, answers, randomised

LATENT = InfoLatent(3, 4, 2)
OPTIONS = ExportOptions(standing_batches=2, max_samples=6)


@pytest.fixture(scope="module")
def export():
    generator = randomised(InfoGANGenerator((16, 16, 1), 4).build_variables((LATENT.size,)))
    return make_export(generator, LATENT, 8, [], 5, OPTIONS)


@pytest.fixture(scope="module")
def model(export):
    return Unsaved(export)


def generate(model, labels, space, seed=3):
    return model.signatures["generate"](
        labels=tf.constant(labels, tf.int32),
        space=tf.constant(space, tf.float32),
        seed=tf.constant(seed, tf.int64),
    )["images"].numpy()


def test_the_export_answers_its_own_requests(export, model):
    assert isinstance(export, InfoGANExport)
    assert list(model.signatures) == ["serving_default", "generate"]
    assert len(answers(model, export.requests)) == 5 + 4
    assert export.metadata["statistics"]["layers"] == 3
    assert export.metadata["latent"]["law"] == (
        "3 entries independent standard normal, then a one-hot label of 4, then 2 entries "
        "independent uniform in [-1, 1)"
    )


def test_a_noisy_generator():
    generator = randomised(NoisyGenerator((4, 4, 1), (8,)).build_variables((LATENT.size,)))
    export = make_export(generator, LATENT, 8, [], 5, OPTIONS)
    model = Unsaved(export)
    assert len(answers(model, export.requests)) == len(export.requests)
    latents = LATENT(RNG(0, 1), 3)
    found = model.signatures["serving_default"](latent=latents)["images"]
    np.testing.assert_allclose(found, generator(latents), atol=1e-6)


def test_labels_and_codes_are_as_asked(model):
    labels, space = [2, 0], [[0.5, -1.0], [0.0, 0.25]]
    noise = RNG(0, 3, "serving/").normal("latent", [2, 3])
    latents = LATENT.compose(noise, labels, tf.constant(space))
    floats = model.signatures["serving_default"](latent=latents)["images"].numpy()
    found = generate(model, labels, space)
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found, floats * 128 + 127.5, atol=0.51)
    assert (generate(model, labels, space, 4) != found).any()
    assert (generate(model, labels, [[0.5, 1.0], [0.0, 0.25]])[0] != found[0]).any()


@pytest.mark.parametrize("labels, space, message", [
    ([4], [[0, 0]], r"labels are \[4\], expected 0 to 3"),
    ([], np.zeros([0, 2]), "0 labels, expected 1 to 6"),
    ([0] * 7, np.zeros([7, 2]), "7 labels, expected 1 to 6"),
    ([0], [[0, 0], [0, 0]], "2 rows of space, expected 1 codes"),
    ([0], [[0, 1.5]], "space has other numbers, expected -1 to 1"),
    ([0], [[0, np.nan]], "space has other numbers, expected -1 to 1"),
])  # fmt: skip
def test_refused_requests(model, labels, space, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        generate(model, labels, space)
