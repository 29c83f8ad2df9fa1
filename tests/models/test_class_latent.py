"""Latents with other noises and with a class."""

from amnat.models import ClassConditionalLatent, NoiseLatent
from amnat.rng import RNG

import numpy as np
import pytest


def test_noises():
    uniform = NoiseLatent(50, "uniform")(RNG(0, 0), 400).numpy()
    assert -1 <= uniform.min() < -0.99 and 0.99 < uniform.max() < 1
    sphere = NoiseLatent(50, "unit_sphere")(RNG(0, 0), 4).numpy()
    np.testing.assert_allclose(np.linalg.norm(sphere, axis=1), 1, rtol=1e-6)
    normal = NoiseLatent(50)(RNG(0, 0), 4).numpy()
    np.testing.assert_allclose(
        sphere, normal / np.linalg.norm(normal, axis=1, keepdims=True), rtol=1e-5
    )
    with pytest.raises(ValueError, match="noise"):
        NoiseLatent(3, "cauchy")


def test_classes_are_one_hot_and_even():
    latent = ClassConditionalLatent(4, 200)
    z = latent(RNG(0, 0), 20000)
    noise, classes = (part.numpy() for part in latent.split(z))
    assert z.shape == (20000, latent.size) and noise.shape == (20000, 4)
    np.testing.assert_array_equal(np.sort(classes, axis=1)[:, -2:], np.tile([0, 1], (20000, 1)))
    counts = classes.sum(axis=0)
    # 100 of each expected, with a standard deviation of 10.
    assert counts.min() > 55 and counts.max() < 145
    np.testing.assert_allclose([noise.mean(), noise.std()], [0, 1], atol=0.02)
    np.testing.assert_array_equal(z, latent.join(noise, classes.argmax(axis=1)))


def test_draws_depend_on_the_stream_alone():
    latent = ClassConditionalLatent(4, 3)
    first, again, other = (latent(RNG(0, i), 5).numpy() for i in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_class_sheet_has_a_row_per_class_and_a_noise_per_column():
    latent = ClassConditionalLatent(4, 3)
    noise, classes = latent.split(latent.class_sheet(RNG(0, 0), columns=2))
    np.testing.assert_array_equal(np.argmax(classes, axis=1), [0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(noise[:2], noise[2:4])
    assert not np.array_equal(noise[0], noise[1])


@pytest.mark.parametrize(
    "latent", [NoiseLatent(3, "uniform"), ClassConditionalLatent(3, 2, "unit_sphere")]
)
def test_config_rebuilds_it(latent):
    copy = type(latent)(**latent.get_config())
    draws = [one(RNG(0, 0), 4).numpy() for one in (latent, copy)]
    np.testing.assert_array_equal(*draws)
