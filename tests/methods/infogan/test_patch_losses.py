"""Patch losses by name: what they are made of, which way they pull."""

from amnat.losses.two_player import LOSSES
from amnat.methods.infogan import similarity_losses
from amnat.methods.infogan.patch_losses import PATCH_LOSSES

import numpy as np
import pytest
import tensorflow as tf
from similarity_inputs import FAKE, REAL, groups


def test_only_the_repositorys_own_takes_sigmoids():
    outputs = np.array([[0.0, 2.0]])
    for name, loss in PATCH_LOSSES.items():
        expected = 1 / (1 + np.exp(-outputs)) if name.startswith("sim") else outputs
        np.testing.assert_allclose(loss.scores(tf.constant(outputs)), expected, rtol=1e-12)


@pytest.mark.parametrize("name", [n for n in PATCH_LOSSES if n in LOSSES])
def test_pairs(name):
    pair, loss = LOSSES[name], PATCH_LOSSES[name]
    fake, real = FAKE, REAL
    if pair.needs_real:
        fake, real = (side.mean(axis=1, keepdims=True) for side in (FAKE, REAL))
    scale = 2.0 if name == "least_squares" else 1.0
    expected = scale * pair.generator(*([fake, real] if pair.needs_real else [fake]))
    np.testing.assert_allclose(loss.generator(FAKE, REAL, None), expected, rtol=1e-14)
    expected = tf.add_n(pair.discriminator(real, fake))
    np.testing.assert_allclose(loss.critic(FAKE, REAL, None), expected, rtol=1e-14)


def test_groups_reach_the_similarity_losses():
    members = groups((0, 4), (4, 6))
    expected = similarity_losses.similarity_critic_loss(FAKE, REAL, members)
    for name in ("sim", "sim_whole"):
        assert PATCH_LOSSES[name].critic(FAKE, REAL, members) == expected
    found = PATCH_LOSSES["sim"].generator(FAKE, REAL, members)
    assert found == similarity_losses.similarity_generator_loss(FAKE, REAL, members)
    whole = PATCH_LOSSES["sim_whole"].generator(FAKE, REAL, members)
    assert whole == similarity_losses.similarity_generator_loss(FAKE, REAL, by_group=False) != found


@pytest.mark.parametrize("name", PATCH_LOSSES)
def test_the_players_oppose_each_other(name):
    """A generator's step along its loss raises the critic's."""
    loss = PATCH_LOSSES[name]
    rng = np.random.default_rng(0)
    # Between the targets of those losses that have one, and less than their gap at rest apart.
    fake, real = (tf.constant(0.1 * rng.normal(size=(6, 5)) + mean) for mean in (0.6, 0.9))
    if name == "softmax":
        # Energies: real images have low ones.
        fake, real = -fake, -real
    with tf.GradientTape() as tape:
        tape.watch(fake)
        value = loss.generator(loss.scores(fake), loss.scores(real), None)
    step = fake - 0.1 * tape.gradient(value, fake)
    before, after = (loss.critic(loss.scores(f), loss.scores(real), None) for f in (fake, step))
    assert after > before
