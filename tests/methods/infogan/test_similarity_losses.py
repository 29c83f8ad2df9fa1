"""The SimGAN losses against PyTorch's CosineEmbeddingLoss and autograd, and published numbers."""

from amnat.methods.infogan import similarity_losses

import numpy as np
import pytest
import sim_gan_cases as cases
import tensorflow as tf
from similarity_inputs import FAKE, REAL, groups

GOLDEN = np.load(f"{cases.__file__.rpartition('/')[0]}/sim_gan.npz")
LOSSES = {
    "sim_generator": similarity_losses.similarity_generator_loss,
    "sim_critic": similarity_losses.similarity_critic_loss,
}


@pytest.mark.parametrize("title", cases.RANGES)
@pytest.mark.parametrize("kind", cases.KINDS)
@pytest.mark.parametrize("loss", LOSSES)
def test_pytorchs_values_and_gradients(loss, kind, title):
    fake, real = (tf.constant(cases.vectors(kind, side)) for side in ("fake", "real"))
    members = groups(*cases.RANGES[title], count=cases.ROWS)
    with tf.GradientTape() as tape:
        tape.watch([fake, real])
        value = LOSSES[loss](fake, real, members)
    gradients = dict(zip(("fake", "real"), tape.gradient(value, [fake, real]), strict=True))
    name = f"{loss}/{kind}, {title}"
    np.testing.assert_allclose(value, GOLDEN[name], rtol=1e-12)
    for side, gradient in gradients.items():
        if f"{name}/{side}" in GOLDEN:
            np.testing.assert_allclose(gradient, GOLDEN[f"{name}/{side}"], rtol=0, atol=1e-14)
        else:
            # No gradient reaches the real side of the generator's loss.
            assert gradient is None


@pytest.mark.parametrize("ranges, generator, critic", [
    (((0, 4), (4, 5)), 0.0358615522, 1.8576692242),
    (((0, 4), (4, 6)), 0.0253735946, 1.8996210548),
    (((0, 6),), 0.0237271739, 1.9062067375),
])  # fmt: skip
def test_the_repositorys_numbers(ranges, generator, critic):
    """As info-cycle-sim-gan's own classes gave them on these scores."""
    found = [loss(FAKE, REAL, groups(*ranges)) for loss in LOSSES.values()]
    np.testing.assert_allclose(found, [generator, critic], atol=6e-11)


@pytest.mark.parametrize("ranges, generator, critic", [
    (((0, 4), (4, 6)), 1.0303188644, 0.1488749758),
    (((0, 6),), 1.0402426326, 0.1755223578),
])  # fmt: skip
def test_negative_cosines_are_cut(ranges, generator, critic):
    found = [loss(FAKE - 0.5, REAL - 0.5, groups(*ranges)) for loss in LOSSES.values()]
    np.testing.assert_allclose(found, [generator, critic], atol=6e-11)


def test_epsilon_stands_under_the_root():
    same = np.full((1, 5), 1e-7)
    # PyTorch gives the loss 0.952381.
    np.testing.assert_allclose(
        1 - similarity_losses.cosine_similarity(same, same), 0.952381, atol=5e-7
    )
    assert similarity_losses.cosine_similarity(np.zeros((1, 5)), np.ones((1, 5))) == 0.0


def test_one_group_is_the_default_and_empty_ones_do_not_count():
    for loss in LOSSES.values():
        expected = loss(FAKE, REAL, groups((0, 6)))
        np.testing.assert_allclose(loss(FAKE, REAL), expected, rtol=1e-15)
        np.testing.assert_allclose(loss(FAKE, REAL, groups((0, 6), (3, 3))), expected, rtol=1e-15)


def test_sides_of_other_sizes_and_orders():
    """The groups of each side's rows, in any order."""
    order = [5, 1, 3, 0, 2, 4]
    fake_groups, real_groups = groups((0, 4), (4, 6)), groups((0, 2), (2, 6))
    for loss in LOSSES.values():
        expected = loss(FAKE, REAL, fake_groups, real_groups)
        shuffled = loss(FAKE[order], REAL, tf.gather(fake_groups, order), real_groups)
        np.testing.assert_allclose(shuffled, expected, rtol=1e-13)
        few = loss(FAKE, REAL[:2], fake_groups, real_groups[:2])
        assert np.isfinite(few) and few != expected


def test_whole_batches_alone():
    means = [side.mean(axis=0) for side in (FAKE, REAL)]
    squares = [mean @ mean + 1e-12 for mean in means]
    cosine = means[0] @ means[1] / np.sqrt(squares[0] * squares[1])
    found = similarity_losses.similarity_generator_loss(
        FAKE, REAL, groups((0, 4), (4, 6)), by_group=False
    )
    np.testing.assert_allclose(found, 1 - cosine, rtol=1e-9)
