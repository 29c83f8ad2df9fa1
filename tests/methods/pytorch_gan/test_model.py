"""Iterations of the two-player GAN against PyTorch's, in every loss and order of updates."""

import functools

from amnat.methods.pytorch_gan.mlp_networks import MLPImageDiscriminator, MLPImageGenerator
from amnat.methods.pytorch_gan.model import AdversarialGAN
from amnat.models.latents import NormalLatent
from amnat.rng import RecordedRNG
from amnat.training.optimizers import TorchAdam

import numpy as np
import pytest
import pytorch_gan_cases as cases
import tensorflow as tf

GOLDEN = np.load(f"{cases.__file__.rpartition('/')[0]}/pytorch_gan.npz")


def variables(model):
    return {
        f"{network.name}/{name}": variable
        for network in (model.generator, model.discriminator)
        for name, variable in network.named_variables().items()
    }


@functools.cache
def networks(epsilon, dtype):
    generator = MLPImageGenerator(cases.IMAGE, cases.GENERATOR, epsilon, dtype=dtype)
    discriminator = MLPImageDiscriminator(1, cases.DISCRIMINATOR, dtype=dtype)
    return generator.build_variables((cases.LATENT,)), discriminator.build_variables(cases.IMAGE)


def build(config, dtype="float64", **kwargs):
    model = AdversarialGAN(
        *networks(config["batch_norm_epsilon"], dtype),
        NormalLatent(cases.LATENT),
        d_steps=config["d_steps"],
        loss=config["loss"],
        penalty=config["penalty"],
        gradient_penalty_weight=config["penalty_weight"],
        clip_weights=config["clip"],
        update_order=config["order"],
        real_target=config["real_target"],
        discriminator_scale=config["scale"],
        **kwargs,
    )
    adams = [TorchAdam(cases.RATE, cases.BETA1, cases.BETA2, cases.EPSILON) for _ in "dg"]
    model.compile(*adams)
    initial, named = cases.initial_variables(), variables(model)
    assert set(initial) == set(named)
    for name, variable in named.items():
        variable.assign(initial[name])
    return model


def interleaved(batches):
    return np.stack(batches, axis=1).reshape(-1, *cases.IMAGE)


@pytest.mark.parametrize("name", cases.CASES)
def test_iterations(name):
    config = cases.config_of(name)
    model = build(config)

    losses = []
    for iteration in range(cases.ITERATIONS):
        draws = {key: tf.constant(v) for key, v in cases.draws(config, iteration).items()}
        real = interleaved(cases.real_images(iteration, config["d_steps"]))
        model._iteration_rng = functools.partial(RecordedRNG, draws)
        logs = model.train_step((tf.constant(real), tf.zeros(len(real), tf.int32)))
        losses.append([logs["loss_dis_total"], logs["loss_gen_total"]])
    np.testing.assert_allclose(losses, GOLDEN[f"{name}/losses"], rtol=1e-10)
    after = cases.flat({key: v.numpy() for key, v in variables(model).items()})
    np.testing.assert_allclose(after, GOLDEN[f"{name}/after"], rtol=0, atol=1e-9)


def test_first_batch():
    model = build(cases.DEFAULTS)
    images = model.sample(tf.constant(cases.draws(cases.DEFAULTS, 0)["g0/latent"]))
    np.testing.assert_allclose(images, GOLDEN["first/images"], rtol=1e-12)
    np.testing.assert_allclose(model.discriminator(images), GOLDEN["first/logits"], rtol=1e-11)


@pytest.mark.parametrize("order, prefixes", [
    ("discriminator_first", ["d0/", "d1/", "g0/"]),
    ("generator_first", ["g0/", "g0/", "d1/"]),
])  # fmt: skip
def test_which_updates_draw_samples(order, prefixes):
    """Generator first: the first discriminator update is shown those of the generator's."""
    model = build(cases.DEFAULTS | {"order": order, "d_steps": 2}, "float32", seed=3)
    seen, drawn = [], []

    def latent(rng, size, dtype):
        seen.append(rng._prefix)
        drawn.append(rng.normal("latent", [size, cases.LATENT], dtype))
        return drawn[-1]

    model.latent = latent
    real = tf.constant(interleaved(cases.real_images(0, 2)), tf.float32)
    model.train_step((real, tf.zeros([12], tf.int32)))
    assert seen == prefixes
    same = np.array_equal(drawn[0], drawn[1])
    assert same == (order == "generator_first")


def test_weights_start_clipped_only_after_an_update():
    model = build(cases.config_of("wasserstein_clipped"), "float32", seed=3)
    real = tf.constant(interleaved(cases.real_images(0, 2)), tf.float32)
    assert max(np.abs(v).max() for v in model.discriminator.trainable_variables) > 0.125
    model.train_step((real, tf.zeros([12], tf.int32)))
    assert max(np.abs(v).max() for v in model.discriminator.trainable_variables) <= 0.125
    assert max(np.abs(v).max() for v in model.generator.trainable_variables) > 0.125


def test_what_has_no_probabilities_is_not_smoothed():
    with pytest.raises(ValueError, match="hinge has no probabilities"):
        build(cases.DEFAULTS | {"loss": "hinge", "real_target": 0.9})
