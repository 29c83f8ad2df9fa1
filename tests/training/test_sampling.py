"""Samples come from counted latents, in batches of the training size."""

from amnat.models import ClassConditionalLatent
from amnat.training.sampling import Sampler

import numpy as np
import pytest
import tiny


def test_sheets_and_scores():
    gan = tiny.model()
    sampler = Sampler(gan, batch_size=10)
    assert sampler.sheet().shape == (100, 2)
    np.testing.assert_array_equal(sampler.sheet(), Sampler(gan, batch_size=3).sheet())
    first, again, other = (sampler.many(25, iteration) for iteration in (5, 5, 6))
    assert first.shape == (25, 2)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_statistics_are_those_of_a_training_batch():
    gan = tiny.model()
    sampler = Sampler(gan, batch_size=10)
    latents = sampler.model.latent
    drawn = []

    def note(*args):
        drawn.append(latents(*args))
        return drawn[-1]

    gan.latent = note
    samples = sampler.many(20, 1)
    np.testing.assert_allclose(samples[:10], gan.sample(drawn[0][:10]), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(samples[10:], gan.sample(drawn[0][10:]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("num_classes", "in_rows"), [(5, True), (20, True), (7, False)])
def test_sheets_show_every_given_class(num_classes, in_rows):
    gan = tiny.model()
    gan.latent = ClassConditionalLatent(3, num_classes)
    latents = Sampler(gan, batch_size=10).sheet_latents.numpy()
    assert latents.shape == (100, 3 + num_classes)
    labels = latents[:, 3:].argmax(axis=1)
    assert (labels.tolist() == sorted(labels)) == in_rows


def test_the_classes_that_scored_samples_were_asked_for():
    gan = tiny.model()
    sampler = Sampler(gan, batch_size=10)
    assert sampler.given_labels(25, 5) is None
    gan.latent = latent = ClassConditionalLatent(3, 4)
    drawn = []
    sampler._generate = lambda latents: drawn.append(latents) or latents
    sampler.many(25, 5)
    given = sampler.given_labels(25, 5)
    expected = np.concatenate(drawn)[:25, latent.dim :].argmax(axis=1)
    np.testing.assert_array_equal(given.labels, expected)
    assert given.num_classes == 4 and set(given.labels) == set(range(4))
