"""The toy methods of msgan.pytorch against its own functions (tests/golden/make_msgan_toy.py)."""

import functools

from amnat.methods.toys.msgan_toy import HingeWGANGP, TwoOptimizerDistGAN
from amnat.methods.toys.toy_networks import PointNetwork
from amnat.models.latents import NormalLatent
from amnat.rng import RecordedRNG
from amnat.training.optimizers import make_optimizer

import numpy as np
import tensorflow as tf
import toy_gan_runs as runs

BATCH, STEPS = 64, 101
# The losses at steps 0, 50 and 100: reconstruction, regulariser, D, G; then D, G of WGAN-GP, which
# goes on with the same networks. Three points that are generated after each.
DIST_GAN = (
    (9.13731, 2.19436, 1.412805, 0.291114),
    (2.426921, 0.209255, 1.373349, 0.220165),
    (0.831276, 0.008465, 1.369573, 0.196409),
)
WGAN_GP = ((1.376928, -0.241439), (1.385817, -0.208728), (1.298861, -0.239004))
MADE = ((0.706239, 0.764827, 0.785199), (1.121125, 1.149464, 1.142211))


def draws(random, order):
    """{name of a draw: float32 [STEPS, ...]}, in the original's order of drawing."""
    drawn = {}
    for _ in range(STEPS):
        for name in order:
            values = random.normal(4, 1, (BATCH, 1)) if "points" in name else random.randn(BATCH, 1)
            drawn.setdefault(name, []).append(values)
    # The original's is the share of real points.
    alpha = 1.0 - ((np.arange(BATCH) + 0.5) / BATCH)[:, None]
    for step in range(4):
        drawn[f"s{step}/alpha"] = [alpha] * STEPS
    return {key: np.asarray(values, np.float32) for key, values in drawn.items()}


def losses_of(model, drawn, names):
    """The losses at steps 0, 50 and 100."""

    @functools.partial(tf.function, autograph=False)
    def step(recorded):
        model._iteration_rng = lambda: RecordedRNG(recorded)
        return model.train_step()

    found = []
    for index in range(STEPS):
        logs = step({key: tf.constant(values[index]) for key, values in drawn.items()})
        found.append([float(logs[name]) for name in names])
    return np.array(found)[[0, 50, 100]]


def made_by(model):
    return model.generator(tf.constant(-2 + 4 * runs.uniform((8, 1), 6000))).numpy()[:3, 0]


def test_both_follow_the_original():
    generator, discriminator, encoder = (
        runs.fill(PointNetwork(name=name)) for name in ("generator", "discriminator", "encoder")
    )
    common = NormalLatent(1), runs.DrawnPoints(), BATCH
    model = TwoOptimizerDistGAN(generator, discriminator, *common, encoder=encoder)
    model.compile(*(make_optimizer("adam", 0.001, 0.5, 0.9) for _ in range(4)))
    random = np.random.RandomState(100)
    order = [f"points{number}/points" for number in range(3)]
    order[2:2] = ["latents1/latent"]
    drawn = draws(random, [*order, "latents2/latent", "latents3/latent"])
    # The reconstruction takes no latents.
    drawn["latents0/latent"] = drawn["latents1/latent"]
    found = losses_of(model, drawn, model.log_names[:4])
    np.testing.assert_allclose(found, DIST_GAN, rtol=1e-3, atol=2e-6)
    np.testing.assert_allclose(made_by(model), MADE[0], rtol=1e-4)

    after = HingeWGANGP(generator, discriminator, *common)
    after.compile(d_optimizer=model.d_optimizer, g_optimizer=model.g_optimizer)
    drawn = draws(random, ["points0/points", "latents0/latent", "latents1/latent"])
    found = losses_of(after, drawn, ("loss_dis_total", "loss_gen_total"))
    np.testing.assert_allclose(found, WGAN_GP, rtol=1e-3)
    np.testing.assert_allclose(made_by(after), MADE[1], rtol=1e-3)


def test_a_flat_discriminator_has_a_finite_gradient():
    """All of its units are off, so its slope is 0 everywhere."""
    discriminator = runs.fill(PointNetwork(name="discriminator"))
    first = discriminator.dense_layers[0]
    first.w.assign(tf.zeros_like(first.w))
    first.b.assign(-tf.ones_like(first.b))
    generator = runs.fill(PointNetwork(name="generator"))
    model = HingeWGANGP(generator, discriminator, NormalLatent(1), runs.DrawnPoints(), 8)
    points = tf.constant(runs.uniform((8, 1), 3))
    recorded = RecordedRNG({"alpha": tf.fill([8, 1], 0.5)})
    with tf.GradientTape() as tape:
        loss = model.discriminator_objective(points, -points, recorded)
    gradients = tape.gradient(loss, discriminator.trainable_variables)
    assert all(np.isfinite(each).all() for each in gradients if each is not None)
    # Hinges of the same logit everywhere, and a penalty of 1.
    logit = float(discriminator(points)[0, 0])
    np.testing.assert_allclose(float(loss), (1 - logit) + (1 + logit) + 0.1, rtol=1e-6)
