"""Exported encoders: latents and reconstructions, alone and together, against the live networks."""

from amnat import data
from amnat.export.encoder_export import EncoderExport
from amnat.export.generator_export import ExportOptions
from amnat.methods.dist_gan.networks.common import from_unit, to_unit
from amnat.methods.dist_gan.networks.families import Plan

import numpy as np
import pytest
import tensorflow as tf
from export_cases import Unsaved, answers, randomised

BATCH = 8


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def networks(family):
    plan = Plan(family, (32, 32, 1), 4, 1, 1, 1)
    return randomised(plan.encoder()), randomised(plan.generator(), 1)


def export(family, digits, **options):
    options = ExportOptions(standing_batches=3, **options)
    return EncoderExport(*networks(family), 4, digits, BATCH, options)


@pytest.mark.parametrize("family", ["dcgan", pytest.param("resnet", marks=pytest.mark.slow)])
def test_an_image_does_not_depend_on_its_request(family, digits):
    made = export(family, digits)
    assert [each.name for each in made.signatures] == ["encode", "reconstruct"]
    assert len(answers(Unsaved(made), made.requests)) == 6
    assert {len(each.inputs["images"]) for each in made.requests} == {1, 7, 100}
    assert made.price > 0
    encoded, reconstructed = made.requests[0].outputs, made.requests[3].outputs
    assert encoded["latent"].shape == (100, 4) and encoded["latent"].std() > 0
    assert reconstructed["images"].shape == (100, 32, 32, 1)
    assert np.abs(reconstructed["images"]).max() <= 1


def test_statistics_of_batches(digits):
    """Without standing statistics the answers are those of the networks as they train."""
    made = export("dcgan", digits, batch_statistics=True)
    encoder, generator = networks("dcgan")
    assert made.price is None
    images = made.requests[0].inputs["images"]
    assert len(images) == BATCH
    latents = encoder(to_unit(tf.constant(images)))
    np.testing.assert_allclose(made.requests[0].outputs["latent"], latents, atol=1e-5)
    expected = from_unit(generator.unit_images(latents))
    np.testing.assert_allclose(made.requests[1].outputs["images"], expected, atol=1e-5)


def test_an_average_over_one_batch_is_that_batch(digits):
    """The statistics are those of real images, and of their latents for the generator."""
    options = ExportOptions(standing_batches=1)
    made = EncoderExport(*networks("dcgan"), 4, digits, BATCH, options)
    encoder, generator = networks("dcgan")
    images = made.requests[0].inputs["images"][:BATCH]
    latents = encoder(to_unit(tf.constant(images)))
    np.testing.assert_allclose(made.requests[0].outputs["latent"][:BATCH], latents, atol=1e-4)
    expected = from_unit(generator.unit_images(latents))
    np.testing.assert_allclose(made.requests[3].outputs["images"][:BATCH], expected, atol=1e-4)
    assert made.price < 1e-4
