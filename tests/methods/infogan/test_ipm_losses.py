"""info-cycle-sim-gan's relative critic losses as they were meant, against PyTorch."""

from amnat.losses.two_player import LOSSES
from amnat.methods.infogan import ipm_losses

import numpy as np
import pytest
import sim_gan_cases as cases
import tensorflow as tf
from similarity_inputs import FAKE, REAL

GOLDEN = np.load(f"{cases.__file__.rpartition('/')[0]}/sim_gan.npz")


@pytest.mark.parametrize("title", cases.IPM)
@pytest.mark.parametrize("kind", cases.KINDS)
def test_pytorchs_values_and_gradients(kind, title):
    fake, real = (tf.constant(cases.vectors(kind, side)) for side in ("fake", "real"))
    with tf.GradientTape() as tape:
        tape.watch([fake, real])
        value = ipm_losses.relative_critic_loss(fake, real, **cases.IPM[title])
    name = f"relative_critic/{kind}, {title}"
    # The repository adds 1e-8 to what the logarithm is taken of, here at least 20.
    np.testing.assert_allclose(value, GOLDEN[name], rtol=1e-9, atol=1e-15)
    for side, gradient in zip(("fake", "real"), tape.gradient(value, [fake, real]), strict=True):
        np.testing.assert_allclose(gradient, GOLDEN[f"{name}/{side}"], rtol=0, atol=1e-10)


def test_published_numbers():
    """The specification's, of the repaired class."""
    found = [
        ipm_losses.relative_critic_loss(FAKE, REAL),
        ipm_losses.relative_critic_loss(FAKE, REAL, competitive=True),
        ipm_losses.relative_critic_loss(FAKE, REAL, least_squares=False),
        ipm_losses.importance_term(FAKE, REAL),
    ]
    expected = [1.0010553402, 0.5014966903, 0.0004413501, 3.6059642845]
    np.testing.assert_allclose(found, expected, atol=6e-11)


def test_relativistic_losses_of_images_mean_scores():
    fake, real = map(ipm_losses.row_means, (FAKE, REAL))
    found = [
        LOSSES["relativistic_least_squares"].generator(fake, real),
        LOSSES["relativistic_least_squares_competitive"].generator(fake, real),
        tf.add_n(LOSSES["relativistic_average"].discriminator(real, fake)) / 2,
        LOSSES["relativistic_average"].generator(fake, real),
    ]
    expected = [1.0028207407, 0.5023793906, 0.6931687348, 1.3872201699]
    np.testing.assert_allclose(found, expected, atol=6e-11)


def test_softmax_gan():
    """The generator is at rest where all energies are equal, and pulls its own down otherwise."""
    fake = tf.Variable(np.full((3, 2), 0.5))
    real = tf.Variable(np.full((3, 2), 0.5))
    with tf.GradientTape(persistent=True) as tape:
        generator = ipm_losses.softmax_generator_loss(fake, real)
        critic = ipm_losses.relative_critic_loss(fake, real, least_squares=False, importance=True)
    np.testing.assert_allclose(tape.gradient(generator, fake), 0.0, atol=1e-9)
    assert tape.gradient(generator, real) is None
    # Real images' energies fall.
    assert (tape.gradient(critic, real).numpy() > 0).all()
    with tf.GradientTape() as tape:
        generator = ipm_losses.softmax_generator_loss(fake + 1.0, real)
    assert (tape.gradient(generator, fake).numpy() > 0).all()
