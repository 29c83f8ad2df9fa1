"""The two-player losses against NumPy float64, TF-GAN and their fixed points."""

from amnat.losses.two_player import LOSSES

import numpy as np
import pytest
import tensorflow as tf

RNG = np.random.default_rng(1)
REAL, FAKE = 2 * RNG.normal(size=(2, 9, 1))


def log_sigmoid(x):
    return -np.logaddexp(0.0, -x)


def half_square(x, target):
    return 0.5 * np.mean((x - target) ** 2)


def cross_entropy(x, target):
    return -np.mean(target * log_sigmoid(x) + (1 - target) * log_sigmoid(-x))


R, F = REAL - FAKE.mean(), FAKE - REAL.mean()
EXPECTED = {
    "minimax": ((cross_entropy(REAL, 1), cross_entropy(FAKE, 0)), np.mean(log_sigmoid(-FAKE))),
    "non_saturating": (
        (cross_entropy(REAL, 1), cross_entropy(FAKE, 0)),
        -np.mean(log_sigmoid(FAKE)),
    ),
    "least_squares": ((half_square(REAL, 1), half_square(FAKE, 0)), half_square(FAKE, 1)),
    "wasserstein": ((-REAL.mean(), FAKE.mean()), -FAKE.mean()),
    "hinge": ((np.maximum(0, 1 - REAL).mean(), np.maximum(0, 1 + FAKE).mean()), -FAKE.mean()),
    # Jolicoeur-Martineau 2018, RSGAN: -E[log sigmoid(C(real) - C(fake))], here once per side.
    "relativistic": (
        (-np.mean(log_sigmoid(REAL - FAKE)), -np.mean(log_sigmoid(REAL - FAKE))),
        -np.mean(log_sigmoid(FAKE - REAL)),
    ),
    "relativistic_average": (
        (cross_entropy(R, 1), cross_entropy(F, 0)),
        cross_entropy(F, 1) + cross_entropy(R, 0),
    ),
    "relativistic_least_squares": (
        (half_square(R, 1), half_square(F, -1)),
        half_square(F, 1) + half_square(R, -1),
    ),
    "relativistic_least_squares_competitive": (
        (half_square(R, 1), half_square(F, 0)),
        half_square(F, 1) + half_square(R, 0),
    ),
}
TF_GAN = {
    "minimax": ("minimax_discriminator_loss", "minimax_generator_loss"),
    "non_saturating": ("modified_discriminator_loss", "modified_generator_loss"),
    "least_squares": ("least_squares_discriminator_loss", "least_squares_generator_loss"),
    "wasserstein": ("wasserstein_discriminator_loss", "wasserstein_generator_loss"),
    "hinge": ("wasserstein_hinge_discriminator_loss", "wasserstein_hinge_generator_loss"),
}


def generator_loss(name, fake, real):
    pair = LOSSES[name]
    return pair.generator(fake, real) if pair.needs_real else pair.generator(fake)


@pytest.mark.parametrize("name", LOSSES)
def test_values(name):
    parts, generator = EXPECTED[name]
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    np.testing.assert_allclose(LOSSES[name].discriminator(real, fake), parts, rtol=1e-12)
    np.testing.assert_allclose(generator_loss(name, fake, real), generator, rtol=1e-12)


@pytest.mark.slow
def test_values_of_tf_gan():
    from amnat.compat import tfgan

    theirs = tfgan.losses.wargs
    real, fake = tf.constant(REAL, tf.float32), tf.constant(FAKE, tf.float32)
    for name, (discriminator, generator) in TF_GAN.items():
        # Its own default smooths real labels to 0.875.
        plain = {"label_smoothing": 0.0} if name in ("minimax", "non_saturating") else {}
        value = getattr(theirs, discriminator)(real, fake, **plain)
        ours = tf.add_n(LOSSES[name].discriminator(real, fake))
        np.testing.assert_allclose(ours, value, rtol=1e-5, err_msg=name)
        value = getattr(theirs, generator)(fake)
        if name == "minimax":
            # Its negated discriminator loss, with the logits 1 standing in for real ones.
            value += np.logaddexp(0.0, -1.0)
        np.testing.assert_allclose(generator_loss(name, fake, real), value, rtol=1e-5)
    pair = LOSSES["relativistic_average"]
    value = theirs.relativistic_discriminator_loss(real, fake)
    np.testing.assert_allclose(tf.add_n(pair.discriminator(real, fake)), value, rtol=1e-5)
    value = theirs.relativistic_generator_loss(real, fake)
    np.testing.assert_allclose(pair.generator(fake, real), value, rtol=1e-5)


@pytest.mark.parametrize("name", [name for name, pair in LOSSES.items() if pair.smooths])
def test_smoothing_is_one_sided(name):
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    smoothed, fake_part = LOSSES[name].discriminator(real, fake, 0.9)
    part = half_square if "least" in name else cross_entropy
    judged = R if "relativistic" in name else REAL
    if name == "relativistic":
        judged = REAL - FAKE
    np.testing.assert_allclose(smoothed, part(judged, 0.9), rtol=1e-12)
    np.testing.assert_allclose(fake_part, EXPECTED[name][0][1], rtol=1e-12)


def test_slopes_of_the_two_generators():
    """The minimax one's vanishes on a fake that is recognised, the other's on one that is not."""
    logits = tf.constant([[-20.0], [0.0], [20.0]])
    for name, slopes in (("minimax", [0.0, -0.5, -1.0]), ("non_saturating", [-1.0, -0.5, 0.0])):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = 3 * LOSSES[name].generator(logits)
        np.testing.assert_allclose(tape.gradient(loss, logits)[:, 0], slopes, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_sure_logits_stay_finite(name):
    real, fake = tf.constant([[-1e4], [1e4]]), tf.constant([[1e4], [-1e4]])
    values = [*LOSSES[name].discriminator(real, fake), generator_loss(name, fake, real)]
    assert np.isfinite(values).all()


@pytest.mark.parametrize("name, gap", [
    ("relativistic_least_squares", 1.0),
    ("relativistic_least_squares_competitive", 0.5),
])  # fmt: skip
def test_gap_at_which_the_generator_rests(name, gap):
    real = tf.constant([[0.25], [-0.25]], tf.float64)
    shift = tf.Variable(0.0, dtype=tf.float64)
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = LOSSES[name].generator(real + shift, real)
        shift.assign_sub(0.5 * tape.gradient(loss, shift))
    np.testing.assert_allclose(shift, gap, atol=1e-6)


def test_real_logits_are_constants_to_the_generator():
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    for name, pair in LOSSES.items():
        if pair.needs_real:
            with tf.GradientTape() as tape:
                tape.watch(real)
                loss = pair.generator(fake, real)
            assert tape.gradient(loss, real) is None, name


def test_pairs_need_batches_of_one_size():
    pair = LOSSES["relativistic"]
    real, fake = tf.constant(REAL), tf.constant(FAKE[:1])
    for call in (lambda: pair.discriminator(real, fake), lambda: pair.generator(fake, real)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            call()
