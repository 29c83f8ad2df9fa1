"""What the fixes of `DistGAN` change, from what its networks give."""

import dataclasses

from amnat.methods.dist_gan.model import DistGAN, DistGANObjective
from amnat.methods.dist_gan.networks import to_unit
from amnat.methods.dist_gan.networks.families import Plan
from amnat.models import NoiseLatent
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf

WEIGHT = 0.5
NUM_ITERATIONS = 10


@pytest.fixture(scope="module")
def parts():
    """A model, a batch, and {name: numbers} of its first discriminator update at 60 %."""
    plan = Plan("dcgan", (28, 28, 3), 3, 1, 1, 2, style="stacked_mnist")
    model = DistGAN(
        plan.generator(),
        plan.discriminator(),
        plan.encoder(),
        NoiseLatent(3, "uniform"),
        DistGANObjective(ss_task=0, penalty_weight=WEIGHT, num_iterations=NUM_ITERATIONS),
    )
    model.iteration.assign(6)
    samples = tf.random.stateless_uniform([4, 28, 28, 3], [0, 1], -1.0, 1.0)
    real = to_unit(samples)
    fake = model.generator.unit_images(model.latent(RNG(0, 0), 4))
    recon = model.generator.unit_images(model.encoder(real))
    alpha = RNG(0, 0).uniform("penalty/alpha", [4])[:, None, None, None]
    points = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(points)
        total = tf.reduce_sum(model.discriminator(points)["logits"])
    numbers = {
        "logits": [model.discriminator(x)["logits"].numpy() for x in (real, recon, fake)],
        "norms": np.sqrt((tape.gradient(total, points).numpy() ** 2).sum(axis=(1, 2, 3))),
    }
    return model, (samples, tf.zeros([4], tf.int32)), numbers


def hinge(values, weights=(0.97, 0.03)):
    real, recon, fake = values
    loss = weights[0] * np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    return loss + weights[1] * np.maximum(0, 1 - recon).mean()


def log(values, weights):
    real, recon, fake = (np.log1p(np.exp(x)).mean() for x in (-values[0], -values[1], values[2]))
    return weights[0] * real + weights[1] * recon + fake


def sigmoid(values):
    return [1 / (1 + np.exp(-x)) for x in values]


def penalty(slopes):
    return WEIGHT * ((slopes - 1) ** 2).mean()


# Options, and the loss that they make of logits, gradient norms and their root mean squares.
CASES = [
    ({}, lambda logits, norms, rms: hinge(sigmoid(logits)) - penalty(rms)),
    (
        {"add_hinge_penalty": True},
        lambda logits, norms, rms: hinge(sigmoid(logits)) + penalty(rms),
    ),
    ({"hinge_on_logits": True}, lambda logits, norms, rms: hinge(logits) - penalty(rms)),
    ({"sum_slope": True}, lambda logits, norms, rms: hinge(sigmoid(logits)) - penalty(norms)),
    ({"loss_type": "log"}, lambda logits, norms, rms: log(logits, (0.95, 0.05)) + penalty(rms)),
    (
        {"loss_type": "log", "decay_log_weights": True},
        lambda logits, norms, rms: log(logits, (0.97, 0.03)) + penalty(rms),
    ),
]


@pytest.mark.parametrize(("options", "expected"), CASES, ids=[str(case[0]) for case in CASES])
def test_a_fix_changes_what_it_is_named_after(parts, options, expected):
    model, batch, numbers = parts
    original, model.objective = model.objective, dataclasses.replace(model.objective, **options)
    try:
        found, _ = model.discriminator_loss(batch, RNG(0, 0))
    finally:
        model.objective = original
    norms = numbers["norms"]
    wanted = expected(numbers["logits"], norms, norms / np.sqrt(28 * 28 * 3))
    np.testing.assert_allclose(found, wanted, rtol=1e-4)
